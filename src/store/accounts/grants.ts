// Grants: whether the end of an account may end its grant, and the accounts that no calendar ends.
import { and, eq, ne, type SQL, sql } from "drizzle-orm";
import { type Database, rowsOf, type Statement } from "../db.ts";
import type { AccountRow } from "../rows.ts";
import { accounts } from "../schema/calendars.ts";

/**
 * Is another account of the same person at the same provider stored? Revoking one grant at Google ends all of them
 * (`docs/providers/google.md` A.1.3), so only the last account revokes.
 * @param account.id null: the grant isn't of a stored account
 */
export async function isGrantShared(
  db: Database,
  account: Pick<AccountRow, "provider" | "providerUserId"> & { readonly id: string | null },
): Promise<boolean> {
  const [result] = await db.read([
    db.build
      .select({ id: accounts.id })
      .from(accounts)
      .where(
        and(
          eq(accounts.provider, account.provider),
          eq(accounts.providerUserId, account.providerUserId),
          account.id === null ? undefined : ne(accounts.id, account.id),
        ),
      )
      .limit(1),
  ]);
  return (result?.rows.length ?? 0) > 0;
}

/** The agent's accounts without any connection. */
export async function listLonelyAccounts(db: Database, agentId: string): Promise<AccountRow[]> {
  const [result] = await db.read([
    sql`SELECT * FROM accounts WHERE agent_id = ${agentId}
          AND NOT EXISTS (SELECT 1 FROM connections c WHERE c.account_id = accounts.id)`,
  ]);
  return rowsOf(accounts, result);
}

/** Statement: the erasure of the account's agent notes that access may live on at the provider, if `when` holds. */
export const noteUnrevoked = (accountId: string, reason: string, when: SQL): Statement =>
  sql`UPDATE erasures SET unrevoked = json_insert(unrevoked, '$[#]', json_object('provider',
          (SELECT a.provider FROM accounts a WHERE a.id = ${accountId}), 'reason', ${reason}))
      WHERE agent_id = (SELECT a.agent_id FROM accounts a WHERE a.id = ${accountId}) AND done_at IS NULL AND ${when}`;

/** Forgets an account without any connection. Its agent's erasure notes why the access may live on, if it may. */
export async function forgetLonelyAccount(
  db: Database,
  input: { id: string; unrevoked: string | null },
): Promise<void> {
  const { id, unrevoked } = input;
  const isLonely = sql`NOT EXISTS (SELECT 1 FROM connections WHERE account_id = ${id})`;
  await db.write([
    ...(unrevoked === null ? [] : [noteUnrevoked(id, unrevoked, isLonely)]),
    sql`DELETE FROM accounts WHERE id = ${id} AND ${isLonely}`,
  ]);
}
