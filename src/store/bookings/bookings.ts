// Bookings: the guarded batch that sells a slot only once, and the queries that read bookings.
import { type SQL, sql } from "drizzle-orm";
import { ownOf } from "../../domain/conflicts.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { SlotRules } from "../../domain/rules.ts";
import type { SealedTexts } from "../../encoding/booking-texts.ts";
import { type FreeBusy, freeBusyOf, selectFreeBusy } from "../busy/free-busy.ts";
import { numberOfAgent, RECEIVING } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";
import {
  calendarIdle,
  type DeliveryWork,
  deliveryWorkOf,
  selectDeliveryWork,
} from "../deliveries/deliveries.ts";
import type { BookingRow } from "../rows.ts";
import { type HoldRow, holdOf, selectHold, useHold } from "./holds.ts";
import { refuseUnless } from "./refusals.ts";
import { beginSale, type Guard, sellable } from "./slot-guard.ts";

/** How the batch ended, whether it sold or not. */
export interface Placement {
  /** This very write made the booking. */
  readonly placed: boolean;
  /** The booking under this id as it now is; null: none. */
  readonly booking: BookingRow | null;
  /** Its deliveries; those with our `writeId` as lease are ours to write at once. */
  readonly work: readonly DeliveryWork[];
  readonly freeBusy: FreeBusy;
  /** The other booking that has the idempotency key; null: none has it. */
  readonly keyTakenBy: string | null;
  /** The hold that should become the booking; null: none was named, or there is none under that id. */
  readonly hold: HoldRow | null;
}

/** A booking to make. */
export interface NewBooking extends SealedTexts, Interval {
  /** Null: the agent's own zone. */
  readonly timeZone: string | null;
  readonly agentId: string;
  readonly bookingId: string;
  readonly idempotencyKey: string | null;
  /** The hold that becomes the booking; null: none. A hold that is over does no harm while the slot is free. */
  readonly holdId: string | null;
  /** Names the bookings that belong together; null: it stands alone. */
  readonly groupId: string | null;
  readonly rules: SlotRules;
}

/** The values of a new booking. Where one of several agents is chosen, SQL says what differs between them. */
export type NewBookingValues = {
  readonly [Name in keyof Omit<NewBooking, "agentId" | "rules">]: NewBooking[Name] | SQL;
} & Pick<NewBooking, "rules">;

/** A write that makes a booking. */
export interface NewBookingWrite {
  readonly booking: NewBooking;
  readonly writeId: string;
  /** Until when the deliveries are leased to this write, to be written at once; 0: jobs write them. */
  readonly leaseUntil: Instant;
  readonly now: Instant;
}

/** SQL: this very write made or changed the booking. */
export const isMine = (key: { agentId: string | SQL; bookingId: string }, writeId: string): SQL =>
  sql`EXISTS (SELECT 1 FROM bookings WHERE agent_id = ${key.agentId} AND booking_id = ${key.bookingId}
    AND write_id = ${writeId})`;

/** Statement: inserts the booking's row, if its hold and its key are its own and `free` holds. */
export const insertBooking = (write: NewBookingWrite, free: SQL): Statement =>
  insertBookingOf(write, sql`agents a WHERE a.agent_id = ${write.booking.agentId} AND ${free}`, sql``);

/**
 * Statement: inserts the booking's row for the first agent of `agents`, if its hold and its key are its own.
 * @param agents the rest of a FROM with its WHERE, in which `a` is the agent's row
 * @param order an ORDER BY with its LIMIT, if there are several
 */
export function insertBookingOf(
  { booking, writeId, now }: { booking: NewBookingValues; writeId: string; now: Instant },
  agents: SQL,
  order: SQL,
): Statement {
  const { bookingId, idempotencyKey, holdId, rules } = booking;
  return sql`INSERT INTO bookings (agent_id, booking_id, sealed_texts, client_hash, title, starts_at, ends_at,
        time_zone, group_id, buffer_before_ms, buffer_after_ms, state, revision, write_id, idempotency_key, created_at, updated_at)
      SELECT a.agent_id, ${bookingId}, ${booking.sealedTexts}, ${booking.clientHash}, '', ${booking.startsAt},
        ${booking.endsAt}, COALESCE(${booking.timeZone}, a.time_zone), ${booking.groupId}, ${rules.bufferBeforeMs},
        ${rules.bufferAfterMs}, 'confirmed', 1, ${writeId}, ${idempotencyKey}, ${now}, ${now}
      FROM ${agents}
        AND (${holdId} IS NULL OR EXISTS (SELECT 1 FROM holds h WHERE h.agent_id = a.agent_id
          AND h.hold_id = ${holdId} AND h.state <> 'booked'))
        AND NOT EXISTS (SELECT 1 FROM bookings k WHERE k.agent_id = a.agent_id
          AND k.idempotency_key IS NOT NULL AND k.idempotency_key = ${idempotencyKey} AND k.booking_id <> ${bookingId})
      ${order}
      ON CONFLICT (agent_id, booking_id) DO NOTHING`;
}

/** Statement: one delivery of the new booking for each calendar that receives bookings, if this write made it. */
export function insertDeliveries(
  input: Omit<NewBookingWrite, "booking"> & { booking: { agentId: string | SQL; bookingId: string } },
): Statement {
  const { booking, writeId, leaseUntil, now } = input;
  const { agentId, bookingId } = booking;
  const ours = sql`(${leaseUntil} > ${now} AND ${calendarIdle(sql`c.id`, sql`${bookingId}`, now)})`;
  return sql`INSERT INTO deliveries (connection_id, booking_id, agent_id, wanted_revision, delivered_revision, state,
          generation, attempts, next_attempt_at, lease_id, lease_until, created_at, updated_at)
        SELECT c.id, ${bookingId}, ${agentId}, 1, 0, 'pending', 0, 0, 0, IIF(${ours}, ${writeId}, NULL),
          IIF(${ours}, ${leaseUntil}, 0), ${now}, ${now}
        FROM connections c WHERE c.agent_id = ${agentId} AND ${RECEIVING} AND ${isMine(booking, writeId)}
        ON CONFLICT DO NOTHING`;
}

/**
 * Sells a slot in one round trip (P1): the booking, its busy row and one delivery for each calendar that receives
 * bookings, all or nothing. Deliveries are leased to this write, so that it may write the calendars at once. In every
 * case the answer holds everything that the caller needs to explain it. Idempotent under one `writeId`.
 */
export async function placeBooking(
  db: Database,
  input: NewBookingWrite & { readonly guard: Guard; readonly reach: Interval },
): Promise<Placement> {
  const { booking, writeId, guard, now } = input;
  const { agentId, bookingId, holdId } = booking;
  const own = ownOf(booking);
  const mine = isMine(booking, writeId);
  const changes = [
    ...beginSale({ agentId, now }),
    insertBooking(
      input,
      sellable({ agentId, slot: booking, own, rules: booking.rules, guard, writeId, now }),
    ),
    ...(holdId === null ? [] : useHold({ agentId, holdId, bookingId, when: mine, now })),
    insertOwnRow({ agentId, bookingId, when: mine }),
    insertDeliveries(input),
    refuseUnless(mine, writeId, now),
  ];
  const results = await db.write([
    ...changes,
    sql`SELECT booking_id FROM bookings WHERE agent_id = ${agentId} AND idempotency_key IS NOT NULL
          AND idempotency_key = ${booking.idempotencyKey} AND booking_id <> ${bookingId}`,
    selectHold(db, { agentId, holdId: holdId ?? "" }),
    ...selectDeliveryWork(db, { agentId, bookingId }),
    selectFreeBusy({ agentId, reach: input.reach, now }),
  ]);
  const [key, hold, ...rest] = results.slice(changes.length);
  const found = deliveryWorkOf(rest.slice(0, 5));
  const taken = key?.rows[0]?.["booking_id"];
  return {
    placed: found.booking?.writeId === writeId,
    ...found,
    freeBusy: freeBusyOf(rest[5]),
    keyTakenBy: taken === undefined ? null : String(taken),
    hold: holdOf(hold),
  };
}

/** Statement: inserts the busy row of a confirmed booking at the booking's time, if `when` holds. */
export const insertOwnRow = (input: { agentId: string | SQL; bookingId: string; when: SQL }): Statement =>
  sql`INSERT INTO busy (agent_number, connection_number, starts_at, ends_at, event_key, status, all_day, booking_id,
        generation, buffer_before_ms, buffer_after_ms)
      SELECT ${numberOfAgent(input.agentId)}, 0, starts_at, ends_at, booking_id, 'booking', 0, booking_id, 0,
        NULLIF(buffer_before_ms, 0), NULLIF(buffer_after_ms, 0) FROM bookings
      WHERE agent_id = ${input.agentId} AND booking_id = ${input.bookingId} AND state = 'confirmed' AND ${input.when}
      ON CONFLICT DO NOTHING`;

/** The booking with its deliveries; null booking: there is none. */
export async function readBooking(
  db: Database,
  input: { agentId: string; bookingId: string },
): Promise<{ booking: BookingRow | null; work: DeliveryWork[] }> {
  return deliveryWorkOf(await db.read(selectDeliveryWork(db, input)));
}
