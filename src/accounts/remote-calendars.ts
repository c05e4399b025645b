// Remote calendars: what an account has at its provider, and whether its events may be read there.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { SECOND_MS } from "../domain/instant.ts";
import { PROVIDERS_AT_ONCE, sideBySide } from "../domain/side-by-side.ts";
import { ProviderError } from "../providers/error.ts";
import { findAccount } from "../store/accounts/accounts.ts";
import { takeListTurn } from "../store/accounts/list-turns.ts";
import { listAccountConnections } from "../store/calendars/connections.ts";
import type { AccountRow } from "../store/rows.ts";
import { withAccount } from "./open.ts";
import { explained } from "./problem.ts";
import { readNextHour } from "./proof.ts";
import type { RemoteCalendarView } from "./views.ts";

const accountMissing = () =>
  new EngineError(
    "account_not_found",
    "There is no such account. GET /connections lists the accounts in use.",
  );

/** @throws EngineError account_not_found */
export async function requireAccount(
  deps: Deps,
  accountId: string,
  ownedBy: string | null,
): Promise<AccountRow> {
  const account = await findAccount(deps.db, { id: accountId, ownedBy });
  if (account === null) throw accountMissing();
  return account;
}

/** An account's calendars are listed for callers once in this time, so that no loop reaches a provider. */
export const LIST_TURN_MS = 5 * SECOND_MS;

/** A question for the calendars that an account has at its provider. */
export interface ListRequest {
  readonly ownedBy: string | null;
  readonly accountId: string;
  /** A person at a page waits for the next turn, once. Programs are refused. */
  readonly patient?: boolean;
}

/** The account, once it is the caller's turn to have its calendars listed. */
async function accountInTurn(
  deps: Deps,
  { accountId: id, ownedBy, patient }: ListRequest,
): Promise<AccountRow> {
  for (let mayWait = patient === true; ; mayWait = false) {
    const now = deps.now();
    const turn = await takeListTurn(deps.db, { id, ownedBy, since: now - LIST_TURN_MS, now });
    if (turn === null) throw accountMissing();
    if (turn.taken) return turn.account;
    if (!mayWait) {
      throw new EngineError(
        "rate_limited",
        "The calendars of this account were listed only just now. Wait a few seconds, then ask again.",
      );
    }
    await deps.sleep(Math.max(turn.account.calendarsAskedAt + LIST_TURN_MS - deps.now(), 0));
  }
}

/**
 * The account's calendars at the provider, each with its connection if it has one.
 * @throws EngineError account_not_found, rate_limited
 */
export async function listRemoteCalendars(deps: Deps, input: ListRequest): Promise<RemoteCalendarView[]> {
  const account = await accountInTurn(deps, input);
  const [calendars, connections] = await Promise.all([
    explained(() => withAccount(deps, account, (opened) => opened.listCalendars())),
    listAccountConnections(deps.db, account.id),
  ]);
  const connected = connections.filter(({ closingAt }) => closingAt === null);
  const views = await sideBySide(
    calendars,
    PROVIDERS_AT_ONCE,
    async ({ shared, recognisedBy: _, ...calendar }) => ({
      ...calendar,
      connectionId: connected.find(({ calendarId }) => calendarId === calendar.calendarId)?.id ?? null,
      readable: shared !== true || !isClosed(await readingRefusal(deps, account, calendar.calendarId)),
    }),
  );
  return views.map((view) => {
    if (view.status === "rejected") throw view.reason;
    return view.value;
  });
}

/** Reads the events of the next hour. Only trying shows whether that is allowed. Null: it is. */
async function readingRefusal(
  deps: Deps,
  account: AccountRow,
  calendarId: string,
): Promise<ProviderError | null> {
  try {
    await withAccount(deps, account, (opened) => readNextHour(deps, opened, calendarId), {
      reads: calendarId,
    });
    return null;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}

/** Whether a refusal means that the calendar's events are closed to the account. Other failures pass. */
const isClosed = (refusal: ProviderError | null): boolean =>
  refusal !== null && (refusal.kind === "gone" || refusal.kind === "refused");

/** @throws EngineError calendar_not_readable */
export async function refuseUnreadable(deps: Deps, account: AccountRow, calendarId: string): Promise<void> {
  const refusal = await readingRefusal(deps, account, calendarId);
  if (refusal === null) return;
  // The account may be leaving right now, which is the reason then.
  await requireAccount(deps, account.id, null);
  if (!isClosed(refusal)) await explained(() => Promise.reject(refusal));
  throw new EngineError(
    "calendar_not_readable",
    "This calendar is listed, but its events can't be read with the permissions of this account. Its owner must " +
      "share the events. If the account was connected long ago, connect it again to allow calendars that others share.",
    { cause: refusal, extra: { providerCode: refusal.code } },
  );
}
