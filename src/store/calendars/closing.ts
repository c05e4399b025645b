// Closing: removes a connection; its row stays, hidden from everybody else, until its channels are closed.
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { FailureKind } from "../../domain/failure.ts";
import type { Instant } from "../../domain/instant.ts";
import { noteUnrevoked } from "../accounts/grants.ts";
import { numberOfConnection } from "../conditions.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { deliveredWithoutNotice } from "../deliveries/delivered-notice.ts";
import { recordOrphanedEvents } from "../deliveries/orphaned-events.ts";
import { countLeftEvents } from "../deliveries/written-events.ts";
import type { AccountRow, ConnectionRow } from "../rows.ts";
import { accounts, connections } from "../schema/calendars.ts";
import { erasures } from "../schema/erasures.ts";
import { storeDays } from "./sync-days.ts";

/** What marks a connection as closing. The lease goes, so that whoever reads the calendar now changes nothing. */
const asClosing = (now: Instant) => ({
  closingAt: now,
  leaseId: null,
  leaseUntil: 0,
  nextAttemptAt: 0,
  updatedAt: now,
});

/**
 * Statement: agents who share one of these calendars may have relied on its channel (M35), so they open one of their
 * own.
 */
const reopenForOthers = (calendars: SQL, now: Instant): Statement =>
  sql`UPDATE connections SET channel_due_at = ${now}
      WHERE channel_due_at IS NOT NULL AND closing_at IS NULL AND (provider, calendar_id) IN (${calendars})`;

/** Marks a connection as closing. From now on only the closer sees it. Its busy time and deliveries are deleted. */
export async function markClosing(
  db: Database,
  input: { id: string; ownedBy: string | null; now: Instant },
): Promise<ConnectionRow | null> {
  const closing = sql`EXISTS (SELECT 1 FROM connections WHERE id = ${input.id} AND closing_at = ${input.now})`;
  const [result] = await db.write([
    db.build
      .update(connections)
      .set(asClosing(input.now))
      .where(
        and(
          eq(connections.id, input.id),
          input.ownedBy === null ? undefined : eq(connections.agentId, input.ownedBy),
          sql`(${connections.closingAt} IS NULL OR ${connections.closingAt} = ${input.now})`,
        ),
      )
      .returning(),
    reopenForOthers(
      sql`SELECT provider, calendar_id FROM connections WHERE id = ${input.id} AND ${closing}`,
      input.now,
    ),
    sql`DELETE FROM busy WHERE connection_number = ${numberOfConnection(input.id)} AND ${closing}`,
    sql`DELETE FROM unreadable_objects WHERE connection_id = ${input.id} AND ${closing}`,
    recordOrphanedEvents(input.id, closing, input.now),
    sql`DELETE FROM deliveries WHERE connection_id = ${input.id} AND ${closing}`,
    deliveredWithoutNotice(input.id, input.now),
  ]);
  return rowsOf(connections, result)[0] ?? null;
}

/**
 * Statements: all connections of an agent are closing, if `when` holds. Their busy time no longer counts. Their
 * deliveries stay, because they say which events are to be removed.
 */
export const closeAllOf = (
  db: Database,
  { agentId, when, now }: { agentId: string; when: SQL; now: Instant },
): [Statement, Statement] => {
  const theirs = sql`agent_id = ${agentId} AND ${when}`;
  return [
    reopenForOthers(
      sql`SELECT provider, calendar_id FROM connections WHERE ${theirs} AND closing_at IS NULL`,
      now,
    ),
    db.build.update(connections).set(asClosing(now)).where(sql`${theirs} AND closing_at IS NULL`),
  ];
};

/** A connection that is closing. */
export interface ClosingConnection {
  readonly connection: ConnectionRow & { readonly closingAt: Instant };
  readonly account: AccountRow;
  /** Its agent's erasure; null: the agent isn't being erased. */
  readonly erasure: typeof erasures.$inferSelect | null;
}

/** The connection with all that its closing needs; null where it isn't closing, or no longer. */
export async function readClosing(db: Database, id: string): Promise<ClosingConnection | null> {
  const of = (column: string) => sql`(SELECT ${sql.raw(column)} FROM connections WHERE id = ${id})`;
  const [connectionResult, accountResult, erasureResult] = await db.read([
    db.build.select().from(connections).where(eq(connections.id, id)),
    db.build
      .select()
      .from(accounts)
      .where(sql`${accounts.id} = ${of("account_id")}`),
    sql`SELECT * FROM erasures WHERE agent_id = ${of("agent_id")} AND done_at IS NULL`,
  ]);
  const [connection] = rowsOf(connections, connectionResult);
  const [account] = rowsOf(accounts, accountResult);
  const closingAt = connection?.closingAt ?? null;
  if (connection === undefined || account === undefined || closingAt === null) return null;
  return {
    connection: { ...connection, closingAt },
    account,
    erasure: rowsOf(erasures, erasureResult)[0] ?? null,
  };
}

/** Holds off the closing of a connection. */
export async function postponeClosing(
  db: Database,
  input: { id: string; kind: FailureKind; code: string; nextAttemptAt: Instant },
): Promise<void> {
  await db.write([
    db.build
      .update(connections)
      .set({
        failures: sql`${connections.failures} + 1`,
        failureKind: input.kind,
        failureCode: input.code,
        nextAttemptAt: input.nextAttemptAt,
      })
      .where(and(eq(connections.id, input.id), sql`${connections.closingAt} IS NOT NULL`)),
  ]);
}

/**
 * Forgets a closed connection, and its account when that was the account's last one. An erasure notes the events that
 * stay, and why the access may live on.
 */
export async function deleteClosed(
  db: Database,
  input: { id: string; accountId: string; unrevoked: string | null },
): Promise<void> {
  const closed = sql`FROM connections WHERE id = ${input.id} AND closing_at IS NOT NULL`;
  const isLast = sql`NOT EXISTS (SELECT 1 FROM connections WHERE account_id = ${input.accountId} AND id <> ${input.id})`;
  await db.write([
    countLeftEvents(input.id, sql`EXISTS (SELECT 1 ${closed})`),
    ...(input.unrevoked === null
      ? []
      : [noteUnrevoked(input.accountId, input.unrevoked, sql`EXISTS (SELECT 1 ${closed}) AND ${isLast}`)]),
    sql`DELETE FROM deliveries WHERE connection_id IN (SELECT id ${closed})`,
    sql`DELETE FROM busy WHERE connection_number IN (SELECT number ${closed})`,
    sql`DELETE FROM kept_series WHERE connection_id IN (SELECT id ${closed})`,
    sql`DELETE FROM unreadable_objects WHERE connection_id IN (SELECT id ${closed})`,
    sql`DELETE FROM channels WHERE connection_id IN (SELECT id ${closed})`,
    ...storeDays(sql`id = ${input.id} AND closing_at IS NOT NULL`),
    sql`DELETE FROM connections WHERE id = ${input.id} AND closing_at IS NOT NULL`,
    sql`DELETE FROM accounts WHERE id = ${input.accountId}
          AND NOT EXISTS (SELECT 1 FROM connections WHERE account_id = ${input.accountId})`,
  ]);
}
