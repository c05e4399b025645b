// Together: bookings made, moved and cancelled in one transaction, all of them or none.
import { type SQL, sql } from "drizzle-orm";
import { ownOf } from "../../domain/conflicts.ts";
import type { Instant } from "../../domain/instant.ts";
import { type Asked, type FreeBusy, freeBusiesOf, selectFreeBusies } from "../busy/free-busy.ts";
import { type Database, demand, rowsOf, type Statement } from "../db.ts";
import type { BookingRow, ConnectionRow, DeliveryRow } from "../rows.ts";
import { bookings, deliveries, holds } from "../schema/bookings.ts";
import { connections } from "../schema/calendars.ts";
import { insertBooking, insertDeliveries, insertOwnRow, isMine, type NewBooking } from "./bookings.ts";
import { cancelStatements, changeStatements, type NewDetails } from "./changes.ts";
import { endHold, freeHold, type HoldRow } from "./holds.ts";
import { refuseUnless, unrefused } from "./refusals.ts";
import { beginSale, type Guard, sellable } from "./slot-guard.ts";

/** Names a booking. */
export interface BookingKey {
  readonly agentId: string;
  readonly bookingId: string;
}

/** One write of several that happen together. */
export type TogetherWrite =
  | { readonly action: "create"; readonly booking: NewBooking; readonly guard: Guard }
  | (BookingKey &
      NewDetails & {
        readonly action: "change";
        /** The booking must still be at this revision. */
        readonly revision: number;
        /** Null: the slot stays. */
        readonly guard: Guard | null;
      })
  | (BookingKey & { readonly action: "cancel"; readonly revision: number });

/** What the database holds of bookings that are asked about together. */
export interface TogetherState {
  readonly bookings: readonly BookingRow[];
  readonly deliveries: readonly { readonly delivery: DeliveryRow; readonly connection: ConnectionRow }[];
  readonly holds: readonly HoldRow[];
  /** One for each question, in their order. */
  readonly freeBusy: readonly FreeBusy[];
}

/** What is asked about bookings, holds and agents' time. */
export interface TogetherQuestion {
  readonly bookings: readonly BookingKey[];
  readonly holds: readonly { readonly agentId: string; readonly holdId: string }[];
  readonly times: readonly Asked[];
  readonly now: Instant;
}

const keyOf = (write: TogetherWrite): BookingKey => (write.action === "create" ? write.booking : write);

/** Statements of one write, whose conditions `demands` checks when all of them have been made. */
function statementsOf(write: TogetherWrite, writeId: string, now: Instant): Statement[] {
  if (write.action === "cancel") return cancelStatements({ ...write, writeId, leaseUntil: 0, now });
  if (write.action === "change") return changeStatements({ ...write, writeId, leaseUntil: 0, now }, sql`1`);
  const { booking } = write;
  const { agentId, bookingId, holdId } = booking;
  const when = isMine(booking, writeId);
  const made = { booking, writeId, leaseUntil: 0, now };
  return [
    insertBooking(made, sql`1`),
    ...(holdId === null ? [] : [freeHold({ agentId, holdId, when })]),
    insertOwnRow({ agentId, bookingId, when }),
    insertDeliveries(made),
  ];
}

/** SQL: this write was made, and its slot may be sold beside all others as they are now. */
function isSold(write: TogetherWrite, writeId: string, now: Instant): SQL {
  const { agentId, bookingId } = keyOf(write);
  const mine = isMine({ agentId, bookingId }, writeId);
  const kept = sql`SELECT 1 WHERE ${unrefused(writeId)} AND ${mine}`;
  if (write.action === "cancel") return kept;
  const { guard } = write;
  const slot = write.action === "create" ? write.booking : write.slot;
  if (guard === null || slot === null) return kept;
  const { rules } = write.action === "create" ? write.booking : write;
  const holdId = write.action === "create" ? write.booking.holdId : null;
  const own = ownOf({ bookingId, holdId });
  return sql`SELECT 1 FROM agents a WHERE a.agent_id = ${agentId} AND ${mine}
    AND ${sellable({ agentId, slot, own, rules, guard, writeId, now })}`;
}

/**
 * Makes all writes in one round trip, or none (P1). Each condition is the guard of a single sale, checked after all
 * writes: so those of one batch stand in each other's way as others do, and count for each other's limits, and a series
 * may move onto its own places. Idempotent under one `writeId`.
 * @returns null: a condition failed, and nothing was written
 */
export async function writeTogether(
  db: Database,
  input: { writes: readonly TogetherWrite[]; writeId: string; now: Instant },
): Promise<Pick<TogetherState, "bookings" | "deliveries"> | null> {
  const { writes, writeId, now } = input;
  const agentIds = [...new Set(writes.map((write) => keyOf(write).agentId))];
  const changes = [
    ...agentIds.flatMap((agentId) => beginSale({ agentId, now })),
    ...writes.flatMap((write) => statementsOf(write, writeId, now)),
    ...writes.map((write) => demand(isSold(write, writeId, now))),
    // A hold must last until the conditions are checked, because the minimum notice counts from its beginning.
    ...writes.flatMap((write) => {
      if (write.action !== "create" || write.booking.holdId === null) return [];
      const { agentId, bookingId, holdId } = write.booking;
      return [endHold({ agentId, bookingId, holdId, when: isMine(write.booking, writeId), now })];
    }),
  ];
  const results = await db.writeOrUndo([...changes, ...selectBookings(writes.map(keyOf))]);
  return results === null ? null : bookingsOf(results.slice(changes.length));
}

/**
 * Reads all that decides about bookings that are to be written together, in one round trip.
 * @param refused the write that was undone: it stays refused for good, even if its batch arrives a second time. If it
 *   has succeeded after all, its bookings say so by their `writeId`.
 */
export async function readTogether(
  db: Database,
  question: TogetherQuestion,
  refused: string | null = null,
): Promise<TogetherState> {
  const { now, times } = question;
  const asked = JSON.stringify(question.holds.map(({ agentId, holdId }) => [agentId, holdId]));
  const selects = [
    ...selectBookings(question.bookings),
    sql`SELECT h.* FROM json_each(${asked}) e CROSS JOIN holds h
        ON h.agent_id = e.value ->> 0 AND h.hold_id = e.value ->> 1`,
    selectFreeBusies(times, now),
  ];
  const results =
    refused === null
      ? await db.read(selects)
      : (await db.write([refuseTogether(question.bookings, refused, now), ...selects])).slice(1);
  const [held, freeBusy] = results.slice(3);
  return {
    ...bookingsOf(results),
    holds: rowsOf(holds, held),
    freeBusy: freeBusiesOf(freeBusy, times),
  };
}

/** Statement: the write stays refused, unless it has made one of these bookings. */
const refuseTogether = (keys: readonly BookingKey[], writeId: string, now: Instant): Statement =>
  refuseUnless(
    sql`EXISTS (SELECT 1 FROM (${keyed(keys)}) e JOIN bookings k
      ON k.agent_id = e.agent_id AND k.booking_id = e.booking_id WHERE k.write_id = ${writeId})`,
    writeId,
    now,
  );

/** SQL: the keys as rows. */
const keyed = (keys: readonly BookingKey[]): SQL =>
  sql`SELECT value ->> 0 AS agent_id, value ->> 1 AS booking_id
    FROM json_each(${JSON.stringify(keys.map(({ agentId, bookingId }) => [agentId, bookingId]))})`;

/** Statements: the bookings, their deliveries and the connections of these. For `bookingsOf`. */
function selectBookings(keys: readonly BookingKey[]): [Statement, Statement, Statement] {
  const theirs = sql`(${keyed(keys)}) e CROSS JOIN deliveries d INDEXED BY deliveries_booking
    ON d.agent_id = e.agent_id AND d.booking_id = e.booking_id`;
  return [
    sql`SELECT k.* FROM (${keyed(keys)}) e CROSS JOIN bookings k
        ON k.agent_id = e.agent_id AND k.booking_id = e.booking_id`,
    sql`SELECT d.* FROM ${theirs} ORDER BY d.created_at, d.connection_id`,
    sql`SELECT c.* FROM connections c WHERE c.id IN (SELECT d.connection_id FROM ${theirs})`,
  ];
}

type Results = Awaited<ReturnType<Database["read"]>>;

function bookingsOf([found, delivered, connected]: Results): Pick<TogetherState, "bookings" | "deliveries"> {
  const connectionOf = new Map(rowsOf(connections, connected).map((row) => [row.id, row]));
  return {
    bookings: rowsOf(bookings, found),
    deliveries: rowsOf(deliveries, delivered).flatMap((delivery) => {
      const connection = connectionOf.get(delivery.connectionId);
      return connection === undefined ? [] : [{ delivery, connection }];
    }),
  };
}
