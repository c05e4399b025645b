// Groups: the bookings that belong together, of one agent or of several.
import { sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { type Database, rowsOf } from "../db.ts";
import type { BookingRow } from "../rows.ts";
import { bookings } from "../schema/bookings.ts";

/**
 * The bookings of a group that end after an instant, in one round trip: the confirmed ones by their start, and then
 * those that were cancelled.
 * @param input.ownedBy only this agent's; null: everybody's
 * @param input.limit how many at most
 */
export async function readGroup(
  db: Database,
  input: { groupId: string; ownedBy: string | null; endsAfter: Instant; limit: number },
): Promise<BookingRow[]> {
  const { groupId, ownedBy, limit } = input;
  const [found] = await db.read([
    sql`SELECT * FROM bookings INDEXED BY bookings_group WHERE group_id IS NOT NULL AND group_id = ${groupId}
          AND ends_at > ${input.endsAfter} AND (${ownedBy} IS NULL OR agent_id = ${ownedBy})
        ORDER BY state = 'cancelled', starts_at, agent_id, booking_id LIMIT ${limit}`,
  ]);
  return rowsOf(bookings, found);
}
