// Upkeep: what an idle calendar of an agent nobody asks about costs a day, over a virtual week with real sweeps and jobs.
import { sql } from "drizzle-orm";
import * as z from "zod";
import { applyMigrations } from "../../../scripts/local/migrations.ts";
import { makeSecrets, workerBindings } from "../../../scripts/local/secrets.ts";
import { startSqld } from "../../../scripts/local/sqld.ts";
import { connectByPassword } from "../../../src/accounts/connect-password.ts";
import { finishConsent, startConsent } from "../../../src/accounts/consent.ts";
import { readConfig } from "../../../src/config.ts";
import { runCron } from "../../../src/cron.ts";
import { createDeps, type Deps, type Job } from "../../../src/deps.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/instant.ts";
import { runJob } from "../../../src/jobs.ts";
import { createRegistry } from "../../../src/providers/registry.ts";
import { openDatabase } from "../../../src/store/db.ts";
import { createCaldavSimulator } from "../../simulators/caldav.ts";
import { createGoogleSimulator } from "../../simulators/google.ts";
import type { Report } from "../report.ts";
import { type Exchange, isWrite, startWiretap, type Wiretap } from "../wiretap.ts";

const CALENDARS = 5;
const EVENTS_EACH = 5;
/** Trust needs not quite two days. */
const EARNING_MS = 4 * DAY_MS;
/** With the audit and the new channel that each week brings. */
const MEASURED_DAYS = 7;
const START_AT = Date.parse("2026-03-02T08:00:00Z");
const BASE_URL = "https://sync.example.org";
const PASSWORD = "abcd-efgh-ijkl-mnop";
/** When cron's daily run comes, as `wrangler.toml` says. */
const DAILY = { at: 3 * HOUR_MS + 17 * MINUTE_MS, expression: "17 3 * * *" };

const Cost = z.object({ rows_read: z.number().default(0), rows_written: z.number().default(0) });
const Answer = z.object({
  results: z.array(
    z.object({
      response: z
        .object({ result: Cost.extend({ step_results: z.array(Cost.nullable()).default([]) }).optional() })
        .optional(),
    }),
  ),
});

/** The rows that these requests read and wrote, as the database says. */
function rowsOf(exchanges: readonly Exchange[]): { read: number; written: number } {
  const total = { read: 0, written: 0 };
  for (const { answered } of exchanges) {
    for (const { response } of Answer.parse(JSON.parse(answered)).results) {
      for (const cost of [response?.result, ...(response?.result?.step_results ?? [])]) {
        total.read += cost?.rows_read ?? 0;
        total.written += cost?.rows_written ?? 0;
      }
    }
  }
  return total;
}

/** A database that doesn't compress its answers, so that they can be read on their way. */
const plainly: typeof fetch = (input, init) => {
  const request = new Request(input, init);
  request.headers.set("accept-encoding", "identity");
  return fetch(request);
};

/** A world whose clock only moves when it is told to. */
interface IdleWorld {
  /** Connects the calendar of a person at Google, or at iCloud, with some events in it. */
  connectGoogle(email: string): Promise<void>;
  connectApple(email: string): Promise<void>;
  requests(): { readonly calendar: number; readonly token: number };
  /** Lets so much time pass, minute by minute where there is work. Returns what jobs asked of the database. */
  live(ms: number): Promise<Exchange[]>;
}

/** When an event of a calendar begins, and when it ends. */
const spanOf = (now: number, index: number) => [24, 25].map((hour) => now + (24 * index + hour) * HOUR_MS);

function createIdleWorld(database: Wiretap): IdleWorld {
  let now = START_AT;
  const jobs: Job[] = [];
  const secrets = makeSecrets();
  const config = readConfig(workerBindings(secrets, { baseUrl: BASE_URL, databaseUrl: database.url }));
  const google = createGoogleSimulator({
    now: () => now,
    clients: [
      {
        clientId: secrets.googleClientId,
        clientSecret: secrets.googleClientSecret,
        redirectUris: [`${BASE_URL}/api/calendar/google/callback`],
      },
    ],
    limits: null,
    // Nothing changes, so all that comes is word of channels that were opened.
    deliver: async () => new Response(null, { status: 204 }),
  });
  const dav = createCaldavSimulator({ now: () => now });
  const network: typeof fetch = (input, init) => {
    const { hostname } = new URL(input instanceof Request ? input.url : input);
    return (hostname.endsWith(".icloud.com") ? dav : google).fetch(input, init);
  };
  const silent = () => {};
  const queue = { send: async (_: unknown, sent: readonly Job[]) => void jobs.push(...sent) };
  const real = createDeps(config, queue, (work) => void work);
  const outside = { fetch: network, now: () => now };
  const deps: Deps = {
    ...real,
    ...outside,
    db: openDatabase(config.database, { ...real, fetch: plainly }),
    providers: createRegistry(config, { ...real, ...outside }),
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };
  const runJobs = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await runJob(deps, job);
  };
  const nextDue = async (): Promise<number> => {
    const [result] = await deps.db.read([
      sql`SELECT MIN(MIN(poll_due_at, roll_due_at, COALESCE(audit_due_at, 9e15), COALESCE(channel_due_at, 9e15))) AS at
          FROM connections`,
    ]);
    return Number(result?.rows[0]?.["at"]);
  };
  return {
    requests: () => {
      const token = google.requests.filter(({ operation }) => operation === "token").length;
      return { calendar: google.requests.length + dav.requests.length - token, token };
    },
    async live(ms) {
      const until = now + ms;
      const exchanges: Exchange[] = [];
      while (now < until) {
        const daily = Math.floor((now - DAILY.at) / DAY_MS + 1) * DAY_MS + DAILY.at;
        const due = Math.ceil((await nextDue()) / MINUTE_MS) * MINUTE_MS;
        now = Math.min(Math.max(now + MINUTE_MS, due), daily, until);
        await runCron(deps, now === daily ? DAILY.expression : "* * * * *");
        if (jobs.length > 0) exchanges.push(...(await database.record(runJobs)));
      }
      return exchanges;
    },
    async connectGoogle(email) {
      google.addUser({ email, timeZone: "Europe/Lisbon" });
      for (let index = 0; index < EVENTS_EACH; index += 1) {
        const [start, end] = spanOf(now, index).map((at) => ({ dateTime: new Date(at).toISOString() }));
        google.addEvent(email, { start, end });
      }
      const started = await startConsent(deps, {
        ...{ agentId: email, provider: "GOOGLE", returnTo: null, accountId: null },
      });
      const answer = new URL(google.consent(started.authorizationUrl, { user: email })).searchParams;
      await finishConsent(deps, {
        ...{ provider: "GOOGLE", sealedState: started.sealedState, error: null },
        ...{ code: answer.get("code"), state: answer.get("state") },
      });
      await runJobs();
    },
    async connectApple(email) {
      dav.addUser({ email, password: PASSWORD, profile: "icloud" });
      const { path } = dav.addCalendar({ owner: email, name: "Home", timeZone: "Europe/Lisbon" });
      for (let index = 0; index < EVENTS_EACH; index += 1) {
        const basic = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
        const [start = "", end = ""] = spanOf(now, index).map(basic);
        const event = `UID:event-${index}\nDTSTAMP:20260101T000000Z\nDTSTART:${start}\nDTEND:${end}`;
        dav.putEvent(
          path,
          `BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Bench//EN\nBEGIN:VEVENT\n${event}\nEND:VEVENT\nEND:VCALENDAR\n`,
        );
      }
      const account = { agentId: email, provider: "APPLE", serverUrl: null, accountId: null } as const;
      await connectByPassword(deps, { ...account, username: email, password: PASSWORD });
      await runJobs();
    },
  };
}

/** The costs of one calendar and day. */
interface Upkeep {
  readonly calendar: number;
  readonly token: number;
  readonly database: number;
  readonly writes: number;
  readonly read: number;
  readonly written: number;
}

async function upkeepOf(connect: (world: IdleWorld, email: string) => Promise<void>): Promise<Upkeep> {
  const sqld = await startSqld();
  const database = await startWiretap(sqld.url);
  try {
    await applyMigrations({ url: sqld.url, authToken: null });
    const world = createIdleWorld(database);
    for (let person = 0; person < CALENDARS; person += 1) await connect(world, `idle-${person}@example.com`);
    await world.live(EARNING_MS);
    const before = world.requests();
    const exchanges = await world.live(MEASURED_DAYS * DAY_MS);
    const after = world.requests();
    const { read, written } = rowsOf(exchanges);
    const each = (total: number) => Number((total / CALENDARS / MEASURED_DAYS).toFixed(2));
    return {
      calendar: each(after.calendar - before.calendar),
      token: each(after.token - before.token),
      database: each(exchanges.length),
      writes: each(exchanges.filter(isWrite).length),
      read: each(read),
      written: each(written),
    };
  } finally {
    await database.stop();
    await sqld.stop();
  }
}

/** The share of today's cost that may be left, and today's cost at commit e298953. */
function count(report: Report, name: string, value: number, was: number, share: number): void {
  report.count(name, value, Number((was / share).toFixed(2)), `e298953: ${was.toLocaleString("en")}`);
}

/** Idle calendars of cold agents: what each costs a day once it is trusted. */
export async function measureUpkeep(report: Report): Promise<void> {
  report.section(`Upkeep of an idle calendar of a cold agent, a day, over ${MEASURED_DAYS} virtual days`);
  const google = await upkeepOf((world, email) => world.connectGoogle(email));
  count(report, "watched (Google): calendar requests", google.calendar, 137, 20);
  count(report, "watched (Google): token requests", google.token, 23, 20);
  count(report, "watched (Google): database requests", google.database, 325, 20);
  count(report, "watched (Google): write transactions", google.writes, 323, 20);
  count(report, "watched (Google): rows written", google.written, 1_026, 25);
  count(report, "watched (Google): rows read", google.read, 2_622, 20);
  const apple = await upkeepOf((world, email) => world.connectApple(email));
  count(report, "polled (CalDAV): calendar requests", apple.calendar, 97, 10);
  count(report, "polled (CalDAV): write transactions", apple.writes, 196, 10);
}
