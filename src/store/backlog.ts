// Backlog: counts the work that waits, in one round trip.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../domain/instant.ts";
import { BLOCKING, outstanding, SYNCED } from "./conditions.ts";
import type { Database, Statement } from "./db.ts";
import { CONNECTION_DUE_AT, SENT_MS } from "./due.ts";
import { type KeyUse, keyUseOf, selectKeyUse } from "./key-use.ts";

/** The work that waits. */
export interface Backlog {
  /** The first 12 characters of the newest applied migration's hash; null: none was applied. */
  readonly migration: string | null;
  /** How long the oldest due pull has waited, in ms; 0: none is due. */
  readonly oldestDueMs: number;
  /** Connections whose channel should have been opened or replaced by now. */
  readonly dueChannels: number;
  readonly pendingDeliveries: number;
  /** Calendars that weren't audited within the last interval. */
  readonly overdueAudits: number;
  /** What the audits of the last interval found. */
  readonly drift: { readonly calendars: number; readonly missing: number; readonly extra: number };
  /** Outstanding objects that couldn't be read to the end, in calendars that count for availability. */
  readonly unreadable: number;
  /** Calendars that are gone from their account. Their agents must disconnect them. */
  readonly goneCalendars: number;
  readonly secrets: KeyUse;
}

/** What the backlog is counted by. */
export interface BacklogInput {
  readonly now: Instant;
  /** The longest time between two audits of a calendar. */
  readonly auditIntervalMs: number;
  /** The ids of the keys that there are. */
  readonly keyIds: readonly string[];
}

/** Statements: the work that waits. For `backlogOf`. */
export function selectBacklog({ now, auditIntervalMs, keyIds }: BacklogInput): Statement[] {
  const since = now - auditIntervalMs;
  // What a sweep has sent is due as long as it isn't done, and stands in the index with the end of its mark.
  // Two ranges of one index: it holds the connections that were never audited by the time they were made.
  const overdue = (which: SQL) =>
    sql`(SELECT COUNT(*) FROM connections INDEXED BY connections_audited WHERE ${SYNCED} AND ${which})`;
  return [
    sql`SELECT hash FROM __drizzle_migrations ORDER BY created_at DESC LIMIT 1`,
    sql`SELECT MIN(IIF(poll_due_at <= ${now} AND next_attempt_at <= ${now}, poll_due_at, NULL)) AS oldest,
          COUNT(IIF(channel_due_at <= ${now}, 1, NULL)) AS channels
        FROM connections INDEXED BY connections_due WHERE ${CONNECTION_DUE_AT} <= ${now + SENT_MS} AND ${SYNCED}`,
    sql`SELECT COUNT(*) AS total FROM deliveries WHERE state = 'pending'`,
    sql`SELECT ${overdue(sql`audited_at <= ${since}`)}
          + ${overdue(sql`audited_at IS NULL AND created_at <= ${since}`)} AS total`,
    sql`SELECT COUNT(DISTINCT connection_id) AS calendars, SUM(missing) AS missing, SUM(extra) AS extra
        FROM sync_runs INDEXED BY sync_runs_drift WHERE missing + extra > 0 AND started_at > ${since}`,
    sql`SELECT COUNT(*) AS total FROM unreadable_objects u CROSS JOIN connections c ON c.id = u.connection_id
          WHERE ${outstanding(now)} AND ${BLOCKING}`,
    sql`SELECT COUNT(*) AS total FROM connections WHERE gone_at IS NOT NULL AND ${SYNCED}`,
    ...selectKeyUse(keyIds),
  ];
}

/** Reads the answers to `selectBacklog` for the same input. */
export function backlogOf({ now, keyIds }: BacklogInput, results: Results): Backlog {
  const [migration, due, pending, audits, drift, unreadable, gone, accounts, bookings] = results;
  const oldest = due?.rows[0]?.["oldest"];
  const applied = migration?.rows[0]?.["hash"];
  return {
    migration: applied === undefined ? null : String(applied).slice(0, 12),
    oldestDueMs: oldest === null || oldest === undefined ? 0 : now - Number(oldest),
    dueChannels: Number(due?.rows[0]?.["channels"] ?? 0),
    pendingDeliveries: Number(pending?.rows[0]?.["total"] ?? 0),
    overdueAudits: Number(audits?.rows[0]?.["total"] ?? 0),
    drift: {
      calendars: Number(drift?.rows[0]?.["calendars"] ?? 0),
      missing: Number(drift?.rows[0]?.["missing"] ?? 0),
      extra: Number(drift?.rows[0]?.["extra"] ?? 0),
    },
    unreadable: Number(unreadable?.rows[0]?.["total"] ?? 0),
    goneCalendars: Number(gone?.rows[0]?.["total"] ?? 0),
    secrets: keyUseOf(keyIds, accounts, bookings),
  };
}

type Results = Awaited<ReturnType<Database["read"]>>;

/** Counts the work that waits. */
export const readBacklog = async (db: Database, input: BacklogInput): Promise<Backlog> =>
  backlogOf(input, await db.read(selectBacklog(input)));
