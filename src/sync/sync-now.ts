// Sync now: a pull because somebody asks for it, with the word of what it did.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { findConnection } from "../store/connections.ts";
import { pullConnection } from "./pull.ts";
import type { PullReport } from "./pull-report.ts";

/** What a sync that was asked for did. */
export type SyncView = PullReport;

/**
 * Pulls one calendar at once, even if an earlier failure says later.
 * @throws EngineError connection_not_found, sync_in_progress (someone else pulls it, or syncing is switched off)
 */
export async function syncNow(
  deps: Deps,
  input: { ownedBy: string | null; connectionId: string },
): Promise<SyncView> {
  const connection = await findConnection(deps.db, { id: input.connectionId, ownedBy: input.ownedBy });
  if (connection === null) throw new EngineError("connection_not_found", "There is no such connection.");
  if (!connection.isActive || !connection.syncEnabled) {
    throw new EngineError(
      "sync_disabled",
      "Syncing is switched off for this connection. PATCH it with isActive and syncEnabled true first.",
    );
  }
  const report = await pullConnection(deps, { connectionId: connection.id, patient: false });
  if (report !== null) return report;
  throw new EngineError(
    "sync_in_progress",
    "This calendar is being synced right now. Ask again in a few seconds.",
  );
}
