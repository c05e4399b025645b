// Booking changes: gives a booking other details or another slot, or cancels it, and raises its deliveries.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { SlotRules } from "../../domain/rules.ts";
import type { SealedTexts } from "../../encoding/booking-texts.ts";
import { FORGOTTEN, setTexts } from "../booking-texts.ts";
import { type FreeBusy, freeBusyOf, selectFreeBusy } from "../busy/free-busy.ts";
import { numberOfAgent } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";
import {
  type DeliveryWork,
  deliveryWorkOf,
  keepDelivered,
  raiseDeliveries,
  selectDeliveryWork,
} from "../deliveries/deliveries.ts";
import type { BookingRow } from "../rows.ts";
import { insertOwnRow, isMine } from "./bookings.ts";
import { refuseUnless } from "./refusals.ts";
import { beginSale, type Guard, sellable } from "./slot-guard.ts";

/** New texts of a booking, made from those that it had. */
export interface NewTexts extends SealedTexts {
  /** The booking had no texts, because they were forgotten. If not, they must not have been forgotten meanwhile. */
  readonly wereForgotten: boolean;
}

/** A change of one booking, with the statements that belong to it. */
export interface Write {
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

/** Statements: the booking's own busy row and its deliveries follow the changed booking. */
function updateBusyAndDeliveries(write: Write, isShown = true): Statement[] {
  const { agentId, bookingId, writeId } = write;
  const mine = isMine(write, writeId);
  return [
    ...(write.along?.(mine) ?? []),
    sql`DELETE FROM busy WHERE agent_number = ${numberOfAgent(agentId)} AND booking_id IS NOT NULL AND booking_id = ${bookingId}
          AND connection_number = 0 AND ${mine}`,
    insertOwnRow({ agentId, bookingId, when: mine }),
    ...(isShown ? [] : keepDelivered({ ...write, mine })),
    raiseDeliveries({ ...write, mine }),
  ];
}

/** What a change gives a booking. Null: it stays. */
export interface NewDetails {
  readonly texts: NewTexts | null;
  readonly timeZone: string | null;
  readonly slot: Interval | null;
  /** The rules for the slot. Their buffers are kept with it; without a slot the booking's own stay. */
  readonly rules: SlotRules;
  /** Calendars show something of the change. If not, events that show the booking so far aren't written again. */
  readonly isShown: boolean;
}

/**
 * Statements: the booking gets these details if `free` holds, and its busy row and deliveries follow. A booking that
 * already says the same isn't changed (L33): sealed texts differ each time, so the caller leaves those out that say the
 * same.
 */
export function changeStatements(write: Write & NewDetails, free: SQL): Statement[] {
  const { agentId, bookingId, writeId, slot, rules, texts, timeZone, now } = write;
  const given = [
    ...(texts === null ? [] : [{ set: setTexts(texts), differs: sql`1` }]),
    ...(timeZone === null
      ? []
      : [{ set: sql`time_zone = ${timeZone}`, differs: sql`time_zone <> ${timeZone}` }]),
    ...(slot === null
      ? []
      : [
          {
            set: sql`moved_at = IIF((starts_at, ends_at) <> (${slot.startsAt}, ${slot.endsAt}), ${now}, moved_at),
              starts_at = ${slot.startsAt}, ends_at = ${slot.endsAt},
              buffer_before_ms = ${rules.bufferBeforeMs}, buffer_after_ms = ${rules.bufferAfterMs}`,
            differs: sql`(starts_at, ends_at, buffer_before_ms, buffer_after_ms)
              <> (${slot.startsAt}, ${slot.endsAt}, ${rules.bufferBeforeMs}, ${rules.bufferAfterMs})`,
          },
        ]),
  ];
  if (given.length === 0) return [];
  const differs = sql.join(
    given.map((each) => each.differs),
    sql` OR `,
  );
  const sets = sql.join(
    given.map(({ set }) => set),
    sql`, `,
  );
  // Texts that were forgotten meanwhile must not come back with a change that was made from them.
  const known = texts === null || texts.wereForgotten ? sql`` : sql`AND NOT ${FORGOTTEN}`;
  return [
    sql`UPDATE bookings SET ${sets}, revision = revision + 1, write_id = ${writeId}, updated_at = ${now}
        WHERE agent_id = ${agentId} AND booking_id = ${bookingId} AND state = 'confirmed'
          AND revision = ${write.revision} AND (${differs}) ${known} AND ${free}`,
    ...updateBusyAndDeliveries(write, write.isShown),
  ];
}

/**
 * Changes a booking in one round trip, all or nothing. It gets another slot or other buffers only if the guard holds
 * for them, without the booking itself in the way (P1). Idempotent under one `writeId`.
 */
export async function changeBookingRow(
  db: Database,
  input: Write & NewDetails & { readonly guard: Guard; readonly reach: Interval },
): Promise<Changed & { readonly freeBusy: FreeBusy }> {
  const { agentId, bookingId, writeId, slot, rules, guard, now } = input;
  const free =
    slot === null
      ? sql`1`
      : sql`((starts_at = ${slot.startsAt} AND ends_at = ${slot.endsAt}
            AND buffer_before_ms >= ${rules.bufferBeforeMs} AND buffer_after_ms >= ${rules.bufferAfterMs})
          OR EXISTS (SELECT 1 FROM agents a WHERE a.agent_id = ${agentId}
            AND ${sellable({ agentId, slot, own: { bookingId }, rules, guard, writeId, now })}))`;
  const changes = [
    ...beginSale(input),
    ...changeStatements(input, free),
    // Other details are never refused, and a late sending of the batch meets another revision.
    ...(slot === null ? [] : [refuseUnless(isMine(input, writeId), writeId, now)]),
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

/** Statements: the booking is cancelled, its slot is free, and its deliveries follow. */
export const cancelStatements = (write: Write): Statement[] => [
  sql`UPDATE bookings SET state = 'cancelled', revision = revision + 1, write_id = ${write.writeId},
        cancelled_at = ${write.now}, updated_at = ${write.now}
      WHERE agent_id = ${write.agentId} AND booking_id = ${write.bookingId} AND state = 'confirmed'
        AND revision = ${write.revision}`,
  ...updateBusyAndDeliveries(write),
];

/** Cancels a booking for good and frees its slot, in one round trip. Idempotent under one `writeId`. */
export async function cancelBookingRow(db: Database, input: Write): Promise<Changed> {
  const changes = cancelStatements(input);
  const results = await db.write([...changes, ...selectDeliveryWork(db, input)]);
  const found = deliveryWorkOf(results.slice(changes.length));
  return { changed: found.booking?.writeId === input.writeId, ...found };
}
