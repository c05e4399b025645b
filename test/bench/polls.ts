// Polls by counts: requests for idle CalDAV calendars, from the engine's own sweep on.
import { applyMigrations } from "../../scripts/local/migrations.ts";
import { makeSecrets, workerBindings } from "../../scripts/local/secrets.ts";
import { startSqld } from "../../scripts/local/sqld.ts";
import { connectByPassword } from "../../src/accounts/connect-password.ts";
import { readConfig } from "../../src/config.ts";
import { runCron } from "../../src/cron.ts";
import { createDeps, type Deps, type Job } from "../../src/deps.ts";
import { DAY_MS, HOUR_MS } from "../../src/domain/instant.ts";
import { runJob } from "../../src/jobs.ts";
import { type CaldavSimulator, serveCaldavSimulator } from "../simulators/caldav.ts";
import type { Report } from "./report.ts";
import { startWiretap, type Wiretap } from "./wiretap.ts";

const EVENTS_EACH = 5;
/** Engine, simulator and proxy share this process: more at a time only wait for each other. */
const LANES = 8;
const PASSWORD = "abcd-efgh-ijkl-mnop";
/** Long enough that every calendar is due, short enough that no window has to roll. */
const IDLE_MS = 4 * HOUR_MS;

/** The engine in this process, with its jobs in a list and its clock to be moved. */
interface Engine {
  readonly deps: Deps;
  readonly jobs: Job[];
  wait(ms: number): void;
}

function engineOver(databaseUrl: string, appleOrigin: string): Engine {
  const jobs: Job[] = [];
  let waitedMs = 0;
  const places = { baseUrl: "http://127.0.0.1", databaseUrl, appleOrigin };
  const config = readConfig(workerBindings(makeSecrets(), places));
  const silent = () => {};
  const queue: Deps["queue"] = { send: async (_, sent) => void jobs.push(...sent) };
  const real = createDeps(config, queue, (work) => void work.catch(silent));
  const deps: Deps = {
    ...real,
    now: () => real.now() + waitedMs,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };
  return {
    deps,
    jobs,
    wait(ms) {
      waitedMs += ms;
    },
  };
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const lane = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

function addPerson(simulator: CaldavSimulator, email: string): void {
  simulator.addUser({ email, password: PASSWORD, profile: "icloud" });
  const { path } = simulator.addCalendar({ owner: email, name: "Home", timeZone: "Europe/Berlin" });
  for (let index = 0; index < EVENTS_EACH; index += 1) {
    const basic = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
    const startsAt = Date.now() + (index + 1) * DAY_MS;
    const times = `DTSTART:${basic(startsAt)}\nDTEND:${basic(startsAt + HOUR_MS)}`;
    const event = `BEGIN:VEVENT\nUID:event-${index}\nDTSTAMP:20260101T000000Z\n${times}\nEND:VEVENT`;
    simulator.putEvent(path, `BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Bench//EN\n${event}\nEND:VCALENDAR\n`);
  }
}

async function connectAll(
  { deps, jobs }: Engine,
  simulator: CaldavSimulator,
  people: readonly string[],
): Promise<void> {
  for (const email of people) addPerson(simulator, email);
  const how = { provider: "APPLE", serverUrl: null, password: PASSWORD, accountId: null } as const;
  await inLanes(people, (email) => connectByPassword(deps, { ...how, agentId: email, username: email }));
  while (jobs.length > 0) await inLanes(jobs.splice(0), (job) => runJob(deps, job));
}

/** The counts of one poll of all calendars, after cron found that they are due. */
interface Polled {
  /** By calendar: requests to its server. */
  readonly requests: ReadonlyMap<string, number>;
  readonly databaseRequests: number;
  readonly ms: number;
}

async function poll(engine: Engine, simulator: CaldavSimulator, database: Wiretap): Promise<Polled> {
  engine.wait(IDLE_MS);
  await runCron(engine.deps, "* * * * *");
  const pulls = engine.jobs.splice(0).filter(({ kind }) => kind === "pull");
  const before = simulator.requests.length;
  const startedAt = performance.now();
  const exchanges = await database.record(() => inLanes(pulls, (job) => runJob(engine.deps, job)));
  const ms = performance.now() - startedAt;
  const requests = new Map<string, number>();
  for (const { calendar } of simulator.requests.slice(before)) {
    const key = calendar ?? "none";
    requests.set(key, (requests.get(key) ?? 0) + 1);
  }
  return { requests, databaseRequests: exchanges.length, ms };
}

/** Connects so many people at a simulated iCloud, lets hours pass in which nothing happens, and polls them all. */
export async function measurePolls(report: Report, calendars: number): Promise<void> {
  const sqld = await startSqld();
  const database = await startWiretap(sqld.url);
  const icloud = await serveCaldavSimulator({ port: 0 });
  try {
    await applyMigrations({ url: sqld.url, authToken: null });
    const engine = engineOver(database.url, icloud.url);
    const people = Array.from({ length: calendars }, (_, index) => `idle-${index}@example.com`);
    await connectAll(engine, icloud.simulator, people);
    const { requests, databaseRequests, ms } = await poll(engine, icloud.simulator, database);
    const name = `poll of ${calendars} idle CalDAV calendars`;
    report.count(`${name}: not polled`, calendars - requests.size, 0);
    report.count(`${name}: requests to the server, each`, Math.max(...requests.values()), 1);
    report.show(`${name}: database requests, each`, (databaseRequests / calendars).toFixed(2));
    const rate = ((calendars * 1_000) / ms).toFixed(0);
    report.show(`${name}: per second`, rate, `${ms.toFixed(0)} ms, ${LANES} at a time`);
  } finally {
    await icloud.close();
    await database.stop();
    await sqld.stop();
  }
}
