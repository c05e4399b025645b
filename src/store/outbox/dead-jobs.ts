// Dead jobs: jobs that a queue gave up, kept until somebody sends them again or they are too old.
import { and, eq, type InferSelectModel, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { type Database, rowsOf } from "../db.ts";
import { deadJobs } from "../schema/outbox.ts";

/** A dead job as stored. */
export type DeadJobRow = InferSelectModel<typeof deadJobs>;

/**
 * Records the messages that a queue gave up, each one once. The agent comes from the connection or the account that
 * the job names, if that still exists. A body may be any JSON.
 */
export async function recordDeadJobs(
  db: Database,
  input: {
    lane: DeadJobRow["lane"];
    messages: readonly { readonly id: string; readonly body: unknown }[];
    now: Instant;
  },
): Promise<void> {
  const messages = input.messages.map(({ id, body }) => ({ id, job: body ?? null }));
  await db.write([
    sql`INSERT INTO dead_jobs (id, agent_id, lane, job, failed_at)
        SELECT m.value ->> '$.id',
          COALESCE((SELECT agent_id FROM connections WHERE id = m.value ->> '$.job.connectionId'),
            (SELECT agent_id FROM accounts WHERE id = m.value ->> '$.job.accountId')),
          ${input.lane}, m.value -> '$.job', ${input.now}
        FROM json_each(${JSON.stringify(messages)}) m WHERE 1 ON CONFLICT DO NOTHING`,
  ]);
}

/** The job under this id, only if it is about `ownedBy` (null: about anybody). */
export async function findDeadJob(
  db: Database,
  input: { id: string; ownedBy: string | null },
): Promise<DeadJobRow | null> {
  const { id, ownedBy } = input;
  const [result] = await db.read([
    db.build
      .select()
      .from(deadJobs)
      .where(and(eq(deadJobs.id, id), ownedBy === null ? undefined : eq(deadJobs.agentId, ownedBy))),
  ]);
  return rowsOf(deadJobs, result)[0] ?? null;
}

/** Forgets one job. */
export async function deleteDeadJob(db: Database, id: string): Promise<void> {
  await db.write([db.build.delete(deadJobs).where(eq(deadJobs.id, id))]);
}
