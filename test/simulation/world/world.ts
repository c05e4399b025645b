// World: simulated providers, two Workers of the real engine, the queues, and the requests of clients.
import type { Job } from "../../../src/deps.ts";
import { between, type Dice, diceOf, streamOf } from "../plan/dice.ts";
import type { Plan } from "../plan/plan.ts";
import { type Place, placeCast, type Simulators } from "./cast.ts";
import {
  BASE_URL,
  configAfter,
  createSimulators,
  providerOf,
  serviceBearer,
  simulatorOf,
} from "./deployment.ts";
import { createFaults, type Faults } from "./faults.ts";
import { type CryptoCall, lendGlobals } from "./globals.ts";
import type { LocalDatabase, Written } from "./hrana.ts";
import { mayStep, STEP_MS } from "./keys.ts";
import { createLedger, createMaraplace, type Ledger, type Maraplace } from "./maraplace.ts";
import { createWorker, type Sent, type Worker } from "./network.ts";
import { createRequestLog, type RequestLog } from "./requests.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";
import { createTraffic } from "./traffic.ts";

/** The answer to a client's request. */
export interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
  /** When the Worker began to handle the request, in epoch milliseconds. */
  readonly askedAt: number;
}

/** Faults that a test puts into the engine, to prove that the checks find them. */
export interface Sabotage {
  /** Replaces a statement. */
  sql?(sql: string): string;
  /** Answers instead of the provider; null lets the provider answer. */
  provider?(sent: Sent): Response | null;
  /** After how many ms the batch is applied a second time; null: never. */
  repeats?(body: string): number | null;
  /** Is the queue message lost? */
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
  readonly requests: RequestLog;
  readonly workers: Worker[];
  /** While true no Worker answers, so that cron and the queues do nothing. */
  down: boolean;
  /** A request over the network, answered by either Worker. Rejects when the answer is lost. */
  call(name: string, method: string, path: string, body?: unknown, headers?: HeadersInit): Promise<Reply>;
  pause(ms: number): Promise<void>;
  /** Kills all invocations of a Worker and starts it again. */
  restart(worker: number): void;
  /** Fires cron once. */
  cron(name: string, expression: string): void;
  close(): void;
}

/** Records the changes of a request in a calendar: the engine's writes, and events that the server lost by itself. */
function recordChanges({ truth, calendar, events }: Place, method: string): void {
  if (["POST", "PATCH", "PUT", "DELETE"].includes(method)) truth.noteBookingEvents();
  for (const event of events.filter((each) => !calendar.has(each))) {
    events.splice(events.indexOf(event), 1);
    truth.forget(event);
  }
}

/** Creates a world for a plan. It empties the database. `onCommit` is called after each change of the database. */
export async function createWorld(
  plan: Plan,
  database: LocalDatabase,
  onCommit: (written: readonly Written[]) => void,
  sabotage: Sabotage = {},
): Promise<World> {
  const bearer = await serviceBearer();
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
  const now = () => scheduler.now();
  const traffic = createTraffic({
    ...{ dice, faults, scheduler },
    workerAt: (index) => (world.down ? null : (world.workers[index] ?? null)),
    simulators: () => simulators,
    swallows: (job) => sabotage.swallows?.(job) ?? false,
  });
  const simulators = createSimulators(dice, now, traffic);
  const places = placeCast(plan, simulators, now);
  const maraplace = createMaraplace();

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
      const served = providerOf(simulators, hostname);
      for (const place of places) {
        if (simulatorOf(simulators, place).fetch === served) recordChanges(place, method);
      }
    }
  }

  function answerOf(body: string): string {
    const { body: answer, written } = database.pipeline(body, sabotage.sql);
    if (written.length > 0) onCommit(written);
    return answer;
  }

  /** How far each Worker's keys have been rotated. */
  const steps = [0, 0];

  const start = (index: number) =>
    createWorker({
      ...{ index, config: configAfter(steps[index] ?? 0), dice, faults, scheduler },
      ends: {
        database(body) {
          const again = sabotage.repeats?.(body) ?? null;
          if (again !== null) scheduler.at(now() + again, traffic.serial("repetition"), () => answerOf(body));
          return answerOf(body);
        },
        provider,
        queue: traffic.queue,
      },
      log: (line) => faults.count(`log ${line}`),
    });

  /** A request of a client, from its beginning to its end. */
  async function send(
    given: string,
    method: string,
    path: string,
    body: unknown,
    headers: HeadersInit,
  ): Promise<Reply> {
    let askedAt = now();
    const reply = await traffic.invokeAt(given, between(dice(`${given}t`), 1, 40), async (worker) => {
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
  }

  const world: World = {
    ...{ plan, dice, scheduler, faults, database, simulators, places, maraplace, ledger: createLedger() },
    requests: createRequestLog(),
    workers: [start(0), start(1)],
    down: false,
    async call(name, method, path, body, headers = {}) {
      const ask = world.requests.begin(method, path, body);
      try {
        const reply = await send(traffic.serial(name), method, path, body, headers);
        ask.ended(reply);
        return reply;
      } catch (error) {
        ask.ended(null);
        throw error;
      }
    },
    pause: (ms) =>
      new Promise((resolve) => {
        scheduler.at(now() + ms, traffic.serial("pause"), resolve);
      }),
    restart(index) {
      for (const invocation of [...scheduler.running]) {
        if (invocation.worker === index) scheduler.kill(invocation, "by a restart");
      }
      world.workers[index] = start(index);
    },
    cron(name, expression) {
      void traffic.invokeAt(traffic.serial(name), 1, (worker) => worker.cron(expression)).catch(() => {});
    },
    close: restore,
  };
  /** The operator gives one of the Workers its next keys. What it does already goes on with the old ones. */
  function rotate(turn: number): void {
    const index = turn % steps.length;
    const own = steps[index] ?? 0;
    if (mayStep(database, own, Math.min(...steps.filter((_, other) => other !== index)))) {
      steps[index] = own + 1;
      world.workers[index] = start(index);
      faults.count(`keys after ${own + 1} steps`);
    }
    scheduler.at(now() + STEP_MS, traffic.serial("keys"), () => rotate(turn + 1));
  }
  scheduler.at(now() + STEP_MS, traffic.serial("keys"), () => rotate(0));
  return world;
}
