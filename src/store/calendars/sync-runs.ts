// Sync runs: counts each sync, and records audits and what changed something, stopped halfway or failed.
import { type InferInsertModel, type SQL, sql } from "drizzle-orm";
import { isUnchanged } from "../../domain/sync-counts.ts";
import type { Statement } from "../db.ts";
import type { syncRuns } from "../schema/syncs.ts";
import { countRun } from "./sync-days.ts";

/** One sync to record. */
export type SyncRun = InferInsertModel<typeof syncRuns>;

/**
 * Statements: record a run, if `guard` holds; a repeated record changes nothing. Put them before the update that gives
 * the lease back.
 */
export function recordRun(run: SyncRun, guard: SQL = sql`1`): Statement[] {
  const count = countRun(run, guard);
  if (isUnchanged(run)) return count;
  return [
    ...count,
    sql`INSERT INTO sync_runs (id, agent_id, connection_id, mode, outcome, failure_kind, failure_code, pages,
          upserts, removals, missing, extra, unreadable, started_at, finished_at)
        SELECT ${run.id}, ${run.agentId}, ${run.connectionId}, ${run.mode}, ${run.outcome},
          ${run.failureKind ?? null}, ${run.failureCode ?? null}, ${run.pages}, ${run.upserts}, ${run.removals},
          ${run.missing ?? 0}, ${run.extra ?? 0}, ${run.unreadable ?? 0}, ${run.startedAt}, ${run.finishedAt}
        WHERE ${guard} ON CONFLICT DO NOTHING`,
  ];
}
