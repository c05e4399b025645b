// Connections: which of an account's calendars are connected, and what each is used for.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { HOUR_MS, SECOND_MS } from "../domain/instant.ts";
import { recognitionOf } from "../domain/moved-calendar.ts";
import { PROVIDERS_AT_ONCE, sideBySide } from "../domain/side-by-side.ts";
import { ProviderError } from "../providers/error.ts";
import type { RemoteCalendar } from "../providers/provider.ts";
import { findAccount, listAccounts } from "../store/accounts/accounts.ts";
import { takeListTurn } from "../store/accounts/list-turns.ts";
import { listAgentChannels, listChannels } from "../store/calendars/channels.ts";
import {
  findConnection,
  insertConnection,
  listAccountConnections,
  listConnectionRows,
  updateConnection,
} from "../store/calendars/connections.ts";
import type { AccountRow, ConnectionRow } from "../store/rows.ts";
import { withAccount } from "./open.ts";
import { explained } from "./problem.ts";
import { type ConnectionView, connectionView, type RemoteCalendarView } from "./views.ts";

/** The agent's connected calendars, oldest first. */
export async function listConnections(deps: Deps, input: { agentId: string }): Promise<ConnectionView[]> {
  const [connections, accounts, channels] = await Promise.all([
    listConnectionRows(deps.db, input.agentId),
    listAccounts(deps.db, input.agentId),
    listAgentChannels(deps.db, input.agentId),
  ]);
  const accountOf = new Map(accounts.map((account) => [account.id, account]));
  return connections.map((connection) =>
    connectionView(connection, accountOf.get(connection.accountId), channels, deps.now()),
  );
}

async function view(deps: Deps, connection: ConnectionRow): Promise<ConnectionView> {
  const [account, channels] = await Promise.all([
    findAccount(deps.db, { id: connection.accountId, ownedBy: null }),
    listChannels(deps.db, connection.id),
  ]);
  return connectionView(connection, account ?? undefined, channels, deps.now());
}

const accountMissing = () =>
  new EngineError(
    "account_not_found",
    "There is no such account. GET /connections lists the accounts in use.",
  );

async function requireAccount(deps: Deps, accountId: string, ownedBy: string | null): Promise<AccountRow> {
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
  const now = deps.now();
  const calendar = { calendarId, fallbackTimeZone: "UTC" };
  try {
    await withAccount(deps, account, async (opened) => {
      const pages = opened.pull(calendar, null, { startsAt: now, endsAt: now + HOUR_MS });
      await pages[Symbol.asyncIterator]().next();
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
async function refuseUnreadable(deps: Deps, account: AccountRow, calendarId: string): Promise<void> {
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

/** Inserts the connection and sends the jobs for its first pull and its channel. Null: see `insertConnection`. */
export async function startConnection(
  deps: Deps,
  input: {
    account: AccountRow;
    calendar: RemoteCalendar;
    /** The account's list that shows the calendar. */
    list: readonly RemoteCalendar[];
    blocksAvailability: boolean;
    receivesBookings: boolean;
  },
): Promise<ConnectionRow | null> {
  const recognition = recognitionOf(input.calendar, input.list);
  const id = deps.newId();
  const connection = await insertConnection(deps.db, { ...input, recognition, id, now: deps.now() });
  if (connection === null) return null;
  deps.log.info("connection.started", { connectionId: connection.id, provider: connection.provider });
  await deps.queue.send("urgent", [
    { kind: "pull", connectionId: connection.id },
    { kind: "open-channel", connectionId: connection.id },
  ]);
  return connection;
}

function refuseReadOnly(receivesBookings: boolean, role: "reader" | "writer"): void {
  if (!receivesBookings || role === "writer") return;
  throw new EngineError(
    "calendar_read_only",
    "This calendar can only be read: bookings can't be written into it. Send receivesBookings: false.",
  );
}

/**
 * Connects one more calendar of an account.
 * @throws EngineError account_not_found, calendar_not_found, calendar_not_readable, calendar_read_only,
 *   connection_exists
 */
export async function connectCalendar(
  deps: Deps,
  input: {
    ownedBy: string | null;
    accountId: string;
    calendarId: string;
    blocksAvailability: boolean;
    receivesBookings: boolean;
  },
): Promise<ConnectionView> {
  const account = await requireAccount(deps, input.accountId, input.ownedBy);
  const calendars = await explained(() => withAccount(deps, account, (opened) => opened.listCalendars()));
  const calendar = calendars.find(({ calendarId }) => calendarId === input.calendarId);
  if (calendar === undefined) {
    throw new EngineError(
      "calendar_not_found",
      "The account has no such calendar. GET /accounts/{id}/calendars lists those it has.",
    );
  }
  refuseReadOnly(input.receivesBookings, calendar.role);
  await refuseUnreadable(deps, account, calendar.calendarId);
  const connection = await startConnection(deps, { ...input, account, calendar, list: calendars });
  if (connection === null) {
    await requireAccount(deps, account.id, input.ownedBy);
    throw new EngineError(
      "connection_exists",
      "This calendar is connected already. PATCH its connection to change it.",
    );
  }
  return view(deps, connection);
}

/** What an agent may change about a connection. */
export interface ConnectionChange {
  readonly isActive?: boolean | undefined;
  readonly syncEnabled?: boolean | undefined;
  readonly blocksAvailability?: boolean | undefined;
  readonly receivesBookings?: boolean | undefined;
}

/**
 * Changes what a connection is used for. Switching reading on makes a pull due at once.
 * @throws EngineError connection_not_found, calendar_read_only
 */
export async function changeConnection(
  deps: Deps,
  input: { ownedBy: string | null; connectionId: string; patch: ConnectionChange },
): Promise<ConnectionView> {
  const { connectionId, ownedBy, patch } = input;
  const missing = new EngineError("connection_not_found", "There is no such connection.");
  const before = await findConnection(deps.db, { id: connectionId, ownedBy });
  if (before === null) throw missing;
  refuseReadOnly(patch.receivesBookings ?? false, before.role);
  const wake = patch.isActive === true || patch.syncEnabled === true || patch.blocksAvailability === true;
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const after = await updateConnection(deps.db, {
    id: connectionId,
    ownedBy,
    patch: given,
    wake,
    now: deps.now(),
  });
  if (after === null) throw missing;
  if (wake) await deps.queue.send("urgent", [{ kind: "pull", connectionId }]);
  return view(deps, after);
}
