// Password attempts: limits the wrong passwords of an agent, counted across all Workers.
import { sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { writeUnerased } from "../agents/unerased.ts";
import type { Database } from "../db.ts";

/**
 * Begins an attempt, unless `limit` attempts of the agent have failed or are under way since `since`. An attempt
 * counts as failed until it is forgotten. False: the attempt must not be made, and nothing is stored.
 * @throws EngineError agent_being_erased
 */
export async function beginAttempt(
  db: Database,
  input: { agentId: string; id: string; since: Instant; limit: number; now: Instant },
): Promise<boolean> {
  const { agentId, id } = input;
  const [, , begun] = await writeUnerased(db, { agentId, since: input.now }, [
    sql`DELETE FROM password_attempts WHERE started_at <= ${input.since}`,
    sql`INSERT INTO password_attempts (agent_id, id, started_at) SELECT ${agentId}, ${id}, ${input.now}
        WHERE (SELECT count(*) FROM password_attempts WHERE agent_id = ${agentId}) < ${input.limit}
        ON CONFLICT DO NOTHING`,
    sql`SELECT 1 FROM password_attempts WHERE agent_id = ${agentId} AND id = ${id}`,
  ]);
  return (begun?.rows.length ?? 0) > 0;
}

/** Forgets an attempt that did not fail. */
export async function forgetAttempt(db: Database, input: { agentId: string; id: string }): Promise<void> {
  await db.write([sql`DELETE FROM password_attempts WHERE agent_id = ${input.agentId} AND id = ${input.id}`]);
}
