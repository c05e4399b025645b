// Due deliveries: which bookings wait to be written into a calendar, and what makes them due again.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../domain/instant.ts";
import type { Database } from "./db.ts";
import { WRITABLE } from "./deliveries.ts";

/** Deliveries that are due and nobody is writing. */
export async function listDueDeliveries(
  db: Database,
  input: { now: Instant; limit: number },
): Promise<{ connectionId: string; bookingId: string }[]> {
  const [result] = await db.read([
    sql`SELECT d.connection_id, d.booking_id FROM deliveries d JOIN connections c ON c.id = d.connection_id
        WHERE d.state = 'pending' AND d.next_attempt_at <= ${input.now} AND d.lease_until <= ${input.now}
          AND ${WRITABLE}
        ORDER BY d.next_attempt_at LIMIT ${input.limit}`,
  ]);
  return (result?.rows ?? []).map((row) => ({
    connectionId: String(row["connection_id"]),
    bookingId: String(row["booking_id"]),
  }));
}

/** The next delivery due into one calendar, or null. */
export async function nextDueDelivery(
  db: Database,
  input: { connectionId: string; now: Instant },
): Promise<string | null> {
  const [result] = await db.read([
    sql`SELECT booking_id FROM deliveries WHERE connection_id = ${input.connectionId} AND state = 'pending'
          AND next_attempt_at <= ${input.now} AND lease_until <= ${input.now}
        ORDER BY created_at LIMIT 1`,
  ]);
  const row = result?.rows[0];
  return row === undefined ? null : String(row["booking_id"]);
}

/** What failed for want of consent or access is due again: the account has fresh credentials. */
export async function wakeAccountDeliveries(
  db: Database,
  input: { accountId: string; now: Instant },
): Promise<{ connectionId: string; bookingId: string }[]> {
  return wake(
    db,
    sql`state <> 'delivered'
        AND connection_id IN (SELECT id FROM connections WHERE account_id = ${input.accountId})`,
    input.now,
  );
}

/** What was given up is due again in these calendars, as far as the booking isn't over. */
export async function wakeFailedDeliveries(
  db: Database,
  input: { accountId: string; calendarIds: readonly string[]; now: Instant },
): Promise<{ connectionId: string; bookingId: string }[]> {
  return wake(
    db,
    sql`state = 'failed'
        AND connection_id IN (SELECT id FROM connections WHERE account_id = ${input.accountId}
          AND calendar_id IN (SELECT value FROM json_each(${JSON.stringify(input.calendarIds)})))
        AND EXISTS (SELECT 1 FROM bookings k WHERE k.agent_id = deliveries.agent_id
          AND k.booking_id = deliveries.booking_id AND k.ends_at > ${input.now})`,
    input.now,
  );
}

async function wake(
  db: Database,
  which: SQL,
  now: Instant,
): Promise<{ connectionId: string; bookingId: string }[]> {
  const [result] = await db.write([
    sql`UPDATE deliveries SET state = 'pending', attempts = 0, next_attempt_at = 0, updated_at = ${now}
        WHERE ${which} RETURNING connection_id, booking_id`,
  ]);
  return (result?.rows ?? []).map((row) => ({
    connectionId: String(row["connection_id"]),
    bookingId: String(row["booking_id"]),
  }));
}
