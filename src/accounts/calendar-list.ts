// Calendar list: the calendars that an account shows.
import type { Deps } from "../deps.ts";
import type { RemoteCalendar } from "../providers/provider.ts";
import type { AccountRow } from "../store/rows.ts";
import { withAccount } from "./open.ts";

/** The account's calendars at its provider. @throws ProviderError as `withAccount` */
export const calendarsOf = (deps: Deps, account: AccountRow): Promise<RemoteCalendar[]> =>
  withAccount(deps, account, (opened) => opened.listCalendars());
