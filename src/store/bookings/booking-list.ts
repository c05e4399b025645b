// Booking list: pages of bookings by their time, of an agent, of a client or of a group.
import { and, asc, eq, gt, gte, lt, type SQL, sql } from "drizzle-orm";
import { type BookingState, MAX_BOOKING_MS } from "../../domain/booking.ts";
import type { Instant } from "../../domain/instant.ts";
import { REMEMBERED } from "../booking-texts.ts";
import { type Database, rowsOf } from "../db.ts";
import type { BookingRow } from "../rows.ts";
import { bookings } from "../schema/bookings.ts";
import { type Client, isOf } from "./client-texts.ts";

/** The place of a booking in the order of lists. */
export interface BookingPlace {
  readonly startsAt: Instant;
  readonly agentId: string;
  readonly bookingId: string;
}

/** Which bookings are listed. Null lets all pass. */
export interface BookingFilter {
  readonly agentId: string | null;
  readonly client: Client | null;
  /** Those that belong together under this id. */
  readonly groupId: string | null;
  readonly state: BookingState | null;
  /** Those that end after this instant. */
  readonly from: Instant | null;
  /** Those that start before this instant. */
  readonly to: Instant | null;
}

/** SQL: the agent's. With a client or a group the search begins at their bookings, which are fewer. */
function ofAgent({ agentId, client, groupId }: BookingFilter): SQL | undefined {
  if (agentId === null) return undefined;
  return client === null && groupId === null ? eq(bookings.agentId, agentId) : sql`+agent_id = ${agentId}`;
}

/**
 * SQL: the client's, as far as it isn't forgotten whose it is. In a search of its own, because it needs two indexes.
 */
const isOfClient = (client: Client): SQL =>
  sql`rowid IN (SELECT rowid FROM bookings WHERE ${isOf(client)} AND ${REMEMBERED})`;

/** SQL: behind this place, of those that don't start before it. */
const isAfter = ({ startsAt, agentId, bookingId }: BookingPlace): SQL =>
  sql`(starts_at > ${startsAt} OR agent_id > ${agentId} OR (agent_id = ${agentId} AND booking_id > ${bookingId}))`;

/** Bookings after a place, by start, agent and id. Reads only rows of the agent, the client or the group. */
export async function listBookings(
  db: Database,
  filter: BookingFilter & { readonly after: BookingPlace | null; readonly limit: number },
): Promise<BookingRow[]> {
  const { client, groupId, state, from, to, after } = filter;
  // One lower bound, so that a search by time begins at it: a booking lasts no longer than `MAX_BOOKING_MS`.
  const startsFrom = Math.max(from === null ? 0 : from - MAX_BOOKING_MS, after?.startsAt ?? 0);
  const [result] = await db.read([
    db.build
      .select()
      .from(bookings)
      .where(
        and(
          ofAgent(filter),
          client === null ? undefined : isOfClient(client),
          groupId === null ? undefined : eq(bookings.groupId, groupId),
          state === null ? undefined : eq(bookings.state, state),
          gte(bookings.startsAt, startsFrom),
          from === null ? undefined : gt(bookings.endsAt, from),
          to === null ? undefined : lt(bookings.startsAt, to),
          after === null ? undefined : isAfter(after),
        ),
      )
      .orderBy(asc(bookings.startsAt), asc(bookings.agentId), asc(bookings.bookingId))
      .limit(filter.limit),
  ]);
  return rowsOf(bookings, result);
}
