// Feed bookings: the bookings of a feed, found by the hash of its secret in one request.
import { and, asc, desc, eq, gt, gte, lt, sql } from "drizzle-orm";
import { MAX_BOOKING_MS } from "../../domain/booking.ts";
import type { Instant } from "../../domain/instant.ts";
import { type FeedRow, OPEN } from "../agents/feeds.ts";
import { type Database, rowsOf } from "../db.ts";
import type { BookingRow } from "../rows.ts";
import { bookings } from "../schema/bookings.ts";
import { feeds } from "../schema/feeds.ts";

/**
 * The feed with its agent's confirmed bookings that end after `from`, by their start; null: there is none. Of those
 * that begin before `today` it has the last `pastLimit`, and of the others the first that have room then.
 */
export async function readFeedBookings(
  db: Database,
  input: { secretHash: string; from: Instant; today: Instant; limit: number; pastLimit: number },
): Promise<{ feed: FeedRow; bookings: BookingRow[] } | null> {
  const { secretHash, from, today, limit, pastLimit } = input;
  const ofAgent = and(
    sql`${bookings.agentId} = (SELECT agent_id FROM feeds WHERE secret_hash = ${secretHash} AND ${OPEN})`,
    eq(bookings.state, "confirmed"),
  );
  const [feedResult, pastResult, comingResult] = await db.read([
    db.build
      .select()
      .from(feeds)
      .where(and(eq(feeds.secretHash, secretHash), OPEN)),
    db.build
      .select()
      .from(bookings)
      .where(
        and(
          ofAgent,
          gte(bookings.startsAt, from - MAX_BOOKING_MS),
          lt(bookings.startsAt, today),
          gt(bookings.endsAt, from),
        ),
      )
      .orderBy(desc(bookings.startsAt), desc(bookings.bookingId))
      .limit(pastLimit),
    db.build
      .select()
      .from(bookings)
      .where(and(ofAgent, gte(bookings.startsAt, today)))
      .orderBy(asc(bookings.startsAt), asc(bookings.bookingId))
      .limit(limit),
  ]);
  const [feed] = rowsOf(feeds, feedResult);
  if (feed === undefined) return null;
  const coming = rowsOf(bookings, comingResult);
  const room = Math.min(pastLimit, limit - coming.length);
  const past = rowsOf(bookings, pastResult).slice(0, room).reverse();
  return { feed, bookings: [...past, ...coming] };
}
