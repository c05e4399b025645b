// Acts: stores who did what, lists it, and forgets it in time.
import { and, desc, eq, lt, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { type Database, rowsOf } from "../db.ts";
import { acts } from "../schema/acts.ts";

/** An act as stored. */
export type ActRow = typeof acts.$inferSelect;

/** Rows that one statement deletes. */
const PURGED_AT_ONCE = 5_000;

/** Records acts. Where one names no agent, the agent is that of the connection, account or notice that it names. */
export async function insertActs(db: Database, rows: readonly Omit<ActRow, "sequence">[]): Promise<void> {
  await db.write(
    rows.map(
      (act) => sql`INSERT INTO acts (id, at, agent_id, action, role, subject, target, status, request_id)
        VALUES (${act.id}, ${act.at}, coalesce(${act.agentId},
          (SELECT agent_id FROM connections WHERE id = ${act.target}),
          (SELECT agent_id FROM accounts WHERE id = ${act.target}),
          (SELECT agent_id FROM notices WHERE id = ${act.target})), ${act.action}, ${act.role}, ${act.subject},
          ${act.target}, ${act.status}, ${act.requestId}) ON CONFLICT DO NOTHING`,
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

/** Forgets acts before an instant, in pieces, so that no writer waits for long. */
export async function purgeActs(db: Database, before: Instant): Promise<void> {
  for (;;) {
    const [purged] = await db.write([
      sql`DELETE FROM acts WHERE sequence IN
            (SELECT sequence FROM acts WHERE at < ${before} LIMIT ${PURGED_AT_ONCE}) RETURNING sequence`,
    ]);
    if ((purged?.rows.length ?? 0) < PURGED_AT_ONCE) return;
  }
}
