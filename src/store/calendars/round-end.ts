// Round end: what the end of a round stores in its connection, whoever writes it.
import { type SQL, sql } from "drizzle-orm";
import { DAY_MS, type Instant } from "../../domain/instant.ts";

/** An agent without a booking for this long is idle: their calendars without any push are polled less often. */
const IDLE_AFTER_MS = 30 * DAY_MS;
const IDLE_FACTOR = 3;

/** The times until the next pull without a hint, by how the calendar is watched. */
export interface Intervals<T = number> {
  readonly watchedMs: T;
  readonly polledMs: T;
  readonly unwatchedMs: T;
}

/**
 * SQL for the SET of an update of `connections`: the round has read everything. Its values are SQL, so that one
 * statement can end the rounds of many calendars.
 */
export function roundEnded(end: {
  /** The value of the dirty counter whose hints the round has seen. */
  readonly seen: SQL;
  /** When the round began. Everything it reads was true then or later, so this becomes "verified at". */
  readonly startedAt: SQL;
  /** The cursor comes from a snapshot. It hasn't led to changes yet: until it has, a refusal of it counts on. */
  readonly leavesCursor: boolean;
  readonly intervals: Intervals<SQL>;
  readonly now: Instant;
}): SQL {
  const { seen, startedAt, intervals, now } = end;
  const watched = sql`EXISTS (SELECT 1 FROM channels WHERE connection_id = connections.id
    AND state = 'active' AND expires_at > ${now})`;
  const booked = sql`EXISTS (SELECT 1 FROM bookings WHERE agent_id = connections.agent_id
    AND starts_at > ${now - IDLE_AFTER_MS})`;
  return sql`round_started_at = NULL, lists_until = IIF(lists_until > ${startedAt}, lists_until, 0),
    resyncs = IIF(${end.leavesCursor ? 1 : 0} AND lists_until <= ${startedAt}, resyncs, 0),
    clean = MAX(clean, ${seen}), verified_at = ${startedAt}, last_sync_at = ${now}, failures = 0,
    failure_kind = NULL, failure_code = NULL, next_attempt_at = 0, empty_snapshots = 0, gone_at = NULL,
    updated_at = ${now},
    poll_due_at = ${now} + CASE WHEN watch = 'unsupported'
      THEN ${intervals.unwatchedMs} WHEN ${watched} THEN ${intervals.watchedMs}
      ELSE ${intervals.polledMs} * IIF(channel_due_at IS NOT NULL OR ${booked}, 1, ${IDLE_FACTOR}) END`;
}
