// Due accounts: finds the accounts that need a regular refresh or a new calendar list, even when nothing else happens.
import { and, asc, eq, lt, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { HOT_MS } from "../../domain/trust.ts";
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

/**
 * Accounts in use whose calendars are to be listed: those of hot agents, those with work that only a list can end, and
 * all that haven't been listed since `before`.
 */
export async function listUnlistedAccounts(
  db: Database,
  { before, now }: { before: Instant; now: Instant },
): Promise<string[]> {
  const [result] = await db.read([
    sql`SELECT DISTINCT c.account_id FROM connections c JOIN accounts a ON a.id = c.account_id
          JOIN agents ON agents.agent_id = c.agent_id
        WHERE c.is_active = 1 AND c.closing_at IS NULL AND (a.calendars_listed_at < ${before}
          OR agents.asked_at > ${now - HOT_MS} OR c.gone_at IS NOT NULL
          OR EXISTS (SELECT 1 FROM deliveries d WHERE d.agent_id = c.agent_id AND d.state = 'failed'))`,
  ]);
  return (result?.rows ?? []).map((row) => String(row["account_id"]));
}

/** Notes that the account's calendars were listed. */
export async function noteCalendarsListed(
  db: Database,
  input: { accountId: string; now: Instant },
): Promise<void> {
  const { accountId: id, now: calendarsListedAt } = input;
  await db.write([db.build.update(accounts).set({ calendarsListedAt }).where(eq(accounts.id, id))]);
}
