// Pull failure: records a failure of the provider, and when the next pull may start.
import { withAccount } from "../accounts/open.ts";
import type { Deps } from "../deps.ts";
import { nextAttemptAt } from "../domain/backoff.ts";
import { DEMANDS } from "../domain/failure.ts";
import { wakeNotices } from "../notices/wake.ts";
import { ProviderError } from "../providers/error.ts";
import { type OpenableConnection, releaseFailed } from "../store/calendars/leases.ts";
import { type PullReport, report, runOf } from "./pull-report.ts";
import type { PullState } from "./pull-state.ts";

/** Records the failure with the time of the next attempt. Rows stay as they are: never less busy (P2). */
export async function failPull(
  deps: Deps,
  claimed: OpenableConnection,
  state: PullState,
  error: ProviderError,
): Promise<PullReport> {
  const { connection } = state;
  const now = deps.now();
  const { gone, code } = await verdictOf(deps, claimed, error);
  const failure = { kind: error.kind, code };
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
    deactivate: gone,
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

/** The failure code when the account's list shows no calendar at all. */
const NO_CALENDARS = "no_calendars";

/**
 * Finds out whether the calendar is gone. "Not found" may mean many things: only a calendar that has left the account's
 * list is gone (G17, C17). An empty list may be a fault, so it counts only the second time in a row.
 */
async function verdictOf(
  deps: Deps,
  { account, connection }: OpenableConnection,
  error: ProviderError,
): Promise<{ gone: boolean; code: string }> {
  const { kind, code } = error;
  if (kind !== "gone") return { gone: false, code };
  try {
    const calendars = await withAccount(deps, account, (opened) => opened.listCalendars());
    const first = calendars.length === 0 && connection.failureCode !== NO_CALENDARS;
    if (first) return { gone: false, code: NO_CALENDARS };
    const gone = calendars.every(({ calendarId }) => calendarId !== connection.calendarId);
    return { gone, code: gone ? "calendar_gone" : code };
  } catch (cause) {
    if (cause instanceof ProviderError) return { gone: false, code };
    throw cause;
  }
}
