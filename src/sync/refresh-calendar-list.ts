// Refresh calendar list: finds out once a day which calendars of an account were renamed, demoted or are gone.
import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import { ProviderError } from "../providers/error.ts";
import type { RemoteCalendar } from "../providers/provider.ts";
import { findAccount } from "../store/accounts/accounts.ts";
import { listAccountConnections, updateConnection } from "../store/calendars/connections.ts";
import { wakeFailedDeliveries } from "../store/deliveries/due-deliveries.ts";

/**
 * Makes the connections of one account match its calendar list. Retries failed deliveries into calendars that the list
 * shows as writable. A calendar that is missing from the list is pulled: it is gone only if it can't be read either
 * (P2). After a failure the next day tries again.
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

/** No provider notifies us when write access comes back, so this list must show it. */
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
