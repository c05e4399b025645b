// Busy time: pages of outside events, applied under a lease.
import { type InferInsertModel, sql } from "drizzle-orm";
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { Page } from "../../providers/provider.ts";
import { insertSyncRun } from "../calendars/sync-runs.ts";
import { type Database, rowsOf } from "../db.ts";
import {
  type FollowUp,
  followUpOf,
  forgetDistantEvents,
  noteMissingEvents,
  noteUnnamedEvents,
  selectFollowUp,
} from "../deliveries/doubts.ts";
import type { ConnectionRow } from "../rows.ts";
import { connections, type syncRuns } from "../schema/calendars.ts";
import { applyRows, type Lease, underLease } from "./page-rows.ts";
import { storeSeries, sweepStoredSeries } from "./stored-series.ts";

/** What a page's transaction leaves behind. */
export interface Applied {
  /** The connection after the page; null: the lease was lost and nothing was written. */
  readonly connection: ConnectionRow | null;
  readonly followUp: FollowUp;
}

/** An agent without a booking for this long is idle: calendars that have no push at all are polled less often. */
const IDLE_AFTER_MS = 30 * DAY_MS;
const IDLE_FACTOR = 3;

/** When a round is over: what to remember. */
export interface RoundEnd {
  /** The dirty counter the round has seen. */
  readonly seen: number;
  /** Until the next pull without a hint, by how the calendar is watched. */
  readonly intervals: { readonly watchedMs: number; readonly polledMs: number; readonly unwatchedMs: number };
  readonly run: InferInsertModel<typeof syncRuns>;
}

/**
 * Applies one page: its rows and its cursor in one transaction (P5). The last page of a round also settles the
 * dirty counter, freshness and failures, and gives the lease back unless new hints came meanwhile; the last page
 * of a snapshot sweeps rows no page has named (P2).
 */
export async function applyPage(
  db: Database,
  input: Lease & {
    page: Page;
    generation: number;
    leaseUntil: Instant;
    /** Where the page's events are kept: what lies elsewhere isn't. */
    kept: Interval;
    /** What the cache covers with this page in it. */
    covered: Interval;
    /** When the round began: what it reads was true then or later, so this becomes "verified at". */
    roundStartedAt: Instant;
    end: RoundEnd | null;
    now: Instant;
  },
): Promise<Applied> {
  const { connection, leaseId, page, end, now } = input;
  const reader = { connectionId: connection.id, underLease: underLease(input), now };
  const whole = { window: input.covered, since: input.roundStartedAt };
  const sweep =
    page.last && page.mode === "snapshot"
      ? [
          sql`DELETE FROM busy WHERE connection_id = ${connection.id} AND generation < ${input.generation}
                AND ${underLease(input)}`,
          sweepStoredSeries(connection.id, input.generation, underLease(input)),
          noteMissingEvents(reader, { ...whole, generation: input.generation }),
          forgetDistantEvents(reader, { ...whole, generation: input.generation }),
        ]
      : [];
  const watched = sql`EXISTS (SELECT 1 FROM channels WHERE connection_id = ${connection.id}
    AND state = 'active' AND expires_at > ${now})`;
  const booked = sql`EXISTS (SELECT 1 FROM bookings WHERE agent_id = ${connection.agentId}
    AND starts_at > ${now - IDLE_AFTER_MS})`;
  const settle =
    end === null
      ? sql`lease_until = ${input.leaseUntil}, round_started_at = ${input.roundStartedAt}`
      : sql`lease_id = IIF(dirty > ${end.seen}, lease_id, NULL),
            lease_until = IIF(dirty > ${end.seen}, ${input.leaseUntil}, 0),
            round_started_at = NULL, clean = MAX(clean, ${end.seen}), verified_at = ${input.roundStartedAt},
            last_sync_at = ${now}, failures = 0, failure_kind = NULL, failure_code = NULL, next_attempt_at = 0,
            empty_snapshots = 0, poll_due_at = ${now} + CASE WHEN watch = 'unsupported'
              THEN ${end.intervals.unwatchedMs} WHEN ${watched} THEN ${end.intervals.watchedMs}
              ELSE ${end.intervals.polledMs} * IIF(channel_due_at IS NOT NULL OR ${booked}, 1, ${IDLE_FACTOR}) END`;
  const results = await db.write([
    ...applyRows(input, page, input.generation, input.kept, now),
    ...storeSeries(connection.id, page, input.generation, underLease(input)),
    ...sweep,
    ...(page.last && page.mode === "delta" ? [noteUnnamedEvents(reader, whole)] : []),
    ...(end === null ? [] : [insertSyncRun(end.run, underLease(input))]),
    sql`UPDATE connections SET cursor = ${page.next}, generation = ${input.generation},
          window_starts_at = ${input.covered.startsAt}, window_ends_at = ${input.covered.endsAt},
          time_zone = COALESCE(${page.timeZone}, time_zone), updated_at = ${now}, ${settle}
        WHERE id = ${connection.id} AND lease_id = ${leaseId}`,
    // The last page gives the lease back. Repeated, it knows by its run that it was the one who did.
    sql`SELECT * FROM connections WHERE id = ${connection.id} AND (lease_id = ${leaseId}
          OR EXISTS (SELECT 1 FROM sync_runs WHERE id = ${end?.run.id ?? null}))`,
    ...selectFollowUp(connection.id, now),
  ]);
  return {
    connection: rowsOf(connections, results.at(-3))[0] ?? null,
    followUp: followUpOf(results.slice(-2)),
  };
}

/**
 * Adds the events of a newly entered strip of the window, and forgets what lies before the window. Neither
 * moves the cursor nor deletes by absence. Null: the lease was lost.
 */
export async function applyStrip(
  db: Database,
  input: Lease & {
    page: Pick<Page, "upserts">;
    generation: number;
    leaseUntil: Instant;
    /** The window as it will stand after the roll. */
    window: Interval;
    now: Instant;
  },
): Promise<Applied> {
  const { connection, leaseId, now } = input;
  const page = { mode: "delta" as const, upserts: input.page.upserts, removedKeys: [], removedSeries: [] };
  const results = await db.write([
    ...applyRows(input, page, input.generation, input.window, now),
    sql`UPDATE connections SET lease_until = ${input.leaseUntil} WHERE id = ${connection.id}
          AND lease_id = ${leaseId} RETURNING *`,
    ...selectFollowUp(connection.id, now),
  ]);
  return {
    connection: rowsOf(connections, results.at(-3))[0] ?? null,
    followUp: followUpOf(results.slice(-2)),
  };
}

/**
 * Ends a roll: the window stands at its new place, what it left behind is forgotten, the lease is given back.
 * True: hints are waiting, whose jobs may have come while the calendar was taken.
 */
export async function finishRoll(
  db: Database,
  input: Lease & {
    window: Interval;
    /** The strip, if it was listed: copies in it that it hasn't named are to be looked at. */
    strip: Interval | null;
    /** When the roll began. */
    since: Instant;
    /** Everything is to be listed anew: rolling alone can't make the window what it should be. */
    restart: boolean;
    nextRollAt: Instant;
    now: Instant;
  },
): Promise<boolean> {
  const { connection, leaseId, window, strip, since, now } = input;
  const reader = { connectionId: connection.id, underLease: underLease(input), now };
  const results = await db.write([
    ...(strip === null ? [] : [noteUnnamedEvents(reader, { window: strip, since })]),
    sql`DELETE FROM busy WHERE connection_id = ${connection.id} AND ends_at <= ${window.startsAt}
          AND ${underLease(input)}`,
    sql`UPDATE connections SET window_starts_at = ${window.startsAt}, window_ends_at = ${window.endsAt},
          cursor = IIF(${input.restart}, NULL, cursor), poll_due_at = IIF(${input.restart}, 0, poll_due_at),
          round_started_at = IIF(${input.restart}, NULL, round_started_at),
          roll_due_at = ${input.nextRollAt}, lease_id = NULL, lease_until = 0, updated_at = ${now}
        WHERE id = ${connection.id} AND lease_id = ${leaseId}`,
    sql`SELECT 1 FROM connections WHERE id = ${connection.id} AND dirty > clean`,
  ]);
  return (results.at(-1)?.rows.length ?? 0) > 0;
}

/** How many rows the connection has, of this generation and of older ones. */
export async function countRows(
  db: Database,
  input: { connectionId: string; generation: number },
): Promise<{ current: number; older: number }> {
  const [result] = await db.read([
    sql`SELECT COALESCE(SUM(generation >= ${input.generation}), 0) AS current,
               COALESCE(SUM(generation < ${input.generation}), 0) AS older
        FROM busy WHERE connection_id = ${input.connectionId}`,
  ]);
  const row = result?.rows[0];
  return { current: Number(row?.["current"] ?? 0), older: Number(row?.["older"] ?? 0) };
}

/** Notes that a snapshot came back empty, and drops the cursor so that it is asked for once more. */
export async function noteEmptySnapshot(
  db: Database,
  input: { connectionId: string; leaseId: string },
): Promise<void> {
  await db.write([
    sql`UPDATE connections SET empty_snapshots = empty_snapshots + 1, cursor = NULL, round_started_at = NULL
        WHERE id = ${input.connectionId} AND lease_id = ${input.leaseId}`,
  ]);
}

/** Forgets our own bookings' rows that ended before `before`. */
export async function purgeOwnRows(db: Database, before: Instant): Promise<void> {
  await db.write([sql`DELETE FROM busy WHERE connection_id = '' AND ends_at < ${before}`]);
}
