// Pull plan: the SQL by which the end of a round stores what a calendar has earned, and when it is pulled next.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Trust } from "../../domain/trust.ts";

/** What the end of a round stores about the next pull. */
export interface PullPlan extends Trust {
  /**
   * What would fall due within this time is due at once, so that one token serves it and the pull that has just ended.
   * 0: nothing is taken along.
   */
  readonly takesAlongMs: number;
}

/** SQL: the instant stored in `column`, or now if it is nearer than the plan takes along. */
export const takenAlong = (
  column: SQL,
  { takesAlongMs }: Pick<PullPlan, "takesAlongMs">,
  now: Instant,
): SQL =>
  takesAlongMs === 0
    ? column
    : sql`IIF(${column} < ${now + takesAlongMs}, MIN(${column}, ${now}), ${column})`;

/**
 * SQL for the SET of an update of `connections`, at the end of a round that has seen the hints up to `seen`. Hints that
 * came meanwhile are about what the round found, so then nothing was left untold.
 */
export function planPull(plan: PullPlan, seen: number, now: Instant): SQL {
  const channelDueAt = sql.raw("channel_due_at");
  return sql`poll_due_at = ${now + plan.nextMs}, trusted_ms = IIF(dirty > ${seen}, trusted_ms, ${plan.trustedMs}),
    roll_due_at = ${takenAlong(sql.raw("roll_due_at"), plan, now)},
    channel_due_at = ${
      plan.reopens
        ? sql`IIF(dirty > ${seen} OR channel_due_at IS NULL, channel_due_at, ${now})`
        : takenAlong(channelDueAt, plan, now)
    }`;
}
