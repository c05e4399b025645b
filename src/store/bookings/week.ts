// Week: what an agent's own picture of some days needs, in one round trip.
import { and, asc, eq, gt, gte, lt, or, sql } from "drizzle-orm";
import { MAX_BOOKING_MS } from "../../domain/booking.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import { type OwnFreeBusy, ownFreeBusyOf, selectOwnFreeBusy } from "../busy/free-busy.ts";
import { type Database, rowsOf } from "../db.ts";
import type { AccountRow, BookingRow, ConnectionRow, DeliveryRow } from "../rows.ts";
import { bookings, deliveries } from "../schema/bookings.ts";
import { accounts, connections } from "../schema/calendars.ts";

/** Everything of it, as stored. */
export interface WeekRows {
  readonly freeBusy: OwnFreeBusy;
  /** By start: the confirmed ones, and those that were cancelled and not yet removed from every calendar. */
  readonly bookings: readonly BookingRow[];
  /** The deliveries of these bookings. */
  readonly deliveries: readonly DeliveryRow[];
  /** All of the agent's, oldest first. */
  readonly connections: readonly ConnectionRow[];
  readonly accounts: readonly AccountRow[];
}

/** Reads what is within `reach`. */
export async function readWeek(
  db: Database,
  { agentId, reach, now }: { agentId: string; reach: Interval; now: Instant },
): Promise<WeekRows> {
  const unsettled = sql`EXISTS (SELECT 1 FROM deliveries d WHERE d.agent_id = ${bookings.agentId}
    AND d.booking_id = ${bookings.bookingId} AND d.state <> 'delivered')`;
  const shown = and(
    eq(bookings.agentId, agentId),
    gte(bookings.startsAt, reach.startsAt - MAX_BOOKING_MS),
    lt(bookings.startsAt, reach.endsAt),
    gt(bookings.endsAt, reach.startsAt),
    or(eq(bookings.state, "confirmed"), unsettled),
  );
  const [freeBusy, erasure, bookingResult, deliveryResult, connectionResult, accountResult] = await db.read([
    ...selectOwnFreeBusy({ agentId, reach, now }),
    db.build.select().from(bookings).where(shown).orderBy(asc(bookings.startsAt), asc(bookings.bookingId)),
    db.build
      .select()
      .from(deliveries)
      .where(
        and(
          eq(deliveries.agentId, agentId),
          sql`${deliveries.bookingId} IN (${db.build.select({ id: bookings.bookingId }).from(bookings).where(shown)})`,
        ),
      ),
    db.build
      .select()
      .from(connections)
      .where(eq(connections.agentId, agentId))
      .orderBy(asc(connections.createdAt), asc(connections.id)),
    db.build.select().from(accounts).where(eq(accounts.agentId, agentId)),
  ]);
  return {
    freeBusy: ownFreeBusyOf(freeBusy, erasure),
    bookings: rowsOf(bookings, bookingResult),
    deliveries: rowsOf(deliveries, deliveryResult),
    connections: rowsOf(connections, connectionResult),
    accounts: rowsOf(accounts, accountResult),
  };
}
