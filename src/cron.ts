// Cron: finds work that is due or was left undone, and sends jobs for it. Deletes old rows once a day.
import type { Deps } from "./deps.ts";
import { wakeNotices } from "./notices/wake.ts";
import { isNoticeDue } from "./store/outbox/notices.ts";
import { sendDailyJobs } from "./upkeep/daily-accounts.ts";
import { purge } from "./upkeep/purge.ts";
import { sealAnew } from "./upkeep/seal-anew.ts";
import { sendDueJobs } from "./upkeep/sweep.ts";

/** The cron expressions of `wrangler.toml`, in UTC. */
const CRONS: Readonly<Record<string, (deps: Deps) => Promise<void>>> = {
  "* * * * *": sweep,
  "17 3 * * *": sweepDaily,
};

/** Runs the sweep of a cron expression. */
export async function runCron(deps: Deps, cron: string): Promise<void> {
  const run = CRONS[cron];
  if (run === undefined) throw new Error(`no sweep belongs to the cron expression "${cron}"`);
  await run(deps);
}

/** Every minute: sends jobs for all work that is due, from pulls to notices. */
export async function sweep(deps: Deps): Promise<void> {
  const sent = await sendDueJobs(deps);
  const { notices } = deps.config;
  if (notices !== null && (await isNoticeDue(deps.db, { url: notices.url, now: deps.now() })))
    wakeNotices(deps);
  deps.log.debug("sweep.ended", sent);
}

/**
 * Every day: sends each account's daily jobs, seals under the first key, and deletes old rows. A part that fails is
 * logged and stops no other.
 */
async function sweepDaily(deps: Deps): Promise<void> {
  const parts = {
    idle: () => sendDailyJobs(deps, { which: "idle", after: null }),
    live: () => sendDailyJobs(deps, { which: "live", after: null }),
    seal: () => sealAnew(deps, null),
    purge: () => purge(deps, { table: null, after: 0 }),
  };
  for (const [part, run] of Object.entries(parts)) {
    try {
      await run();
    } catch (error) {
      deps.log.error("daily.failed", { part, error: error instanceof Error ? error.name : "unknown" });
    }
  }
}
