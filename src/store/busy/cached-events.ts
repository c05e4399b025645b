// Cached events: all that the cache holds of one calendar, for an audit that compares it with the provider's listing.
import { sql } from "drizzle-orm";
import type { BusyStatus } from "../../domain/busy.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { StoredSeries } from "../../providers/provider.ts";
import { numberOfConnection } from "../conditions.ts";
import { type Database, rowsOf } from "../db.ts";
import { storedSeries } from "../schema/busy.ts";

/** A row of an outside event. Longer events have several. */
export interface CachedPiece extends Interval {
  /** The event's `cachedKey`. */
  readonly key: string;
  /** The `cachedKey` of the event's series. */
  readonly seriesKey: string | null;
  readonly status: BusyStatus;
  readonly allDay: boolean;
}

/** A booking's event in the calendar, as we know it. */
export interface OwnEvent {
  readonly bookingId: string;
  readonly externalId: string | null;
  /** Where the booking is, and where our last write put its event. At either place the event has no row. */
  readonly places: readonly Interval[];
  /** The calendar should show the event, and our last write is older than the listing. */
  readonly expected: boolean;
  /** The event is being written, or was written after the listing began. */
  readonly unsettled: boolean;
}

/** What the cache holds of one calendar. */
export interface CachedEvents {
  readonly pieces: readonly CachedPiece[];
  readonly kept: readonly StoredSeries[];
  readonly own: readonly OwnEvent[];
  /** Keys of what couldn't be read to the end. */
  readonly unreadable: readonly string[];
}

type PieceValues = [
  key: string,
  seriesKey: string | null,
  startsAt: Instant,
  endsAt: Instant,
  status: BusyStatus,
  allDay: 0 | 1,
];

/**
 * Reads what the cache holds of a calendar, in one round trip.
 * @param input.since when the listing began
 */
export async function readCachedEvents(
  db: Database,
  input: { connectionId: string; window: Interval; since: Instant; now: Instant },
): Promise<CachedEvents> {
  const { connectionId, window, since, now } = input;
  const [pieces, kept, unreadable, own] = await db.read([
    // One JSON text: thousands of rows would come with as many objects around each value.
    sql`SELECT json_group_array(json_array(event_key, series_key, starts_at, ends_at, status, all_day)) AS pieces
        FROM busy WHERE connection_number = ${numberOfConnection(connectionId)}`,
    sql`SELECT * FROM kept_series WHERE connection_id = ${connectionId}`,
    sql`SELECT object_key FROM unreadable_objects WHERE connection_id = ${connectionId}`,
    sql`SELECT d.booking_id, d.external_id, d.delivered_starts_at, d.delivered_ends_at, k.starts_at, k.ends_at,
          d.updated_at >= ${since} OR d.state = 'pending' OR d.lease_until > ${now} AS unsettled,
          d.state = 'delivered' AND k.state = 'confirmed' AND k.ends_at > ${now} AS shown
        FROM deliveries d JOIN bookings k ON k.agent_id = d.agent_id AND k.booking_id = d.booking_id
        WHERE d.connection_id = ${connectionId}
          AND (k.ends_at > ${window.startsAt} OR d.delivered_ends_at > ${window.startsAt})`,
  ]);
  const values = JSON.parse(String(pieces?.rows[0]?.["pieces"] ?? "[]")) as PieceValues[];
  return {
    pieces: values.map(([key, seriesKey, startsAt, endsAt, status, allDay]) => ({
      ...{ key, seriesKey, startsAt, endsAt, status },
      allDay: allDay === 1,
    })),
    kept: rowsOf(storedSeries, kept).map(({ seriesKey, reduced }) => ({ seriesKey, reduced })),
    unreadable: (unreadable?.rows ?? []).map((row) => String(row["object_key"])),
    own: (own?.rows ?? []).map((row) => {
      const at = (from: string, to: string): Interval[] =>
        row[from] === null ? [] : [{ startsAt: Number(row[from]), endsAt: Number(row[to]) }];
      const externalId = row["external_id"] === null ? null : String(row["external_id"]);
      const delivered = at("delivered_starts_at", "delivered_ends_at");
      const unsettled = row["unsettled"] === 1;
      const isInside = delivered.some(
        (place) => place.startsAt < window.endsAt && place.endsAt > window.startsAt,
      );
      return {
        bookingId: String(row["booking_id"]),
        externalId,
        places: [...at("starts_at", "ends_at"), ...delivered],
        expected: row["shown"] === 1 && !unsettled && isInside,
        unsettled,
      };
    }),
  };
}
