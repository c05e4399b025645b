// Conditions: the SQL that several tables' queries share, so that each rule is written once.
import { type SQL, sql } from "drizzle-orm";
import { KINDS_ONLY_PERSON_ENDS } from "../domain/failure.ts";
import type { Instant } from "../domain/instant.ts";

/** SQL: this connection's calendar is read. Queries for due work contain it, because their partial indexes do. */
export const SYNCED = sql.raw("is_active = 1 AND sync_enabled = 1 AND closing_at IS NULL");

/** SQL: this connection's calendar is read and counts for availability. `c` must name the connections table. */
export const BLOCKING = sql.raw(
  "c.is_active = 1 AND c.sync_enabled = 1 AND c.blocks_availability = 1 AND c.closing_at IS NULL",
);

/** SQL: this connection's calendar receives new bookings. `c` must name the connections table. */
export const RECEIVING = sql.raw("c.is_active = 1 AND c.receives_bookings = 1 AND c.closing_at IS NULL");

/**
 * SQL: deliveries into this connection's calendar are written. That includes a calendar that no longer receives new
 * bookings, because the events in it must stay right. In a calendar that is gone they wait. `c` must name the
 * connections table.
 */
export const WRITABLE = sql.raw("c.is_active = 1 AND c.closing_at IS NULL AND c.gone_at IS NULL");

/** SQL: the agent's number in rows of `busy`. */
export const numberOfAgent = (agentId: string | SQL): SQL =>
  sql`(SELECT number FROM agents WHERE agent_id = ${agentId})`;

/** SQL: the connection's number in rows of `busy`. */
export const numberOfConnection = (id: string): SQL => sql`(SELECT number FROM connections WHERE id = ${id})`;

/** SQL: the busy row has not expired. Only holds expire. `b` must name the busy row. */
export const unexpired = (now: Instant | SQL): SQL => sql`(b.expires_at IS NULL OR b.expires_at > ${now})`;

/**
 * SQL: the status of the connection's account where it lets nobody in, else null. `c` must name the connections table.
 */
export const LOST_STATUS = sql.raw(`(SELECT a.status FROM accounts a INDEXED BY accounts_lost
  WHERE a.id = c.account_id AND a.status <> 'active')`);

/**
 * SQL: the unreadable object may still take time, and the agent hasn't counted it as free. `u` must name the object.
 * What has ended by any reading takes no time that could be sold.
 */
export const outstanding = (now: Instant | SQL): SQL =>
  sql`u.counted_free_at IS NULL AND (u.ends_by IS NULL OR u.ends_by > ${now})`;

/** SQL: the failure kinds that only a person can end, for `IN`. */
export const ONLY_PERSON_ENDS = sql.raw(KINDS_ONLY_PERSON_ENDS.map((kind) => `'${kind}'`).join(", "));

/** SQL: only a person can end the doubt about this calendar. It decides like `doubtOf` in `domain/freshness.ts`. */
export const doubted = (
  now: Instant,
): SQL => sql`(c.gone_at IS NOT NULL OR c.failure_kind IN (${ONLY_PERSON_ENDS}) OR ${LOST_STATUS} IS NOT NULL
  OR EXISTS (SELECT 1 FROM unreadable_objects u INDEXED BY unreadable_outstanding
    WHERE u.connection_id = c.id AND u.extent = 'unknown' AND ${outstanding(now)}))`;

/** SQL: the outside event blocks by the agent's rules. `b` must name the busy row, `a` the agent's row. */
export const BLOCKS_BY_RULES = sql.raw(`(b.all_day = 0 OR a.all_day_blocks = 1)
  AND CASE b.status WHEN 'tentative' THEN a.tentative_blocks WHEN 'unanswered' THEN a.unanswered_blocks
        WHEN 'out_of_office' THEN a.out_of_office_blocks
        WHEN 'working_elsewhere' THEN a.working_elsewhere_blocks ELSE 1 END = 1`);

/** SQL: the lease on the calendar still holds. Whoever lost it changes nothing. */
export const leaseHeld = ({ id, leaseId }: { readonly id: string; readonly leaseId: string }): SQL =>
  sql`EXISTS (SELECT 1 FROM connections WHERE id = ${id} AND lease_id = ${leaseId})`;

/** The pull that writes: its calendar, and the SQL condition that its lease still holds. */
export interface PullScope {
  readonly connectionId: string;
  readonly underLease: SQL;
  /** How long after our own write the calendar may show an older state. */
  readonly doubtAfterMs: number;
  readonly now: Instant;
}

/** SQL: the agent is being erased. */
export const beingErased = (agentId: string | SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM erasures x WHERE x.agent_id = ${agentId} AND x.done_at IS NULL)`;

/** SQL: the agent is being erased, or was at `since` or later. What was begun before then must bring nothing back. */
export const erasedSince = (agentId: string | SQL, since: Instant): SQL =>
  sql`EXISTS (SELECT 1 FROM erasures x WHERE x.agent_id = ${agentId}
    AND (x.done_at IS NULL OR x.done_at >= ${since}))`;
