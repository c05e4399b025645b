// Pull: brings the cache of one calendar up to date, under a lease, page by page.

import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import { jittered } from "../domain/backoff.ts";
import { type Instant, SECOND_MS } from "../domain/instant.ts";
import { hull, type Interval } from "../domain/interval.ts";
import { windowAt } from "../domain/window.ts";
import { ProviderError, providerErrorOf } from "../providers/error.ts";
import type { CalendarRef, Page, ProviderAccount } from "../providers/provider.ts";
import { applyPage, countRows, noteEmptySnapshot } from "../store/busy/pages.ts";
import {
  claimConnection,
  dropCursor,
  type OpenableConnection,
  releaseUnfinished,
} from "../store/calendars/leases.ts";
import type { ConnectionRow } from "../store/rows.ts";
import { startFollowUp } from "./follow-up.ts";
import { failPull } from "./pull-failure.ts";
import { count, markRecorded, type Progress, type PullReport, report, runOf } from "./pull-report.ts";

/** Longer than one page may take; renewed with each. */
const LEASE_MS = 30 * SECOND_MS;
/** A pull that gets longer than this goes on in another job, from the page it has reached (`providers.md` A.4.1). */
const MAX_PAGES = 20;
/** Rounds in one pull: hints that come while it runs are followed up a few times, then by another job. */
const MAX_ROUNDS = 4;
/** A calendar with at least this many rows isn't believed to be empty on first sight. */
const MANY_ROWS = 5;

/** What came of asking for a pull. */
export type Pulled =
  | { readonly kind: "pulled"; readonly report: PullReport }
  /** `leased`: somebody else is at it. `unwanted`: fresh enough, held off after a failure, or not synced at all. */
  | { readonly kind: "leased" | "unwanted" };

/** Somebody else took the lease over: whatever we still hold is worthless, and nothing is to be written. */
class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/**
 * Pulls one calendar, if that is wanted and nobody else is at it. What a provider does is in the report and in
 * the connection's row; only the database's failures are thrown.
 * @param input.verifiedSince the instant since which the truth must have been verified; null: only if a pull is due
 * @param input.askedAt when that was asked for; now by default
 */
export async function pullConnection(
  deps: Deps,
  input: { connectionId: string; verifiedSince: Instant | null; askedAt?: Instant },
): Promise<Pulled> {
  const startedAt = deps.now();
  const leaseId = deps.newId();
  const { verifiedSince, askedAt = startedAt } = input;
  const claim = await claimConnection(deps.db, {
    id: input.connectionId,
    leaseId,
    leaseUntil: startedAt + LEASE_MS,
    wanted:
      verifiedSince === null ? { kind: "due" } : { kind: "verified-since", since: verifiedSince, askedAt },
    now: startedAt,
  });
  if (claim.kind !== "claimed") return claim;
  const claimed = claim.work;
  const progress: Progress = {
    leaseId,
    startedAt,
    connection: claimed.connection,
    mode: claimed.connection.cursor === null ? "snapshot" : "delta",
    pages: 0,
    upserts: 0,
    removals: 0,
    resynced: false,
    recorded: { startedAt, pages: 0, upserts: 0, removals: 0 },
  };
  return { kind: "pulled", report: await pullUnderLease(deps, claimed, progress) };
}

async function pullUnderLease(
  deps: Deps,
  claimed: OpenableConnection,
  progress: Progress,
): Promise<PullReport> {
  try {
    const finished = await withAccount(deps, claimed.account, (opened) =>
      pullRounds(deps, opened, claimed, progress),
    );
    return report(deps, progress, finished ? "ok" : "partial", null);
  } catch (error) {
    if (error instanceof LeaseLost) return report(deps, progress, "partial", null);
    return failPull(deps, claimed, progress, providerErrorOf(error));
  }
}

/** Rounds until nothing new is known. True: up to date; false: more to do, handed to another job. */
async function pullRounds(
  deps: Deps,
  opened: ProviderAccount,
  claimed: OpenableConnection,
  progress: Progress,
): Promise<boolean> {
  for (let round = 1; progress.pages < MAX_PAGES && round <= MAX_ROUNDS; round += 1) {
    try {
      await pullRound(deps, opened, claimed, progress);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== "resync") throw error;
      // A cursor made just now and refused at once means that our requests are wrong, not old (G16).
      if (progress.resynced) throw new ProviderError({ kind: "bug", code: error.code, cause: error });
      deps.log.info("pull.resync", { connectionId: progress.connection.id, code: error.code });
      await restart(deps, progress);
      continue;
    }
    if (progress.connection.leaseId !== progress.leaseId) return true;
  }
  await releaseUnfinished(deps.db, {
    id: progress.connection.id,
    leaseId: progress.leaseId,
    run:
      progress.pages > progress.recorded.pages
        ? { ...runOf(progress, "partial", deps.now()), id: deps.newId() }
        : null,
  });
  await deps.queue.send("urgent", [{ kind: "pull", connectionId: progress.connection.id }]);
  return false;
}

/** The cursor is worthless: everything is listed anew, while the old rows stay until the last page (P2). */
async function restart(deps: Deps, progress: Progress): Promise<void> {
  await dropCursor(deps.db, { id: progress.connection.id, leaseId: progress.leaseId });
  progress.connection = { ...progress.connection, cursor: null, roundStartedAt: null };
  progress.resynced = true;
}

/** One round, from the stored cursor to its last page or to the page limit. */
async function pullRound(
  deps: Deps,
  opened: ProviderAccount,
  claimed: OpenableConnection,
  progress: Progress,
): Promise<void> {
  const { connection } = progress;
  const calendar = refOf(claimed);
  const generation = connection.cursor === null ? connection.generation + 1 : connection.generation;
  const roundStartedAt = connection.roundStartedAt ?? deps.now();
  const windows = windowsOf(deps, connection, roundStartedAt);
  // What a resumed round lists is as old as its first page: hints that came since are for the round after it.
  const seen = connection.roundStartedAt === null ? connection.dirty : connection.clean;
  for await (const page of opened.pull(calendar, connection.cursor, windows.kept)) {
    refuseMovedZone(progress.connection, page);
    if (await isSuspiciouslyEmpty(deps, progress, page, generation)) {
      await noteEmptySnapshot(deps.db, { connectionId: connection.id, leaseId: progress.leaseId });
      const emptySnapshots = progress.connection.emptySnapshots + 1;
      progress.connection = {
        ...progress.connection,
        cursor: null,
        roundStartedAt: null,
        generation,
        emptySnapshots,
      };
      return;
    }
    count(progress, page);
    await apply(deps, progress, { page, generation, windows, roundStartedAt, seen });
    if (progress.pages >= MAX_PAGES) return;
  }
}

async function apply(
  deps: Deps,
  progress: Progress,
  input: { page: Page; generation: number; windows: Windows; roundStartedAt: Instant; seen: number },
): Promise<void> {
  const now = deps.now();
  const { sync } = deps.config;
  const { windows, ...round } = input;
  const applied = await applyPage(deps.db, {
    ...round,
    kept: windows.kept,
    // A window that has moved on is covered when all of it has been listed, and not with the first page.
    covered: input.page.last && input.page.mode === "snapshot" ? windows.wanted : windows.covered,
    connection: progress.connection,
    leaseId: progress.leaseId,
    leaseUntil: now + LEASE_MS,
    end: input.page.last
      ? {
          seen: input.seen,
          intervals: {
            watchedMs: jittered(sync.verifyIntervalMs, deps.random()),
            polledMs: jittered(sync.pollIntervalMs, deps.random()),
            unwatchedMs: jittered(sync.unwatchedIntervalMs, deps.random()),
          },
          run: { ...runOf(progress, "ok", now), id: deps.newId() },
        }
      : null,
    now,
  });
  if (applied.connection === null) throw new LeaseLost();
  progress.connection = applied.connection;
  await startFollowUp(deps, applied.connection.id, applied.followUp);
  if (input.page.last) markRecorded(progress, now);
}

function refOf({ connection, settings }: OpenableConnection): CalendarRef {
  return { calendarId: connection.calendarId, fallbackTimeZone: connection.timeZone ?? settings.timeZone };
}

/** The windows of a round. */
interface Windows {
  /** What the cache covers once the snapshot has ended which the round may be. */
  readonly wanted: Interval;
  /** What the cache covers until the round has ended. */
  readonly covered: Interval;
  /**
   * What the provider is asked for and events are kept of: whatever is covered stays so until the last page, and an
   * event that is listed and lies in nothing that is asked for would be taken out of it.
   */
  readonly kept: Interval;
}

/**
 * A snapshot leads to the window as it should stand now; a cursor goes with the window that is covered. What a round in
 * progress is, only its pages tell: it may be either.
 */
function windowsOf(deps: Deps, connection: ConnectionRow, roundStartedAt: Instant): Windows {
  const { windowStartsAt, windowEndsAt, cursor } = connection;
  const wanted = windowAt(roundStartedAt, deps.config.window);
  const covered =
    windowStartsAt === null || windowEndsAt === null
      ? wanted
      : { startsAt: windowStartsAt, endsAt: windowEndsAt };
  const goesOn = cursor !== null && connection.roundStartedAt === null;
  return { wanted, covered, kept: goesOn ? covered : hull(wanted, covered) };
}

/** All-day rows were placed by the old zone: when the calendar moves to another, all are placed anew (L27). */
function refuseMovedZone(connection: ConnectionRow, page: Page): void {
  const moved =
    page.timeZone !== null && connection.timeZone !== null && page.timeZone !== connection.timeZone;
  if (moved && page.mode === "delta") throw new ProviderError({ kind: "resync", code: "time_zone_changed" });
}

/** A snapshot without a single event, of a calendar that had many, is asked for once more before it counts. */
async function isSuspiciouslyEmpty(
  deps: Deps,
  progress: Progress,
  page: Page,
  generation: number,
): Promise<boolean> {
  const { connection } = progress;
  if (page.mode !== "snapshot" || !page.last || page.upserts.length > 0 || connection.emptySnapshots > 0) {
    return false;
  }
  const rows = await countRows(deps.db, { connectionId: connection.id, generation });
  return rows.current === 0 && rows.older >= MANY_ROWS;
}
