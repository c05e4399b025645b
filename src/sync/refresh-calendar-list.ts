// Look at calendars: once a day the account's list tells which calendars were renamed, demoted or are gone.
import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import { ProviderError } from "../providers/error.ts";
import type { RemoteCalendar } from "../providers/provider.ts";
import { findAccount } from "../store/accounts/accounts.ts";
import { listAccountConnections, updateConnection } from "../store/calendars/connections.ts";
import { wakeFailedDeliveries } from "../store/deliveries/due-deliveries.ts";

/**
 * Brings the connections of one account in line with its calendar list, and has bookings that couldn't be written
 * tried again where the list says that writing is allowed. A calendar missing from the list is pulled: only if it
 * can't be read either is it gone (P2). A failure is left to the next day.
 */
export async function refreshCalendarList(deps: Deps, input: { accountId: string }): Promise<void> {
  const account = await findAccount(deps.db, { id: input.accountId, ownedBy: null });
  if (account === null) return;
  try {
    const calendars = await withAccount(deps, account, (opened) => opened.listCalendars());
    const calendarOf = new Map(calendars.map((calendar) => [calendar.calendarId, calendar]));
    for (const connection of await listAccountConnections(deps.db, account.id)) {
      const { id, name, role, isActive } = connection;
      const calendar = calendarOf.get(connection.calendarId);
      const missing = calendar === undefined;
      if (missing ? !isActive : calendar.name === name && calendar.role === role) continue;
      deps.log.info("calendar.changed", { connectionId: id, missing });
      const patch = missing ? {} : { name: calendar.name, role: calendar.role };
      await updateConnection(deps.db, { id, ownedBy: null, patch, wake: missing, now: deps.now() });
      if (missing) await deps.queue.send("background", [{ kind: "pull", connectionId: id }]);
    }
    await retryWritable(deps, account.id, calendars);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    deps.log.warn("calendars.not_listed", { accountId: account.id, code: error.code });
  }
}

/** A refusal to write ends when access comes back, which nobody announces. */
async function retryWritable(
  deps: Deps,
  accountId: string,
  calendars: readonly RemoteCalendar[],
): Promise<void> {
  const calendarIds = calendars.filter(({ role }) => role === "writer").map(({ calendarId }) => calendarId);
  const deliveries = await wakeFailedDeliveries(deps.db, { accountId, calendarIds, now: deps.now() });
  await deps.queue.send(
    "urgent",
    deliveries.map((delivery) => ({ kind: "deliver" as const, ...delivery })),
  );
}
