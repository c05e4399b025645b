// Backlog: how far behind the engine is, in one round trip.
import { sql } from "drizzle-orm";
import type { Instant } from "../domain/instant.ts";
import type { Database } from "./db.ts";

/** What is waiting. */
export interface Backlog {
  /** Name of the newest migration applied; null: none. */
  readonly migration: string | null;
  /** How long the oldest due pull has been waiting, in ms; 0: none is. */
  readonly oldestDueMs: number;
  /** Connections that want push and have no channel that is alive. */
  readonly unwatched: number;
  readonly pendingDeliveries: number;
}

/** Reads the backlog. */
export async function readBacklog(db: Database, now: Instant): Promise<Backlog> {
  const live = sql.raw("c.is_active = 1 AND c.sync_enabled = 1 AND c.closing_at IS NULL");
  const [migration, due, unwatched, pending] = await db.read([
    sql`SELECT hash, created_at FROM __drizzle_migrations ORDER BY created_at DESC LIMIT 1`,
    sql`SELECT MIN(poll_due_at) AS oldest FROM connections c WHERE ${live} AND poll_due_at <= ${now}
          AND next_attempt_at <= ${now}`,
    sql`SELECT COUNT(*) AS total FROM connections c WHERE ${live} AND watch = 'wanted' AND NOT EXISTS
          (SELECT 1 FROM channels h WHERE h.connection_id = c.id AND h.state = 'active' AND h.expires_at > ${now})`,
    sql`SELECT COUNT(*) AS total FROM deliveries WHERE state = 'pending'`,
  ]);
  const oldest = due?.rows[0]?.["oldest"];
  const applied = migration?.rows[0]?.["hash"];
  return {
    migration: applied === undefined ? null : String(applied).slice(0, 12),
    oldestDueMs: oldest === null || oldest === undefined ? 0 : now - Number(oldest),
    unwatched: Number(unwatched?.rows[0]?.["total"] ?? 0),
    pendingDeliveries: Number(pending?.rows[0]?.["total"] ?? 0),
  };
}
