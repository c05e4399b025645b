// Round end: what the end of a round stores in its connection, whoever writes it.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { type PlanValues, planPull } from "./pull-plan.ts";

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
  readonly pull: PlanValues;
  readonly now: Instant;
}): SQL {
  const { seen, startedAt, now } = end;
  return sql`round_started_at = NULL, lists_until = IIF(lists_until > ${startedAt}, lists_until, 0),
    resyncs = IIF(${end.leavesCursor ? 1 : 0} AND lists_until <= ${startedAt}, resyncs, 0),
    clean = MAX(clean, ${seen}), verified_at = ${startedAt}, last_sync_at = ${now}, failures = 0,
    failure_kind = NULL, failure_code = NULL, next_attempt_at = 0, empty_snapshots = 0, gone_at = NULL,
    updated_at = ${now}, ${planPull(end.pull, seen)}`;
}
