// Daily accounts: sends each account's daily jobs, in pages: refreshes of idle tokens, and calendar lists.
import { IDLE_MS } from "../accounts/open.ts";
import type { Deps, Job } from "../deps.ts";
import { DAY_MS, HOUR_MS } from "../domain/instant.ts";
import { LIST_OLD_MS } from "../domain/trust.ts";
import { type AccountCursor, listIdleAccounts, listLiveAccounts } from "../store/accounts/due-accounts.ts";

/** The accounts of one page. */
const PAGE = 1_000;
/**
 * The most pages of one run. Each asks the database once and sends ten batches of messages, and a Worker may send so
 * many requests (`docs/providers/cloudflare-turso.md` 1.1). A job goes on with the rest.
 */
const PAGES = 40;
/** The time over which all accounts are asked for their calendars: at once they would use up quotas and delay polls. */
const SPREAD_MS = 6 * HOUR_MS;

/** `idle`: in use, with tokens that weren't refreshed for long. `live`: with a connection in use. */
export type DailyAccounts = "idle" | "live";

/**
 * Sends the jobs of these accounts, from the account after `after` on. Calendar lists begin evenly over some hours, and
 * so do refreshes where there are very many. A message that is lost is sent again the next day.
 */
export async function sendDailyJobs(
  deps: Deps,
  input: { which: DailyAccounts; after: AccountCursor | null },
): Promise<void> {
  const { which } = input;
  let { after } = input;
  // A day later than a roll would have taken the list along.
  const listedBefore = deps.now() - LIST_OLD_MS - DAY_MS;
  for (let page = 0; page < PAGES; page += 1) {
    const found =
      which === "live"
        ? await listLiveAccounts(deps.db, { after, limit: PAGE, listedBefore, now: deps.now() })
        : await listIdleAccounts(deps.db, { before: deps.now() - IDLE_MS, after, limit: PAGE });
    const kind = which === "live" ? "list-calendars" : "refresh-account";
    const jobs = found
      .filter((account) => !("unlisted" in account) || account.unlisted)
      .map(({ accountId }): Job => ({ kind, accountId }));
    const isLast = found.length < PAGE;
    const spreadMs = which === "idle" && isLast && page === 0 ? 0 : SPREAD_MS;
    if (jobs.length > 0) await deps.queue.send("background", jobs, { spreadMs });
    if (isLast) return;
    after = found.at(-1) ?? null;
  }
  await deps.queue.send("background", [{ kind: "daily-accounts", which, after }]);
}
