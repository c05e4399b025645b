// Due accounts: finds the accounts that need a regular refresh or a new calendar list, even when nothing else happens.
import { sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { HOT_MS } from "../../domain/trust.ts";
import type { Database } from "../db.ts";

/** An account by its place in the order of a search. The next page begins after it. */
export interface AccountCursor {
  readonly accountId: string;
  /** 0 where the order is by id alone. */
  readonly refreshedAt: Instant;
}

interface Page {
  /** Null: the first page. */
  readonly after: AccountCursor | null;
  readonly limit: number;
}

/** Accounts in use whose tokens haven't been refreshed since `before`, oldest first. */
export async function listIdleAccounts(
  db: Database,
  { before, after, limit }: Page & { before: Instant },
): Promise<AccountCursor[]> {
  const [result] = await db.read([
    // A dead grant stays the oldest for ever, so only accounts in use are in the index.
    sql`SELECT id, refreshed_at FROM accounts WHERE status = 'active' AND refreshed_at < ${before}
          AND (refreshed_at, id) > (${after?.refreshedAt ?? -1}, ${after?.accountId ?? ""})
        ORDER BY refreshed_at, id LIMIT ${limit}`,
  ]);
  return (result?.rows ?? []).map((row) => ({
    accountId: String(row["id"]),
    refreshedAt: Number(row["refreshed_at"]),
  }));
}

/** An account with a connection in use, and whether its calendars are to be listed. */
export interface LiveAccount extends AccountCursor {
  readonly unlisted: boolean;
}

/**
 * Accounts that have at least one connection in use, in the order of their ids. The calendars are to be listed of hot
 * agents, of accounts with work that only a list can end, and of all that haven't been listed since `listedBefore`.
 */
export async function listLiveAccounts(
  db: Database,
  { after, limit, listedBefore, now }: Page & { listedBefore: Instant; now: Instant },
): Promise<LiveAccount[]> {
  const [result] = await db.read([
    sql`SELECT c.account_id, MAX(c.gone_at IS NOT NULL
          OR COALESCE((SELECT a.calendars_listed_at < ${listedBefore} FROM accounts a WHERE a.id = c.account_id), 1)
          OR COALESCE((SELECT asked_at > ${now - HOT_MS} FROM agents WHERE agent_id = c.agent_id), 0)
          OR EXISTS (SELECT 1 FROM deliveries d WHERE d.agent_id = c.agent_id AND d.state = 'failed')) AS unlisted
        FROM connections c INDEXED BY connections_account
        WHERE c.account_id > ${after?.accountId ?? ""} AND c.is_active = 1 AND c.closing_at IS NULL
        GROUP BY c.account_id ORDER BY c.account_id LIMIT ${limit}`,
  ]);
  return (result?.rows ?? []).map((row) => ({
    accountId: String(row["account_id"]),
    refreshedAt: 0,
    unlisted: Number(row["unlisted"]) === 1,
  }));
}

/** Notes that the account's calendars were listed. */
export async function noteCalendarsListed(
  db: Database,
  { accountId, now }: { accountId: string; now: Instant },
): Promise<void> {
  await db.write([sql`UPDATE accounts SET calendars_listed_at = ${now} WHERE id = ${accountId}`]);
}
