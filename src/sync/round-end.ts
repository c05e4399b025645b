// Round end: when the next pull, and the first audit, of a calendar are due after a round.
import type { Deps } from "../deps.ts";
import { jittered } from "../domain/backoff.ts";
import type { Instant } from "../domain/instant.ts";
import type { Page } from "../providers/provider.ts";
import type { RoundEnd } from "../store/busy/pages.ts";

/** The times until the next pull, spread so that calendars aren't due together. */
export function pullIntervals(deps: Deps): RoundEnd["intervals"] {
  const { verifyIntervalMs, pollIntervalMs, unwatchedIntervalMs } = deps.config.sync;
  return {
    watchedMs: jittered(verifyIntervalMs, deps.random()),
    polledMs: jittered(pollIntervalMs, deps.random()),
    unwatchedMs: jittered(unwatchedIntervalMs, deps.random()),
  };
}

/**
 * When a calendar without a planned audit is audited first: spread over half of the interval, as a fleet may start. A
 * calendar that leaves no cursor is listed as a whole in each round, which is all that an audit could do.
 */
export function auditAfter(deps: Deps, page: Page, startedAt: Instant): RoundEnd["audit"] {
  const at = deps.now() + Math.round(deps.config.sync.auditIntervalMs * (1 + deps.random()) * 0.5);
  return page.next === null ? { auditedAt: startedAt, nextAt: at } : { firstAt: at };
}
