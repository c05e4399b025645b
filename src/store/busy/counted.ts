// Counted: SQL for what counts for an agent's limits within a reach.
import { type SQL, sql } from "drizzle-orm";
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import type { Counted } from "../../domain/limits.ts";

/** SQL: a reach, and the instant after which holds have expired. */
export type Bounds = Record<"from" | "startsAfter" | "until" | "now", SQL>;

/**
 * SQL: what counts for the agent's limits, as JSON texts. Without limits nothing is read. A local week that touches the
 * reach begins and ends less than eight days from it, in any zone.
 */
export function countedColumns({ from, until, now }: Bounds): SQL {
  const limited = sql.raw("COALESCE(a.max_per_day, a.max_per_week) IS NOT NULL");
  const aroundMs = sql.raw(`IIF(a.max_per_week IS NULL, ${2 * DAY_MS}, ${8 * DAY_MS})`);
  const near = (startsAt: SQL) =>
    sql`${startsAt} > ${from} - ${aroundMs} AND ${startsAt} < ${until} + ${aroundMs}`;
  return sql`CASE WHEN ${limited} THEN (SELECT json_group_array(json_array(k.starts_at, k.booking_id))
        FROM bookings k WHERE k.agent_id = a.agent_id AND ${near(sql`k.starts_at`)}
          AND k.state = 'confirmed') END AS booked,
      CASE WHEN ${limited} THEN (SELECT json_group_array(json_array(b.starts_at, b.event_key))
        FROM busy b INDEXED BY busy_expiring WHERE b.agent_number = a.number
          AND b.expires_at IS NOT NULL AND b.expires_at > ${now} AND ${near(sql`b.starts_at`)}) END AS held`;
}

/** What counts for a limit: when it starts, and the id of the booking or hold. */
type CountedValues = readonly [startsAt: Instant, id: string];

/** Reads the two columns of `countedColumns`; null where nothing limits the agent. */
export function countedOf(booked: unknown, held: unknown): Counted[] {
  const [bookings, holds] = [booked as CountedValues[] | null, held as CountedValues[] | null];
  return [
    ...(bookings ?? []).map(([startsAt, bookingId]) => ({ startsAt, bookingId, holdId: null })),
    ...(holds ?? []).map(([startsAt, holdId]) => ({ startsAt, bookingId: null, holdId })),
  ];
}
