// A world for tests: the real engine on the real libSQL server, with simulated Google beside it in this process.
import { randomBytes } from "node:crypto";
import { type Client, createClient, type InArgs, type Row } from "@libsql/client/web";
import { inject } from "vitest";
import { makeSecrets, type Secrets, signToken, workerBindings } from "../../scripts/local/secrets.ts";
import { connectByPassword } from "../../src/accounts/connect-password.ts";
import { finishConsent, startConsent } from "../../src/accounts/consent.ts";
import { createApp } from "../../src/app.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { runCron } from "../../src/cron.ts";
import type { Deps, Job, Lane, Log } from "../../src/deps.ts";
import { runJob } from "../../src/jobs.ts";
import { mcp } from "../../src/mcp/protocol.ts";
import { createRegistry } from "../../src/providers/registry.ts";
import { openDatabase } from "../../src/store/db.ts";
import { type CaldavSimulator, createCaldavSimulator } from "../simulators/caldav.ts";
import { createGoogleSimulator, type GoogleSimulator } from "../simulators/google.ts";
import { createMaraPlaceSimulator, type MaraPlaceSimulator } from "../simulators/maraplace.ts";
import { createMicrosoftSimulator, type MicrosoftSimulator } from "../simulators/microsoft.ts";
import { databaseFetch } from "./database-fetch.ts";

/** A line that the engine logged. */
export interface LogLine {
  readonly level: keyof Log;
  readonly event: string;
  readonly fields: Record<string, unknown>;
}

export interface World {
  readonly deps: Deps;
  readonly app: ReturnType<typeof createApp>;
  readonly google: GoogleSimulator;
  readonly secrets: Secrets;
  readonly logs: LogLine[];
  /** Jobs sent and not done yet, by lane. */
  readonly jobs: Record<Lane, Job[]>;
  /** An agent id that no other test uses. */
  readonly agentId: string;
  /** The person's address at Google; also the id of their primary calendar. */
  readonly email: string;
  /** Moves the clock. It also runs by itself. */
  advance(ms: number): void;
  /** Delivers notifications and does jobs until nothing is left to do. */
  drain(): Promise<void>;
  /** Fires a cron expression and does what it finds. */
  cron(expression?: string): Promise<void>;
  /** The same person's mailboxes at Microsoft: at work (Office 365) and at home (Outlook.com). */
  readonly microsoft: MicrosoftSimulator;
  readonly workEmail: string;
  readonly homeEmail: string;
  /**
   * Connects the person's account, at Google unless said otherwise, through the consent page. The first sync has
   * run afterwards.
   */
  connect(options?: {
    scopes?: readonly string[];
    accountId?: string;
    user?: string;
    provider?: "GOOGLE" | "OUTLOOK" | "OFFICE365";
  }): Promise<{
    accountId: string;
    connectionId: string;
  }>;
  /** iCloud and one more calendar server, with the person on both, and a calendar "Work" in Lisbon's time there. */
  readonly dav: CaldavSimulator;
  /** The person at iCloud, with an app-specific password. */
  readonly apple: DavPerson;
  /** The person at the other server. */
  readonly caldav: DavPerson;
  /** Connects the person's account, at iCloud unless said otherwise, by password. The first sync has run afterwards. */
  connectByPassword(options?: {
    provider?: "APPLE" | "CALDAV";
    accountId?: string;
    serverUrl?: string;
    username?: string;
    password?: string;
  }): Promise<{ accountId: string; connectionId: string }>;
  /** The receiver of notices; only worlds made with `notices` send it any. */
  readonly maraplace: MaraPlaceSimulator;
  token(role: "agent" | "service", subject?: string): Promise<string>;
  /** Asks the database directly. */
  query(sql: string, args?: InArgs): Promise<Row[]>;
}

/** A person at a CalDAV server. */
export interface DavPerson {
  readonly email: string;
  readonly password: string;
  /** Null where nobody asks for it. */
  readonly serverUrl: string | null;
  /** The calendar's path, by which the simulator knows it. */
  readonly calendar: string;
}

export interface WorldOptions {
  /** Where the clock stands at first. */
  readonly startAt?: string;
  readonly timeZone?: string;
  readonly bindings?: Readonly<Record<string, string>>;
  /**
   * Sends notices to MaraPlace. Such a world needs a database of its own: it sends all notices that it finds there.
   */
  readonly notices?: boolean;
  /** A database other than the one all test files share; cron needs one (`own-database.ts`). */
  readonly databaseUrl?: string;
  /** Wraps the network. */
  readonly fetch?: (inner: typeof fetch) => typeof fetch;
  /** Wraps the way to the database. */
  readonly databaseFetch?: (inner: typeof fetch) => typeof fetch;
  /** How the engine waits before it asks the database again. */
  readonly databaseSleep?: (ms: number) => Promise<void>;
}

const BASE_URL = "https://sync.example.org";
const NOTICE_URL = "https://maraplace.example/hooks/calendar";
/** A year: only tests of audits want requests that come by chance. */
const AUDIT_INTERVAL_SECONDS = String(365 * 86_400);
const MAX_DRAIN_STEPS = 2_000;

/** 2026-03-02 is a Monday. */
const START_AT = "2026-03-02T08:00:00Z";

/** Adds a person with a calendar. The password looks like Apple's app-specific ones. */
function davPerson(
  dav: CaldavSimulator,
  { email, profile }: { email: string; profile: "icloud" | "radicale" },
): DavPerson {
  const letters = randomBytes(16).map((byte) => 97 + (byte % 26));
  const password = (new TextDecoder().decode(letters).match(/.{4}/g) ?? []).join("-");
  dav.addUser({ email, password, profile });
  const { path } = dav.addCalendar({ owner: email, name: "Work", timeZone: "Europe/Lisbon" });
  return { email, password, serverUrl: profile === "icloud" ? null : dav.serverUrl(email), calendar: path };
}

export function createWorld(options: WorldOptions = {}): World {
  const unique = randomBytes(5).toString("hex");
  const secrets = makeSecrets();
  const bindings = workerBindings(secrets, {
    baseUrl: BASE_URL,
    databaseUrl: options.databaseUrl ?? inject("sqldUrl"),
    ...(options.notices === true && { noticeUrl: NOTICE_URL }),
  });
  const config: Config = readConfig({ ...bindings, AUDIT_INTERVAL_SECONDS, ...options.bindings });
  const startedAt = performance.now();
  let offsetMs = Date.parse(options.startAt ?? START_AT);
  const now = () => Math.floor(offsetMs + (performance.now() - startedAt));
  const logs: LogLine[] = [];
  const line =
    (level: keyof Log) =>
    (event: string, fields: Record<string, unknown> = {}) => {
      logs.push({ level, event, fields });
    };
  const jobs: Record<Lane, Job[]> = { urgent: [], background: [] };
  const deferred: Promise<unknown>[] = [];
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const email = `ana-${unique}@example.com`;

  const google = createGoogleSimulator({
    now,
    clients: [
      {
        clientId: secrets.googleClientId,
        clientSecret: secrets.googleClientSecret,
        redirectUris: [`${BASE_URL}/api/calendar/google/callback`],
      },
    ],
    limits: null,
    deliver: async (request) => world.app.fetch(request),
  });
  google.addUser({ email, timeZone: options.timeZone ?? "Europe/Lisbon", sub: `sub-${unique}` });

  const workEmail = `ana-${unique}@contoso.example`;
  const homeEmail = `ana-${unique}@outlook.example`;
  const microsoft = createMicrosoftSimulator({
    now,
    clients: [
      {
        clientId: secrets.microsoftClientId,
        clientSecret: secrets.microsoftClientSecret,
        redirectUris: ["outlook", "office365"].map((name) => `${BASE_URL}/api/calendar/${name}/callback`),
      },
    ],
    // Worlds share one database, in which Graph's ids must be as unique as they are.
    random: Math.random,
    limits: null,
    deliver: async (request) => world.app.fetch(request),
  });
  microsoft.addUser({ email: workEmail, kind: "work", timeZone: "Europe/Lisbon" });
  microsoft.addUser({ email: homeEmail, kind: "personal", timeZone: "Europe/Lisbon" });

  const dav = createCaldavSimulator({ now });
  const apple = davPerson(dav, { email: `ana-${unique}@icloud.example`, profile: "icloud" });
  const caldav = davPerson(dav, { email: `ana-${unique}@dav.example`, profile: "radicale" });

  const maraplace = createMaraPlaceSimulator({ now, url: NOTICE_URL, secret: secrets.noticeSecret });

  const providers: typeof fetch = (input, init) => {
    const { hostname } = new URL(input instanceof Request ? input.url : input);
    if (hostname === "maraplace.example") return maraplace.fetch(input, init);
    if (/(?:^|\.)microsoft(?:online)?\.com$/.test(hostname)) return microsoft.fetch(input, init);
    return (/\.icloud\.com$|^dav\.example\.org$/.test(hostname) ? dav : google).fetch(input, init);
  };
  const network = options.fetch?.(providers) ?? providers;
  const random = Math.random;
  const deps: Deps = {
    db: openDatabase(config.database, {
      fetch: options.databaseFetch?.(databaseFetch) ?? databaseFetch,
      sleep: options.databaseSleep ?? sleep,
      random,
    }),
    fetch: network,
    now,
    newId: () => crypto.randomUUID(),
    random,
    sleep,
    defer: (work) => {
      deferred.push(work);
    },
    log: { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") },
    config,
    queue: {
      async send(lane, sent) {
        jobs[lane].push(...sent);
      },
    },
    limits: null,
    mcp,
    providers: createRegistry(config, { fetch: network, now, newId: () => crypto.randomUUID() }),
  };
  const client: Client = createClient({ url: config.database.url, fetch: databaseFetch });

  const world: World = {
    deps,
    app: createApp(deps),
    google,
    microsoft,
    workEmail,
    homeEmail,
    dav,
    apple,
    caldav,
    maraplace,
    secrets,
    logs,
    jobs,
    agentId: `agent-${unique}`,
    email,
    advance(ms) {
      offsetMs += ms;
    },
    async drain() {
      for (let step = 0; step < MAX_DRAIN_STEPS; step += 1) {
        await Promise.all(deferred.splice(0));
        await google.flush();
        await microsoft.flush();
        const job = jobs.urgent.shift() ?? jobs.background.shift();
        if (job !== undefined) await runJob(deps, job);
        else if (deferred.length === 0) return;
      }
      throw new Error("the world does not come to rest");
    },
    async cron(expression = "* * * * *") {
      await runCron(deps, expression);
      await world.drain();
    },
    async connect({ scopes, accountId, user, provider = "GOOGLE" } = {}) {
      const started = await startConsent(deps, {
        agentId: world.agentId,
        provider,
        returnTo: null,
        accountId: accountId ?? null,
      });
      const simulator = provider === "GOOGLE" ? google : microsoft;
      const own = { GOOGLE: email, OUTLOOK: homeEmail, OFFICE365: workEmail }[provider];
      const callback = new URL(
        simulator.consent(started.authorizationUrl, {
          user: user ?? own,
          ...(scopes === undefined ? {} : { scopes }),
        }),
      );
      const connected = await finishConsent(deps, {
        provider,
        code: callback.searchParams.get("code"),
        state: callback.searchParams.get("state"),
        error: callback.searchParams.get("error"),
        sealedState: started.sealedState,
      });
      await world.drain();
      const [connectionId = ""] = connected.connectionIds;
      return { accountId: connected.accountId, connectionId };
    },
    async connectByPassword({ provider = "APPLE", accountId = null, ...change } = {}) {
      const { email: username, password, serverUrl } = provider === "APPLE" ? apple : caldav;
      const { connectionIds, ...connected } = await connectByPassword(deps, {
        ...{ agentId: world.agentId, provider, accountId },
        ...{ username, password, serverUrl, ...change },
      });
      await world.drain();
      const [connectionId = ""] = connectionIds;
      return { ...connected, connectionId };
    },
    token(role, subject) {
      return signToken(secrets, { role, subject: subject ?? world.agentId, hours: 24 * 365 * 2 });
    },
    async query(sql, args = []) {
      return (await client.execute({ sql, args })).rows;
    },
  };
  return world;
}
