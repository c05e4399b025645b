// Unerased: writes that bring an agent's data in, and that an erasure keeps out.
import { sql } from "drizzle-orm";
import { EngineError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import { erasedSince } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";

/**
 * Writes, unless the agent is being erased, or was erased after the work began that this write ends. What slips in
 * between this question and the write, the erasure finds before it is done.
 * @throws EngineError agent_being_erased
 */
export async function writeUnerased(
  db: Database,
  { agentId, since }: { readonly agentId: string; readonly since: Instant },
  statements: readonly Statement[],
): Promise<Awaited<ReturnType<Database["write"]>>> {
  const results = await db.writeIf(sql`SELECT 1 WHERE NOT ${erasedSince(agentId, since)}`, statements);
  if (results !== null) return results;
  throw new EngineError(
    "agent_being_erased",
    "This agent's data is being erased, so nothing new is stored. Begin anew once DELETE /agents/{agentId} answers 200.",
  );
}
