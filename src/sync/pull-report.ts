// Pull report: says what a pull did, to its caller and in the record of sync runs.
import type { Deps } from "../deps.ts";
import type { Instant } from "../domain/instant.ts";
import type { PullState } from "./pull-state.ts";

/** What a pull did. */
export interface PullReport {
  readonly connectionId: string;
  /** `ok`: up to date. `partial`: stopped in good order with more to do. `failed`: see `failure`. */
  readonly outcome: "ok" | "partial" | "failed";
  readonly mode: "snapshot" | "delta";
  readonly pages: number;
  readonly upserts: number;
  readonly removals: number;
  readonly unreadable: number;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  readonly failure: { readonly kind: string; readonly code: string } | null;
}

/** The sync run to record: all that was done since the last one was recorded. */
export function runOf(state: PullState, outcome: PullReport["outcome"], now: Instant) {
  const { connection, mode, unrecorded } = state;
  const { agentId, id: connectionId } = connection;
  return { agentId, connectionId, mode, outcome, ...unrecorded, finishedAt: now };
}

/** The report of a pull that ended. */
export function report(
  deps: Deps,
  state: PullState,
  outcome: PullReport["outcome"],
  failure: PullReport["failure"],
): PullReport {
  const { connection, mode, total } = state;
  const ended = { connectionId: connection.id, outcome, mode, ...total, finishedAt: deps.now() };
  deps.log.debug("pull.ended", { ...ended, failureCode: failure?.code });
  return { ...ended, failure };
}
