// Pull plan: the SQL by which the end of a round stores what a calendar has earned, and when it is pulled next.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Trust } from "../../domain/trust.ts";
import type { Statement } from "../db.ts";

/** What the end of a round stores about the next pull. */
export interface PullPlan extends Pick<Trust, "trustedMs" | "reopens"> {
  /** When the pull that has just ended was due. */
  readonly dueAt: Instant;
  readonly nextAt: Instant;
  /**
   * What would fall due before this instant is due at once, so that one token serves it and the pull that has just
   * ended. 0: nothing is taken along.
   */
  readonly takesAlongUntil: Instant;
}

/** The values of a plan as SQL, so that one statement can plan the pulls of many calendars. */
export interface PlanValues {
  readonly dueAt: SQL;
  readonly nextAt: SQL;
  readonly trustedMs: SQL;
}

/**
 * SQL for the SET of an update of `connections`, at the end of a round that has seen the hints up to `seen`. Hints that
 * came meanwhile are about what the round found, so then nothing was left untold. Whoever has made the calendar due
 * meanwhile isn't overruled.
 */
export const planPull = ({ dueAt, nextAt, trustedMs }: PlanValues, seen: SQL): SQL =>
  sql`poll_due_at = IIF(poll_due_at = ${dueAt}, ${nextAt}, MIN(poll_due_at, ${nextAt})),
    trusted_ms = IIF(dirty > ${seen}, trusted_ms, ${trustedMs})`;

/** SQL for the same SET: the channel has left a change out, so it is opened anew. */
export const reopenChannel = (seen: number, now: Instant): SQL =>
  sql`channel_due_at = IIF(dirty > ${seen} OR channel_due_at IS NULL, channel_due_at, ${now})`;

/**
 * Statement: retires the channel that has left a change out, so that another is opened, and this one isn't renewed. Put it
 * behind the update that plans the pull; `runId` names the sync run that ended the round.
 */
export const retireSilent = (connectionId: string, runId: string, now: Instant): Statement =>
  sql`UPDATE channels SET state = 'retiring' WHERE connection_id = ${connectionId} AND state = 'active'
        AND EXISTS (SELECT 1 FROM connections WHERE id = ${connectionId} AND last_run_id = ${runId}
          AND channel_due_at <= ${now})`;

/**
 * Statements: what these rare pulls take along is due at once. `runId` names the sync run that ended them. It is a
 * statement of its own, because SQLite writes an index anew where its column is set, changed or not.
 */
export function takeAlong(
  plans: readonly { readonly id: string; readonly plan: Pick<PullPlan, "takesAlongUntil"> }[],
  runId: string,
  now: Instant,
): Statement[] {
  const taking = plans.flatMap(({ id, plan: { takesAlongUntil: until } }) =>
    until > 0 ? [{ id, until }] : [],
  );
  if (taking.length === 0) return [];
  const forward = (column: string) =>
    sql`${sql.raw(column)} = IIF(${sql.raw(column)} < e.value ->> 'until', MIN(${sql.raw(column)}, ${now}), ${sql.raw(column)})`;
  return [
    sql`UPDATE connections SET ${forward("roll_due_at")}, ${forward("audit_due_at")}, ${forward("channel_due_at")}
        FROM json_each(${JSON.stringify(taking)}) e
        WHERE connections.id = e.value ->> 'id' AND last_run_id = ${runId}`,
  ];
}
