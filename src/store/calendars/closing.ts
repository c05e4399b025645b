// Closing: removes a connection; its row stays, hidden from everybody else, until its channels are closed.
import { and, eq, sql } from "drizzle-orm";
import type { FailureKind } from "../../domain/failure.ts";
import type { Instant } from "../../domain/instant.ts";
import { numberOfConnection } from "../conditions.ts";
import { type Database, rowsOf } from "../db.ts";
import { deliveredWithoutNotice } from "../deliveries/delivered-notice.ts";
import { recordOrphanedEvents } from "../deliveries/orphaned-events.ts";
import type { ConnectionRow } from "../rows.ts";
import { connections } from "../schema/calendars.ts";
import { storeDays } from "./sync-days.ts";

/** Marks a connection as closing. From now on only the closer sees it. Its busy time and deliveries are deleted. */
export async function markClosing(
  db: Database,
  input: { id: string; ownedBy: string | null; now: Instant },
): Promise<ConnectionRow | null> {
  const closing = sql`EXISTS (SELECT 1 FROM connections WHERE id = ${input.id} AND closing_at = ${input.now})`;
  const [result] = await db.write([
    db.build
      .update(connections)
      .set({ closingAt: input.now, leaseId: null, leaseUntil: 0, nextAttemptAt: 0, updatedAt: input.now })
      .where(
        and(
          eq(connections.id, input.id),
          input.ownedBy === null ? undefined : eq(connections.agentId, input.ownedBy),
          sql`(${connections.closingAt} IS NULL OR ${connections.closingAt} = ${input.now})`,
        ),
      )
      .returning(),
    // Agents who share the calendar may have relied on its channel (M35): they open one of their own.
    sql`UPDATE connections SET channel_due_at = ${input.now}
          WHERE channel_due_at IS NOT NULL AND closing_at IS NULL AND ${closing}
            AND (provider, calendar_id) = (SELECT provider, calendar_id FROM connections WHERE id = ${input.id})`,
    sql`DELETE FROM busy WHERE connection_number = ${numberOfConnection(input.id)} AND ${closing}`,
    sql`DELETE FROM unreadable_objects WHERE connection_id = ${input.id} AND ${closing}`,
    recordOrphanedEvents(input.id, closing, input.now),
    sql`DELETE FROM deliveries WHERE connection_id = ${input.id} AND ${closing}`,
    deliveredWithoutNotice(input.id, input.now),
  ]);
  return rowsOf(connections, result)[0] ?? null;
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

/** Forgets a closed connection, and its account when that was the account's last one. */
export async function deleteClosed(db: Database, input: { id: string; accountId: string }): Promise<void> {
  const closed = sql`FROM connections WHERE id = ${input.id} AND closing_at IS NOT NULL`;
  await db.write([
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
