// Jobs: the verb that does each kind of job.
import { closeConnection } from "./accounts/disconnect.ts";
import { refreshIdle } from "./accounts/open.ts";
import { deliver } from "./bookings/deliver.ts";
import { reconcileDelivery } from "./bookings/reconcile.ts";
import type { Deps, Job } from "./deps.ts";
import { notify } from "./notices/send.ts";
import { auditCalendar } from "./sync/audit.ts";
import { keepChannel } from "./sync/keep-channel.ts";
import { pullConnection } from "./sync/pull.ts";
import { refreshCalendarList } from "./sync/refresh-calendar-list.ts";
import { rollWindow } from "./sync/roll-window.ts";
import { sendDailyJobs } from "./upkeep/daily-accounts.ts";
import { purge } from "./upkeep/purge.ts";

type Verb<Kind extends Job["kind"]> = (deps: Deps, job: Extract<Job, { kind: Kind }>) => Promise<unknown>;

const VERBS: { [Kind in Job["kind"]]: Verb<Kind> } = {
  pull: (deps, { connectionId }) => pullConnection(deps, { connectionId, verifiedSince: null }),
  "roll-window": rollWindow,
  "audit-calendar": auditCalendar,
  "open-channel": keepChannel,
  "close-connection": closeConnection,
  "refresh-account": refreshIdle,
  "list-calendars": refreshCalendarList,
  deliver,
  "look-at-copy": reconcileDelivery,
  notify,
  "daily-accounts": sendDailyJobs,
  purge,
};

/** Does one job. A job may come twice: every verb claims its work or is idempotent. */
export async function runJob(deps: Deps, job: Job): Promise<void> {
  const verb = VERBS[job.kind] as (deps: Deps, job: Job) => Promise<unknown>;
  await verb(deps, job);
}
