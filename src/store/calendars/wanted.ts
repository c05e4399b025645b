// Wanted: the reasons for which somebody may sync a calendar, and whether they hold.
import { type SQL, sql } from "drizzle-orm";
import { type Instant, SECOND_MS } from "../../domain/instant.ts";
import { ONLY_PERSON_ENDS, SYNCED } from "../conditions.ts";
import type { Statement } from "../db.ts";
import type { ConnectionRow } from "../rows.ts";

/** The reason for a claim. Where it doesn't hold, the claim is refused although the calendar is free. */
export type Wanted =
  /** A pull is due, by hint or by clock, and no failure holds it off. */
  | { readonly kind: "due" }
  /** A roll of the window is due, and no failure holds it off. */
  | { readonly kind: "roll" }
  /** An audit has listed the calendar, and no round has begun since it read `verifiedAt`. */
  | { readonly kind: "audit"; readonly verifiedAt: Instant | null }
  /** A pull has an answer of the provider, and nobody has synced the calendar since it read this row. */
  | { readonly kind: "as-read"; readonly row: ConnectionRow }
  /**
   * Somebody waits for a calendar that was verified at `since` or later, with all hints followed up. A passing failure
   * holds the claim off only if it came after they asked. So many callers who wait together ask a failing provider
   * only once. Callers who ask one after the other make it be asked once in `CALLERS_PULL_MS`, unless a hint says that
   * there is something to read. That somebody asks about the agent is noted.
   */
  | { readonly kind: "verified-since"; readonly since: Instant; readonly askedAt: Instant };

/** Failures that hold off even a caller who waits: the provider named a time, or only a person can help. */
const HELD_OFF = sql`'wait', 'pause', ${ONLY_PERSON_ENDS}`;

/**
 * The shortest time between two pulls of a calendar that only callers want. Whoever asks in between shares the next.
 */
const CALLERS_PULL_MS = SECOND_MS;

/** SQL: when the provider was last asked, as far as the row tells: the last full round, or a later failure. */
const LAST_ASKED = sql`MAX(COALESCE(verified_at, 0), CASE WHEN failures > 0 THEN updated_at ELSE 0 END)`;

/** SQL: a pull that only callers want may begin. What lies ahead of now is another worker's clock. */
export const isTimeForCallers = (now: Instant): SQL =>
  sql`((failures = 0 AND dirty > clean) OR ABS(${now} - ${LAST_ASKED}) >= ${CALLERS_PULL_MS})`;

/** SQL: a pull is due, by hint or by clock, and no failure holds it off. */
export const isDue = (now: Instant): SQL =>
  sql`next_attempt_at <= ${now} AND (dirty > clean OR poll_due_at <= ${now})`;

/** SQL: the reason holds. */
export function worthWhile(wanted: Wanted, now: Instant): SQL {
  if (wanted.kind === "roll") return sql`next_attempt_at <= ${now} AND roll_due_at <= ${now}`;
  if (wanted.kind === "audit") {
    return sql`next_attempt_at <= ${now} AND verified_at IS ${wanted.verifiedAt} AND round_started_at IS NULL
      AND cursor IS NOT NULL`;
  }
  if (wanted.kind === "as-read") {
    const { cursor, verifiedAt, roundStartedAt, windowStartsAt, windowEndsAt, emptySnapshots } = wanted.row;
    return sql`next_attempt_at <= ${now} AND cursor IS ${cursor} AND verified_at IS ${verifiedAt}
      AND round_started_at IS ${roundStartedAt} AND window_starts_at IS ${windowStartsAt}
      AND window_ends_at IS ${windowEndsAt} AND empty_snapshots = ${emptySnapshots}`;
  }
  if (wanted.kind === "due") return isDue(now);
  return sql`(next_attempt_at <= ${now}
      OR (gone_at IS NULL AND failure_kind NOT IN (${HELD_OFF}) AND updated_at < ${wanted.askedAt}))
    AND (COALESCE(verified_at, -1) < ${wanted.since} OR dirty > clean)`;
}

/** Statement: from when on a calendar that is claimable may be claimed for callers. */
export const soonest = (id: string, isClaimable: SQL): Statement =>
  sql`SELECT ${LAST_ASKED} + ${CALLERS_PULL_MS} AS at FROM connections WHERE id = ${id} AND ${SYNCED} AND ${isClaimable}`;
