// Pull failure: what is written down when a provider ends a pull.
import { withAccount } from "../accounts/open.ts";
import { wakeNotices } from "../accounts/wake-notices.ts";
import type { Deps } from "../deps.ts";
import { nextAttemptAt } from "../domain/backoff.ts";
import { DEMANDS } from "../domain/failure.ts";
import { ProviderError } from "../providers/error.ts";
import { type OpenableConnection, releaseFailed } from "../store/leases.ts";
import { type Progress, type PullReport, report, runOf } from "./pull-report.ts";

/** Writes the failure down with the time of the next attempt. Rows stay as they are: never less busy (P2). */
export async function failPull(
  deps: Deps,
  claimed: OpenableConnection,
  progress: Progress,
  error: ProviderError,
): Promise<PullReport> {
  const { connection } = progress;
  const now = deps.now();
  const gone = error.kind === "gone" && (await isGone(deps, claimed));
  const failure = { kind: error.kind, code: gone ? "calendar_gone" : error.code };
  const log = DEMANDS[error.kind].alertOperator ? deps.log.error : deps.log.warn;
  log("pull.failed", { connectionId: connection.id, provider: connection.provider, ...failure });
  await releaseFailed(deps.db, {
    id: connection.id,
    leaseId: progress.leaseId,
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
      ...runOf(progress, "failed", now),
      id: deps.newId(),
      failureKind: error.kind,
      failureCode: failure.code,
    },
    now,
  });
  if (gone) wakeNotices(deps);
  return report(deps, progress, "failed", failure);
}

/** "Not found" may mean many things; only a calendar that has left the account's list is gone (G17). */
async function isGone(deps: Deps, { account, connection }: OpenableConnection): Promise<boolean> {
  try {
    const calendars = await withAccount(deps, account, (opened) => opened.listCalendars());
    return calendars.every(({ calendarId }) => calendarId !== connection.calendarId);
  } catch (error) {
    if (error instanceof ProviderError) return false;
    throw error;
  }
}
