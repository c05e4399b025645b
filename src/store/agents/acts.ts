// Acts: stores who did what, and lists it.
import { and, desc, eq, lt, sql } from "drizzle-orm";
import { erasedSince } from "../conditions.ts";
import { type Database, rowsOf } from "../db.ts";
import { acts } from "../schema/acts.ts";

/** An act as stored. */
export type ActRow = typeof acts.$inferSelect;

/** The act that stays on record when everything else about an agent is erased. */
export const ACT_OF_ERASURE = "eraseAgent";

/**
 * Records acts. Where one names no agent, the agent is that of the connection, account or notice that it names. Of an
 * agent who is erased only the erasure is recorded.
 */
export async function insertActs(db: Database, rows: readonly Omit<ActRow, "sequence">[]): Promise<void> {
  await db.write(
    rows.map(
      (act) => sql`INSERT INTO acts (id, at, agent_id, action, role, subject, target, status, request_id)
        SELECT ${act.id}, ${act.at}, of.agent_id, ${act.action}, ${act.role}, ${act.subject}, ${act.target},
          ${act.status}, ${act.requestId}
        FROM (SELECT coalesce(${act.agentId}, (SELECT agent_id FROM connections WHERE id = ${act.target}),
          (SELECT agent_id FROM accounts WHERE id = ${act.target}),
          (SELECT agent_id FROM notices WHERE id = ${act.target})) AS agent_id) of
        WHERE ${act.action} = ${ACT_OF_ERASURE} OR NOT ${erasedSince(sql`of.agent_id`, act.at)}
        ON CONFLICT DO NOTHING`,
    ),
  );
}

/** Acts, the newest first: of one agent or of all, before a sequence or from the newest on. */
export async function listActs(
  db: Database,
  input: { agentId: string | null; before: number | null; limit: number },
): Promise<ActRow[]> {
  const { agentId, before, limit } = input;
  const [result] = await db.read([
    db.build
      .select()
      .from(acts)
      .where(
        and(
          agentId === null ? undefined : eq(acts.agentId, agentId),
          before === null ? undefined : lt(acts.sequence, before),
        ),
      )
      .orderBy(desc(acts.sequence))
      .limit(limit),
  ]);
  return rowsOf(acts, result);
}
