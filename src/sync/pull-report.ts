// Pull report: what a pull in progress has done so far, and what it says of itself in the end.
import type { Deps } from "../deps.ts";
import type { Instant } from "../domain/instant.ts";
import type { Page } from "../providers/provider.ts";
import type { ConnectionRow } from "../store/rows.ts";

/** What a pull did. */
export interface PullReport {
  readonly connectionId: string;
  /** `ok`: up to date. `partial`: stopped in good order with more to do. `failed`: see `failure`. */
  readonly outcome: "ok" | "partial" | "failed";
  readonly mode: "snapshot" | "delta";
  readonly pages: number;
  readonly upserts: number;
  readonly removals: number;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  readonly failure: { readonly kind: string; readonly code: string } | null;
}

/** The pull in progress: all that changes from page to page. */
export interface Progress {
  readonly leaseId: string;
  readonly startedAt: Instant;
  connection: ConnectionRow;
  mode: "snapshot" | "delta";
  pages: number;
  upserts: number;
  removals: number;
  resynced: boolean;
  /** What the runs recorded so far have told: the next one goes on from here. */
  recorded: Pick<Progress, "startedAt" | "pages" | "upserts" | "removals">;
}

/** Takes a page into the account. */
export function count(progress: Progress, page: Page): void {
  progress.mode = page.mode;
  progress.pages += 1;
  progress.upserts += page.upserts.length;
  progress.removals += page.removedKeys.length;
}

/** What was done since the last run was recorded, as the next one. */
export function runOf(progress: Progress, outcome: "ok" | "partial" | "failed", now: Instant) {
  const { connection, mode, pages, upserts, removals, recorded } = progress;
  return {
    agentId: connection.agentId,
    connectionId: connection.id,
    mode,
    outcome,
    pages: pages - recorded.pages,
    upserts: upserts - recorded.upserts,
    removals: removals - recorded.removals,
    startedAt: recorded.startedAt,
    finishedAt: now,
  };
}

/** Remembers that a run has just been recorded. */
export function markRecorded(progress: Progress, now: Instant): void {
  const { pages, upserts, removals } = progress;
  progress.recorded = { startedAt: now, pages, upserts, removals };
}

/** The report of a pull that ended. */
export function report(
  deps: Deps,
  progress: Progress,
  outcome: PullReport["outcome"],
  failure: PullReport["failure"],
): PullReport {
  const { connection, mode, pages, upserts, removals, startedAt } = progress;
  const done = { connectionId: connection.id, outcome, mode, pages, upserts, removals, startedAt };
  const ended = { ...done, finishedAt: deps.now() };
  deps.log.debug("pull.ended", { ...ended, failureCode: failure?.code });
  return { ...ended, failure };
}
