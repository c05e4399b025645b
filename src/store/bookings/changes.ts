// Booking changes: gives a booking other details or another slot, or cancels it, and raises its deliveries.
import { type SQL, sql } from "drizzle-orm";
import type { BookingContent } from "../../domain/booking.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { SlotRules } from "../../domain/rules.ts";
import { type FreeBusy, freeBusyOf, selectFreeBusy } from "../busy/free-busy.ts";
import { numberOfAgent } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";
import {
  type DeliveryWork,
  deliveryWorkOf,
  raiseDeliveries,
  selectDeliveryWork,
} from "../deliveries/deliveries.ts";
import type { BookingRow } from "../rows.ts";
import { insertOwnRow } from "./bookings.ts";
import { refuseUnless } from "./refusals.ts";
import { beginSale, type Guard, sellable } from "./slot-guard.ts";

/** The fields to change. Fields left out stay. */
export type ChangedDetails = Partial<Omit<BookingContent, keyof Interval>>;

const COLUMNS: Record<keyof ChangedDetails, SQL> = {
  title: sql.raw("title"),
  description: sql.raw("description"),
  location: sql.raw("location"),
  clientName: sql.raw("client_name"),
  clientEmail: sql.raw("client_email"),
  timeZone: sql.raw("time_zone"),
  bufferBeforeMs: sql.raw("buffer_before_ms"),
  bufferAfterMs: sql.raw("buffer_after_ms"),
};

/** A change of one booking, with the statements that belong to it. */
interface Write {
  readonly agentId: string;
  readonly bookingId: string;
  /** Names this write. The booking has it afterwards if this write made the change. */
  readonly writeId: string;
  /**
   * The booking must still be at this revision. Otherwise a second sending of this batch could reach the database late
   * and undo newer changes.
   */
  readonly revision: number;
  /** Until when the deliveries are leased to this write, to be written at once; 0: jobs write them. */
  readonly leaseUntil: Instant;
  /** Further statements for the same transaction. `mine` is the condition that this write made the change. */
  readonly along?: (mine: SQL) => readonly Statement[];
  readonly now: Instant;
}

/** How a change ended. */
export interface Changed {
  /** This very write made the change. */
  readonly changed: boolean;
  /** The booking as it now is; null: there is none. */
  readonly booking: BookingRow | null;
  /** Its deliveries; those with our `writeId` as lease are ours to write at once. */
  readonly work: readonly DeliveryWork[];
}

const mineSql = ({ agentId, bookingId, writeId }: Write): SQL =>
  sql`EXISTS (SELECT 1 FROM bookings WHERE agent_id = ${agentId} AND booking_id = ${bookingId}
    AND write_id = ${writeId})`;

/** Statements: the booking's own busy row and its deliveries follow the changed booking. */
function updateBusyAndDeliveries(write: Write): Statement[] {
  const { agentId, bookingId } = write;
  const mine = mineSql(write);
  return [
    ...(write.along?.(mine) ?? []),
    sql`DELETE FROM busy WHERE agent_number = ${numberOfAgent(agentId)} AND booking_id IS NOT NULL AND booking_id = ${bookingId}
          AND connection_number = 0 AND ${mine}`,
    insertOwnRow({ agentId, bookingId, when: mine }),
    raiseDeliveries({ ...write, mine }),
  ];
}

/**
 * Changes a booking in one round trip, all or nothing. It gets another slot or other buffers only if the guard holds for
 * them, without the booking itself in the way (P1). A booking that already says the same isn't changed (L33). Idempotent
 * under one `writeId`.
 */
export async function changeBookingRow(
  db: Database,
  input: Write & {
    details: ChangedDetails;
    slot: Interval | null;
    rules: SlotRules;
    guard: Guard;
    reach: Interval;
  },
): Promise<Changed & { readonly freeBusy: FreeBusy }> {
  const { agentId, bookingId, writeId, slot, rules, now } = input;
  const given = [
    ...(slot === null
      ? []
      : [
          { column: sql.raw("starts_at"), value: slot.startsAt },
          { column: sql.raw("ends_at"), value: slot.endsAt },
        ]),
    ...Object.entries(input.details).map(([field, value]) => ({
      column: COLUMNS[field as keyof ChangedDetails],
      value,
    })),
  ];
  const differs = sql.join(
    given.map(({ column, value }) => sql`${column} IS NOT ${value}`),
    sql` OR `,
  );
  const free =
    slot === null
      ? sql``
      : sql`AND ((starts_at = ${slot.startsAt} AND ends_at = ${slot.endsAt}
            AND buffer_before_ms >= ${rules.bufferBeforeMs} AND buffer_after_ms >= ${rules.bufferAfterMs})
          OR EXISTS (SELECT 1 FROM agents a WHERE a.agent_id = ${agentId}
            AND ${sellable({ agentId, slot, own: { bookingId }, rules, guard: input.guard, writeId, now })}))`;
  const changes = [
    ...beginSale(input),
    ...(given.length === 0
      ? []
      : [
          sql`UPDATE bookings SET ${sql.join(
            given.map(({ column, value }) => sql`${column} = ${value}`),
            sql`, `,
          )}, revision = revision + 1, write_id = ${writeId}, updated_at = ${now}
              WHERE agent_id = ${agentId} AND booking_id = ${bookingId} AND state = 'confirmed'
                AND revision = ${input.revision} AND (${differs}) ${free}`,
          ...updateBusyAndDeliveries(input),
          // Other details are never refused, and a late sending of the batch meets another revision.
          ...(slot === null ? [] : [refuseUnless(mineSql(input), writeId, now)]),
        ]),
  ];
  const results = await db.write([
    ...changes,
    ...selectDeliveryWork(db, input),
    selectFreeBusy({ agentId, reach: input.reach, now }),
  ]);
  const rest = results.slice(changes.length);
  const found = deliveryWorkOf(rest.slice(0, 5));
  return { changed: found.booking?.writeId === writeId, ...found, freeBusy: freeBusyOf(rest[5]) };
}

/** Cancels a booking for good and frees its slot, in one round trip. Idempotent under one `writeId`. */
export async function cancelBookingRow(db: Database, input: Write): Promise<Changed> {
  const { agentId, bookingId, writeId, now } = input;
  const changes = [
    sql`UPDATE bookings SET state = 'cancelled', revision = revision + 1, write_id = ${writeId}, updated_at = ${now}
        WHERE agent_id = ${agentId} AND booking_id = ${bookingId} AND state = 'confirmed'
          AND revision = ${input.revision}`,
    ...updateBusyAndDeliveries(input),
  ];
  const results = await db.write([...changes, ...selectDeliveryWork(db, input)]);
  const found = deliveryWorkOf(results.slice(changes.length));
  return { changed: found.booking?.writeId === writeId, ...found };
}
