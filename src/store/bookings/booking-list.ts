// Booking list: pages of bookings by their time, of an agent, of a client or of a group.
import { and, asc, eq, gt, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import { type BookingState, MAX_BOOKING_MS } from "../../domain/booking.ts";
import type { Instant } from "../../domain/instant.ts";
import { type Database, rowsOf } from "../db.ts";
import type { BookingRow } from "../rows.ts";
import { bookings } from "../schema/bookings.ts";

/** The place of a booking in the order of lists. */
export interface BookingPlace {
  readonly startsAt: Instant;
  readonly agentId: string;
  readonly bookingId: string;
}

/** Which bookings are listed. Null lets all pass. */
export interface BookingFilter {
  readonly agentId: string | null;
  /** The hashes of a client's address under each key. */
  readonly clientHashes: readonly string[] | null;
  /** Those that belong together under this id. */
  readonly groupId: string | null;
  readonly state: BookingState | null;
  /** Those that end after this instant. */
  readonly from: Instant | null;
  /** Those that start before this instant. */
  readonly to: Instant | null;
}

/** SQL: the agent's. With a client or a group the search begins at their bookings, which are fewer. */
function ofAgent({ agentId, clientHashes, groupId }: BookingFilter): SQL | undefined {
  if (agentId === null) return undefined;
  return clientHashes === null && groupId === null
    ? eq(bookings.agentId, agentId)
    : sql`+agent_id = ${agentId}`;
}

/** SQL: behind this place, of those that don't start before it. */
const isAfter = ({ startsAt, agentId, bookingId }: BookingPlace): SQL =>
  sql`(starts_at > ${startsAt} OR agent_id > ${agentId} OR (agent_id = ${agentId} AND booking_id > ${bookingId}))`;

/** Bookings after a place, by start, agent and id. Reads only rows of the agent, the client or the group. */
export async function listBookings(
  db: Database,
  filter: BookingFilter & { readonly after: BookingPlace | null; readonly limit: number },
): Promise<BookingRow[]> {
  const { clientHashes, groupId, state, from, to, after } = filter;
  // One lower bound, so that a search by time begins at it: a booking lasts no longer than `MAX_BOOKING_MS`.
  const startsFrom = Math.max(from === null ? 0 : from - MAX_BOOKING_MS, after?.startsAt ?? 0);
  const [result] = await db.read([
    db.build
      .select()
      .from(bookings)
      .where(
        and(
          ofAgent(filter),
          clientHashes === null ? undefined : inArray(bookings.clientHash, [...clientHashes]),
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
