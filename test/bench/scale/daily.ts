// The daily jobs of very many accounts, by counts: whom they reach, and how much one page takes.
import { DAY_MS } from "../../../src/domain/instant.ts";
import { sendDailyJobs } from "../../../src/upkeep/daily-accounts.ts";
import type { Report } from "../report.ts";
import { startUpkeepEngine, type UpkeepEngine } from "./engine.ts";

const ACCOUNTS = 1_000_000;
/** Those whose tokens haven't been refreshed for long. */
const IDLE = 100_000;
const PAGE = 1_000;

async function fill({ deps, copy, run }: UpkeepEngine): Promise<void> {
  const now = deps.now();
  const later = String(now + 2 * DAY_MS);
  const id = "printf('%07d', i)";
  const refreshed = `CASE WHEN i <= ${IDLE} THEN ${now - 20 * DAY_MS} + i ELSE ${now} END`;
  await copy("accounts", "a-account", ACCOUNTS, {
    ...{ id, provider_user_id: id, agent_id: id, refreshed_at: refreshed, calendars_listed_at: "0" },
  });
  await copy("connections", "model", ACCOUNTS, {
    ...{ id, account_id: id, agent_id: id, calendar_id: id },
    ...{ poll_due_at: later, roll_due_at: later, audit_due_at: later, channel_due_at: later },
  });
  await run("DELETE FROM connections WHERE agent_id = 'a'");
  await run("DELETE FROM accounts WHERE agent_id = 'a'");
}

/** The daily jobs at a million accounts, run to their end as the queue does. */
export async function measureDaily(report: Report): Promise<void> {
  report.section("The daily jobs of 1,000,000 accounts");
  const engine = await startUpkeepEngine();
  try {
    await fill(engine);
    for (const [which, expected] of [
      ["live", ACCOUNTS],
      ["idle", IDLE],
    ] as const) {
      const reached = new Set<string>();
      let [runs, pages, largest] = [0, 0, 0];
      let input: Parameters<typeof sendDailyJobs>[1] | null = { which, after: null };
      while (input !== null) {
        const next: Parameters<typeof sendDailyJobs>[1] = input;
        const costs = await engine.costs(() => sendDailyJobs(engine.deps, next));
        runs += 1;
        pages += costs.length;
        largest = Math.max(largest, ...costs.map(({ rowsRead }) => rowsRead));
        input = null;
        for (const job of engine.jobs.splice(0)) {
          if (job.kind === "daily-accounts") input = { which: job.which, after: job.after };
          else if ("accountId" in job) reached.add(job.accountId);
        }
      }
      report.count(`${which} accounts not reached`, expected - reached.size, 0, "e298953: all of them");
      report.count(
        `${which}: rows read by the largest page`,
        largest,
        5 * PAGE,
        `${pages} pages in ${runs} runs`,
      );
    }
  } finally {
    await engine.stop();
  }
}
