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
  raiseDeliveries,
  selectDeliveryWork,
} from "../deliveries/deliveries.ts";
import type { BookingRow } from "../rows.ts";
import { insertOwnRow } from "./bookings.ts";
import { refuseUnless } from "./refusals.ts";
import { beginSale, type Guard, sellable } from "./slot-guard.ts";

/** New texts of a booking, made from those that it had. */
export interface NewTexts extends SealedTexts {
  /** The booking had no texts, because they were forgotten. If not, they must not have been forgotten meanwhile. */
  readonly wereForgotten: boolean;
}

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
 * them, without the booking itself in the way (P1). A booking that already says the same isn't changed (L33): sealed
 * texts differ each time, so the caller leaves those out that say the same. Idempotent under one `writeId`.
 * @param input.texts null: they stay
 * @param input.timeZone null: it stays
 * @param input.slot null: it stays, and so do its buffers
 */
export async function changeBookingRow(
  db: Database,
  input: Write & {
    texts: NewTexts | null;
    timeZone: string | null;
    slot: Interval | null;
    rules: SlotRules;
    guard: Guard;
    reach: Interval;
  },
): Promise<Changed & { readonly freeBusy: FreeBusy }> {
  const { agentId, bookingId, writeId, slot, rules, texts, timeZone, now } = input;
  const given = [
    ...(texts === null ? [] : [{ set: setTexts(texts), differs: sql`1` }]),
    ...(timeZone === null
      ? []
      : [{ set: sql`time_zone = ${timeZone}`, differs: sql`time_zone <> ${timeZone}` }]),
    ...(slot === null
      ? []
      : [
          {
            set: sql`starts_at = ${slot.startsAt}, ends_at = ${slot.endsAt},
              buffer_before_ms = ${rules.bufferBeforeMs}, buffer_after_ms = ${rules.bufferAfterMs}`,
            differs: sql`(starts_at, ends_at, buffer_before_ms, buffer_after_ms)
              <> (${slot.startsAt}, ${slot.endsAt}, ${rules.bufferBeforeMs}, ${rules.bufferAfterMs})`,
          },
        ]),
  ];
  const differs = sql.join(
    given.map((each) => each.differs),
    sql` OR `,
  );
  // Texts that were forgotten meanwhile must not come back with a change that was made from them.
  const known = texts === null || texts.wereForgotten ? sql`` : sql`AND NOT ${FORGOTTEN}`;
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
            given.map(({ set }) => set),
            sql`, `,
          )}, revision = revision + 1, write_id = ${writeId}, updated_at = ${now}
              WHERE agent_id = ${agentId} AND booking_id = ${bookingId} AND state = 'confirmed'
                AND revision = ${input.revision} AND (${differs}) ${known} ${free}`,
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
