// Booking changes: a booking gets another content or another slot, or is cancelled; its calendars follow.
import { type SQL, sql } from "drizzle-orm";
import type { BookingDetails } from "../../domain/booking.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import { type FreeBusy, freeBusyOf, selectFreeBusy } from "../busy/free-busy.ts";
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
import { dropExpired, type Guard, sellable } from "./slot-guard.ts";

/** The fields to be changed; those left out stay. */
export type ChangedDetails = Partial<Omit<BookingDetails, keyof Interval>>;

const COLUMNS: Record<keyof ChangedDetails, SQL> = {
  title: sql.raw("title"),
  description: sql.raw("description"),
  location: sql.raw("location"),
  clientName: sql.raw("client_name"),
  clientEmail: sql.raw("client_email"),
  timeZone: sql.raw("time_zone"),
};

/** Who changes which booking, and what is to be written along with it. */
interface Write {
  readonly agentId: string;
  readonly bookingId: string;
  /** Names this write: the booking carries it afterwards if the change was made by it. */
  readonly writeId: string;
  /**
   * The booking must still be at this revision. Not only for whoever has read it: a copy of the batch that reaches the
   * database late, after another has taken its place, would undo what came since.
   */
  readonly revision: number;
  /** How long deliveries are ours to write at once; 0: they aren't, jobs will. */
  readonly leaseUntil: Instant;
  /** Further statements for the same transaction, given the condition that it made the change. */
  readonly along?: (mine: SQL) => readonly Statement[];
  readonly now: Instant;
}

/** What a change left behind. */
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

/** Statements: the booking's own busy time and its deliveries follow what the booking now says. */
function updateBusyAndDeliveries(write: Write): Statement[] {
  const { agentId, bookingId } = write;
  const mine = mineSql(write);
  return [
    ...(write.along?.(mine) ?? []),
    sql`DELETE FROM busy WHERE agent_id = ${agentId} AND connection_id = '' AND booking_id = ${bookingId} AND ${mine}`,
    insertOwnRow({ agentId, bookingId, when: mine }),
    raiseDeliveries({ ...write, mine }),
  ];
}

/**
 * Changes a booking, all or nothing, in one round trip: another slot only if the guard holds for it with the booking
 * itself out of the way (P1). What says the same already is no change (L33). Bears repetition under one `writeId`.
 */
export async function changeBookingRow(
  db: Database,
  input: Write & { details: ChangedDetails; slot: Interval | null; guard: Guard; reach: Interval },
): Promise<Changed & { readonly freeBusy: FreeBusy }> {
  const { agentId, bookingId, writeId, slot, now } = input;
  const given = [
    ...Object.entries(input.details).map(([field, value]) => ({
      column: COLUMNS[field as keyof ChangedDetails],
      value,
    })),
    ...(slot === null
      ? []
      : [
          { column: sql.raw("starts_at"), value: slot.startsAt },
          { column: sql.raw("ends_at"), value: slot.endsAt },
        ]),
  ];
  const differs = sql.join(
    given.map(({ column, value }) => sql`${column} IS NOT ${value}`),
    sql` OR `,
  );
  const free =
    slot === null
      ? sql``
      : sql`AND ((starts_at = ${slot.startsAt} AND ends_at = ${slot.endsAt})
          OR EXISTS (SELECT 1 FROM agents a WHERE a.agent_id = ${agentId}
            AND ${sellable({ agentId, slot, own: { bookingId }, guard: input.guard, writeId, now })}))`;
  const changes = [
    dropExpired(input),
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
          // Other details are never refused, and what comes late meets another revision.
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

/** Cancels a booking for good and frees its slot, in one round trip. Bears repetition under one `writeId`. */
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
