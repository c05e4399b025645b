// Settle: what idle pulls cost the database in batches of 100, against the same pulls one by one, and what analytics
// read.
import { sql } from "drizzle-orm";
import * as z from "zod";
import { applyMigrations } from "../../../scripts/local/migrations.ts";
import { makeSecrets, workerBindings } from "../../../scripts/local/secrets.ts";
import { startSqld } from "../../../scripts/local/sqld.ts";
import { readConfig } from "../../../src/config.ts";
import { createDeps, type Deps } from "../../../src/deps.ts";
import { DAY_MS } from "../../../src/domain/instant.ts";
import { sideBySide } from "../../../src/domain/side-by-side.ts";
import { dayOf } from "../../../src/domain/sync-counts.ts";
import { accountRow, seal } from "../../../src/encoding/seal.ts";
import { runJobs } from "../../../src/jobs.ts";
import { createRegistry } from "../../../src/providers/registry.ts";
import { openDatabase } from "../../../src/store/db.ts";
import { readAnalytics } from "../../../src/sync/analytics.ts";
import { pullConnection } from "../../../src/sync/pull.ts";
import { seedStatements } from "../../support/seed.ts";
import { type Report, sampleOf } from "../report.ts";
import { type Exchange, isWrite, startWiretap, type Wiretap } from "../wiretap.ts";

const BATCH = 100;
/** Each round pulls all calendars both ways. */
const ROUNDS = 5;
/** What commit e298953 did: jobs of a batch at once, each with its own claim and its own write. */
const LANES = 6;
const AGENT = "idle";

const Cost = z.object({
  rows_read: z.number().default(0),
  rows_written: z.number().default(0),
  query_duration_ms: z.number().default(0),
});
const Answer = z.object({
  results: z.array(
    z.object({
      response: z
        .object({ result: Cost.extend({ step_results: z.array(Cost.nullable()).default([]) }).optional() })
        .optional(),
    }),
  ),
});

/** What the database says that the recorded requests have cost it. */
function costOf(exchanges: readonly Exchange[]) {
  const parts = exchanges.flatMap(({ answered }) =>
    Answer.parse(JSON.parse(answered)).results.flatMap(({ response }) =>
      response?.result === undefined ? [] : [response.result, ...response.result.step_results],
    ),
  );
  const sum = (name: keyof z.infer<typeof Cost>) =>
    parts.reduce((total, part) => total + (part?.[name] ?? 0), 0);
  return { read: sum("rows_read"), written: sum("rows_written"), ms: sum("query_duration_ms") };
}

/** A Google that has nothing new, and answers at once, so that only the engine and its database take time. */
const idleGoogle: typeof fetch = async () =>
  Response.json({ kind: "calendar#events", timeZone: "Europe/Lisbon", items: [], nextSyncToken: "token" });

/** Asks the database for answers that aren't compressed, so that the recorded ones can be read. */
const readable: typeof fetch = (input, init) => {
  const request = new Request(input, init);
  request.headers.set("accept-encoding", "identity");
  return fetch(request);
};

/** The engine in this process, with idle calendars of one agent whose first pull is over. */
async function idleEngine(databaseUrl: string): Promise<{ deps: Deps; ids: string[] }> {
  const config = readConfig(workerBindings(makeSecrets(), { baseUrl: "http://127.0.0.1", databaseUrl }));
  const silent = () => {};
  const real = createDeps(config, { send: async () => {} }, (work) => void work.catch(silent));
  const deps: Deps = {
    ...real,
    db: openDatabase(config.database, { ...real, fetch: readable }),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    providers: createRegistry(config, { ...real, fetch: idleGoogle }),
  };
  const now = deps.now();
  const ids = Array.from({ length: BATCH }, (_, index) => `calendar-${index}`);
  const connections = ids.map((id) => ({
    ...{
      id,
      timeZone: "Europe/Lisbon",
      pollDueAt: 0,
      verifiedAt: null,
      windowStartsAt: null,
      windowEndsAt: null,
    },
  }));
  await deps.db.write(seedStatements(deps.db, { agentId: AGENT, now, connections }));
  const accessTokenExpiresAt = now + DAY_MS;
  const credentials = { accessToken: "access", accessTokenExpiresAt, refreshToken: "refresh" };
  const sealed = await seal(config.tokenKeys, accountRow(`${AGENT}-account`), credentials);
  await deps.db.write([
    sql`UPDATE accounts SET sealed_credentials = ${sealed}, access_token_expires_at = ${accessTokenExpiresAt}`,
  ]);
  for (const connectionId of ids) await pullConnection(deps, { connectionId, verifiedSince: null });
  const [failing] = await deps.db.read([
    sql`SELECT failure_code FROM connections WHERE failures > 0 LIMIT 1`,
  ]);
  // Calendars that fail are skipped, which would look very cheap.
  if (failing?.rows[0] !== undefined)
    throw new Error(`a first pull failed: ${failing.rows[0]["failure_code"]}`);
  return { deps, ids };
}

/** Makes all calendars due, and pulls them while the database's requests are recorded. */
async function round(deps: Deps, database: Wiretap, pull: () => Promise<unknown>) {
  await deps.db.write([sql`UPDATE connections SET poll_due_at = 0`]);
  const startedAt = performance.now();
  const exchanges = await database.record(pull);
  return { ms: performance.now() - startedAt, exchanges, cost: costOf(exchanges) };
}

async function measurePulls(report: Report, deps: Deps, database: Wiretap, ids: readonly string[]) {
  const oneByOne = () =>
    sideBySide(ids, LANES, (connectionId) => pullConnection(deps, { connectionId, verifiedSince: null }));
  const messages = ids.map((connectionId) => ({
    ...{ body: { kind: "pull", connectionId } as const, ack: () => {}, retry: () => {} },
  }));
  const together = () => runJobs(deps, messages);
  const rates: number[] = [];
  const works: number[] = [];
  let last = await round(deps, database, together);
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    const alone = await round(deps, database, oneByOne);
    last = await round(deps, database, together);
    rates.push(alone.ms / last.ms);
    works.push(alone.cost.ms / last.cost.ms);
  }
  const each = (value: number) => value / BATCH;
  const name = `idle pull, ${BATCH} in a batch`;
  const [{ total } = { total: 0 }] = (
    await deps.db.read([sql`SELECT COUNT(*) AS total FROM connections WHERE poll_due_at > ${deps.now()}`])
  ).map(({ rows }) => ({ total: Number(rows[0]?.["total"]) }));
  report.count(`${name}: not settled`, BATCH - total, 0);
  report.count(`${name}: rows written`, each(last.cost.written), 2, "e298953: 7");
  report.show(`${name}: rows read`, each(last.cost.read).toFixed(1), "e298953: 18");
  report.count(`${name}: write transactions`, each(last.exchanges.filter(isWrite).length), 0.1, "e298953: 2");
  report.count(`${name}: database requests`, each(last.exchanges.length), 0.1, "e298953: 2");
  report.show(`${name}: ms of the database`, each(last.cost.ms).toFixed(3));
  report.ratio(
    "the same under a lease of its own / in a batch, ms of the database",
    sampleOf(works),
    null,
    "aim: at least 10",
  );
  report.ratio("the same, whole time with the engine in one process", sampleOf(rates), null);
}

/** Thirty days of five calendars, each with a sync every ten minutes. */
async function measureAnalytics(report: Report, deps: Deps, database: Wiretap): Promise<void> {
  const now = deps.now();
  const agentId = "watched";
  const connections = Array.from({ length: 5 }, (_, index) => ({ id: `watched-${index}` }));
  await deps.db.write(seedStatements(deps.db, { agentId, now, connections }));
  const counts = JSON.stringify({
    delta: 144,
    unchanged: 140,
    upserts: 6,
    ms: 30_000,
    "ms.30": 100,
    "ms.32": 44,
  });
  const days = Array.from({ length: 30 }, (_, index) => dayOf(now) - 1 - index);
  await deps.db.write([
    sql`INSERT INTO sync_days (agent_id, day, connection_id, counts)
        SELECT ${agentId}, d.value, c.value, ${counts} FROM json_each(${JSON.stringify(days)}) d
        CROSS JOIN json_each(${JSON.stringify(connections.map(({ id }) => id))}) c`,
    sql`UPDATE connections SET tally_day = ${dayOf(now)}, tally = ${counts} WHERE agent_id = ${agentId}`,
  ]);
  let total = 0;
  const exchanges = await database.record(async () => {
    const view = await readAnalytics(deps, { agentId, from: now - 30 * DAY_MS, to: now });
    total = view.syncs.total;
  });
  const name = "analytics of five calendars over 30 days";
  report.count(`${name}: rows read`, costOf(exchanges).read, 200, "e298953: 26,908");
  report.count(
    `${name}: syncs that aren't counted`,
    5 * 31 * 144 - total,
    0,
    `${total.toLocaleString("en")} syncs`,
  );
}

/** What settling together saves. */
export async function measureSettling(report: Report): Promise<void> {
  report.section("Settling: idle pulls, and what is counted of them");
  const sqld = await startSqld();
  const database = await startWiretap(sqld.url);
  try {
    await applyMigrations({ url: sqld.url, authToken: null });
    const { deps, ids } = await idleEngine(database.url);
    await measurePulls(report, deps, database, ids);
    await measureAnalytics(report, deps, database);
  } finally {
    await database.stop();
    await sqld.stop();
  }
}
