// Pull failure: records a failure of the provider, and when the next pull may start.
import type { Deps } from "../deps.ts";
import { nextAttemptAt } from "../domain/backoff.ts";
import { DEMANDS } from "../domain/failure.ts";
import { wakeNotices } from "../notices/wake.ts";
import type { ProviderError } from "../providers/error.ts";
import { type OpenableConnection, releaseFailed } from "../store/calendars/leases.ts";
import { type Fate, fateOf } from "./lost-calendar.ts";
import { type PullReport, report, runOf } from "./pull-report.ts";
import type { PullState } from "./pull-state.ts";

/**
 * Records the failure with the time of the next attempt. Rows stay as they are: never less busy (P2). A calendar that
 * has another id now hasn't failed: another job goes on with it.
 */
export async function failPull(
  deps: Deps,
  claimed: OpenableConnection,
  state: PullState,
  error: ProviderError,
): Promise<PullReport> {
  const { connection } = state;
  const fate: Fate =
    error.kind === "gone" ? await fateOf(deps, claimed, state, error) : { kind: "there", code: error.code };
  if (fate.kind === "moved") return report(deps, state, "partial", null);
  const now = deps.now();
  const gone = fate.kind === "gone";
  const failure = { kind: error.kind, code: fate.kind === "gone" ? "calendar_gone" : fate.code };
  const log = DEMANDS[error.kind].alertOperator ? deps.log.error : deps.log.warn;
  log("pull.failed", { connectionId: connection.id, provider: connection.provider, ...failure });
  await releaseFailed(deps.db, {
    id: connection.id,
    leaseId: state.leaseId,
    kind: error.kind,
    code: failure.code,
    nextAttemptAt: nextAttemptAt({
      kind: error.kind,
      failures: connection.failures + 1,
      retryAt: error.retryAt,
      now,
      dice: deps.random(),
    }),
    gone,
    run: {
      ...runOf(state, "failed", now),
      id: deps.newId(),
      failureKind: error.kind,
      failureCode: failure.code,
    },
    now,
  });
  if (gone) wakeNotices(deps);
  return report(deps, state, "failed", failure);
}
