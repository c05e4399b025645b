// Erasures: begins an agent's erasure, deletes in pieces what is stored about them, and says when nothing is left.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { closeAllOf } from "../calendars/closing.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { SENT_MS } from "../due.ts";
import { insertNotice } from "../outbox/notices.ts";
import { erasures } from "../schema/erasures.ts";
import { AGENT_TABLES, type AgentTable, erasable } from "./agent-data.ts";

/** An erasure as stored. */
export type ErasureRow = typeof erasures.$inferSelect;

/** SQL: the erasure goes on. */
const goesOn = (id: string): SQL => sql`EXISTS (SELECT 1 FROM erasures WHERE id = ${id} AND done_at IS NULL)`;

/** SQL: anything about the agent is stored that an erasure deletes. */
const isAnythingStored = (agentId: string): SQL =>
  sql.join(
    AGENT_TABLES.map(
      (table) => sql`EXISTS (SELECT 1 FROM ${sql.raw(table.sqlName)} WHERE ${erasable(table, agentId)})`,
    ),
    sql` OR `,
  );

/** Statements: all connections of the agent are closing, those too that came while the erasure began. */
const closeAll = (db: Database, { agentId, id, now }: { agentId: string; id: string; now: Instant }) =>
  closeAllOf(db, { agentId, when: goesOn(id), now });

/**
 * Begins an erasure, or finds the one that goes on. From now on nobody stores anything about the agent. One that has
 * ended begins again where anything is stored since. Where one request keeps events and a later one removes them, those
 * are removed that are still known.
 * @param input.id names the erasure if it is a new one, and makes the write idempotent
 */
export async function beginErasure(
  db: Database,
  input: { agentId: string; id: string; events: ErasureRow["events"]; now: Instant },
): Promise<ErasureRow> {
  const { agentId, id, events, now } = input;
  const over = sql`agent_id = ${agentId} AND done_at IS NOT NULL AND id <> ${id}`;
  const results = await db.write([
    sql`DELETE FROM erasures WHERE ${over} AND (${isAnythingStored(agentId)})`,
    // What was begun before this instant stays out as well.
    sql`UPDATE erasures SET done_at = MAX(done_at, ${now}) WHERE ${over}`,
    sql`INSERT INTO erasures (agent_id, id, events, requested_at, next_attempt_at)
        VALUES (${agentId}, ${id}, ${events}, ${now}, ${now + SENT_MS}) ON CONFLICT DO NOTHING`,
    sql`UPDATE erasures SET events = ${events} WHERE agent_id = ${agentId} AND done_at IS NULL AND ${events} = 'remove'`,
    ...closeAll(db, { agentId, id, now }),
    sql`SELECT * FROM erasures WHERE agent_id = ${agentId}`,
  ]);
  const [row] = rowsOf(erasures, results.at(-1));
  if (row === undefined) throw new Error("an erasure that was begun has no row");
  return row;
}

/** The erasure of this id; null: there is none. */
export async function findErasure(db: Database, { id }: { id: string }): Promise<ErasureRow | null> {
  const [result] = await db.read([sql`SELECT * FROM erasures WHERE id = ${id}`]);
  return rowsOf(erasures, result)[0] ?? null;
}

const deletePiece = (table: AgentTable, { agentId, id }: ErasureRow, limit: number): Statement => {
  const name = sql.raw(table.sqlName);
  return sql`DELETE FROM ${name} WHERE rowid IN (SELECT rowid FROM ${name}
    WHERE ${erasable(table, agentId)} AND ${goesOn(id)} LIMIT ${limit})`;
};

/**
 * Deletes at most `limit` rows of each of these tables, and answers the tables in which there may be more. Whatever
 * came in since the erasure began is closed or deleted too.
 */
export async function forgetPiece(
  db: Database,
  input: { erasure: ErasureRow; tables: readonly AgentTable[]; limit: number; now: Instant },
): Promise<AgentTable[]> {
  const { erasure, tables, limit, now } = input;
  const results = await db.write([
    ...tables.map((table) => deletePiece(table, erasure, limit)),
    ...closeAll(db, { ...erasure, now }),
  ]);
  return tables.filter((_, index) => results[index]?.rowsAffected === limit);
}

/** What an erasure has left to do at providers. */
export interface LeftToDo {
  readonly connections: readonly {
    readonly id: string;
    readonly accountId: string;
    readonly dueAt: Instant;
  }[];
  readonly accounts: number;
  /** Bookings in calendars that aren't closed yet. */
  readonly events: number;
}

/** Reads the agent's newest erasure (null: there was none) and what is left to do at providers. */
export async function readProgress(
  db: Database,
  agentId: string,
): Promise<{ erasure: ErasureRow | null; left: LeftToDo }> {
  const [found, connections, counts] = await db.read([
    sql`SELECT * FROM erasures WHERE agent_id = ${agentId}`,
    sql`SELECT id, account_id, next_attempt_at FROM connections WHERE agent_id = ${agentId} ORDER BY id DESC`,
    sql`SELECT (SELECT COUNT(*) FROM accounts WHERE agent_id = ${agentId}) AS accounts,
          (SELECT COUNT(*) FROM deliveries WHERE agent_id = ${agentId}) AS events`,
  ]);
  const left = {
    connections: (connections?.rows ?? []).map((row) => ({
      id: String(row["id"]),
      accountId: String(row["account_id"]),
      dueAt: Number(row["next_attempt_at"]),
    })),
    accounts: Number(counts?.rows[0]?.["accounts"] ?? 0),
    events: Number(counts?.rows[0]?.["events"] ?? 0),
  };
  return { erasure: rowsOf(erasures, found)[0] ?? null, left };
}

/** Reads what is left to do at providers. */
export const readLeftToDo = async (db: Database, agentId: string): Promise<LeftToDo> =>
  (await readProgress(db, agentId)).left;

/**
 * Ends an erasure, if no connection and no account is left: deletes the rest, and inserts the notice. Orphaned events
 * that nobody could remove are counted. Idempotent.
 */
export async function finishErasure(
  db: Database,
  input: { erasure: ErasureRow; now: Instant },
): Promise<ErasureRow | null> {
  const { now, erasure } = input;
  const { id, agentId } = erasure;
  const ready = sql`${goesOn(id)} AND NOT EXISTS (SELECT 1 FROM connections WHERE agent_id = ${agentId})
    AND NOT EXISTS (SELECT 1 FROM accounts WHERE agent_id = ${agentId})`;
  const results = await db.write([
    sql`UPDATE erasures SET events_left = events_left + (SELECT COUNT(*) FROM left_behind WHERE agent_id = ${agentId})
        WHERE id = ${id} AND events = 'remove' AND ${ready}`,
    ...AGENT_TABLES.map(
      (table) => sql`DELETE FROM ${sql.raw(table.sqlName)} WHERE ${erasable(table, agentId)} AND ${ready}`,
    ),
    insertNotice({
      kind: "agent.erased",
      agentId: sql`x.agent_id`,
      subject: sql`'agent:' || x.agent_id`,
      onceKey: sql`'erased:' || x.id`,
      data: sql`json_object('requestedAt', x.requested_at, 'events', x.events, 'eventsLeft', x.events_left,
        'unrevoked', json(x.unrevoked))`,
      from: sql`erasures x WHERE x.id = ${id} AND ${ready}`,
      now,
    }),
    sql`UPDATE erasures SET done_at = ${now} WHERE id = ${id} AND ${ready}`,
    sql`SELECT * FROM erasures WHERE id = ${id}`,
  ]);
  return rowsOf(erasures, results.at(-1))[0] ?? null;
}

/** Holds off the next look at an erasure. */
export async function postponeErasure(
  db: Database,
  input: { id: string; nextAttemptAt: Instant },
): Promise<void> {
  await db.write([
    sql`UPDATE erasures SET next_attempt_at = ${input.nextAttemptAt} WHERE id = ${input.id} AND done_at IS NULL`,
  ]);
}

/** Erasures that are due, longest due first. */
export async function findDueErasures(
  db: Database,
  { now, limit }: { now: Instant; limit: number },
): Promise<{ id: string }[]> {
  const [result] = await db.read([
    sql`SELECT id FROM erasures WHERE done_at IS NULL AND next_attempt_at <= ${now}
        ORDER BY next_attempt_at LIMIT ${limit}`,
  ]);
  return (result?.rows ?? []).map((row) => ({ id: String(row["id"]) }));
}

/** The jobs of these erasures were sent: no sweep looks at them for a while. */
export async function markErasuresSent(
  db: Database,
  found: readonly { readonly id: string }[],
  now: Instant,
): Promise<void> {
  const ids = JSON.stringify(found.map(({ id }) => id));
  await db.write([
    sql`UPDATE erasures SET next_attempt_at = ${now + SENT_MS} WHERE done_at IS NULL AND next_attempt_at <= ${now}
          AND id IN (SELECT value FROM json_each(${ids}))`,
  ]);
}
