// Cron: finds work that is due or was left undone, and sends jobs for it. Deletes old rows once a day.
import { IDLE_MS } from "./accounts/open.ts";
import type { Deps, Job } from "./deps.ts";
import { DAY_MS, HOUR_MS, type Instant } from "./domain/instant.ts";
import { wakeNotices } from "./notices/wake.ts";
import { listIdleAccounts, listUnlistedAccounts } from "./store/accounts/due-accounts.ts";
import { purgeHolds } from "./store/bookings/holds.ts";
import { purgeRefusals } from "./store/bookings/refusals.ts";
import { purgeOwnRows } from "./store/busy/pages.ts";
import { listDueAudits } from "./store/calendars/audits.ts";
import { listDueChannels, listRetiring, purgeLapsedChannels } from "./store/calendars/channels.ts";
import { listClosing } from "./store/calendars/closing.ts";
import { listDuePulls, listDueRolls } from "./store/calendars/leases.ts";
import { purgeSyncDays } from "./store/calendars/sync-days.ts";
import { purgeSyncRuns } from "./store/calendars/sync-runs.ts";
import { listDueDeliveries } from "./store/deliveries/due-deliveries.ts";
import { purgeOrphanedEvents } from "./store/deliveries/orphaned-events.ts";
import { listDueReconciliations } from "./store/deliveries/reconciliations.ts";
import { purgeDeadJobs } from "./store/outbox/dead-jobs.ts";
import { countUnwanted, isNoticeDue, purgeNotices } from "./store/outbox/notices.ts";
import { LIST_OLD_MS } from "./sync/refresh-calendar-list.ts";

/** The most work of each kind that one sweep finds. The next minute finds the rest. */
const LIMIT = 500;
/** The most audits that one sweep finds: each lists a whole calendar. A million calendars have their turn in a week. */
const AUDIT_LIMIT = 100;
/** The time over which accounts are asked for their calendars: at once they would use up quotas and delay polls. */
const LISTING_SPREAD_MS = 6 * HOUR_MS;
/** How long analytics look back. */
const RUNS_KEPT_MS = 30 * DAY_MS;
/** How long a repeated request still finds its hold. */
const HOLDS_KEPT_MS = 7 * DAY_MS;
/** How long a job that a queue gave up can be retried. */
const DEAD_JOBS_KEPT_MS = 30 * DAY_MS;
/** How long a notice can be replayed, and how long it waits for a receiver that wants none now. */
const NOTICES_KEPT_MS = 30 * DAY_MS;

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

/** Every minute: finds all work that is due, from pulls to notices, and sends jobs. It does none of the work itself. */
export async function sweep(deps: Deps): Promise<void> {
  const due = { now: deps.now(), limit: LIMIT };
  const { notices } = deps.config;
  const [pulls, rolls, audits, channels, retiring, closing, deliveries, reconciliations, noticesWaiting] =
    await Promise.all([
      listDuePulls(deps.db, due),
      listDueRolls(deps.db, due),
      listDueAudits(deps.db, { ...due, limit: AUDIT_LIMIT }),
      listDueChannels(deps.db, due),
      listRetiring(deps.db, due),
      listClosing(deps.db, due),
      listDueDeliveries(deps.db, due),
      listDueReconciliations(deps.db, due),
      notices !== null && isNoticeDue(deps.db, { url: notices.url, now: due.now }),
    ]);
  const about = (
    kind: "pull" | "roll-window" | "audit-calendar" | "open-channel" | "close-connection",
    ids: readonly string[],
  ) => ids.map((connectionId): Job => ({ kind, connectionId }));
  const background = [
    ...about("pull", pulls),
    ...about("open-channel", [...new Set([...channels, ...retiring])]),
    ...about("close-connection", closing),
    ...about("roll-window", rolls),
    ...about("audit-calendar", audits),
  ];
  const urgent = [
    ...deliveries.map((delivery): Job => ({ kind: "deliver", ...delivery })),
    ...reconciliations.map((due): Job => ({ kind: "look-at-copy", ...due })),
  ];
  if (background.length > 0) await deps.queue.send("background", background);
  if (urgent.length > 0) await deps.queue.send("urgent", urgent);
  if (noticesWaiting) wakeNotices(deps);
  deps.log.debug("sweep.ended", { background: background.length, urgent: urgent.length });
}

/** Every day: sends jobs that refresh idle tokens and, over some hours, old calendar lists. Deletes old rows. */
async function sweepDaily(deps: Deps): Promise<void> {
  const now = deps.now();
  const idle = await listIdleAccounts(deps.db, { before: now - IDLE_MS, limit: LIMIT });
  const unlisted = await listUnlistedAccounts(deps.db, {
    // A day later than a roll would have taken the list along.
    before: now - LIST_OLD_MS - DAY_MS,
    now,
  });
  await deps.queue.send(
    "background",
    idle.map((accountId): Job => ({ kind: "refresh-account", accountId })),
  );
  await deps.queue.send(
    "background",
    unlisted.map((accountId): Job => ({ kind: "list-calendars", accountId })),
    { spreadMs: LISTING_SPREAD_MS },
  );
  await purgeSyncRuns(deps.db, now - RUNS_KEPT_MS);
  await purgeSyncDays(deps.db, now - RUNS_KEPT_MS);
  await purgeOrphanedEvents(deps.db, now);
  await purgeRefusals(deps.db, now - DAY_MS);
  await purgeHolds(deps.db, now - HOLDS_KEPT_MS);
  await purgeOwnRows(deps.db, now - deps.config.window.pastDays * DAY_MS - DAY_MS);
  await purgeLapsedChannels(deps.db, now - DAY_MS);
  await purgeDeadJobs(deps.db, now - DEAD_JOBS_KEPT_MS);
  await purgeOldNotices(deps, now);
}

/** Counts the notices that were never sent, then deletes them. If the deletion fails, tomorrow counts them again. */
async function purgeOldNotices(deps: Deps, now: Instant): Promise<void> {
  const old = { before: now - NOTICES_KEPT_MS, url: deps.config.notices?.url ?? null, now };
  const count = await countUnwanted(deps.db, old);
  if (count > 0) deps.log.warn("notices.forgotten_untold", { count });
  await purgeNotices(deps.db, old);
}
