// Lost calendar: finds out what has become of a calendar that its provider doesn't find, and follows one that moved.
import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import { movedTo, recognitionOf } from "../domain/moved-calendar.ts";
import { ProviderError } from "../providers/error.ts";
import type { RemoteCalendar } from "../providers/provider.ts";
import { listAccountConnections } from "../store/calendars/connections.ts";
import type { OpenableConnection } from "../store/calendars/leases.ts";
import { moveConnection } from "../store/calendars/moves.ts";
import { runOf } from "./pull-report.ts";
import type { PullState } from "./pull-state.ts";

/** The failure code when the account's list shows no calendar at all. */
const NO_CALENDARS = "no_calendars";

/** What has become of a calendar that isn't found. */
export type Fate =
  /** Its account lists it, or nobody knows. `code` says why it can't be read. */
  | { readonly kind: "there"; readonly code: string }
  | { readonly kind: "gone" }
  /** It has another id, and its connection goes on under that one. */
  | { readonly kind: "moved" };

/**
 * Asks the account's list about a calendar that isn't found. "Not found" may mean many things: only a calendar that has
 * left the list is gone (G17, C17). An empty list may be a fault, so it counts only the second time in a row.
 */
export async function fateOf(
  deps: Deps,
  { account, connection }: OpenableConnection,
  state: PullState,
  { code }: ProviderError,
): Promise<Fate> {
  try {
    const list = await withAccount(deps, account, (opened) => opened.listCalendars());
    if (list.some(({ calendarId }) => calendarId === connection.calendarId)) return { kind: "there", code };
    const first = connection.goneAt === null && connection.failureCode !== NO_CALENDARS;
    if (list.length === 0 && first) return { kind: "there", code: NO_CALENDARS };
    const calendar = movedTo(connection, await listAccountConnections(deps.db, account.id), list);
    const moved = calendar !== null && (await follow(deps, state, calendar, list));
    return { kind: moved ? "moved" : "gone" };
  } catch (cause) {
    if (cause instanceof ProviderError) return { kind: "there", code };
    throw cause;
  }
}

/** Lets the connection go on under the calendar's new id. False: see `moveConnection`. */
async function follow(
  deps: Deps,
  state: PullState,
  calendar: RemoteCalendar,
  list: readonly RemoteCalendar[],
): Promise<boolean> {
  const { connection, leaseId } = state;
  const now = deps.now();
  const moved = await moveConnection(deps.db, {
    ...{ connection, leaseId, calendar, now },
    recognition: recognitionOf(calendar, list),
    run: { ...runOf(state, "partial", now), id: deps.newId() },
  });
  if (!moved) return false;
  deps.log.info("calendar.moved", { connectionId: connection.id, provider: connection.provider });
  await deps.queue.send("urgent", [
    { kind: "pull", connectionId: connection.id },
    { kind: "open-channel", connectionId: connection.id },
  ]);
  return true;
}
