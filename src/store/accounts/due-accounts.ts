// Due accounts: finds the accounts that need a regular refresh or a new calendar list, even when nothing else happens.
import { sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
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

/** Accounts that have at least one connection in use, in the order of their ids. */
export async function listLiveAccounts(db: Database, { after, limit }: Page): Promise<AccountCursor[]> {
  const [result] = await db.read([
    sql`SELECT DISTINCT account_id FROM connections INDEXED BY connections_account
        WHERE account_id > ${after?.accountId ?? ""} AND is_active = 1 AND closing_at IS NULL
        ORDER BY account_id LIMIT ${limit}`,
  ]);
  return (result?.rows ?? []).map((row) => ({ accountId: String(row["account_id"]), refreshedAt: 0 }));
}
