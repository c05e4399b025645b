// Due accounts: finds the accounts that need a regular refresh or a new calendar list, even when nothing else happens.
import { and, asc, eq, lt, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Database } from "../db.ts";
import { accounts } from "../schema/calendars.ts";

/** Accounts in use whose tokens haven't been refreshed since `before`, oldest first. */
export async function listIdleAccounts(
  db: Database,
  input: { before: Instant; limit: number },
): Promise<string[]> {
  const [result] = await db.read([
    db.build
      .select({ id: accounts.id })
      .from(accounts)
      // A dead grant stays the oldest for ever, and would hide the others behind the limit.
      .where(and(lt(accounts.refreshedAt, input.before), eq(accounts.status, "active")))
      .orderBy(asc(accounts.refreshedAt))
      .limit(input.limit),
  ]);
  return (result?.rows ?? []).map((row) => String(row["id"]));
}

/** Accounts that have at least one connection in use. */
export async function listLiveAccounts(db: Database): Promise<string[]> {
  const [result] = await db.read([
    sql`SELECT DISTINCT account_id FROM connections WHERE is_active = 1 AND closing_at IS NULL`,
  ]);
  return (result?.rows ?? []).map((row) => String(row["account_id"]));
}
