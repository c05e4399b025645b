// Bookings by counts: requests to the database and to slow providers, with few and with many calendars.
import { applyMigrations } from "../../scripts/local/migrations.ts";
import { makeSecrets, workerBindings } from "../../scripts/local/secrets.ts";
import { startSqld } from "../../scripts/local/sqld.ts";
import { connectByPassword } from "../../src/accounts/connect-password.ts";
import { finishConsent, startConsent } from "../../src/accounts/consent.ts";
import { createApp } from "../../src/app.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { readConfig } from "../../src/config.ts";
import { createDeps, type Deps, type Job } from "../../src/deps.ts";
import { DAY_MS, HOUR_MS } from "../../src/domain/instant.ts";
import { runJob } from "../../src/jobs.ts";
import { createRegistry } from "../../src/providers/registry.ts";
import { openDatabase } from "../../src/store/db.ts";
import { createCaldavSimulator } from "../simulators/caldav.ts";
import { createGoogleSimulator } from "../simulators/google.ts";
import { createMicrosoftSimulator } from "../simulators/microsoft.ts";
import { type Report, sampleOf } from "./report.ts";

const BASE_URL = "https://bench.example.org";
const PASSWORD = "abcd-efgh-ijkl-mnop";
/** How long a provider takes to answer, in ms: long against all that happens in this process. */
const LATENCY_MS = 150;
/** Connections of an invocation that may wait at once (`docs/providers/cloudflare-turso.md` 1.1). */
const PLATFORM_CONNECTIONS = 6;

const KINDS = ["GOOGLE", "OFFICE365", "APPLE"] as const;
type Kind = (typeof KINDS)[number];
/** Requests of one write. Graph is asked first whether the event is there already. */
const REQUESTS: Record<Kind, number> = { GOOGLE: 1, OFFICE365: 2, APPLE: 1 };

/** One request that was made, and when, in ms. */
interface Call {
  readonly to: "database" | "provider";
  readonly startedAt: number;
  endedAt: number;
}

/** The engine in this process between a real database and simulated providers. */
interface Engine {
  readonly deps: Deps;
  /** Does the jobs that wait and what was deferred. */
  settle(): Promise<void>;
  /** Connects one more calendar of the agent. */
  connect(agentId: string, kind: Kind, index: number): Promise<void>;
  /** The requests made while `work` ran and behind it, with providers that take their time. */
  record(work: () => Promise<unknown>): Promise<Call[]>;
}

function engineOver(databaseUrl: string): Engine {
  const secrets = makeSecrets();
  const config = readConfig(workerBindings(secrets, { baseUrl: BASE_URL, databaseUrl }));
  const jobs: Job[] = [];
  const deferred: Promise<unknown>[] = [];
  const silent = () => {};
  let tape: Call[] | null = null;
  const queue: Deps["queue"] = { send: async (_, sent) => void jobs.push(...sent) };
  const real = createDeps(config, queue, (work) => void deferred.push(work));

  const taped =
    (to: Call["to"], latencyMs: number, inner: typeof fetch): typeof fetch =>
    async (input, init) => {
      if (tape === null) return inner(input, init);
      const call = { to, startedAt: performance.now(), endedAt: Number.POSITIVE_INFINITY };
      tape.push(call);
      await real.sleep(latencyMs);
      return inner(input, init).finally(() => {
        call.endedAt = performance.now();
      });
    };
  const deliver = async (request: Request): Promise<Response> => createApp(deps).fetch(request);
  const callback = (name: string) => `${BASE_URL}/api/calendar/${name}/callback`;
  const google = createGoogleSimulator({
    ...{ now: real.now, limits: null, deliver },
    clients: [
      {
        clientId: secrets.googleClientId,
        clientSecret: secrets.googleClientSecret,
        redirectUris: [callback("google")],
      },
    ],
  });
  const microsoft = createMicrosoftSimulator({
    ...{ now: real.now, limits: null, deliver },
    clients: [
      {
        clientId: secrets.microsoftClientId,
        clientSecret: secrets.microsoftClientSecret,
        redirectUris: [callback("office365")],
      },
    ],
  });
  const dav = createCaldavSimulator({ now: real.now });
  const providers: typeof fetch = (input, init) => {
    const { hostname } = new URL(input instanceof Request ? input.url : input);
    if (/(?:^|\.)microsoft(?:online)?\.com$/.test(hostname)) return microsoft.fetch(input, init);
    return (hostname.endsWith(".icloud.com") ? dav : google).fetch(input, init);
  };
  const network = taped("provider", LATENCY_MS, providers);
  const deps: Deps = {
    ...real,
    fetch: network,
    db: openDatabase(config.database, { ...real, fetch: taped("database", 0, fetch) }),
    providers: createRegistry(config, { ...real, fetch: network }),
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };

  return {
    deps,
    async settle() {
      while (jobs.length + deferred.length > 0) {
        await Promise.all(deferred.splice(0));
        for (const job of jobs.splice(0)) await runJob(deps, job);
      }
    },
    async connect(agentId, kind, index) {
      const email = `${agentId}-${index}@example.com`;
      if (kind === "APPLE") {
        dav.addUser({ email, password: PASSWORD, profile: "icloud" });
        dav.addCalendar({ owner: email, name: "Home", timeZone: "Europe/Berlin" });
        const who = { username: email, password: PASSWORD, serverUrl: null, accountId: null };
        await connectByPassword(deps, { agentId, provider: kind, ...who });
        return;
      }
      if (kind === "GOOGLE") google.addUser({ email, timeZone: "Europe/Berlin", sub: email });
      else microsoft.addUser({ email, kind: "work", timeZone: "Europe/Berlin" });
      const asked = { agentId, provider: kind, returnTo: null, accountId: null };
      const { authorizationUrl, sealedState } = await startConsent(deps, asked);
      const simulator = kind === "GOOGLE" ? google : microsoft;
      const answer = new URL(simulator.consent(authorizationUrl, { user: email })).searchParams;
      const [code, state, error] = ["code", "state", "error"].map((name) => answer.get(name));
      await finishConsent(deps, {
        ...{ provider: kind, sealedState },
        ...{ code: code ?? null, state: state ?? null, error: error ?? null },
      });
    },
    async record(work) {
      const calls: Call[] = [];
      tape = calls;
      try {
        await work();
        await Promise.all(deferred.splice(0));
      } finally {
        tape = null;
      }
      return calls;
    },
  };
}

/** The most of them that were under way at one time. */
function mostAtOnce(calls: readonly Call[]): number {
  const under = ({ startedAt }: Call) =>
    calls.filter((other) => other.startedAt <= startedAt && other.endedAt > startedAt).length;
  return Math.max(0, ...calls.map(under));
}

/** The most of them of which each began after the one before had ended. */
function mostInLine(calls: readonly Call[]): number {
  let count = 0;
  let endedAt = Number.NEGATIVE_INFINITY;
  for (const call of [...calls].sort((a, b) => a.endedAt - b.endedAt)) {
    if (call.startedAt < endedAt) continue;
    count += 1;
    endedAt = call.endedAt;
  }
  return count;
}

/** Books with so many calendars, `rounds` times. */
async function measure(report: Report, engine: Engine, calendars: number, rounds: number): Promise<void> {
  const agentId = `books-${calendars}`;
  const kinds = Array.from({ length: calendars }, (_, index) => KINDS[index % KINDS.length] ?? "GOOGLE");
  for (const [index, kind] of kinds.entries()) await engine.connect(agentId, kind, index);
  await engine.settle();
  const tapes: Call[][] = [];
  const ratios: number[] = [];
  const first = Math.ceil(engine.deps.now() / DAY_MS) * DAY_MS + DAY_MS;
  for (let round = 0; round < rounds; round += 1) {
    const start = first + round * HOUR_MS;
    let took = 0;
    const calls = await engine.record(async () => {
      const startedAt = performance.now();
      const { results } = await createBooking(engine.deps, {
        ...{ agentId, bookingId: `b-${round}`, title: "Consultation", description: null, location: null },
        ...{ clientName: null, clientEmail: null, idempotencyKey: null, holdId: null },
        ...{ slot: { start, end: start + HOUR_MS / 2 }, maxAgeMs: null, force: false, deliver: "now" },
      });
      took = performance.now() - startedAt;
      const synced = results.filter(({ status }) => status === "synced").length;
      if (synced !== calendars) throw new Error(`${synced} of ${calendars} calendars were written.`);
    });
    tapes.push(calls);
    const spans = calls.filter(({ to }) => to === "provider").map((call) => call.endedAt - call.startedAt);
    ratios.push(took / Math.max(...spans));
  }
  const worst = (count: (calls: Call[]) => number) => Math.max(...tapes.map(count));
  const firstProvider = (calls: Call[]) => calls.findIndex(({ to }) => to === "provider");
  const databaseOf = (calls: Call[]) => calls.filter(({ to }) => to === "database").length;
  const providersOf = (calls: Call[]) => calls.filter(({ to }) => to === "provider");
  const name = `booking with ${calendars} calendar${calendars === 1 ? "" : "s"}`;
  report.count(`${name}: database requests before the providers`, worst(firstProvider), 1);
  const after = worst((calls) => databaseOf(calls) - firstProvider(calls));
  report.count(`${name}: database requests after`, after, 1, "what goes on behind the answer included");
  const expected = kinds.reduce((sum, kind) => sum + REQUESTS[kind], 0);
  report.count(
    `${name}: provider requests`,
    worst((calls) => providersOf(calls).length),
    expected,
  );
  report.count(`${name}: requests at once`, worst(mostAtOnce), PLATFORM_CONNECTIONS);
  // Side by side, five at a time: one after another they would take as many rounds as there are requests.
  const chain = Math.max(...kinds.map((kind) => REQUESTS[kind]));
  const chains = chain * Math.ceil(calendars / (PLATFORM_CONNECTIONS - 1));
  const note = `${chains} requests one after another at most, of ${expected}`;
  report.ratio(`${name}: time / slowest provider request`, sampleOf(ratios), chains + 0.5, note);
  const lined = worst((calls) => mostInLine(providersOf(calls)));
  report.count(`${name}: provider requests one after another`, lined, chains);
}

/** Asks for a slot that is taken: what it costs before the answer, and behind it. */
async function measureRefused(report: Report, engine: Engine): Promise<void> {
  const start = Math.ceil(engine.deps.now() / DAY_MS) * DAY_MS + DAY_MS;
  let answeredAt = 0;
  const calls = await engine.record(async () => {
    const booking = createBooking(engine.deps, {
      ...{
        agentId: "books-1",
        bookingId: "refused",
        title: "Consultation",
        description: null,
        location: null,
      },
      ...{ clientName: null, clientEmail: null, idempotencyKey: null, holdId: null },
      ...{ slot: { start, end: start + HOUR_MS / 2 }, maxAgeMs: null, force: false, deliver: "now" },
    });
    const refused = await booking.then(
      () => false,
      () => true,
    );
    answeredAt = performance.now();
    if (!refused) throw new Error("The slot was sold twice.");
  });
  const before = calls.filter(({ endedAt }) => endedAt <= answeredAt).length;
  report.count("refused booking: requests before the answer", before, 1);
  report.count("refused booking: requests behind it", calls.length - before, 1, "counts the lost sale");
}

/** Books with one, three and ten calendars at all three kinds of providers, each of which answers slowly. */
export async function measureBookings(report: Report, rounds: number): Promise<void> {
  const sqld = await startSqld();
  try {
    await applyMigrations({ url: sqld.url, authToken: null });
    const engine = engineOver(sqld.url);
    for (const calendars of [1, 3, 10]) await measure(report, engine, calendars, rounds);
    await measureRefused(report, engine);
  } finally {
    await sqld.stop();
  }
}
