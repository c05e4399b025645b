// Feed bookings: the bookings of a feed, found by the hash of its secret in one request.
import { and, asc, eq, gt, gte, sql } from "drizzle-orm";
import { MAX_BOOKING_MS } from "../../domain/booking.ts";
import type { Instant } from "../../domain/instant.ts";
import { type FeedRow, OPEN } from "../agents/feeds.ts";
import { type Database, rowsOf } from "../db.ts";
import type { BookingRow } from "../rows.ts";
import { bookings } from "../schema/bookings.ts";
import { feeds } from "../schema/feeds.ts";

/** The feed with its agent's confirmed bookings that end after `from`, those that begin first; null: there is none. */
export async function readFeedBookings(
  db: Database,
  input: { secretHash: string; from: Instant; limit: number },
): Promise<{ feed: FeedRow; bookings: BookingRow[] } | null> {
  const { secretHash, from } = input;
  const [feedResult, bookingResult] = await db.read([
    db.build
      .select()
      .from(feeds)
      .where(and(eq(feeds.secretHash, secretHash), OPEN)),
    db.build
      .select()
      .from(bookings)
      .where(
        and(
          sql`${bookings.agentId} = (SELECT agent_id FROM feeds WHERE secret_hash = ${secretHash} AND ${OPEN})`,
          eq(bookings.state, "confirmed"),
          gte(bookings.startsAt, from - MAX_BOOKING_MS),
          gt(bookings.endsAt, from),
        ),
      )
      .orderBy(asc(bookings.startsAt), asc(bookings.bookingId))
      .limit(input.limit),
  ]);
  const [feed] = rowsOf(feeds, feedResult);
  return feed === undefined ? null : { feed, bookings: rowsOf(bookings, bookingResult) };
}
