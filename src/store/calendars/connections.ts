// Connections: one calendar each, with the choices of its agent.

import { and, asc, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Recognition } from "../../domain/moved-calendar.ts";
import type { RemoteCalendar } from "../../providers/provider.ts";
import { writeUnerased } from "../agents/unerased.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { alignDeliveries } from "../deliveries/connection-deliveries.ts";
import { deliveredWithoutNotice } from "../deliveries/delivered-notice.ts";
import { adoptOrphanedEvents } from "../deliveries/orphaned-events.ts";
import type { AccountRow, ConnectionRow } from "../rows.ts";
import { connections } from "../schema/calendars.ts";

function owned(id: string, ownedBy: string | null): SQL | undefined {
  return and(
    eq(connections.id, id),
    isNull(connections.closingAt),
    ownedBy === null ? undefined : eq(connections.agentId, ownedBy),
  );
}

/** Statement: the agent's connections, oldest first, without those that are closing. */
export const selectConnections = (db: Database, agentId: string): Statement =>
  db.build
    .select()
    .from(connections)
    .where(and(eq(connections.agentId, agentId), isNull(connections.closingAt)))
    .orderBy(asc(connections.createdAt), asc(connections.id));

/** The agent's connections, oldest first, without those that are closing. */
export async function listConnectionRows(db: Database, agentId: string): Promise<ConnectionRow[]> {
  const [result] = await db.read([selectConnections(db, agentId)]);
  return rowsOf(connections, result);
}

/** The account's connections, including those that are closing. */
export async function listAccountConnections(db: Database, accountId: string): Promise<ConnectionRow[]> {
  const [result] = await db.read([
    db.build.select().from(connections).where(eq(connections.accountId, accountId)),
  ]);
  return rowsOf(connections, result);
}

/** The connection, or null when there is none or it belongs to another agent. */
export async function findConnection(
  db: Database,
  input: { id: string; ownedBy: string | null },
): Promise<ConnectionRow | null> {
  const [result] = await db.read([db.build.select().from(connections).where(owned(input.id, input.ownedBy))]);
  return rowsOf(connections, result)[0] ?? null;
}

/** A connection to make. */
export interface NewConnection {
  readonly id: string;
  readonly account: Pick<AccountRow, "id" | "agentId" | "provider">;
  readonly calendar: RemoteCalendar;
  readonly recognition: Recognition | null;
  readonly blocksAvailability: boolean;
  readonly receivesBookings: boolean;
  readonly now: Instant;
}

/**
 * Connects a calendar. The connection begins dirty, so that its first pull is due at once. A connection that was
 * closing comes back, and everything in it is read anew. Null: the calendar is connected already, or the account left
 * with its last calendar meanwhile, and a connection without an account could never be read.
 * @throws EngineError agent_being_erased
 */
export async function insertConnection(db: Database, input: NewConnection): Promise<ConnectionRow | null> {
  const { now, calendar, account } = input;
  const chosen = {
    accountId: account.id,
    name: calendar.name,
    timeZone: calendar.timeZone,
    role: calendar.role,
    recognition: input.recognition,
    isActive: true,
    syncEnabled: true,
    blocksAvailability: input.blocksAvailability,
    receivesBookings: input.receivesBookings,
    updatedAt: now,
  };
  const fresh = {
    closingAt: null,
    goneAt: null,
    cursor: null,
    roundStartedAt: null,
    resyncs: 0,
    listsUntil: 0,
    dirty: 1,
    clean: 0,
    leaseId: null,
    leaseUntil: 0,
    failures: 0,
    failureKind: null,
    failureCode: null,
    nextAttemptAt: 0,
    pollDueAt: now,
    trustedMs: 0,
    rollDueAt: now,
    verifiedAt: null,
    auditedAt: null,
    auditDueAt: null,
    emptySnapshots: 0,
    watch: "wanted" as const,
    watchFailures: 0,
    channelDueAt: now,
  };
  // A connection that comes back keeps its id.
  const theirs = sql`(SELECT id FROM connections WHERE agent_id = ${account.agentId}
    AND provider = ${account.provider} AND calendar_id = ${calendar.calendarId})`;
  const there = sql`SELECT 1 FROM accounts WHERE id = ${account.id}`;
  const [, result, found] = await writeUnerased(db, { agentId: account.agentId, since: now }, [
    adoptOrphanedEvents(
      { ...account, accountId: account.id, calendarId: calendar.calendarId },
      input.recognition,
    ),
    db.build
      .insert(connections)
      .values({
        id: input.id,
        agentId: account.agentId,
        provider: account.provider,
        calendarId: calendar.calendarId,
        generation: 0,
        // Orphaned events may be marked with an earlier id of the calendar.
        markedAs: sql`(SELECT marked_as FROM left_behind WHERE agent_id = ${account.agentId}
          AND provider = ${account.provider} AND calendar_id = ${calendar.calendarId} AND marked_as IS NOT NULL
          LIMIT 1)`,
        createdAt: now,
        ...chosen,
        ...fresh,
      })
      .onConflictDoUpdate({
        target: [connections.agentId, connections.provider, connections.calendarId],
        set: { ...chosen, ...fresh },
        setWhere: sql`${connections.closingAt} IS NOT NULL OR ${connections.id} = ${input.id}`,
      })
      .returning(),
    there,
    sql`DELETE FROM connections WHERE account_id = ${account.id} AND NOT EXISTS (${there})`,
    ...alignDeliveries(theirs, now),
  ]);
  return found?.rows.length === 0 ? null : (rowsOf(connections, result)[0] ?? null);
}

/** The fields that an agent may change, and those that the check of the calendar list may change. */
export type ConnectionPatch = Partial<
  Pick<
    ConnectionRow,
    | "isActive"
    | "syncEnabled"
    | "blocksAvailability"
    | "receivesBookings"
    | "name"
    | "timeZone"
    | "role"
    | "recognition"
  >
>;

/**
 * Changes the connection. `wake` makes a pull due, but not before an instant that the provider named. Null when there
 * is none or it belongs to another agent.
 */
export async function updateConnection(
  db: Database,
  input: { id: string; ownedBy: string | null; patch: ConnectionPatch; wake: boolean; now: Instant },
): Promise<ConnectionRow | null> {
  const wake = input.wake
    ? {
        dirty: sql`${connections.dirty} + 1`,
        pollDueAt: input.now,
        nextAttemptAt: sql`IIF(${connections.failureKind} IN ('wait', 'pause'), ${connections.nextAttemptAt}, 0)`,
      }
    : {};
  const [result] = await db.write([
    db.build
      .update(connections)
      .set({ ...input.patch, ...wake, updatedAt: input.now })
      .where(owned(input.id, input.ownedBy))
      .returning(),
    ...alignDeliveries(sql`${input.id}`, input.now),
    deliveredWithoutNotice(input.id, input.now),
  ]);
  return rowsOf(connections, result)[0] ?? null;
}

/** The account has fresh credentials: nothing holds its connections off any longer, and all of them are due. */
export async function wakeAccountConnections(
  db: Database,
  input: { accountId: string; now: Instant },
): Promise<string[]> {
  const [result] = await db.write([
    db.build
      .update(connections)
      .set({
        dirty: sql`${connections.dirty} + 1`,
        failures: 0,
        failureKind: null,
        failureCode: null,
        nextAttemptAt: 0,
        pollDueAt: input.now,
        watchFailures: 0,
        channelDueAt: sql`IIF(${connections.channelDueAt} IS NULL, NULL, MIN(${connections.channelDueAt}, ${input.now}))`,
      })
      .where(and(eq(connections.accountId, input.accountId), isNull(connections.closingAt)))
      .returning({ id: connections.id }),
  ]);
  return (result?.rows ?? []).map((row) => String(row["id"]));
}

/** All-day events mean another time when the agent's zone changes, so calendars without a zone are read anew. */
export async function restartZonelessConnections(
  db: Database,
  input: { agentId: string; now: Instant },
): Promise<string[]> {
  const [result] = await db.write([
    db.build
      .update(connections)
      .set({
        cursor: null,
        roundStartedAt: null,
        // A pull in progress would store its cursor over this, so it loses its lease.
        leaseId: null,
        leaseUntil: 0,
        dirty: sql`${connections.dirty} + 1`,
        pollDueAt: input.now,
      })
      .where(and(eq(connections.agentId, input.agentId), isNull(connections.timeZone)))
      .returning({ id: connections.id }),
  ]);
  return (result?.rows ?? []).map((row) => String(row["id"]));
}
