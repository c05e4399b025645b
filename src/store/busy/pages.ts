// Pages: applies pages of outside events and rolls of the window to the cache, under a lease.
import { sql } from "drizzle-orm";
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { Page } from "../../providers/provider.ts";
import { foundNotice } from "../accounts/access-notices.ts";
import { type AuditPlan, auditSoon, planAudit } from "../calendars/audit-plan.ts";
import { type PullPlan, reopenChannel, retireSilent, takeAlong } from "../calendars/pull-plan.ts";
import { roundEnded } from "../calendars/round-end.ts";
import { recordRun, type SyncRun } from "../calendars/sync-runs.ts";
import { numberOfConnection } from "../conditions.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import {
  type FollowUp,
  followUpOf,
  forgetDistantEvents,
  noteMissingEvents,
  noteUnnamedEvents,
  selectFollowUp,
} from "../deliveries/doubts.ts";
import type { ConnectionRow } from "../rows.ts";
import { connections } from "../schema/calendars.ts";
import { applyRows, type Lease, type RemovedRows, underLease } from "./page-rows.ts";
import { storeSeries, sweepStoredSeries } from "./stored-series.ts";
import { addUnreadable, forgetEnded, noteUnreadable, selectAppeared, sweepUnreadable } from "./unreadable.ts";

/** How the transaction of a page ended. */
export interface Applied {
  /** The connection after the page; null: the lease was lost and nothing was written. */
  readonly connection: ConnectionRow | null;
  readonly followUp: FollowUp;
  /** The reasons of what couldn't be read and wasn't known in this version. */
  readonly appeared: readonly string[];
}

/** What the end of a round stores. */
export interface RoundEnd {
  /** The value of the dirty counter whose hints the round has seen. */
  readonly seen: number;
  readonly pull: PullPlan;
  readonly run: SyncRun;
  readonly audit: AuditPlan;
}

/**
 * Applies one page: its rows and its cursor in one transaction (P5). The last page of a round also settles the dirty
 * counter, freshness and failures, and gives the lease back unless new hints came meanwhile. The last page of a
 * snapshot sweeps rows that no page named (P2).
 */
export async function applyPage(
  db: Database,
  input: Lease & {
    connection: Pick<ConnectionRow, "goneAt">;
    page: Page & RemovedRows;
    generation: number;
    leaseUntil: Instant;
    /** Only the parts of events inside this interval are cached. */
    kept: Interval;
    /** The interval that the cache covers with this page in it. */
    covered: Interval;
    /** When the round began. Everything it reads was true then or later, so this becomes "verified at". */
    roundStartedAt: Instant;
    /** How many pages the round has had with this one. */
    roundPages: number;
    end: RoundEnd | null;
    /** Statements of the same transaction. They must depend on the lease. */
    also?: readonly Statement[];
    now: Instant;
  },
): Promise<Applied> {
  const { connection, leaseId, doubtAfterMs, page, end, now } = input;
  const reader = { connectionId: connection.id, underLease: underLease(input), doubtAfterMs, now };
  const whole = { window: input.covered, since: input.roundStartedAt };
  const sweep =
    page.last && page.mode === "snapshot"
      ? [
          sql`DELETE FROM busy WHERE connection_number = ${numberOfConnection(connection.id)}
                AND generation < ${input.generation} AND ${underLease(input)}`,
          sweepStoredSeries(connection.id, input.generation, underLease(input)),
          sweepUnreadable(input, input.generation),
          noteMissingEvents(reader, { ...whole, generation: input.generation }),
          forgetDistantEvents(reader, { ...whole, generation: input.generation }),
        ]
      : [];
  const settle =
    end === null
      ? sql`lease_until = ${input.leaseUntil}, round_started_at = ${input.roundStartedAt},
            round_pages = ${input.roundPages}, updated_at = ${now}`
      : sql`lease_id = IIF(dirty > ${end.seen}, lease_id, NULL),
            lease_until = IIF(dirty > ${end.seen}, ${input.leaseUntil}, 0), ${planAudit(end.audit, end.run, now)},
            ${roundEnded({
              seen: sql`${end.seen}`,
              startedAt: sql`${input.roundStartedAt}`,
              leavesCursor: page.mode === "snapshot" && page.next !== null,
              pull: {
                dueAt: sql`${end.pull.dueAt}`,
                nextAt: sql`${end.pull.nextAt}`,
                trustedMs: sql`${end.pull.trustedMs}`,
              },
              now,
            })}${end.pull.reopens ? sql`, ${reopenChannel(end.seen, now)}` : sql``}`;
  const results = await db.write([
    ...applyRows(input, page, input.generation, input.kept, now),
    ...storeSeries(connection.id, page, { ...input, underLease: underLease(input) }),
    ...noteUnreadable(input, page, input.generation, now),
    ...sweep,
    ...(page.last && page.mode === "delta" ? [noteUnnamedEvents(reader, whole)] : []),
    ...(end === null ? [] : recordRun(end.run, underLease(input))),
    ...(input.also ?? []),
    // A calendar that was gone has been read to the end, under its old id or a new one.
    ...(end === null || connection.goneAt === null
      ? []
      : [foundNotice({ id: connection.id, underLease: underLease(input), now })]),
    sql`UPDATE connections SET cursor = ${page.next}, generation = ${input.generation},
          window_starts_at = ${input.covered.startsAt}, window_ends_at = ${input.covered.endsAt},
          time_zone = COALESCE(${page.timeZone}, time_zone), ${settle}
        WHERE id = ${connection.id} AND lease_id = ${leaseId}`,
    ...(end === null ? [] : takeAlong([{ id: connection.id, plan: end.pull }], end.run.id, now)),
    ...(end?.pull.reopens ? [retireSilent(connection.id, end.run.id, now)] : []),
    // The last page gives the lease back. If the batch is sent twice, the counted run proves that it wrote the page.
    sql`SELECT * FROM connections WHERE id = ${connection.id}
          AND (lease_id = ${leaseId} OR last_run_id = ${end?.run.id ?? null})`,
    ...selectOutcome(connection.id, now),
  ]);
  return appliedBy(results);
}

/** Statements at the end of a batch that applies events, behind the one that answers with the connection. */
const selectOutcome = (connectionId: string, now: Instant): Statement[] => [
  selectAppeared(connectionId, now),
  ...selectFollowUp(connectionId, now),
];

const appliedBy = (results: Awaited<ReturnType<Database["write"]>>): Applied => ({
  connection: rowsOf(connections, results.at(-4))[0] ?? null,
  appeared: (results.at(-3)?.rows ?? []).map((row) => String(row["reason"])),
  followUp: followUpOf(results.slice(-2)),
});

/** Adds the events of a newly entered strip of the window. This neither moves the cursor nor deletes by absence. */
export async function applyStrip(
  db: Database,
  input: Lease & {
    page: Pick<Page, "upserts" | "unreadable">;
    generation: number;
    leaseUntil: Instant;
    /** The window after the roll. */
    window: Interval;
    now: Instant;
  },
): Promise<Applied> {
  const { connection, leaseId, now } = input;
  const page = { mode: "delta" as const, ...input.page, removedKeys: [], removedSeries: [] };
  const results = await db.write([
    ...applyRows(input, page, input.generation, input.window, now),
    ...addUnreadable(input, input.page.unreadable ?? [], input.generation, now),
    sql`UPDATE connections SET lease_until = ${input.leaseUntil} WHERE id = ${connection.id}
          AND lease_id = ${leaseId} RETURNING *`,
    ...selectOutcome(connection.id, now),
  ]);
  return appliedBy(results);
}

/**
 * Ends a roll: stores the new window, forgets busy time before it, and gives the lease back. True: hints are waiting,
 * because their jobs may have come while the calendar was leased.
 */
export async function finishRoll(
  db: Database,
  input: Lease & {
    window: Interval;
    /** The strip, if it was listed: events in it that the list didn't name must be reconciled. */
    strip: Interval | null;
    /** When the roll began. */
    since: Instant;
    /** Everything must be listed anew, because rolling alone can't correct the window. */
    restart: boolean;
    /** The next roll. A pull that comes within a day after it is waited for, because one token serves both. */
    nextRollAt: Instant;
    run: SyncRun;
    now: Instant;
  },
): Promise<boolean> {
  const { connection, leaseId, doubtAfterMs, window, strip, since, now } = input;
  const reader = { connectionId: connection.id, underLease: underLease(input), doubtAfterMs, now };
  const results = await db.write([
    ...(strip === null ? [] : [noteUnnamedEvents(reader, { window: strip, since })]),
    sql`DELETE FROM busy WHERE connection_number = ${numberOfConnection(connection.id)}
          AND ends_at <= ${window.startsAt} AND ${underLease(input)}`,
    forgetEnded(input, now),
    ...recordRun(input.run, underLease(input)),
    sql`UPDATE connections SET window_starts_at = ${window.startsAt}, window_ends_at = ${window.endsAt},
          cursor = IIF(${input.restart}, NULL, cursor), poll_due_at = IIF(${input.restart}, 0, poll_due_at),
          round_started_at = IIF(${input.restart}, NULL, round_started_at),
          roll_due_at = MAX(${input.nextRollAt}, MIN(poll_due_at, ${now + DAY_MS})), lease_id = NULL, lease_until = 0, updated_at = ${now}
        WHERE id = ${connection.id} AND lease_id = ${leaseId}`,
    sql`SELECT 1 FROM connections WHERE id = ${connection.id} AND dirty > clean`,
  ]);
  return (results.at(-1)?.rows.length ?? 0) > 0;
}

/** Counts the connection's rows, of this generation and of older ones. */
export async function countRows(
  db: Database,
  input: { connectionId: string; generation: number },
): Promise<{ current: number; older: number }> {
  const [result] = await db.read([
    sql`SELECT COALESCE(SUM(generation >= ${input.generation}), 0) AS current,
               COALESCE(SUM(generation < ${input.generation}), 0) AS older
        FROM busy WHERE connection_number = ${numberOfConnection(input.connectionId)}`,
  ]);
  const row = result?.rows[0];
  return { current: Number(row?.["current"] ?? 0), older: Number(row?.["older"] ?? 0) };
}

/** Notes that a snapshot came back empty, and drops the cursor, so that the snapshot is asked for once more. */
export async function noteEmptySnapshot(
  db: Database,
  input: { connectionId: string; leaseId: string; now: Instant },
): Promise<void> {
  await db.write([
    sql`UPDATE connections SET empty_snapshots = empty_snapshots + 1, cursor = NULL, round_started_at = NULL,
          ${auditSoon(input.now)}
        WHERE id = ${input.connectionId} AND lease_id = ${input.leaseId}`,
  ]);
}
