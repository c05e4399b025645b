// Sync runs: one record for each sync, kept for analytics.
import {
  and,
  count,
  desc,
  eq,
  gte,
  type InferInsertModel,
  type InferSelectModel,
  lt,
  type SQL,
  sql,
} from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { syncRuns } from "../schema/calendars.ts";

/** One sync as recorded. */
export type SyncRunRow = InferSelectModel<typeof syncRuns>;

/** The most runs that an analytics answer reads. */
export const MAX_RUNS_READ = 5_000;

/** Statement: records a run, if `condition` holds; a repeated record changes nothing. */
export function insertSyncRun(run: InferInsertModel<typeof syncRuns>, condition: SQL = sql`1`): Statement {
  return sql`INSERT INTO sync_runs (id, agent_id, connection_id, mode, outcome, failure_kind, failure_code, pages,
        upserts, removals, missing, extra, unreadable, started_at, finished_at)
      SELECT ${run.id}, ${run.agentId}, ${run.connectionId}, ${run.mode}, ${run.outcome},
        ${run.failureKind ?? null}, ${run.failureCode ?? null}, ${run.pages}, ${run.upserts}, ${run.removals},
        ${run.missing ?? 0}, ${run.extra ?? 0}, ${run.unreadable ?? 0}, ${run.startedAt}, ${run.finishedAt}
      WHERE ${condition} ON CONFLICT DO NOTHING`;
}

export async function recordSyncRun(db: Database, run: InferInsertModel<typeof syncRuns>): Promise<void> {
  await db.write([insertSyncRun(run)]);
}

/** The agent's runs that started in [from, to), newest first, at most `MAX_RUNS_READ`; `total` counts all of them. */
export async function readSyncRuns(
  db: Database,
  input: { agentId: string; from: Instant; to: Instant },
): Promise<{ runs: SyncRunRow[]; total: number }> {
  const span = and(
    eq(syncRuns.agentId, input.agentId),
    gte(syncRuns.startedAt, input.from),
    lt(syncRuns.startedAt, input.to),
  );
  const [runs, total] = await db.read([
    db.build.select().from(syncRuns).where(span).orderBy(desc(syncRuns.startedAt)).limit(MAX_RUNS_READ),
    db.build.select({ total: count() }).from(syncRuns).where(span),
  ]);
  return { runs: rowsOf(syncRuns, runs), total: Number(total?.rows[0]?.[0] ?? 0) };
}
