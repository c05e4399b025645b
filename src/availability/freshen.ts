// Freshen: calendars whose truth is too old are pulled now, all at once, within a time budget.
import type { Deps } from "../deps.ts";
import { pullConnection } from "../sync/pull.ts";

/** Between two looks whether somebody else's pull has ended. */
const RETRY_MS = 100;

/**
 * Pulls these calendars in parallel and returns when all have been pulled, or the budget is used up; what is
 * still running then goes on behind the answer. Whether it helped is for the caller to read from the database.
 */
export async function freshen(deps: Deps, connectionIds: readonly string[]): Promise<void> {
  const deadline = deps.now() + deps.config.freshness.pullBudgetMs;
  const pulls = Promise.all(connectionIds.map((connectionId) => pullSoon(deps, connectionId, deadline)));
  deps.defer(pulls.catch((error: unknown) => deps.log.warn("freshen.failed", { error: String(error) })));
  await Promise.race([pulls, deps.sleep(deadline - deps.now())]);
}

/** Pulls once. While somebody else holds the lease, waits for it: that pull may have begun before the question. */
async function pullSoon(deps: Deps, connectionId: string, deadline: number): Promise<void> {
  while (deps.now() < deadline) {
    const report = await pullConnection(deps, { connectionId, patient: false });
    if (report !== null) return;
    await deps.sleep(RETRY_MS);
  }
}
