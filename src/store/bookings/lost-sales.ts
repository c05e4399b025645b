// Lost sales: counts refused sales by agent, day and reason, each once, and nothing about who asked.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { LostSale } from "../../domain/lost-sales.ts";
import { beingErased } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";
import { unrefused } from "./refusals.ts";

/** The same sales as JSON rows of agent, day, reason and count, each of the first three together once. */
function tallied(lost: readonly LostSale[]): string {
  const counts = new Map<string, number>();
  for (const { agentId, day, reason } of lost) {
    const key = JSON.stringify([agentId, day, reason]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return JSON.stringify([...counts].map(([key, count]) => [...JSON.parse(key), count]));
}

/**
 * Statements: count lost sales once, however often the batch arrives. An agent who is unknown or being erased gets no
 * row. One upsert would be shorter, but the Turso engine takes no subquery in it
 * (`docs/providers/cloudflare-turso.md` 2.4).
 * @param countId names this count; it is kept among the refusals, as a write that has nothing left to do
 */
function countStatements(lost: readonly LostSale[], countId: string, now: Instant): Statement[] {
  const rows = tallied(lost);
  const of = (index: number): SQL => sql.raw(`e.value ->> ${index}`);
  const matches = sql`${of(0)} = lost_sales.agent_id AND ${of(1)} = lost_sales.day AND ${of(2)} = lost_sales.reason`;
  return [
    sql`INSERT INTO lost_sales (agent_id, day, reason, count)
        SELECT a.agent_id, ${of(1)}, ${of(2)}, 0 FROM json_each(${rows}) e CROSS JOIN agents a ON a.agent_id = ${of(0)}
        WHERE NOT ${beingErased(sql`a.agent_id`)} AND ${unrefused(countId)}
        ON CONFLICT DO NOTHING`,
    sql`UPDATE lost_sales SET count = count + (SELECT ${of(3)} FROM json_each(${rows}) e WHERE ${matches})
        WHERE (agent_id, day, reason) IN (SELECT ${of(0)}, ${of(1)}, ${of(2)} FROM json_each(${rows}) e)
          AND ${unrefused(countId)}`,
    sql`INSERT INTO refusals (write_id, refused_at) VALUES (${countId}, ${now}) ON CONFLICT DO NOTHING`,
  ];
}

/** Counts lost sales, in one round trip. Idempotent under one `countId`. */
export async function countLostSales(
  db: Database,
  input: { lost: readonly LostSale[]; countId: string; now: Instant },
): Promise<void> {
  await db.write(countStatements(input.lost, input.countId, input.now));
}
