// `npm run bench`: measures in one run. Counts with a limit fail the command; times are printed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DAY_MS } from "../src/domain/instant.ts";
import { measureAudits } from "../test/bench/audits.ts";
import { measureBookings } from "../test/bench/bookings.ts";
import { bareEntry, bundle, type Entry, mcpEntry, projectEntry, startupMs } from "../test/bench/bundle.ts";
import { connectSubject, measureChecks, type Subject } from "../test/bench/checks.ts";
import { measureFeeds } from "../test/bench/feeds.ts";
import { compare, serveBundle } from "../test/bench/latency.ts";
import { measurePolls } from "../test/bench/polls.ts";
import { measureRecurrence } from "../test/bench/recurrence.ts";
import { createReport, type Report, sampleOf, textOf } from "../test/bench/report.ts";
import { SCALE_MEASURES } from "../test/bench/scale.ts";
import { measureSlots, slotsOfMany } from "../test/bench/slots.ts";
import { measureStrangers } from "../test/bench/strangers.ts";
import { measureBurst, measureFirstSync } from "../test/bench/syncs.ts";
import { startWiretap, type Wiretap } from "../test/bench/wiretap.ts";
import { readOrEnd } from "./local/command-line.ts";
import { workerBindings } from "./local/secrets.ts";
import { API, type LocalStack, startStack } from "./local/stack.ts";

const USAGE = `npm run bench -- [--quick | --scale]
  --quick       fewer samples
  --scale       what many calendars cost, instead`;

const { scale: SCALE, quick: QUICK } = readOrEnd(USAGE, (args) => {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({ args: [...args], options: { scale: flag, quick: flag } });
  if (values.scale && values.quick) throw new Error("Send one of --quick and --scale.");
  return values;
});
const TOTALS = [1_000, 10_000, 100_000, 1_000_000];
/** Cached intervals beside which the check is measured at scale. */
const SCALE_INTERVALS = 100_000;
const FIRST_SYNC_EVENTS = 10_000;
/** Aims for p50 against SELECT 1, by requests at a time. */
const CHECK_AIMS = { 1: 1.2, 8: 1.25 } as const;
const SLOTS_AIM = 2.3;
const BATCH_AIM = 3.7;
const SLOT_DAYS = 30;
const BUNDLE_LIMIT_KIB = 420;
const BATCHED_CHECKS = 50;
/** Aims for p50 against the slots of one agent, by the number of agents. */
const MANY_AIMS = { 10: 2.5, 100: 8 } as const;
const LATENCY = QUICK ? { rounds: 5, pairs: 150 } : { rounds: 15, pairs: 400 };
const STARTUPS = QUICK ? 3 : 7;
const EXPANSIONS = QUICK ? 3 : 9;
const FEEDS = QUICK ? 15 : 60;
const BOOKINGS = QUICK ? 3 : 9;
const SALES = QUICK ? 9 : 31;
/** Before they can be polled they have to be connected, which takes most of the time. */
const IDLE_CALENDARS = QUICK ? 100 : 500;

async function measureBundles(report: Report, folder: string): Promise<void> {
  report.section("Bundle and startup, against the smallest Hono Worker");
  const [ours, hello] = [await projectEntry(), await bareEntry(folder, "hello")];
  const sizes = [await bundle(folder, ours), await bundle(folder, hello)].map(({ gzipBytes }) => gzipBytes);
  const [size = 0, smallest = 1] = sizes;
  const kib = (bytes: number) => `${(bytes / 1_024).toFixed(1)} KiB`;
  const ratio = `${(size / smallest).toFixed(1)} x ${kib(smallest)}`;
  report.count("bundle, minified, KiB gzip", Number((size / 1_024).toFixed(1)), BUNDLE_LIMIT_KIB, ratio);
  const mcp = await mcpEntry();
  report.show("bundle of the Worker of MCP, minified, gzip", kib((await bundle(folder, mcp)).gzipBytes));
  const startups = { ours: [] as number[], hello: [] as number[], mcp: [] as number[] };
  const time = (entry: Entry) => startupMs(folder, entry);
  for (let round = 0; round <= STARTUPS; round += 1) {
    const [own, bare, ofMcp] = [await time(ours), await time(hello), await time(mcp)];
    // The first round warms the caches.
    if (round > 0) startups.ours.push(own) && startups.hello.push(bare) && startups.mcp.push(ofMcp);
  }
  const [own, bare] = [sampleOf(startups.ours), sampleOf(startups.hello)];
  report.show("startup, ms", textOf(own, 0), `bare ${textOf(bare, 0)}`);
  const ratios = startups.ours.map((ms, index) => ms / (startups.hello[index] ?? Number.NaN));
  report.ratio("startup, ratio", sampleOf(ratios), null);
  report.show("startup of the Worker of MCP, ms", textOf(sampleOf(startups.mcp), 0));
}

async function measureLatency(
  report: Report,
  stack: LocalStack,
  subject: Subject,
  folder: string,
): Promise<void> {
  report.section("Availability against a bare Hono route with SELECT 1, same database, interleaved");
  const databaseUrl = stack.database.url;
  const places = {
    baseUrl: stack.worker.url,
    databaseUrl,
    googleOrigin: stack.google.url,
    microsoftOrigin: stack.microsoft.url,
  };
  const ours = await serveBundle(
    await bundle(folder, await projectEntry()),
    workerBindings(stack.secrets, places),
  );
  const bare = await serveBundle(await bundle(folder, await bareEntry(folder, "select-one")), {
    TURSO_DATABASE_URL: databaseUrl,
  });
  try {
    const headers = { authorization: `Bearer ${stack.serviceToken}`, "content-type": "application/json" };
    const ask = (path: string, body: unknown) => ({
      ...{ url: `${ours.url}${API}${path}`, headers, body: JSON.stringify(body) },
    });
    const selectOne = { url: `${bare.url}/select-one`, headers: {}, body: "" };
    const { agentId, check, startsAt } = subject;
    const to = new Date(startsAt + SLOT_DAYS * DAY_MS).toISOString();
    const slots = ask("/slots", { agentId, from: check.start, to, durationMinutes: 60, limit: 1_000 });
    const batch = ask("/availability/batch", { checks: Array.from({ length: BATCHED_CHECKS }, () => check) });
    const compared = [
      { name: "the check", shot: ask("/availability", check), lanes: 1, aim: CHECK_AIMS[1] },
      { name: "the check", shot: ask("/availability", check), lanes: 8, aim: CHECK_AIMS[8] },
      { name: `${SLOT_DAYS} days of slots`, shot: slots, lanes: 1, aim: SLOTS_AIM },
      { name: `${BATCHED_CHECKS} checks at once`, shot: batch, lanes: 1, aim: BATCH_AIM },
    ];
    for (const { name, shot, lanes, aim } of compared) {
      const { ratio, firstMs, secondMs } = await compare(shot, selectOne, { ...LATENCY, lanes });
      const at = lanes === 1 ? "one request at a time" : `${lanes} at a time`;
      const took = `${textOf(firstMs)} ms / ${textOf(secondMs)} ms`;
      report.ratio(`p50 of ${name} / p50 of SELECT 1, ${at}`, ratio, aim, took);
    }
    const ofOne = ask("/slots", slotsOfMany(subject, 1));
    for (const size of [10, 100] as const) {
      const ofMany = ask("/slots", slotsOfMany(subject, size));
      const { ratio, firstMs, secondMs } = await compare(ofMany, ofOne, { ...LATENCY, lanes: 1 });
      const took = `${textOf(firstMs)} ms / ${textOf(secondMs)} ms`;
      report.ratio(`p50 of a week of slots, ${size} agents / one agent`, ratio, MANY_AIMS[size], took);
    }
  } finally {
    await ours.stop();
    await bare.stop();
  }
}

/** Runs `work` with a whole stack whose database and Google are listened to. */
async function withStack(
  work: (stack: LocalStack, proxies: { database: Wiretap; google: Wiretap }, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "calendar-sync-bench-"));
  const proxies: { database?: Wiretap; google?: Wiretap } = {};
  const stack = await startStack({
    unlimited: true,
    databaseFront: async (url) => {
      proxies.database = await startWiretap(url);
      return proxies.database.url;
    },
    googleFront: async (url) => {
      proxies.google = await startWiretap(url);
      return proxies.google.url;
    },
  });
  try {
    const { database, google } = proxies;
    if (database === undefined || google === undefined) throw new Error("A proxy is missing.");
    await work(stack, { database, google }, folder);
  } finally {
    await stack.stop();
    await proxies.database?.stop();
    await proxies.google?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const measureOneAgent = (report: Report): Promise<void> =>
  withStack(async (stack, { database, google }, folder) => {
    await measureBundles(report, folder);
    const subject = await connectSubject(stack);
    report.section("One availability check, by counts");
    await measureChecks(report, stack, database, subject, TOTALS);
    report.section("One search for slots of many agents, by counts");
    await measureSlots(report, stack, database, subject);
    await measureLatency(report, stack, subject, folder);
    report.section("Syncs");
    await measureBurst(report, stack, { database, google }, subject);
    const large = await measureFirstSync(report, stack, database, FIRST_SYNC_EVENTS);
    report.section("Audits");
    await measureAudits(report, stack, { database, google }, large);
    report.section("Strangers");
    await measureStrangers(report, stack, database, SALES);
    report.section("Bookings, with providers that answer slowly");
    await measureBookings(report, BOOKINGS);
    report.section("CalDAV");
    measureRecurrence(report, EXPANSIONS);
    measureFeeds(report, FEEDS);
    await measurePolls(report, IDLE_CALENDARS);
  });

/** The check is part of what must hold at scale, so that run prints it, too. */
async function measureScale(report: Report): Promise<void> {
  for (const measure of SCALE_MEASURES) await measure(report);
  await withStack(async (stack, { database }, folder) => {
    const subject = await connectSubject(stack);
    report.section("One availability check, by counts");
    await measureChecks(report, stack, database, subject, [SCALE_INTERVALS]);
    await measureSlots(report, stack, database, subject);
    await measureLatency(report, stack, subject, folder);
  });
}

const LEGEND = "median (min-max); ✓ within its limit, ✗ a count beyond it, ! a time beyond its aim";

const print = (line: string) => console.log(line);
const report = createReport(print);
print(LEGEND);
await (SCALE ? measureScale : measureOneAgent)(report);
const failed = report.exceeded.length;
print(failed === 0 ? "\nNo count beyond its limit." : `\nBeyond the limit: ${report.exceeded.join("; ")}`);
process.exit(failed === 0 ? 0 : 1);
