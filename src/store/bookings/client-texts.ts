// Client texts: finds the bookings of a client by their address, and forgets what was written into them.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { REMEMBERED, setForgotten, setTexts } from "../booking-texts.ts";
import type { Database } from "../db.ts";
import { BOOKING_SEALED_UNDER } from "../sealed-under.ts";

/** A client, as bookings may name them. */
export interface Client {
  /** The hashes of their address, one of each key, that of the newest first. */
  readonly hashes: readonly string[];
  /** Their address, for bookings that aren't sealed yet. */
  readonly address: string;
}

/** SQL: the booking is the client's. */
export const isOf = ({ hashes, address }: Client): SQL =>
  sql`(client_hash IN (SELECT value FROM json_each(${JSON.stringify(hashes)}))
    OR (${BOOKING_SEALED_UNDER} = '' AND lower(trim(client_email)) = ${address}))`;

/** SQL: nobody needs the booking's texts any longer. */
const isOver = (now: Instant): SQL => sql`(state = 'cancelled' OR ends_at <= ${now})`;

/** A booking whose texts are to be forgotten. */
export interface OverBooking {
  readonly agentId: string;
  readonly bookingId: string;
  readonly revision: number;
}

/** The client's bookings that are past or cancelled, forgotten or not, at most `limit`. */
export async function listOverBookings(
  db: Database,
  input: { client: Client; limit: number; now: Instant },
): Promise<OverBooking[]> {
  const [result] = await db.read([
    sql`SELECT agent_id, booking_id, revision FROM bookings WHERE ${isOf(input.client)} AND ${isOver(input.now)}
        LIMIT ${input.limit}`,
  ]);
  return (result?.rows ?? []).map((row) => ({
    agentId: String(row["agent_id"]),
    bookingId: String(row["booking_id"]),
    revision: Number(row["revision"]),
  }));
}

/**
 * Counts the client's bookings: past or cancelled ones, and those to come.
 * @param input.calendars those too whose texts are forgotten, while a calendar shows them
 */
export async function countBookingsOf(
  db: Database,
  { client, calendars, now }: { client: Client; calendars: boolean; now: Instant },
): Promise<{ over: number; toCome: number }> {
  const [result] = await db.read([
    sql`SELECT COALESCE(SUM(${isOver(now)}), 0) AS over, COALESCE(SUM(NOT ${isOver(now)}), 0) AS to_come
        FROM bookings WHERE ${isOf(client)} AND ${calendars ? sql`1` : REMEMBERED}`,
  ]);
  const row = result?.rows[0];
  return { over: Number(row?.["over"] ?? 0), toCome: Number(row?.["to_come"] ?? 0) };
}

/** Forgets the texts of the client's bookings that are past or cancelled, at most `limit`. Returns how many. */
export async function forgetClient(
  db: Database,
  input: { client: Client; limit: number; now: Instant },
): Promise<number> {
  const [result] = await db.write([
    sql`UPDATE bookings SET ${setForgotten(sql`COALESCE(client_hash, ${input.client.hashes[0] ?? null})`)}
        WHERE rowid IN (SELECT rowid FROM bookings
          WHERE ${isOf(input.client)} AND ${isOver(input.now)} AND ${REMEMBERED} LIMIT ${input.limit})`,
  ]);
  return result?.rowsAffected ?? 0;
}

/**
 * Gives these bookings neutral texts, under a new revision, and has the calendars that show them written once more. A
 * booking that has changed since it was read is left out.
 * @returns how many bookings, and how many events in calendars
 */
export async function rewriteClient(
  db: Database,
  input: {
    client: Client;
    bookings: readonly (OverBooking & { readonly sealedTexts: string })[];
    writeId: string;
    now: Instant;
  },
): Promise<{ bookings: number; copies: number }> {
  const { client, now } = input;
  const listed = JSON.stringify(input.bookings);
  const of = (name: string) => sql.raw(`(e.value ->> '${name}')`);
  const isListed = sql`agent_id = ${of("agentId")} AND booking_id = ${of("bookingId")}`;
  const mine = sql`SELECT k.agent_id, k.booking_id FROM json_each(${listed}) e JOIN bookings k
    ON k.agent_id = ${of("agentId")} AND k.booking_id = ${of("bookingId")} AND k.write_id = ${input.writeId}`;
  const revision = sql`(SELECT k.revision FROM bookings k WHERE k.agent_id = deliveries.agent_id
    AND k.booking_id = deliveries.booking_id)`;
  const [, , bookings, copies] = await db.write([
    sql`UPDATE bookings SET ${setTexts({ sealedTexts: of("sealedTexts"), clientHash: null })}, revision = revision + 1,
          write_id = ${input.writeId}, updated_at = ${now}
        FROM json_each(${listed}) e
        WHERE ${isListed} AND revision = ${of("revision")} AND ${isOf(client)} AND ${isOver(now)}`,
    // An event that was never begun, or was taken out, needs no neutral text.
    sql`UPDATE deliveries SET state = 'pending', attempts = 0, look_due_at = NULL, updated_at = ${now},
          wanted_revision = ${revision}, next_attempt_at = IIF(failure_kind IN ('wait', 'pause'), next_attempt_at, 0)
        WHERE (agent_id, booking_id) IN (${mine}) AND wanted_revision < ${revision}
          AND (external_id IS NOT NULL OR lease_until > 0)`,
    sql`SELECT COUNT(*) AS total FROM (${mine})`,
    sql`SELECT COUNT(*) AS total FROM deliveries WHERE (agent_id, booking_id) IN (${mine}) AND state = 'pending'`,
  ]);
  const totalOf = (result: typeof bookings) => Number(result?.rows[0]?.["total"] ?? 0);
  return { bookings: totalOf(bookings), copies: totalOf(copies) };
}
