// Round end: what a calendar has earned after a round, and when its next pull and its first audit are due.
import type { Deps } from "../deps.ts";
import type { Instant } from "../domain/instant.ts";
import { afterRound, BELIEVED_MS, isHot, paceOf, spread, watchingOf } from "../domain/trust.ts";
import type { Page } from "../providers/provider.ts";
import type { RoundEnd } from "../store/busy/pages.ts";
import type { PullPlan } from "../store/calendars/pull-plan.ts";
import type { ConnectionRow } from "../store/rows.ts";
import type { Tally } from "./pull-state.ts";

/** What the end of a round is planned by. */
interface Ended {
  /** As it was before the round's last page. */
  readonly connection: ConnectionRow;
  /** When somebody last asked about the agent. */
  readonly askedAt: Instant;
  readonly mode: Page["mode"];
  readonly tally: Pick<Tally, "upserts" | "removals">;
}

/**
 * What the calendar has earned, and when it is pulled next. A rare pull by the clock takes along what else would fall
 * due before the next one.
 */
export function planNextPull(deps: Deps, { connection, askedAt, mode, tally }: Ended): PullPlan {
  const now = deps.now();
  const situation = {
    watching: watchingOf(connection, now),
    pace: paceOf(connection, deps.config.sync, now),
    hot: isHot(askedAt, now),
  };
  const changes = tally.upserts + tally.removals;
  const told = connection.dirty > connection.clean;
  // 0: a pull with work left, or an audit, has asked for this one. No time has passed in which trust could be earned.
  const byClock = !told && connection.pollDueAt > 0 && connection.pollDueAt <= now;
  const trust = afterRound(connection.trustedMs, { byClock, told, mode, changes }, situation);
  const nextAt = now + spread(trust.nextMs, deps.random());
  const takesAlongUntil = byClock && trust.nextMs > BELIEVED_MS ? nextAt : 0;
  return {
    ...{ trustedMs: trust.trustedMs, reopens: trust.reopens, nextAt, takesAlongUntil },
    dueAt: connection.pollDueAt,
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
