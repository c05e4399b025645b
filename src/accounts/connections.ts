// Connections: which of an account's calendars are connected, and what each is used for.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { recognitionOf } from "../domain/moved-calendar.ts";
import type { RemoteCalendar } from "../providers/provider.ts";
import { findAccount, listAccounts } from "../store/accounts/accounts.ts";
import { listAgentChannels, listChannels } from "../store/calendars/channels.ts";
import {
  findConnection,
  insertConnection,
  listConnectionRows,
  updateConnection,
} from "../store/calendars/connections.ts";
import type { AccountRow, ConnectionRow } from "../store/rows.ts";
import { withAccount } from "./open.ts";
import { explained } from "./problem.ts";
import { refuseUnreadable, requireAccount } from "./remote-calendars.ts";
import { type ConnectionView, connectionView } from "./views.ts";

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
