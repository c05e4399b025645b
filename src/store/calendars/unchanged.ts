// Unchanged: reads many calendars that are due, and settles with one write those in which nothing has changed.
import { sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { bucketOf, type CountedRun, dayOf } from "../../domain/sync-counts.ts";
import { SYNCED } from "../conditions.ts";
import { type Database, rowsOf } from "../db.ts";
import { hasUnnamedEvent } from "../deliveries/doubts.ts";
import type { ConnectionRow } from "../rows.ts";
import { accounts, agents, connections } from "../schema/calendars.ts";
import { type OpenableConnection, openableOf } from "./leases.ts";
import { type PullPlan, takeAlong } from "./pull-plan.ts";
import { roundEnded } from "./round-end.ts";
import { addToTally, storeDays } from "./sync-days.ts";
import { isDue } from "./wanted.ts";

/** Those of the connections whose pull is due and that nobody is syncing, with all that a pull needs. */
export async function readDue(
  db: Database,
  { ids, now }: { ids: readonly string[]; now: Instant },
): Promise<OpenableConnection[]> {
  const listed = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const [due, theirAccounts, theirAgents] = await db.read([
    sql`SELECT * FROM connections WHERE id IN ${listed} AND ${SYNCED} AND lease_until <= ${now} AND ${isDue(now)}`,
    sql`SELECT * FROM accounts WHERE id IN (SELECT account_id FROM connections WHERE id IN ${listed})`,
    sql`SELECT * FROM agents WHERE agent_id IN (SELECT agent_id FROM connections WHERE id IN ${listed})`,
  ]);
  const account = new Map(rowsOf(accounts, theirAccounts).map((row) => [row.id, row]));
  const agent = new Map(rowsOf(agents, theirAgents).map((row) => [row.agentId, row]));
  return rowsOf(connections, due).flatMap(
    (row) => openableOf(row, account.get(row.accountId), agent.get(row.agentId)) ?? [],
  );
}

/** A pull that found nothing new. It has written nothing and holds no lease. */
export interface UnchangedPull {
  /** The connection as it was before the provider was asked. */
  readonly read: ConnectionRow;
  readonly next: string;
  /** The value of the dirty counter whose hints the round has seen. */
  readonly seen: number;
  /** When the round began. */
  readonly verifiedAt: Instant;
  readonly pull: PullPlan;
  readonly run: CountedRun;
}

/**
 * Settles these pulls with one write: cursor, freshness, hints, the next due time and the counts of the day, as the last
 * page of a round does. A calendar is left out if it isn't any more as its pull has read it, is leased, or holds an
 * event of ours that no pull has named yet. Returns the ids of those that are settled and have no hints waiting.
 * @param runId names this write, so that a repeated one counts nothing twice
 */
export async function settleUnchanged(
  db: Database,
  { pulls, runId, now }: { pulls: readonly UnchangedPull[]; runId: string; now: Instant },
): Promise<ReadonlySet<string>> {
  const listed = JSON.stringify(
    pulls.map(({ read, next, seen, verifiedAt, pull, run }) => ({
      ...{ id: read.id, next: next === read.cursor ? null : next, seen },
      ...{ due: pull.dueAt, nextAt: pull.nextAt, trustedMs: pull.trustedMs },
      ...{ verified: read.verifiedAt, opens: read.windowStartsAt, closes: read.windowEndsAt },
      tallyDay: read.tallyDay,
      ...{ at: verifiedAt, day: dayOf(run.startedAt), ms: Math.max(run.finishedAt - run.startedAt, 0) },
      bucket: bucketOf(run.finishedAt - run.startedAt),
    })),
  );
  const of = (name: string) => sql.raw(`(e.value ->> '${name}')`);
  // A cursor changes only together with one of these: an end of a round, a round in progress, a roll, or no cursor.
  const asRead = sql`${SYNCED} AND lease_until <= ${now} AND gone_at IS NULL AND cursor IS NOT NULL
    AND verified_at = ${of("verified")} AND round_started_at IS NULL AND window_starts_at = ${of("opens")}
    AND window_ends_at = ${of("closes")} AND tally_day IS ${of("tallyDay")} AND last_run_id IS NOT ${runId}
    AND NOT ${hasUnnamedEvent({ since: of("at"), window: { startsAt: of("opens"), endsAt: of("closes") }, now })}`;
  const idsOf = (some: readonly UnchangedPull[]) =>
    sql`(SELECT value FROM json_each(${JSON.stringify(some.map(({ read }) => read.id))}))`;
  const ending = pulls.filter(
    ({ read, run }) => read.tallyDay !== null && read.tallyDay !== dayOf(run.startedAt),
  );
  const results = await db.write([
    ...(ending.length === 0
      ? []
      : [
          ...storeDays(sql`id IN ${idsOf(ending)} AND EXISTS (SELECT 1 FROM json_each(${listed}) e
            WHERE ${of("id")} = connections.id AND ${asRead})`),
        ]),
    // No column of an index but the due time: SQLite writes an index anew where its column is set, changed or not.
    sql`UPDATE connections SET cursor = COALESCE(${of("next")}, cursor),
          ${addToTally(of("day"), sql`${runId}`, [
            [sql`'delta'`, sql`1`],
            [sql`'unchanged'`, sql`1`],
            [sql`'ms'`, of("ms")],
            [of("bucket"), sql`1`],
          ])},
          ${roundEnded({
            seen: of("seen"),
            startedAt: of("at"),
            leavesCursor: false,
            pull: { dueAt: of("due"), nextAt: of("nextAt"), trustedMs: of("trustedMs") },
            now,
          })}
        FROM json_each(${listed}) e WHERE connections.id = ${of("id")} AND ${asRead}`,
    ...takeAlong(
      pulls.map(({ read: { id }, pull: plan }) => ({ id, plan })),
      runId,
      now,
    ),
    sql`SELECT id FROM connections WHERE id IN ${idsOf(pulls)} AND last_run_id = ${runId} AND dirty <= clean`,
  ]);
  return new Set((results.at(-1)?.rows ?? []).map((row) => String(row["id"])));
}
