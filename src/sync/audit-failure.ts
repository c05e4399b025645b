// Audit failure: records an audit that the provider refused, and when to try it again.
import type { Deps } from "../deps.ts";
import { jittered, nextAttemptAt } from "../domain/backoff.ts";
import { DEMANDS } from "../domain/failure.ts";
import { HOUR_MS, type Instant } from "../domain/instant.ts";
import type { ProviderError } from "../providers/error.ts";
import { recordFailedAudit } from "../store/calendars/audits.ts";
import type { ConnectionRow } from "../store/rows.ts";

/** A calendar whose listing fails is pulled as before, because its deltas may work. */
const AGAIN_MS = HOUR_MS;

/** Records the failure. It holds off no pull, and the calendar counts as not audited. */
export async function failAudit(
  deps: Deps,
  audit: { connection: ConnectionRow; leaseId: string; runId: string; startedAt: Instant },
  { kind, code, retryAt }: ProviderError,
): Promise<void> {
  const { connection, leaseId, runId, startedAt } = audit;
  const { id: connectionId, agentId, provider } = connection;
  const now = deps.now();
  const log = DEMANDS[kind].alertOperator ? deps.log.error : deps.log.warn;
  log("audit.failed", { connectionId, provider, kind, code });
  const named = nextAttemptAt({ kind, failures: 1, retryAt, now, dice: deps.random() });
  await recordFailedAudit(deps.db, {
    id: connectionId,
    leaseId,
    againAt: Math.max(named, now + jittered(AGAIN_MS, deps.random())),
    run: {
      ...{ id: runId, agentId, connectionId, mode: "audit", outcome: "failed" },
      ...{ failureKind: kind, failureCode: code, pages: 0, upserts: 0, removals: 0 },
      ...{ startedAt, finishedAt: now },
    },
  });
}
