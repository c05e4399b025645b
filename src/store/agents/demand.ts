// Demand: notes that somebody asks about an agent, and makes the calendars due that were to be pulled rarely.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { NOTED_EVERY_MS } from "../../domain/trust.ts";
import { SYNCED } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";

/** Statement: notes that somebody asks about the agents that `agentIds` selects, unless that was noted just now. */
export const noteAsked = (agentIds: SQL, now: Instant): Statement =>
  sql`UPDATE agents SET asked_at = ${now} WHERE agent_id IN (${agentIds}) AND asked_at <= ${now - NOTED_EVERY_MS}`;

/** Somebody asks about the agents of these connections: they are hot from now on, and these calendars are due. */
export async function noteDemand(
  db: Database,
  input: { connectionIds: readonly string[]; now: Instant },
): Promise<void> {
  const { now } = input;
  const named = sql`id IN (SELECT value FROM json_each(${JSON.stringify(input.connectionIds)}))`;
  await db.write([
    noteAsked(sql`SELECT agent_id FROM connections WHERE ${named}`, now),
    sql`UPDATE connections SET poll_due_at = ${now} WHERE ${named} AND ${SYNCED} AND poll_due_at > ${now}`,
  ]);
}
