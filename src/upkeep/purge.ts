// Purge: deletes old rows piece by piece. What one run leaves, the next one finds.
import type { Deps, Job } from "../deps.ts";
import { DAY_MS } from "../domain/instant.ts";
import { dayOf } from "../domain/sync-counts.ts";
import {
  forgetTexts,
  type Piece,
  purgeActs,
  purgeDeadJobs,
  purgeErasures,
  purgeHolds,
  purgeLapsedChannels,
  purgeLostSales,
  purgeNotices,
  purgeOrphanedEvents,
  purgeOwnRows,
  purgeRefusals,
  purgeSyncDays,
  purgeSyncRuns,
} from "../store/old-rows.ts";

/** How long analytics look back. */
const RUNS_KEPT_MS = 30 * DAY_MS;
/** How long a repeated request still finds its hold. */
const HOLDS_KEPT_MS = 7 * DAY_MS;
/** How long a job that a queue gave up can be retried. */
const DEAD_JOBS_KEPT_MS = 30 * DAY_MS;
/** How long a notice can be replayed, and how long it waits for a receiver that wants none now. */
const NOTICES_KEPT_MS = 30 * DAY_MS;

/**
 * The most pieces of one run: each asks the database once or twice, and a Worker may send so many requests
 * (`docs/providers/cloudflare-turso.md` 1.1). A job goes on with the rest.
 */
const PIECES = 100;

/** Deletes one piece of the rows that are old now. */
type Purge = (deps: Deps, after: number) => Promise<Piece>;

const PURGES: Readonly<Record<string, Purge>> = {
  sync_runs: (deps) => purgeSyncRuns(deps.db, deps.now() - RUNS_KEPT_MS),
  sync_days: (deps) => purgeSyncDays(deps.db, dayOf(deps.now() - RUNS_KEPT_MS)),
  // Their days are those of the agent's zone, which may still be in the one before.
  lost_sales: (deps) => purgeLostSales(deps.db, dayOf(deps.now() - RUNS_KEPT_MS) - 1),
  left_behind: (deps, after) => purgeOrphanedEvents(deps.db, { now: deps.now(), after }),
  refusals: (deps) => purgeRefusals(deps.db, deps.now() - DAY_MS),
  holds: (deps) => purgeHolds(deps.db, deps.now() - HOLDS_KEPT_MS),
  busy: (deps) => purgeOwnRows(deps.db, deps.now() - deps.config.window.pastDays * DAY_MS - DAY_MS),
  channels: (deps) => purgeLapsedChannels(deps.db, deps.now() - DAY_MS),
  dead_jobs: (deps) => purgeDeadJobs(deps.db, deps.now() - DEAD_JOBS_KEPT_MS),
  acts: (deps) => purgeActs(deps.db, deps.now() - deps.config.auditRetentionDays * DAY_MS),
  erasures: (deps) => purgeErasures(deps.db, deps.now() - deps.config.auditRetentionDays * DAY_MS),
  bookings: async (deps) => {
    const days = deps.config.bookingRetentionDays;
    return days === 0 ? { deleted: 0, next: null } : forgetTexts(deps.db, deps.now() - days * DAY_MS);
  },
  notices: (deps, after) => {
    const now = deps.now();
    const old = { before: now - NOTICES_KEPT_MS, url: deps.config.notices?.url ?? null, now, after };
    return purgeNotices(deps.db, old, (count) => deps.log.warn("notices.forgotten_untold", { count }));
  },
};

/** The tables that are purged, in order. */
const TABLES = Object.keys(PURGES);

/**
 * Purges one table after the other, from `table` on (null: the first), one piece at a time: pieces side by side would
 * only wait for each other, and keep bookings waiting longer. After each piece the database is free for as long as that
 * piece took. A purge that fails is logged and stops no other.
 * @param input.after where the first table's next piece begins; 0: at its first row
 */
export async function purge(deps: Deps, input: { table: string | null; after: number }): Promise<void> {
  const start = input.table === null ? 0 : TABLES.indexOf(input.table);
  let pieces = 0;
  for (const table of start === -1 ? [] : TABLES.slice(start)) {
    let next: number | null = table === input.table ? input.after : 0;
    while (next !== null) {
      if (pieces === PIECES) {
        const rest: Job = { kind: "purge", table, after: next };
        await deps.queue.send("background", [rest]);
        return;
      }
      pieces += 1;
      const startedAt = deps.now();
      next = await pieceOf(deps, table, next);
      if (next !== null) await deps.sleep(deps.now() - startedAt);
    }
  }
}

/** Where the table's next piece begins; null: nothing is left, or the purge failed. */
async function pieceOf(deps: Deps, table: string, after: number): Promise<number | null> {
  try {
    const piece = await PURGES[table]?.(deps, after);
    return piece?.next ?? null;
  } catch (error) {
    deps.log.error("purge.failed", { table, error: error instanceof Error ? error.name : "unknown" });
    return null;
  }
}
