// Send: sends notices to MaraPlace, signed, at least once, and in order for each booking and account.
import { Webhook } from "standardwebhooks";
import type { Config } from "../config.ts";
import type { Deps } from "../deps.ts";
import { formatInstant, type Instant, SECOND_MS } from "../domain/instant.ts";
import { nextNoticeAttemptAt, noticeData } from "../domain/notice.ts";
import { readRetryAfter } from "../providers/http.ts";
import { claimNotices, type NoticeOutcome, type NoticeRow, recordNotices } from "../store/outbox/notices.ts";
import { wakeNotices } from "./wake.ts";

/** The least time that Standard Webhooks gives a receiver (`docs/providers/cloudflare-turso.md` 4.1). */
const TIME_LIMIT_MS = 15 * SECOND_MS;
/** Longer than an attempt and its recording may take. */
const LEASE_MS = 60 * SECOND_MS;
/** Notices sent at once: a Worker may wait for six connections (`docs/providers/cloudflare-turso.md` 1.1). */
const AT_ONCE = 6;
/** Rounds of one job. Another job goes on with the rest. */
const ROUNDS = 20;
/** With this status the receiver says that it wants no more notices. */
const GONE = 410;

type Receiver = NonNullable<Config["notices"]>;

/** The receiver's answer: its status, or why there is none. */
interface Reply {
  readonly status: number | null;
  readonly code: string;
  readonly retryAt: Instant | null;
}

/**
 * Sends the notices that are due, one of each subject at a time. Goes on while any is accepted or given up. If the
 * receiver accepts none, later sweeps try again. Does nothing if no receiver is configured.
 */
export async function notify(deps: Deps): Promise<void> {
  const receiver = deps.config.notices;
  if (receiver === null) return;
  for (let round = 1; round <= ROUNDS; round += 1) {
    if (!(await sendRound(deps, receiver))) return;
  }
  wakeNotices(deps);
}

/** True: a notice was settled, so those that waited behind it may be due. */
async function sendRound(deps: Deps, receiver: Receiver): Promise<boolean> {
  const now = deps.now();
  const leaseId = deps.newId();
  const claimed = await claimNotices(deps.db, {
    ...{ url: receiver.url, leaseId, leaseUntil: now + LEASE_MS },
    ...{ limit: AT_ONCE, now },
  });
  if (claimed.length === 0) return false;
  const outcomes = await Promise.all(claimed.map((notice) => attempt(deps, receiver, notice, leaseId)));
  await recordNotices(deps.db, outcomes, deps.now());
  if (outcomes.some(({ kind }) => kind === "unwanted")) deps.log.error("notices.disabled", { status: GONE });
  return outcomes.some(isOver);
}

/** Settled: others of the same subject no longer wait for it. */
const isOver = (outcome: NoticeOutcome): boolean =>
  outcome.kind === "sent" || (outcome.kind === "failed" && outcome.nextAttemptAt === null);

async function attempt(
  deps: Deps,
  receiver: Receiver,
  notice: NoticeRow,
  leaseId: string,
): Promise<NoticeOutcome> {
  const { status, code, retryAt } = await post(deps, receiver, notice);
  const about = { notice, leaseId };
  if (status !== null && status >= 200 && status < 300) return { ...about, kind: "sent" };
  if (status === GONE) return { ...about, kind: "unwanted", code, url: receiver.url };
  const attempts = notice.attempts + 1;
  const nextAttemptAt = nextNoticeAttemptAt({ attempts, retryAt, now: deps.now(), dice: deps.random() });
  const log = nextAttemptAt === null ? deps.log.error : deps.log.warn;
  log("notice.not_taken", { id: notice.id, kind: notice.kind, code, attempts });
  return { ...about, kind: "failed", code, nextAttemptAt };
}

/** One attempt. Of the answer only status and `Retry-After` count; redirects are not followed. */
async function post(deps: Deps, { url, secrets }: Receiver, notice: NoticeRow): Promise<Reply> {
  const { id, kind, createdAt } = notice;
  const body = JSON.stringify({ type: kind, timestamp: formatInstant(createdAt), data: noticeData(notice) });
  const sentAt = deps.now();
  try {
    const response = await deps.fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(sentAt / SECOND_MS)),
        "webhook-signature": secrets
          .map((secret) => new Webhook(secret).sign(id, new Date(sentAt), body))
          .join(" "),
      },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    await response.body?.cancel();
    const { status, headers } = response;
    return { status, code: `http_${status}`, retryAt: readRetryAfter(headers, deps.now()) };
  } catch (error) {
    const late = error instanceof Error && error.name === "TimeoutError";
    return { status: null, code: late ? "timeout" : "network", retryAt: null };
  }
}
