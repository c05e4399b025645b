// Due deliveries: finds the bookings that wait to be written into a calendar, and makes failed ones due again.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { WRITABLE } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";
import { LOOK_DUE_AT, LOOK_SENT_FOR, SENT_MS, WRITE_DUE_AT, WRITE_SENT_FOR } from "../due.ts";

/** A delivery that waits for its turn. */
export interface DueDelivery {
  readonly connectionId: string;
  readonly bookingId: string;
}

/** A delivery that the sweep looks at. Not `ready`: somebody writes it now, or its calendar isn't written. */
export interface FoundDelivery extends DueDelivery {
  readonly place: number;
  readonly ready: boolean;
}

/** What a sweep may find due of deliveries: bookings to write, or events to reconcile. */
const SEARCHES = {
  write: {
    index: sql.raw("deliveries_due"),
    which: sql`d.state = 'pending'`,
    at: WRITE_DUE_AT,
    sent: WRITE_SENT_FOR,
  },
  reconcile: {
    ...{
      index: sql.raw("deliveries_looks"),
      which: sql`d.state = 'delivered' AND d.look_due_at IS NOT NULL`,
    },
    ...{ at: LOOK_DUE_AT, sent: LOOK_SENT_FOR },
  },
};

/** Due deliveries, longest due first. */
export async function findDueDeliveries(
  db: Database,
  input: { toDo: keyof typeof SEARCHES; now: Instant; limit: number },
): Promise<FoundDelivery[]> {
  const { index, which, at } = SEARCHES[input.toDo];
  const [result] = await db.read([
    sql`SELECT d.rowid AS place, d.connection_id, d.booking_id,
          d.lease_until <= ${input.now} AND c.id IS NOT NULL AS ready
        FROM deliveries d INDEXED BY ${index} LEFT JOIN connections c ON c.id = d.connection_id AND ${WRITABLE}
        WHERE ${which} AND ${at.aliased} <= ${input.now} ORDER BY ${at.aliased} LIMIT ${input.limit}`,
  ]);
  return (result?.rows ?? []).map((row) => ({
    place: Number(row["place"]),
    connectionId: String(row["connection_id"]),
    bookingId: String(row["booking_id"]),
    ready: Number(row["ready"]) === 1,
  }));
}

/** No sweep looks at these deliveries for a while, or until their lease ends, unless something changes. */
export async function markDeliveriesSent(
  db: Database,
  input: { toDo: keyof typeof SEARCHES; found: readonly FoundDelivery[]; now: Instant },
): Promise<void> {
  const { now, found } = input;
  const { at, sent } = SEARCHES[input.toDo];
  await db.write([
    sql`UPDATE deliveries SET ${sent},
          sent_until = IIF(lease_until > ${now}, MIN(lease_until, ${now + SENT_MS}), ${now + SENT_MS})
        WHERE rowid IN (${sql.raw(found.map(({ place }) => place).join(", "))}) AND +${at.indexed} <= ${now}`,
  ]);
}

// The index of waiting deliveries is named below, because the planner would rather read all of the calendar.

/** Statement: the next delivery due into each of these calendars. */
export const selectNextDue = (connectionIds: readonly string[], now: Instant): Statement =>
  sql`SELECT e.value AS connection_id, (SELECT d.booking_id FROM deliveries d INDEXED BY deliveries_waiting
          WHERE d.connection_id = CAST(e.value AS TEXT) AND d.state = 'pending' AND d.next_attempt_at <= ${now}
            AND d.lease_until <= ${now}
          ORDER BY d.created_at LIMIT 1) AS booking_id
      FROM json_each(${JSON.stringify(connectionIds)}) e`;

/** Reads the answer to `selectNextDue`. */
export const nextDueOf = (result: Awaited<ReturnType<Database["read"]>>[number] | undefined): DueDelivery[] =>
  (result?.rows ?? []).flatMap((row) =>
    row["booking_id"] === null
      ? []
      : [{ connectionId: String(row["connection_id"]), bookingId: String(row["booking_id"]) }],
  );

/** The next work in one calendar, or null: first a booking to write, then an event to reconcile. */
export async function nextDue(
  db: Database,
  input: { connectionId: string; now: Instant },
): Promise<{ toDo: "deliver" | "look-at-copy"; bookingId: string } | null> {
  const free = sql`connection_id = ${input.connectionId} AND lease_until <= ${input.now}`;
  const [writes, reconciliations] = await db.read([
    sql`SELECT booking_id FROM deliveries INDEXED BY deliveries_waiting
        WHERE ${free} AND state = 'pending' AND next_attempt_at <= ${input.now} ORDER BY created_at LIMIT 1`,
    sql`SELECT booking_id FROM deliveries INDEXED BY deliveries_look_due
        WHERE look_due_at IS NOT NULL AND look_due_at <= ${input.now} AND ${free} AND state = 'delivered'
        ORDER BY look_due_at LIMIT 1`,
  ]);
  const [write, reconciliation] = [writes?.rows[0], reconciliations?.rows[0]];
  if (write !== undefined) return { toDo: "deliver", bookingId: String(write["booking_id"]) };
  return reconciliation === undefined
    ? null
    : { toDo: "look-at-copy", bookingId: String(reconciliation["booking_id"]) };
}

/** The account has fresh credentials: all that isn't delivered is due again, and so are failed reconciliations. */
export async function wakeAccountDeliveries(
  db: Database,
  input: { accountId: string; now: Instant },
): Promise<{ connectionId: string; bookingId: string }[]> {
  const theirs = sql`connection_id IN (SELECT id FROM connections WHERE account_id = ${input.accountId})`;
  return wake(db, sql`state <> 'delivered' AND ${theirs}`, input.now, [
    sql`UPDATE deliveries SET look_due_at = ${input.now}, attempts = 0
        WHERE look_due_at > ${input.now} AND attempts > 0 AND state = 'delivered' AND ${theirs}`,
  ]);
}

/** SQL: the booking of the delivery isn't over. */
const notOver = (
  now: Instant,
): SQL => sql`EXISTS (SELECT 1 FROM bookings k WHERE k.agent_id = deliveries.agent_id
  AND k.booking_id = deliveries.booking_id AND k.ends_at > ${now})`;

/** Deliveries into one calendar that were given up are due again, if the booking isn't over. */
export const wakeCalendarDeliveries = (
  db: Database,
  { agentId, connectionId, now }: { agentId: string; connectionId: string; now: Instant },
): Promise<{ connectionId: string; bookingId: string }[]> =>
  // The agent is named for the index of failed deliveries, which begins with them.
  wake(
    db,
    sql`state = 'failed' AND agent_id = ${agentId} AND connection_id = ${connectionId} AND ${notOver(now)}`,
    now,
  );

/** Deliveries into these calendars that were given up are due again, if the booking isn't over. */
export async function wakeFailedDeliveries(
  db: Database,
  input: { accountId: string; calendarIds: readonly string[]; now: Instant },
): Promise<{ connectionId: string; bookingId: string }[]> {
  return wake(
    db,
    sql`state = 'failed'
        AND connection_id IN (SELECT id FROM connections WHERE account_id = ${input.accountId}
          AND calendar_id IN (SELECT value FROM json_each(${JSON.stringify(input.calendarIds)})))
        AND ${notOver(input.now)}`,
    input.now,
  );
}

async function wake(
  db: Database,
  which: SQL,
  now: Instant,
  along: readonly Statement[] = [],
): Promise<{ connectionId: string; bookingId: string }[]> {
  const [result] = await db.write([
    sql`UPDATE deliveries SET state = 'pending', attempts = 0, next_attempt_at = 0, updated_at = ${now}
        WHERE ${which} RETURNING connection_id, booking_id`,
    ...along,
  ]);
  return (result?.rows ?? []).map((row) => ({
    connectionId: String(row["connection_id"]),
    bookingId: String(row["booking_id"]),
  }));
}
