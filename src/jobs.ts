// Jobs: which verb does each kind of job, and which sweep each cron expression means.
import { closeConnection } from "./accounts/disconnect.ts";
import { refreshIdle } from "./accounts/open.ts";
import { deliver } from "./bookings/deliver.ts";
import { reconcileDelivery } from "./bookings/reconcile.ts";
import { sweep, sweepDaily } from "./cron.ts";
import type { Deps, Job } from "./deps.ts";
import { notify } from "./notices/send.ts";
import { keepChannel } from "./sync/keep-channel.ts";
import { pullConnection } from "./sync/pull.ts";
import { refreshCalendarList } from "./sync/refresh-calendar-list.ts";
import { rollWindow } from "./sync/roll-window.ts";

type Verb<Kind extends Job["kind"]> = (deps: Deps, job: Extract<Job, { kind: Kind }>) => Promise<unknown>;

const VERBS: { [Kind in Job["kind"]]: Verb<Kind> } = {
  pull: (deps, { connectionId }) => pullConnection(deps, { connectionId, verifiedSince: null }),
  "roll-window": rollWindow,
  "open-channel": keepChannel,
  "close-connection": closeConnection,
  "refresh-account": refreshIdle,
  "list-calendars": refreshCalendarList,
  deliver,
  "look-at-copy": reconcileDelivery,
  notify,
};

/** The cron expressions of `wrangler.toml`, in UTC. */
export const CRONS: Readonly<Record<string, (deps: Deps) => Promise<void>>> = {
  "* * * * *": sweep,
  "17 3 * * *": sweepDaily,
};

/** Does one job. It may come twice: every verb claims its work or bears repetition. */
export async function runJob(deps: Deps, job: Job): Promise<void> {
  const verb = VERBS[job.kind] as (deps: Deps, job: Job) => Promise<unknown>;
  await verb(deps, job);
}

/** Does what a cron expression means. */
export async function runCron(deps: Deps, cron: string): Promise<void> {
  const run = CRONS[cron];
  if (run === undefined) throw new Error(`no sweep belongs to the cron expression "${cron}"`);
  await run(deps);
}
