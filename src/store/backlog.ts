// Backlog: counts the work that waits, in one round trip.
import { sql } from "drizzle-orm";
import type { Instant } from "../domain/instant.ts";
import { SYNCED } from "./conditions.ts";
import type { Database } from "./db.ts";

/** The work that waits. */
export interface Backlog {
  /** The first 12 characters of the newest applied migration's hash; null: none was applied. */
  readonly migration: string | null;
  /** How long the oldest due pull has waited, in ms; 0: none is due. */
  readonly oldestDueMs: number;
  /** Connections whose channel should have been opened or replaced by now. */
  readonly dueChannels: number;
  readonly pendingDeliveries: number;
  /** Calendars that are gone from their account. Their agents must disconnect them. */
  readonly goneCalendars: number;
}

export async function readBacklog(db: Database, now: Instant): Promise<Backlog> {
  const [migration, due, channels, pending, gone] = await db.read([
    sql`SELECT hash FROM __drizzle_migrations ORDER BY created_at DESC LIMIT 1`,
    sql`SELECT MIN(poll_due_at) AS oldest FROM connections WHERE poll_due_at <= ${now} AND ${SYNCED}
          AND next_attempt_at <= ${now}`,
    sql`SELECT COUNT(*) AS total FROM connections WHERE channel_due_at <= ${now} AND ${SYNCED}`,
    sql`SELECT COUNT(*) AS total FROM deliveries WHERE state = 'pending'`,
    sql`SELECT COUNT(*) AS total FROM connections WHERE gone_at IS NOT NULL AND ${SYNCED}`,
  ]);
  const oldest = due?.rows[0]?.["oldest"];
  const applied = migration?.rows[0]?.["hash"];
  return {
    migration: applied === undefined ? null : String(applied).slice(0, 12),
    oldestDueMs: oldest === null || oldest === undefined ? 0 : now - Number(oldest),
    dueChannels: Number(channels?.rows[0]?.["total"] ?? 0),
    pendingDeliveries: Number(pending?.rows[0]?.["total"] ?? 0),
    goneCalendars: Number(gone?.rows[0]?.["total"] ?? 0),
  };
}
