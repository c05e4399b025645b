// Sync days: counts what syncs did, for each calendar and UTC day. The day that goes on is counted in the connection.
import { type SQL, sql } from "drizzle-orm";
import { type CountedRun, countsOf, dayOf, type SyncCounts } from "../../domain/sync-counts.ts";
import { rowsOf, type Statement } from "../db.ts";
import type { ConnectionRow } from "../rows.ts";
import { syncDays } from "../schema/syncs.ts";

/** SQL: the two sums as one. */
const added = (a: SQL, b: SQL): SQL =>
  sql`(SELECT json_group_object(key, total) FROM (SELECT key, SUM(value) AS total
    FROM (SELECT key, value FROM json_each(${a}) UNION ALL SELECT key, value FROM json_each(${b})) GROUP BY key))`;

/**
 * Statements: move the counts of connections to their days. Put them before the update that begins another day. A day
 * that was stored before comes back where the clock was set back. One upsert would be shorter, but the Turso engine takes
 * no subquery in it (`docs/providers/cloudflare-turso.md` 2.4).
 */
export const storeDays = (which: SQL): [Statement, Statement] => {
  const tallied = sql`FROM connections WHERE tally_day IS NOT NULL AND ${which}`;
  const tally = sql`(SELECT c.tally FROM connections c WHERE c.id = sync_days.connection_id)`;
  return [
    sql`UPDATE sync_days SET counts = ${added(sql`sync_days.counts`, tally)}
        WHERE (agent_id, day, connection_id) IN (SELECT agent_id, tally_day, id ${tallied})`,
    sql`INSERT INTO sync_days (agent_id, day, connection_id, counts)
        SELECT agent_id, tally_day, id, tally ${tallied} ON CONFLICT DO NOTHING`,
  ];
};

/** SQL for the SET of an update of `connections`: adds amounts to the counts of a day. Names and amounts are SQL too. */
export function addToTally(
  day: SQL,
  runId: SQL,
  amounts: readonly (readonly [name: SQL, amount: SQL])[],
): SQL {
  const counts = sql`IIF(tally_day = ${day}, tally, '{}')`;
  const changes = amounts.map(([name, amount]) => {
    const path = sql`'$."' || ${name} || '"'`;
    // Parameters arrive as floating numbers.
    return sql`${path}, COALESCE(json_extract(${counts}, ${path}), 0) + CAST(${amount} AS INTEGER)`;
  });
  return sql`tally = json_set(${counts}, ${sql.join(changes, sql`, `)}), tally_day = ${day}, last_run_id = ${runId}`;
}

/**
 * Statements: count a run once, if `guard` holds. Put them before the update that gives the lease back. A repeated batch
 * finds the lease gone, or the run counted.
 */
export function countRun(run: CountedRun & { id: string; connectionId: string }, guard: SQL): Statement[] {
  const day = dayOf(run.startedAt);
  const uncounted = sql`id = ${run.connectionId} AND ${guard} AND last_run_id IS NOT ${run.id}
    AND NOT EXISTS (SELECT 1 FROM sync_runs WHERE id = ${run.id})`;
  const amounts = Object.entries(countsOf(run)).map(
    ([name, amount]) => [sql`${name}`, sql`${amount}`] as const,
  );
  return [
    ...storeDays(sql`tally_day <> ${day} AND ${uncounted}`),
    sql`UPDATE connections SET ${addToTally(sql`${day}`, sql`${run.id}`, amounts)} WHERE ${uncounted}`,
  ];
}

/** What the syncs of one calendar did on one day. */
export interface CountedDay {
  readonly connectionId: string;
  /** The UTC day, as days since 1970. */
  readonly day: number;
  readonly counts: SyncCounts;
}

interface Days {
  readonly fromDay: number;
  readonly toDay: number;
}

/** Statement: the counts of an agent's calendars on days that are over. One row a calendar and day is read. */
export const selectSyncDays = ({ agentId, fromDay, toDay }: Days & { readonly agentId: string }): Statement =>
  sql`SELECT * FROM sync_days WHERE agent_id = ${agentId} AND day BETWEEN ${fromDay} AND ${toDay}`;

/** Reads the answer to `selectSyncDays`, and what the agent's connections hold of the day that goes on. */
export function syncDaysOf(
  over: Parameters<typeof rowsOf>[1],
  theirs: readonly ConnectionRow[],
  { fromDay, toDay }: Days,
): CountedDay[] {
  return [
    ...rowsOf(syncDays, over),
    ...theirs.flatMap(({ id, tallyDay, tally }) =>
      tallyDay !== null && tallyDay >= fromDay && tallyDay <= toDay
        ? [{ connectionId: id, day: tallyDay, counts: tally ?? {} }]
        : [],
    ),
  ];
}
