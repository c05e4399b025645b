// Calendar list: the calendars that an account shows. A list that is refused by itself says nothing about the account.
import type { Deps } from "../deps.ts";
import { HOUR_MS } from "../domain/instant.ts";
import type { ProviderAccount, RemoteCalendar } from "../providers/provider.ts";
import { listAccountConnections } from "../store/calendars/connections.ts";
import type { AccountRow } from "../store/rows.ts";
import { withAccount } from "./open.ts";

/** The account's calendars at its provider. @throws ProviderError as `withAccount` */
export const calendarsOf = (deps: Deps, account: AccountRow): Promise<RemoteCalendar[]> =>
  withAccount(
    deps,
    account,
    (opened) => opened.listCalendars(),
    undefined,
    (opened) => readOne(deps, account, opened),
  );

/** Reads the next hour of the calendar that was read last; lists once more where none has been. */
async function readOne(deps: Deps, { id }: AccountRow, opened: ProviderAccount): Promise<unknown> {
  const connections = await listAccountConnections(deps.db, id);
  const [latest] = connections
    .filter(({ isActive, goneAt, verifiedAt }) => isActive && goneAt === null && verifiedAt !== null)
    .sort((a, b) => (b.verifiedAt ?? 0) - (a.verifiedAt ?? 0));
  if (latest === undefined) return opened.listCalendars();
  const calendar = { calendarId: latest.calendarId, fallbackTimeZone: "UTC" };
  const startsAt = deps.now();
  const pages = opened.pull(calendar, null, { startsAt, endsAt: startsAt + HOUR_MS });
  return pages[Symbol.asyncIterator]().next();
}
