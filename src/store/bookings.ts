// Bookings: the guarded batch that sells a slot once, and what it leaves behind.
import { and, count, eq, type SQL, sql } from "drizzle-orm";
import type { BookingDetails } from "../domain/booking.ts";
import type { Instant } from "../domain/instant.ts";
import { type Interval, MAX_ROW_MS } from "../domain/interval.ts";
import { bookings } from "./booking-schema.ts";
import { BLOCKING } from "./connections.ts";
import type { Database, Statement } from "./db.ts";
import {
  type BookingRow,
  calendarIdle,
  type DeliveryWork,
  deliveryWorkOf,
  RECEIVING,
  selectDeliveryWork,
} from "./deliveries.ts";
import { type Picture, pictureOf, selectPicture } from "./picture.ts";

/** Under which circumstances a slot may be sold. */
export interface Guard {
  /** Calendars that count must have been verified at or after this instant. */
  readonly verifiedSince: Instant;
  /** Calendars excused from that, because the agent's settings allow what couldn't be verified. */
  readonly excused: readonly string[];
  /**
   * The revision of the settings by which the caller has found the slot within working hours; null: not looked
   * at yet, which only does for an agent without working hours. Settings that changed since refuse the sale.
   */
  readonly hoursRevision: number | null;
}

/** What the batch found, whether it sold or not. */
export interface Placement {
  /** This very write made the booking. */
  readonly placed: boolean;
  /** The booking under this id as it now is; null: none. */
  readonly booking: BookingRow | null;
  /** Its deliveries; those with our `writeId` as lease are ours to write at once. */
  readonly work: readonly DeliveryWork[];
  readonly picture: Picture;
  /** Another booking holds the idempotency key. */
  readonly keyTakenBy: string | null;
}

/**
 * SQL: something blocks `slot` by the agent's rules. Mirrors `domain/conflicts.ts` (a property test compares
 * them). `a` must name the agent's row.
 */
export function blockedSql(slot: Interval, ignoreBookingId: string): SQL {
  return sql`EXISTS (
    SELECT 1 FROM busy b
    WHERE b.agent_id = a.agent_id
      AND b.starts_at < ${slot.endsAt} + MAX(a.buffer_before_ms, a.buffer_after_ms)
      AND b.starts_at > ${slot.startsAt} - MAX(a.buffer_before_ms, a.buffer_after_ms) - ${MAX_ROW_MS}
      AND b.ends_at > ${slot.startsAt} - MAX(a.buffer_before_ms, a.buffer_after_ms)
      AND b.booking_id IS NOT ${ignoreBookingId}
      AND (b.connection_id = '' OR (
        b.starts_at < ${slot.endsAt} + a.buffer_after_ms
        AND b.ends_at > ${slot.startsAt} - a.buffer_before_ms
        AND (b.all_day = 0 OR a.all_day_blocks = 1)
        AND CASE b.status WHEN 'tentative' THEN a.tentative_blocks WHEN 'unanswered' THEN a.unanswered_blocks
              WHEN 'out_of_office' THEN a.out_of_office_blocks
              WHEN 'working_elsewhere' THEN a.working_elsewhere_blocks ELSE 1 END = 1
        AND EXISTS (SELECT 1 FROM connections c WHERE c.id = b.connection_id AND ${BLOCKING}))))`;
}

/**
 * SQL: a calendar that counts is older than the guard allows, is known to have changed since, or doesn't cover the
 * slot. `a` must name the agent's row.
 */
function staleSql(guard: Guard, slot: Interval): SQL {
  return sql`EXISTS (
    SELECT 1 FROM connections c WHERE c.agent_id = a.agent_id AND ${BLOCKING}
      AND (COALESCE(c.verified_at, -1) < ${guard.verifiedSince} OR c.dirty > c.clean
        OR COALESCE(c.window_starts_at > ${slot.startsAt} OR c.window_ends_at < ${slot.endsAt}, 1))
      AND c.id NOT IN (SELECT value FROM json_each(${JSON.stringify(guard.excused)})))`;
}

/** What is to be booked. */
export interface NewBooking extends Omit<BookingDetails, "timeZone"> {
  /** Null: the agent's own zone. */
  readonly timeZone: string | null;
  readonly agentId: string;
  readonly bookingId: string;
  readonly idempotencyKey: string | null;
}

/** Statement: the booking's row, if every guard holds. */
function insertIfFree(booking: NewBooking, writeId: string, guard: Guard, now: Instant): Statement {
  const { agentId, bookingId, idempotencyKey } = booking;
  return sql`INSERT INTO bookings (agent_id, booking_id, title, description, location, client_name, client_email,
        starts_at, ends_at, time_zone, state, revision, write_id, idempotency_key, created_at, updated_at)
      SELECT a.agent_id, ${bookingId}, ${booking.title}, ${booking.description}, ${booking.location},
        ${booking.clientName}, ${booking.clientEmail}, ${booking.startsAt}, ${booking.endsAt},
        COALESCE(${booking.timeZone}, a.time_zone), 'confirmed', 1, ${writeId}, ${idempotencyKey}, ${now}, ${now}
      FROM agents a
      WHERE a.agent_id = ${agentId}
        AND ${booking.startsAt} >= ${now} + a.minimum_notice_ms
        AND (a.working_hours IS NULL OR a.revision = ${guard.hoursRevision ?? -1})
        AND NOT ${blockedSql(booking, bookingId)}
        AND NOT ${staleSql(guard, booking)}
        AND NOT EXISTS (SELECT 1 FROM bookings k WHERE k.agent_id = ${agentId}
          AND k.idempotency_key = ${idempotencyKey} AND k.booking_id <> ${bookingId})
      ON CONFLICT (agent_id, booking_id) DO NOTHING`;
}

/**
 * Sells a slot: booking, busy row and one delivery for each calendar that receives bookings, all or nothing, in
 * one round trip (P1). Deliveries are leased to this write, so that it may write the calendars at once without
 * asking again. Whatever happened, the answer carries all that is needed to say why.
 * Bears repetition under one `writeId`.
 */
export async function placeBooking(
  db: Database,
  input: {
    booking: NewBooking;
    writeId: string;
    leaseUntil: Instant;
    guard: Guard;
    reach: Interval;
    now: Instant;
  },
): Promise<Placement> {
  const { booking, writeId, now } = input;
  const { agentId, bookingId } = booking;
  const mine = sql`SELECT 1 FROM bookings WHERE agent_id = ${agentId} AND booking_id = ${bookingId}
    AND write_id = ${writeId}`;
  const idle = calendarIdle(sql`c.id`, sql`${bookingId}`, now);
  const [, , , key, ...rest] = await db.write([
    insertIfFree(booking, writeId, input.guard, now),
    sql`INSERT INTO busy (agent_id, starts_at, connection_id, event_key, ends_at, status, all_day, booking_id, generation)
        SELECT ${agentId}, ${booking.startsAt}, '', ${bookingId}, ${booking.endsAt}, 'booking', 0, ${bookingId}, 0
        WHERE EXISTS (${mine}) ON CONFLICT DO NOTHING`,
    sql`INSERT INTO deliveries (connection_id, booking_id, agent_id, wanted_revision, delivered_revision, state,
          generation, attempts, next_attempt_at, lease_id, lease_until, created_at, updated_at)
        SELECT c.id, ${bookingId}, ${agentId}, 1, 0, 'pending', 0, 0, 0, IIF(${idle}, ${writeId}, NULL),
          IIF(${idle}, ${input.leaseUntil}, 0), ${now}, ${now}
        FROM connections c WHERE c.agent_id = ${agentId} AND ${RECEIVING} AND EXISTS (${mine})
        ON CONFLICT DO NOTHING`,
    sql`SELECT booking_id FROM bookings WHERE agent_id = ${agentId} AND idempotency_key = ${booking.idempotencyKey}
          AND booking_id <> ${bookingId}`,
    ...selectDeliveryWork(db, { agentId, bookingId }),
    ...selectPicture(db, agentId, input.reach),
  ]);
  const found = deliveryWorkOf(rest.slice(0, 5));
  const taken = key?.rows[0]?.["booking_id"];
  return {
    placed: found.booking?.writeId === writeId,
    ...found,
    picture: pictureOf(rest.slice(5)),
    keyTakenBy: taken === undefined ? null : String(taken),
  };
}

/** The booking with its deliveries; null booking: there is none. */
export async function readBooking(
  db: Database,
  input: { agentId: string; bookingId: string },
): Promise<{ booking: BookingRow | null; work: DeliveryWork[] }> {
  return deliveryWorkOf(await db.read(selectDeliveryWork(db, input)));
}

/** How many bookings the agent has in each state that start in [from, to). */
export async function countBookings(
  db: Database,
  input: { agentId: string; from: Instant; to: Instant },
): Promise<{ bookings: Record<string, number>; deliveries: Record<string, number> }> {
  const span = and(
    eq(bookings.agentId, input.agentId),
    sql`${bookings.startsAt} >= ${input.from}`,
    sql`${bookings.startsAt} < ${input.to}`,
  );
  const [states, deliveries] = await db.read([
    db.build
      .select({ state: bookings.state, total: count() })
      .from(bookings)
      .where(span)
      .groupBy(bookings.state),
    sql`SELECT d.state, COUNT(*) AS total FROM deliveries d
        JOIN bookings k ON k.agent_id = d.agent_id AND k.booking_id = d.booking_id
        WHERE k.agent_id = ${input.agentId} AND k.starts_at >= ${input.from} AND k.starts_at < ${input.to}
        GROUP BY d.state`,
  ]);
  const tally = (result: typeof states | undefined) =>
    Object.fromEntries((result?.rows ?? []).map((row) => [String(row[0]), Number(row[1])]));
  return { bookings: tally(states), deliveries: tally(deliveries) };
}
