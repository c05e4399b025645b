// Notify: tells MaraPlace what happened, signed, at least once, and in order about each booking and account.
import { Webhook } from "standardwebhooks";
import type { Config } from "../config.ts";
import type { Deps } from "../deps.ts";
import { formatInstant, type Instant, SECOND_MS } from "../domain/instant.ts";
import { nextNoticeAttemptAt, noticeData } from "../domain/notice.ts";
import { readRetryAfter } from "../providers/http.ts";
import { claimNotices, type NoticeOutcome, type NoticeRow, recordNotices } from "../store/outbox/notices.ts";
import { wakeNotices } from "./wake.ts";

/** What the specification of Standard Webhooks allows a receiver at the least (`engine.md` 4.1). */
const TIME_LIMIT_MS = 15 * SECOND_MS;
/** Longer than an attempt and its record may take. */
const LEASE_MS = 60 * SECOND_MS;
/** In one round, all at once: Cloudflare stands six waiting connections (`engine.md` 1.1). */
const AT_ONCE = 6;
/** Of one job; what is left then goes on in another. */
const ROUNDS = 20;
/** The receiver's word for "never again". */
const GONE = 410;

type Receiver = NonNullable<Config["notices"]>;

/** What the receiver said: its status, or why there is none. */
interface Reply {
  readonly status: number | null;
  readonly code: string;
  readonly retryAt: Instant | null;
}

/**
 * Sends the notices that are due, one of each subject at a time, for as long as any is taken or given up. A receiver
 * that takes none is left to the sweeps of the next minutes. Does nothing where none is configured.
 */
export async function notify(deps: Deps): Promise<void> {
  const receiver = deps.config.notices;
  if (receiver === null) return;
  for (let round = 1; round <= ROUNDS; round += 1) {
    if (!(await sendRound(deps, receiver))) return;
  }
  wakeNotices(deps);
}

/** True: something was settled, and what waited behind it may be due. */
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

/** Something may have waited for this one to be out of the way. */
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
