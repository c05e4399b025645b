// Jobs: the verb that does each kind of job, and how the jobs of one queue batch are done together.
import { closeConnection } from "./accounts/disconnect.ts";
import { refreshIdle } from "./accounts/open.ts";
import { deliver } from "./bookings/deliver.ts";
import { reconcileDelivery } from "./bookings/reconcile.ts";
import type { Deps, Job } from "./deps.ts";
import { sideBySide } from "./domain/side-by-side.ts";
import { notify } from "./notices/send.ts";
import { inLine } from "./store/write-line.ts";
import { auditCalendar } from "./sync/audit.ts";
import { keepChannel } from "./sync/keep-channel.ts";
import { type Begun, type PullOfBatch, pullBatch } from "./sync/pull-batch.ts";
import { refreshCalendarList } from "./sync/refresh-calendar-list.ts";
import { rollWindow } from "./sync/roll-window.ts";
import { sendDailyJobs } from "./upkeep/daily-accounts.ts";
import { purge } from "./upkeep/purge.ts";
import { sealAnew } from "./upkeep/seal-anew.ts";

/** Jobs of one batch at once: a Worker may wait for six connections (`docs/providers/cloudflare-turso.md` 1.1). */
const JOBS_AT_ONCE = 6;
/** Writes of one batch at once: more gain nothing (`docs/providers/cloudflare-turso.md` 2.1). */
const WRITES_AT_ONCE = 2;

type Single = Exclude<Job["kind"], "pull">;
type Verb<Kind extends Single> = (deps: Deps, job: Extract<Job, { kind: Kind }>) => Promise<unknown>;

const VERBS: { [Kind in Single]: Verb<Kind> } = {
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
  "seal-anew": sealAnew,
};

/** A queue's message. What is neither acknowledged nor to be retried comes again. */
export interface Message {
  readonly body: Job;
  ack(): void;
  retry(): void;
}

const pullsOf = (deps: Deps, jobs: readonly Job[]): PullOfBatch =>
  pullBatch(
    deps,
    jobs.flatMap((job) => (job?.kind === "pull" ? [job.connectionId] : [])),
  );

async function begin(deps: Deps, pull: PullOfBatch, job: Job): Promise<Begun> {
  if (job.kind === "pull") return pull(job.connectionId);
  const verb = VERBS[job.kind] as (deps: Deps, job: Job) => Promise<unknown>;
  await verb(deps, job);
  return { settled: Promise.resolve() };
}

/** Does one job. A job may come twice: every verb claims its work or is idempotent. */
export async function runJob(deps: Deps, job: Job): Promise<void> {
  const { settled } = await begin(deps, pullsOf(deps, [job]), job);
  await settled;
}

/** Does the jobs of one batch. Each message is acknowledged, or retried, by itself. */
export async function runJobs(deps: Deps, messages: readonly Message[]): Promise<void> {
  const batch = { ...deps, db: inLine(deps.db, WRITES_AT_ONCE) };
  const pull = pullsOf(
    batch,
    messages.map(({ body }) => body),
  );
  const endings: Promise<void>[] = [];
  const failed = (message: Message, error: unknown) => {
    // The body may be anything.
    const kind: string | undefined = message.body?.kind;
    deps.log.error("job.failed", { kind, error: error instanceof Error ? error.name : "unknown" });
    message.retry();
  };
  await sideBySide(messages, JOBS_AT_ONCE, async (message) => {
    try {
      const { settled } = await begin(batch, pull, message.body);
      // A pull that waits to be settled with others leaves its place to the next job.
      endings.push(
        settled.then(
          () => message.ack(),
          (error: unknown) => failed(message, error),
        ),
      );
    } catch (error) {
      failed(message, error);
    }
  });
  await Promise.all(endings);
}
