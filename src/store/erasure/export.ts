// Export: reads what is stored about an agent, a page of a table at a time.
import { sql } from "drizzle-orm";
import { type Database, rowsOf } from "../db.ts";
import type { AgentTable } from "./agent-data.ts";

/** A row of any table, by the names that its columns have in code. */
export type AgentRow = Readonly<Record<string, unknown>>;

/** The rows of one page. */
const PAGE = 500;

/** One page of the agent's rows in a table, after the place at which the page before ended; `next` null: the last. */
export async function readAgentRows(
  db: Database,
  { table, agentId, after }: { table: AgentTable; agentId: string; after: number },
): Promise<{ rows: AgentRow[]; next: number | null }> {
  // The sign keeps the planner from reading the whole table in the order of its places.
  const [result] = await db.read([
    sql`SELECT rowid AS place, * FROM ${sql.raw(table.sqlName)} WHERE ${table.whose(agentId)} AND +rowid > ${after}
        ORDER BY +rowid LIMIT ${PAGE}`,
  ]);
  const rows = rowsOf(table.table, result);
  const last = result?.rows.at(-1)?.["place"];
  return { rows, next: rows.length < PAGE ? null : Number(last) };
}
