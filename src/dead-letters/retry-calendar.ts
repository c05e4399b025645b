// Retry calendar: gives all bookings that a calendar couldn't be made to show another try.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { findConnection } from "../store/calendars/connections.ts";
import { wakeCalendarDeliveries } from "../store/deliveries/due-deliveries.ts";
import { switchedOff } from "./retry.ts";

/**
 * Tries again to write into a calendar what failed for good and isn't over. To ask twice does no harm.
 * @param input.ownedBy the agent to whom it must belong; null: anybody
 * @throws EngineError connection_not_found; calendar_switched_off
 */
export async function retryCalendar(
  deps: Deps,
  { connectionId, ownedBy }: { connectionId: string; ownedBy: string | null },
): Promise<void> {
  const connection = await findConnection(deps.db, { id: connectionId, ownedBy });
  if (connection === null) throw new EngineError("connection_not_found", "There is no such connection.");
  if (!connection.isActive || connection.goneAt !== null) throw switchedOff();
  const { agentId } = connection;
  const deliveries = await wakeCalendarDeliveries(deps.db, { agentId, connectionId, now: deps.now() });
  await deps.queue.send(
    "urgent",
    deliveries.map((delivery) => ({ kind: "deliver" as const, ...delivery })),
  );
}
