// Audits: which calendars are due to be listed and compared, who takes an audit, and how one that failed is recorded.
import { eq, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { SYNCED } from "../conditions.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { SENT_MS } from "../due.ts";
import { aboutAccount, insertNotice } from "../outbox/notices.ts";
import { accounts, agents, connections } from "../schema/calendars.ts";
import { type OpenableConnection, openableOf, selectContext } from "./leases.ts";
import { recordRun, type SyncRun } from "./sync-runs.ts";

/** SQL: the cache holds the calendar as a whole, and its deltas go on from there. */
export const COMPARABLE = sql.raw(
  "verified_at IS NOT NULL AND round_started_at IS NULL AND cursor IS NOT NULL",
);

/**
 * Takes an audit that is due, or that a sweep has just sent, and reads what it needs. The claim makes it due again at
 * `againAt`, so an audit that is killed, or finds no quiet moment, is tried again then. Null: it isn't due, or a pull
 * is due or going on, which would spoil it. Then it stays due.
 */
export async function claimAudit(
  db: Database,
  input: { id: string; againAt: Instant; now: Instant },
): Promise<OpenableConnection | null> {
  const { id, againAt, now } = input;
  const [claimed, accountResult, agentResult] = await db.write([
    // The second condition finds the claim of a batch that is sent twice.
    sql`UPDATE connections SET audit_due_at = ${againAt} WHERE id = ${id} AND ${SYNCED}
          AND (audit_due_at <= ${now + SENT_MS} OR audit_due_at = ${againAt}) AND next_attempt_at <= ${now}
          AND ${COMPARABLE} AND dirty <= clean AND poll_due_at > ${now} AND lease_until <= ${now} RETURNING *`,
    ...selectContext(db, id),
  ]);
  return openableOf(
    rowsOf(connections, claimed)[0],
    rowsOf(accounts, accountResult)[0],
    rowsOf(agents, agentResult)[0],
  );
}

/** Records an audit that failed, gives its lease back if it has one, and stores when to try again. */
export async function recordFailedAudit(
  db: Database,
  input: { id: string; leaseId: string; againAt: Instant; run: SyncRun },
): Promise<void> {
  await db.write([
    ...recordRun(
      input.run,
      sql`EXISTS (SELECT 1 FROM connections WHERE id = ${input.id} AND closing_at IS NULL)`,
    ),
    db.build.update(connections).set({ auditDueAt: input.againAt }).where(eq(connections.id, input.id)),
    sql`UPDATE connections SET lease_id = NULL, lease_until = 0
        WHERE id = ${input.id} AND lease_id = ${input.leaseId}`,
  ]);
}

/** Statement: a notice that busy time was missing. Put it before the update that gives the lease back. */
export const driftNotice = (input: {
  id: string;
  leaseId: string;
  missing: number;
  extra: number;
  now: Instant;
}): Statement =>
  insertNotice({
    kind: "calendar.drift",
    agentId: sql`c.agent_id`,
    subject: aboutAccount(sql`c.account_id`),
    onceKey: null,
    data: sql`json_object('accountId', c.account_id, 'provider', c.provider, 'connectionId', c.id,
      'missing', ${input.missing}, 'extra', ${input.extra})`,
    from: sql`connections c WHERE c.id = ${input.id} AND c.lease_id = ${input.leaseId}`,
    now: input.now,
  });
