// Refresh calendar list: finds out now and then which calendars of an account were renamed, demoted or are gone.
import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import type { Instant } from "../domain/instant.ts";
import { recognitionOf } from "../domain/moved-calendar.ts";
import { LIST_OLD_MS } from "../domain/trust.ts";
import { ProviderError } from "../providers/error.ts";
import type { RemoteCalendar } from "../providers/provider.ts";
import { findAccount } from "../store/accounts/accounts.ts";
import { noteCalendarsListed } from "../store/accounts/due-accounts.ts";
import {
  type ConnectionPatch,
  listAccountConnections,
  updateConnection,
} from "../store/calendars/connections.ts";
import { wakeFailedDeliveries } from "../store/deliveries/due-deliveries.ts";
import type { AccountRow, ConnectionRow } from "../store/rows.ts";

/**
 * Is the account's list old? The daily roll of a calendar takes the list along, because one token serves both. The
 * first list after the calendars were connected is left to cron, which spreads them.
 */
export const isListOld = ({ calendarsListedAt }: AccountRow, now: Instant): boolean =>
  calendarsListedAt > 0 && calendarsListedAt < now - LIST_OLD_MS;

/**
 * Makes the connections of one account match its calendar list. Retries failed deliveries into calendars that the list
 * shows as writable. A calendar that is missing from the list is pulled: it is gone only if it can't be read either
 * (P2), and then it may stand in the list under another id. After a failure the next roll
 * or the next day tries again.
 */
export async function refreshCalendarList(deps: Deps, input: { accountId: string }): Promise<void> {
  const account = await findAccount(deps.db, { id: input.accountId, ownedBy: null });
  if (account === null) return;
  try {
    const calendars = await withAccount(deps, account, (opened) => opened.listCalendars());
    const calendarOf = new Map(calendars.map((calendar) => [calendar.calendarId, calendar]));
    for (const connection of await listAccountConnections(deps.db, account.id)) {
      const { id, isActive, goneAt } = connection;
      const calendar = calendarOf.get(connection.calendarId);
      const missing = calendar === undefined;
      const patch = missing ? {} : changeOf(connection, calendar, calendars);
      // A pull shows whether a missing calendar is gone, and whether a gone one is back.
      const wake = isActive && (missing || goneAt !== null);
      if (Object.keys(patch).length === 0 && !wake) continue;
      deps.log.info("calendar.changed", { connectionId: id, missing });
      await updateConnection(deps.db, { id, ownedBy: null, patch, wake, now: deps.now() });
      if (wake) await deps.queue.send("background", [{ kind: "pull", connectionId: id }]);
    }
    await retryWritable(deps, account.id, calendars);
    await noteCalendarsListed(deps.db, { accountId: account.id, now: deps.now() });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    deps.log.warn("calendars.not_listed", { accountId: account.id, code: error.code });
  }
}

/** What the list says otherwise than the connection's row. */
function changeOf(
  connection: ConnectionRow,
  calendar: RemoteCalendar,
  list: readonly RemoteCalendar[],
): ConnectionPatch {
  const { name, role } = calendar;
  const recognition = recognitionOf(calendar, list);
  return {
    ...(name !== connection.name && { name }),
    ...(role !== connection.role && { role }),
    ...(JSON.stringify(recognition) !== JSON.stringify(connection.recognition) && { recognition }),
  };
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
