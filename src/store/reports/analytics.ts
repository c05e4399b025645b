// Analytics: reads what one agent's calendars, bookings and refusals did over a range of time, in one round trip.
import { type SQL, sql } from "drizzle-orm";
import type { BookingState, DeliveryState } from "../../domain/booking.ts";
import type { FailureKind } from "../../domain/failure.ts";
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { LossReason } from "../../domain/lost-sales.ts";
import type { AgentSettings } from "../../domain/settings.ts";
import { selectAgent, settingsOf } from "../agents/agents.ts";
import { type CountedDay, selectSyncDays, syncDaysOf } from "../calendars/sync-days.ts";
import { type Database, rowsOf } from "../db.ts";
import type { ConnectionRow } from "../rows.ts";
import { agents, connections } from "../schema/calendars.ts";

/** A booking by its times. */
export interface BookingTimes extends Interval {
  readonly state: BookingState;
  readonly createdAt: Instant;
  /** Null: it never got another time. */
  readonly movedAt: Instant | null;
  /** Null: it wasn't cancelled. */
  readonly cancelledAt: Instant | null;
}

/** How many deliveries of bookings sold at one instant stand alike. */
export interface DeliveryCount {
  readonly soldAt: Instant;
  readonly state: DeliveryState;
  readonly failureKind: FailureKind | null;
  readonly failureCode: string | null;
  readonly count: number;
}

/** Sales that were lost on one day of the agent's wall calendar, which is counted from 1970. */
export interface LostCount {
  readonly day: number;
  readonly reason: LossReason;
  readonly count: number;
}

/** What the database holds about a range of an agent's time. */
export interface AnalyticsRows {
  /** Null: the agent is unknown. */
  readonly settings: AgentSettings | null;
  readonly syncDays: readonly CountedDay[];
  readonly connections: readonly ConnectionRow[];
  /** By account: its address; null: the provider tells none. */
  readonly addresses: ReadonlyMap<string, string | null>;
  /** Bookings that were sold, moved or cancelled in the range, whenever they are. */
  readonly changed: readonly BookingTimes[];
  /** Bookings that start in the range, or within nine days beside it. */
  readonly around: readonly BookingTimes[];
  /** Confirmed bookings that start at `upcomingFrom` or later. */
  readonly upcoming: number;
  /** Of bookings that were sold in the range. */
  readonly deliveries: readonly DeliveryCount[];
  /** Of the range's days, and of one beside them: days differ by zone. */
  readonly lost: readonly LostCount[];
}

/**
 * Whole weeks touch the range: a booking in them starts at most so far beside it. A week in which the clocks go back is
 * up to three hours longer, and a booking that reaches into it starts up to a day before it.
 */
const BESIDE_MS = 9 * DAY_MS;

type Row = Readonly<Record<string, unknown>>;

const instantOrNull = (value: unknown): Instant | null => (value === null ? null : Number(value));

const textOrNull = (value: unknown): string | null => (value === null ? null : String(value));

const timesOf = (row: Row): BookingTimes => ({
  startsAt: Number(row["starts_at"]),
  endsAt: Number(row["ends_at"]),
  state: row["state"] as BookingState,
  createdAt: Number(row["created_at"]),
  movedAt: instantOrNull(row["moved_at"]),
  cancelledAt: instantOrNull(row["cancelled_at"]),
});

const deliveryOf = (row: Row): DeliveryCount => ({
  soldAt: Number(row["created_at"]),
  state: row["state"] as DeliveryState,
  failureKind: row["failure_kind"] as FailureKind | null,
  failureCode: row["failure_code"] as string | null,
  count: Number(row["total"]),
});

/** Reads the agent's own rows of the range and nobody else's. `fromDay` and `toDay` are its UTC days. */
export async function readAnalyticsRows(
  db: Database,
  input: { agentId: string; range: Interval; upcomingFrom: Instant; fromDay: number; toDay: number },
): Promise<AnalyticsRows> {
  const { agentId, range, upcomingFrom, fromDay, toDay } = input;
  const { startsAt: from, endsAt: to } = range;
  // A version before migration 0019 knew no time of cancelling. While it goes out, it may still cancel.
  const cancelledAt = sql.raw("COALESCE(cancelled_at, IIF(state = 'cancelled', updated_at, NULL))");
  const times = sql`starts_at, ends_at, state, created_at, moved_at, ${cancelledAt} AS cancelled_at`;
  const within = (at: SQL): SQL => sql`(${at} >= ${from} AND ${at} < ${to})`;
  const [agent, connected, owned, days, changed, around, upcoming, delivered, lost] = await db.read([
    selectAgent(db, agentId),
    sql`SELECT * FROM connections WHERE agent_id = ${agentId} ORDER BY created_at, id`,
    sql`SELECT id, email FROM accounts WHERE agent_id = ${agentId}`,
    selectSyncDays({ agentId, fromDay, toDay }),
    sql`SELECT ${times} FROM bookings INDEXED BY bookings_changed
        WHERE agent_id = ${agentId} AND updated_at >= ${from}
          AND (${within(sql`created_at`)} OR ${within(sql`moved_at`)} OR ${within(cancelledAt)})`,
    sql`SELECT ${times} FROM bookings INDEXED BY bookings_time WHERE agent_id = ${agentId}
        AND starts_at >= ${from - BESIDE_MS} AND starts_at < ${to + BESIDE_MS}`,
    sql`SELECT COUNT(*) AS total FROM bookings INDEXED BY bookings_time
        WHERE agent_id = ${agentId} AND starts_at >= ${upcomingFrom} AND state = 'confirmed'`,
    sql`SELECT k.created_at, d.state, d.failure_kind, d.failure_code, COUNT(*) AS total
        FROM bookings k INDEXED BY bookings_changed CROSS JOIN deliveries d INDEXED BY deliveries_booking
          ON d.agent_id = k.agent_id AND d.booking_id = k.booking_id
        WHERE k.agent_id = ${agentId} AND k.updated_at >= ${from}
          AND k.created_at >= ${from} AND k.created_at < ${to}
        GROUP BY k.created_at, d.state, d.failure_kind, d.failure_code`,
    sql`SELECT day, reason, count FROM lost_sales
        WHERE agent_id = ${agentId} AND day BETWEEN ${fromDay - 1} AND ${toDay + 1} ORDER BY day, reason`,
  ]);
  const [row] = rowsOf(agents, agent);
  const connectionRows = rowsOf(connections, connected);
  return {
    settings: row === undefined ? null : settingsOf(row),
    syncDays: syncDaysOf(days, connectionRows, { fromDay, toDay }),
    connections: connectionRows.filter(({ closingAt }) => closingAt === null),
    addresses: new Map((owned?.rows ?? []).map(({ id, email }) => [String(id), textOrNull(email)])),
    changed: (changed?.rows ?? []).map(timesOf),
    around: (around?.rows ?? []).map(timesOf),
    upcoming: Number(upcoming?.rows[0]?.["total"] ?? 0),
    deliveries: (delivered?.rows ?? []).map(deliveryOf),
    lost: (lost?.rows ?? []).map((found) => ({
      day: Number(found["day"]),
      reason: found["reason"] as LossReason,
      count: Number(found["count"]),
    })),
  };
}
