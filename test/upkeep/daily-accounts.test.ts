// Daily accounts: each account gets its daily jobs once, page by page, however many accounts there are.
import { expect, test } from "vitest";
import { runCron } from "../../src/cron.ts";
import type { Deps, Job } from "../../src/deps.ts";
import { runJob } from "../../src/jobs.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { seedStatements } from "../support/seed.ts";
import { createWorld } from "../support/world.ts";

const DAY = 86_400_000;
const DAILY = "17 3 * * *";
const url = useOwnDatabase();

/** A world with so many copies of one account, each with a calendar in use. */
async function worldWith(total: number) {
  const world = createWorld({ databaseUrl: url() });
  const { db } = world.deps;
  const now = world.deps.now();
  await db.write(seedStatements(db, { agentId: "a", now, connections: [{ id: "c" }] }));
  for (const [table, id] of [
    ["accounts", "id"],
    ["connections", "account_id"],
  ] as const) {
    const columns = (await world.query(`SELECT name FROM pragma_table_info('${table}')`)).map(({ name }) =>
      String(name),
    );
    const own: Record<string, string> = {
      ...{ [id]: "'account-' || i", id: `'${table}-' || i`, calendar_id: "'c-' || i" },
      ...{ provider_user_id: "'p-' || i", agent_id: "'a-' || i", number: "NULL" },
      ...(table === "accounts" && { id: "'account-' || i" }),
    };
    await world.query(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${total})
        INSERT INTO ${table} (${columns.join(", ")})
        SELECT ${columns.map((column) => own[column] ?? `t.${column}`).join(", ")} FROM n, ${table} t WHERE t.agent_id = 'a'`,
    );
  }
  await world.query(`DELETE FROM connections WHERE agent_id = 'a'`);
  await world.query(`DELETE FROM accounts WHERE agent_id = 'a'`);
  const sent: Job[] = [];
  const sizes: number[] = [];
  const handed: Job[] = [];
  const queue: Deps["queue"] = {
    async send(_, jobs) {
      sizes.push(jobs.length);
      for (const job of jobs) (job.kind === "daily-accounts" ? handed : sent).push(job);
    },
  };
  const deps = { ...world.deps, queue };
  return {
    ...world,
    sizes,
    async runDaily() {
      await runCron(deps, DAILY);
      for (let job = handed.shift(); job !== undefined; job = handed.shift()) await runJob(deps, job);
      const of = (kind: Job["kind"]) =>
        sent.flatMap((job) => (job.kind === kind && "accountId" in job ? [job.accountId] : [])).sort();
      return { lists: of("list-calendars"), refreshes: of("refresh-account") };
    },
  };
}

const accountsUpTo = (total: number) =>
  Array.from({ length: total }, (_, index) => `account-${index + 1}`).sort();

test("every live account is listed once a day, in pages of bounded size that jobs go on with", async () => {
  const total = 41_500;
  const world = await worldWith(total);
  const { lists, refreshes } = await world.runDaily();
  expect(lists).toEqual(accountsUpTo(total));
  expect(refreshes).toEqual([]);
  expect(Math.max(...world.sizes)).toBeLessThanOrEqual(1_000);
});

test("every idle account is refreshed, and dead grants hide none and are asked for nothing", async () => {
  const total = 2_500;
  const world = await worldWith(total);
  await world.query(`UPDATE accounts SET refreshed_at = ${world.deps.now() - 20 * DAY}`);
  await world.query(
    `UPDATE accounts SET status = 'needs_reauth', refreshed_at = 0 WHERE CAST(substr(id, 9) AS INTEGER) % 10 = 0`,
  );
  const { refreshes } = await world.runDaily();
  expect(refreshes).toEqual(accountsUpTo(total).filter((id) => !id.endsWith("0")));
});

test("accounts whose search fails keep no old row from being purged", async () => {
  const world = await worldWith(1);
  await world.query(`INSERT INTO refusals (write_id, refused_at) VALUES ('w', 0)`);
  const db = {
    ...world.deps.db,
    read: async () => {
      throw new Error("the database gives up");
    },
  };
  await runCron({ ...world.deps, db }, DAILY);
  const failed = world.logs
    .filter(({ event }) => event === "daily.failed")
    .map(({ fields }) => fields["part"]);
  expect(failed).toEqual(["idle", "live"]);
  expect(await world.query("SELECT * FROM refusals")).toEqual([]);
});
