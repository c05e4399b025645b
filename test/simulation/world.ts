// World: simulated providers, two Workers of the real engine, the queues between them, and a client's way in.
import { AUDIENCE, ISSUER, signToken } from "../../scripts/local/secrets.ts";
import { readConfig } from "../../src/config.ts";
import type { Job, Lane } from "../../src/deps.ts";
import { createCaldavSimulator } from "../simulators/caldav.ts";
import { createGoogleSimulator } from "../simulators/google.ts";
import { createMicrosoftSimulator } from "../simulators/microsoft.ts";
import { type Place, placeCast, type Simulators } from "./cast.ts";
import { between, type Dice, diceOf, streamOf } from "./dice.ts";
import { createFaults, type Faults } from "./faults.ts";
import { type CryptoCall, lendGlobals } from "./globals.ts";
import type { LocalDatabase, Written } from "./hrana.ts";
import { createLedger, createMaraplace, type Ledger, type Maraplace } from "./maraplace.ts";
import { createWorker, type Sent, type Worker } from "./network.ts";
import type { Plan } from "./plan.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";

const BASE_URL = "https://sync.example.org";
const key = (fill: string) => Buffer.from(fill.repeat(32)).toString("base64");
const JWT_SECRET = "a-secret-for-simulations-and-nothing-else-0123456789";
const REGISTRATION = { clientId: "simulation-client", clientSecret: "simulation-client-secret" };

const BINDINGS = {
  BASE_URL,
  TURSO_DATABASE_URL: "https://database.example.org",
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
  JWT_SECRET,
  TOKEN_KEYS: `sim:${key("t")}`,
  COOKIE_KEY: key("c"),
  NOTICE_URL: "https://maraplace.example.com/notices",
  NOTICE_SECRET: `whsec_${key("n")}`,
  GOOGLE_CLIENT_ID: REGISTRATION.clientId,
  GOOGLE_CLIENT_SECRET: REGISTRATION.clientSecret,
  OUTLOOK_CLIENT_ID: REGISTRATION.clientId,
  OUTLOOK_CLIENT_SECRET: REGISTRATION.clientSecret,
  WINDOW_FUTURE_DAYS: "16",
};

/** How a request of a client went. */
export interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
  /** When the Worker began with it. */
  readonly askedAt: number;
}

/** What a test breaks on purpose, to see that the checks find it. */
export interface Sabotage {
  /** Another statement in the place of one. */
  sql?(sql: string): string;
  /** An answer in the place of what the provider would do; null leaves it to the provider. */
  provider?(sent: Sent): Response | null;
  /** Is the message swallowed? */
  swallows?(job: Job): boolean;
}

export interface World {
  readonly plan: Plan;
  readonly dice: Dice;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly database: LocalDatabase;
  readonly simulators: Simulators;
  readonly places: readonly Place[];
  readonly maraplace: Maraplace;
  readonly ledger: Ledger;
  readonly workers: Worker[];
  /** Nobody answers: no Worker, no cron, no queue. */
  down: boolean;
  /** A request over the network, answered by either Worker. Rejects when the answer is lost. */
  call(name: string, method: string, path: string, body?: unknown, headers?: HeadersInit): Promise<Reply>;
  pause(ms: number): Promise<void>;
  /** Ends all that a Worker does, and begins anew. */
  restart(worker: number): void;
  /** A firing of cron. */
  cron(name: string, expression: string): void;
  /** Messages that were given up after all their attempts. */
  readonly dead: Job[];
  close(): void;
}

const config = readConfig(BINDINGS);
const secrets = { jwtSecret: JWT_SECRET };
let serviceToken: Promise<string> | undefined;

const MOST_ATTEMPTS = 4;

const providerOf = ({ google, microsoft, dav }: Simulators, hostname: string): typeof fetch => {
  if (/(?:^|\.)microsoft(?:online)?\.com$/.test(hostname)) return microsoft.fetch;
  return (/\.icloud\.com$|^dav\.example\.org$/.test(hostname) ? dav : google).fetch;
};

/** What a request changed in a calendar: our own writes, and what the server lost of its own accord. */
function noteProvidersDoing({ truth, calendar, events }: Place, method: string): void {
  if (["POST", "PATCH", "PUT", "DELETE"].includes(method)) truth.look();
  for (const event of events.filter((each) => !calendar.has(each))) {
    events.splice(events.indexOf(event), 1);
    truth.forget(event);
  }
}

/** Opens a world for a plan in an empty database. `onCommit` is called after each change of the database. */
export async function createWorld(
  plan: Plan,
  database: LocalDatabase,
  onCommit: (written: readonly Written[]) => void,
  sabotage: Sabotage = {},
): Promise<World> {
  serviceToken ??= signToken(secrets, { role: "service", subject: "marketplace", hours: 24 * 365 * 5 });
  const bearer = `Bearer ${await serviceToken}`;
  database.clear();
  const dice = diceOf(plan.seed);
  const faults = createFaults(dice, plan.rates, plan.kinds);
  const crypto: CryptoCall[] = [];
  const scheduler = createScheduler({
    dice,
    crypto,
    startAt: plan.startAt,
    killing: { chance: () => faults.killing() },
  });
  const elsewhere = streamOf(dice, "elsewhere");
  const restore = lendGlobals(
    {
      random: () => scheduler.current()?.random() ?? elsewhere(),
      isEngine: () => scheduler.current() !== undefined,
      limit: (ms, abort) => scheduler.limit(ms, abort),
    },
    crypto,
  );
  const serials = new Map<string, number>();
  const serial = (name: string) => {
    const next = (serials.get(name) ?? 0) + 1;
    serials.set(name, next);
    return `${name}.${next}`;
  };
  const now = () => scheduler.now();
  const dead: Job[] = [];

  const simulators: Simulators = {
    google: createGoogleSimulator({
      now,
      random: streamOf(dice, "google"),
      limits: null,
      clients: [{ ...REGISTRATION, redirectUris: [`${BASE_URL}/api/calendar/google/callback`] }],
      deliver: (request) => deliver("google", request),
      onPending: (dueAt) => flushAt("google", dueAt),
    }),
    microsoft: createMicrosoftSimulator({
      now,
      random: streamOf(dice, "microsoft"),
      limits: null,
      clients: [
        {
          ...REGISTRATION,
          redirectUris: ["outlook", "office365"].map((name) => `${BASE_URL}/api/calendar/${name}/callback`),
        },
      ],
      deliver: (request) => deliver("microsoft", request),
      onPending: (dueAt) => flushAt("microsoft", dueAt),
    }),
    dav: createCaldavSimulator({ now }),
  };
  const places = placeCast(plan, simulators, now);
  const maraplace = createMaraplace();
  const ledger = createLedger();

  function flushAt(simulator: "google" | "microsoft", dueAt: number): void {
    const name = serial(`flush ${simulator}`);
    scheduler.at(Math.max(dueAt, now()) + between(dice(name), 1, 400), name, () => {
      scheduler.outside(1);
      void simulators[simulator].flush().finally(() => scheduler.outside(-1));
    });
  }

  /** A notification on its way. Whoever sent it waits for the answer. */
  async function deliver(from: string, request: Request): Promise<Response> {
    const name = serial(`push ${from}`);
    const fault = faults.draw("push", name);
    if (fault === "push.lost") return new Response(null, { status: 204 });
    if (world.down || fault === "push.refused") throw new TypeError("fetch failed");
    const sent = { url: request.url, headers: [...request.headers], body: await request.text() };
    const arrive = (copy: string, ms: number) => {
      const again = new Request(sent.url, {
        method: "POST",
        headers: sent.headers as [string, string][],
        body: sent.body,
      });
      return invokeAt(copy, ms, (worker) => worker.fetch(again));
    };
    scheduler.outside(-1);
    try {
      if (fault === "push.doubled")
        arrive(`${name} copy`, between(dice(`${name}c`), 1, 3_000)).catch(() => {});
      const late = fault === "push.late" ? between(dice(`${name}l`), 1_000, 240_000) : 0;
      return await arrive(name, between(dice(`${name}t`), 5, 120) + late);
    } finally {
      scheduler.outside(1);
    }
  }

  /** Starts an event on either Worker some time from now; rejects where nobody is there. */
  function invokeAt<T>(name: string, ms: number, work: (worker: Worker) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) =>
      scheduler.at(now() + ms, name, () => {
        const worker = world.workers[dice(`${name}?worker`) < 0.5 ? 0 : 1];
        if (world.down || worker === undefined) reject(new TypeError("fetch failed"));
        else scheduler.invoke(worker.index, name, () => work(worker)).then(resolve, reject);
      }),
    );
  }

  function queue(lane: Lane, jobs: readonly Job[]): void {
    for (const job of jobs) {
      if (sabotage.swallows?.(job) === true) continue;
      const about = Object.values(job).join(" ");
      const name = serial(`job ${about}`);
      const fault = faults.draw("queue", name, ["queue.lost", "queue.doubled", "queue.late"]);
      if (fault === "queue.lost") continue;
      const late = fault === "queue.late" ? between(dice(`${name}l`), 10_000, 1_200_000) : 0;
      const usual = lane === "urgent" ? 300 : 3_000;
      void attempt(name, lane, job, 1, between(dice(`${name}t`), 5, usual) + late);
      if (fault === "queue.doubled")
        void attempt(`${name} copy`, lane, job, 1, between(dice(`${name}c`), 5, usual));
    }
  }

  /** The queue gives a message up: its dead-letter queue hands it to whoever writes it down. */
  async function bury(name: string, lane: Lane, job: Job): Promise<void> {
    dead.push(job);
    for (let time = 1; time <= MOST_ATTEMPTS; time += 1) {
      try {
        return await invokeAt(`${name}/dead ${time}`, 5_000 * time, (worker) => worker.bury(lane, name, job));
      } catch {
        // Tried again, as any message is.
      }
    }
  }

  async function attempt(name: string, lane: Lane, job: Job, number: number, ms: number): Promise<void> {
    try {
      await invokeAt(`${name}/${number}`, ms, (worker) => worker.job(job));
    } catch {
      if (number === MOST_ATTEMPTS) await bury(name, lane, job);
      else await attempt(name, lane, job, number + 1, between(dice(`${name}r${number}`), 1_000, 30_000));
    }
  }

  async function provider(sent: Sent): Promise<Response> {
    const { method, url, headers, body } = sent;
    const bodiless = method === "GET" || method === "HEAD";
    const { hostname } = new URL(url);
    const instead = sabotage.provider?.(sent) ?? null;
    if (instead !== null) return instead;
    if (hostname === "maraplace.example.com") return maraplace.take(headers, body);
    try {
      return await providerOf(simulators, hostname)(url, {
        method,
        headers,
        body: bodiless || body === "" ? null : body,
        redirect: "manual",
      });
    } finally {
      for (const place of places) noteProvidersDoing(place, method);
    }
  }

  const start = (index: number) =>
    createWorker({
      ...{ index, config, dice, faults, scheduler },
      ends: {
        database(body) {
          const { body: answer, written } = database.pipeline(body, sabotage.sql);
          if (written.length > 0) onCommit(written);
          return answer;
        },
        provider,
        queue,
      },
      log: (line) => faults.count(`log ${line}`),
    });

  const world: World = {
    ...{ plan, dice, scheduler, faults, database, simulators, places, maraplace, ledger, dead },
    workers: [start(0), start(1)],
    down: false,
    async call(name, method, path, body, headers = {}) {
      const given = serial(name);
      let askedAt = now();
      const reply = await invokeAt(given, between(dice(`${given}t`), 1, 40), async (worker) => {
        askedAt = now();
        const response = await worker.fetch(
          new Request(path.startsWith("https:") ? path : `${BASE_URL}/api/calendar${path}`, {
            method,
            headers: {
              authorization: bearer,
              accept: "application/json",
              ...(body === undefined ? {} : { "content-type": "application/json" }),
              ...headers,
            },
            body: body === undefined ? null : JSON.stringify(body),
          }),
        );
        const text = await response.text();
        const read = text.startsWith("{") ? JSON.parse(text) : {};
        return { status: response.status, headers: response.headers, body: read, askedAt };
      });
      if (faults.draw("client", given) !== null) throw new TypeError("fetch failed");
      return reply;
    },
    pause: (ms) =>
      new Promise((resolve) => {
        scheduler.at(now() + ms, serial("pause"), resolve);
      }),
    restart(index) {
      for (const invocation of [...scheduler.running]) {
        if (invocation.worker === index) scheduler.kill(invocation, "by a restart");
      }
      world.workers[index] = start(index);
    },
    cron(name, expression) {
      void invokeAt(serial(name), 1, (worker) => worker.cron(expression)).catch(() => {});
    },
    close: restore,
  };
  return world;
}
