// Sync now: pulls a calendar because a caller asks for it, and returns the report of the pull.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { formatInstant } from "../domain/instant.ts";
import { findConnection } from "../store/calendars/connections.ts";
import { type Pulled, pullConnection } from "./pull.ts";
import type { PullReport } from "./pull-report.ts";

/** Timers may end a little before their time, and another caller may come first. */
const MOST_TURNS = 4;

/** Pulls once. Where the calendar was pulled only just now, it waits for its turn first, so clicks can't pile up. */
async function pullInTurn(deps: Deps, connectionId: string): Promise<Pulled> {
  for (let turn = 1; ; turn += 1) {
    const pulled = await pullConnection(deps, { connectionId, verifiedSince: deps.now() });
    if (pulled.kind !== "soon" || turn === MOST_TURNS) return pulled;
    await deps.sleep(Math.max(pulled.at - deps.now(), 1));
  }
}

/**
 * Pulls one calendar now, even if a passing failure has postponed its next pull.
 * @throws EngineError connection_not_found, sync_disabled, sync_in_progress, sync_held_off
 */
export async function syncNow(
  deps: Deps,
  input: { ownedBy: string | null; connectionId: string },
): Promise<PullReport> {
  const connection = await findConnection(deps.db, { id: input.connectionId, ownedBy: input.ownedBy });
  if (connection === null) throw new EngineError("connection_not_found", "There is no such connection.");
  if (!connection.isActive || !connection.syncEnabled) {
    throw new EngineError(
      "sync_disabled",
      "Syncing is switched off for this connection. PATCH it with isActive and syncEnabled true first.",
    );
  }
  const pulled = await pullInTurn(deps, connection.id);
  if (pulled.kind === "pulled") return pulled.report;
  if (pulled.kind === "leased" || pulled.kind === "soon") {
    throw new EngineError(
      "sync_in_progress",
      "This calendar is being synced right now. Ask again in a few seconds.",
    );
  }
  throw new EngineError(
    "sync_held_off",
    "After a failure this calendar isn't asked again before retryAt. If its account needs it, connect it again.",
    { extra: { retryAt: formatInstant(connection.nextAttemptAt), failureCode: connection.failureCode } },
  );
}
