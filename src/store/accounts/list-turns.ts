// List turns: callers may have an account's calendars listed only so often, counted across all Workers.
import { and, eq, lte } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { type Database, rowsOf } from "../db.ts";
import type { AccountRow } from "../rows.ts";
import { accounts } from "../schema/calendars.ts";

/**
 * Takes a turn, unless somebody took one after `since`, and reads the account in the same round trip. Null: there is
 * none, or it isn't of `ownedBy` (null: of any agent). Where the answer was lost, the turn counts as another's.
 */
export async function takeListTurn(
  db: Database,
  input: { id: string; ownedBy: string | null; since: Instant; now: Instant },
): Promise<{ account: AccountRow; taken: boolean } | null> {
  const mine = input.ownedBy === null ? undefined : eq(accounts.agentId, input.ownedBy);
  const isIt = and(eq(accounts.id, input.id), mine);
  const [turn, found] = await db.write([
    db.build
      .update(accounts)
      .set({ calendarsAskedAt: input.now })
      .where(and(isIt, lte(accounts.calendarsAskedAt, input.since)))
      .returning({ id: accounts.id }),
    db.build.select().from(accounts).where(isIt),
  ]);
  const [account] = rowsOf(accounts, found);
  return account === undefined ? null : { account, taken: (turn?.rows.length ?? 0) > 0 };
}
