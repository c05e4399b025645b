// Lost sales: counts refused sales by agent, day and reason, each once, and nothing about who asked.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { LostSale } from "../../domain/lost-sales.ts";
import { beingErased } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";
import { unrefused } from "./refusals.ts";

/** A lost sale under a name of its own. The name is kept for a day or more, so that it counts once. */
export interface CountedSale extends Pick<LostSale, "agentId" | "day" | "reason"> {
  readonly countId: string;
}

/**
 * Statements: count lost sales once, however often they or their batch arrive. An agent who is unknown or being erased
 * gets no row. One upsert would be shorter, but the Turso engine takes no subquery in it
 * (`docs/providers/cloudflare-turso.md` 2.4). Names are kept among the refusals, as writes that have nothing left to do.
 */
function countStatements(lost: readonly CountedSale[], now: Instant): Statement[] {
  const once = new Map(lost.map(({ countId, ...sale }) => [countId, sale]));
  const rows = JSON.stringify([...once].map(([id, { agentId, day, reason }]) => [agentId, day, reason, id]));
  const of = (index: number): SQL => sql.raw(`e.value ->> ${index}`);
  const matches = sql`${of(0)} = lost_sales.agent_id AND ${of(1)} = lost_sales.day AND ${of(2)} = lost_sales.reason`;
  const uncounted = unrefused(of(3));
  return [
    sql`INSERT INTO lost_sales (agent_id, day, reason, count)
        SELECT a.agent_id, ${of(1)}, ${of(2)}, 0 FROM json_each(${rows}) e CROSS JOIN agents a ON a.agent_id = ${of(0)}
        WHERE NOT ${beingErased(sql`a.agent_id`)} AND ${uncounted}
        ON CONFLICT DO NOTHING`,
    sql`UPDATE lost_sales SET count = count
          + (SELECT COUNT(*) FROM json_each(${rows}) e WHERE ${matches} AND ${uncounted})
        WHERE (agent_id, day, reason) IN (SELECT ${of(0)}, ${of(1)}, ${of(2)} FROM json_each(${rows}) e)`,
    sql`INSERT INTO refusals (write_id, refused_at) SELECT ${of(3)}, ${now} FROM json_each(${rows}) e
        WHERE true ON CONFLICT DO NOTHING`,
  ];
}

/** Counts lost sales, in one round trip. Idempotent under their names. */
export async function countLostSales(
  db: Database,
  input: { lost: readonly CountedSale[]; now: Instant },
): Promise<void> {
  await db.write(countStatements(input.lost, input.now));
}
