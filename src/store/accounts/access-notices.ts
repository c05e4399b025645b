// Access notices: statements that insert a notice when access to an account is lost or back, or a calendar is gone.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Statement } from "../db.ts";
import { aboutAccount, insertNotice } from "../outbox/notices.ts";
import type { AccountRow } from "../rows.ts";

/** A notice names at most this many calendars, so that it stays small (`docs/providers/cloudflare-turso.md` 4.1). */
const MOST_NAMED = 200;

const CONNECTED = sql`FROM connections c WHERE c.account_id = a.id AND c.closing_at IS NULL`;

const connectionIds = sql`json((SELECT json_group_array(id) FROM
  (SELECT c.id ${CONNECTED} ORDER BY c.created_at, c.id LIMIT ${sql.raw(String(MOST_NAMED))})))`;

function accessNotice(
  kind: "connection.needs_consent" | "connection.unavailable" | "connection.restored",
  input: { from: SQL; more: SQL; now: Instant },
): Statement {
  return insertNotice({
    kind,
    agentId: sql`a.agent_id`,
    subject: aboutAccount(sql`a.id`),
    onceKey: null,
    data: sql`json_object('accountId', a.id, 'provider', a.provider, 'connectionIds', ${connectionIds}${input.more})`,
    from: sql`accounts a WHERE ${input.from} AND EXISTS (SELECT 1 ${CONNECTED})`,
    now: input.now,
  });
}

/** The marks of an account that lets nobody in. */
export type LostStatus = Exclude<AccountRow["status"], "active">;

/**
 * Statement: a notice that the account `a` named by `which` needs consent or has no calendars. Put it before the update
 * that marks it.
 */
export const lostAccessNotice = (
  which: SQL,
  { status, reason, now }: { status: LostStatus; reason: string; now: Instant },
): Statement =>
  accessNotice(status === "needs_reauth" ? "connection.needs_consent" : "connection.unavailable", {
    from: sql`a.status <> ${sql.raw(`'${status}'`)} AND ${which}`,
    more: sql`, 'reason', ${reason}`,
    now,
  });

/** Statement: a notice that the account `a` named by `which` is back. Put it before the update that clears its mark. */
export const restoredNotice = (which: SQL, now: Instant): Statement =>
  accessNotice("connection.restored", {
    from: sql`a.status <> 'active' AND ${which}`,
    more: sql``,
    now,
  });

/** Statement: a notice that the connection's calendar is gone. Put it before the update that notes it. */
export const lostNotice = (input: { id: string; leaseId: string; reason: string; now: Instant }): Statement =>
  insertNotice({
    kind: "connection.lost",
    agentId: sql`c.agent_id`,
    subject: aboutAccount(sql`c.account_id`),
    onceKey: null,
    data: sql`json_object('accountId', c.account_id, 'provider', c.provider, 'connectionId', c.id,
      'reason', ${input.reason})`,
    from: sql`connections c WHERE c.id = ${input.id} AND c.lease_id = ${input.leaseId} AND c.gone_at IS NULL
      AND c.closing_at IS NULL`,
    now: input.now,
  });

/**
 * Statement: a notice that the connection's calendar is back, if `underLease` holds. Put it before the update that
 * notes it.
 */
export const foundNotice = (input: { id: string; underLease: SQL; now: Instant }): Statement =>
  insertNotice({
    kind: "connection.restored",
    agentId: sql`c.agent_id`,
    subject: aboutAccount(sql`c.account_id`),
    onceKey: null,
    data: sql`json_object('accountId', c.account_id, 'provider', c.provider, 'connectionIds', json_array(c.id))`,
    from: sql`connections c WHERE c.id = ${input.id} AND c.gone_at IS NOT NULL AND ${input.underLease}`,
    now: input.now,
  });
