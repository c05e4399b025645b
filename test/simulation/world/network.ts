// Network: how one Worker's engine reaches the database, the providers and the queues.
import { createApp } from "../../../src/app.ts";
import type { Config } from "../../../src/config.ts";
import { runCron } from "../../../src/cron.ts";
import { recordDeadLetters } from "../../../src/dead-letters/record.ts";
import type { Deps, Job, Lane } from "../../../src/deps.ts";
import { type Message, runJobs } from "../../../src/jobs.ts";
import { createRegistry } from "../../../src/providers/registry.ts";
import { openDatabase } from "../../../src/store/db.ts";
import type { Dice } from "../plan/dice.ts";
import { type FaultKind, type Faults, passageOf } from "./faults.ts";
import type { Scheduler } from "./scheduler.ts";

/** A whole answer. */
interface Answer {
  readonly status: number;
  readonly headers: [string, string][];
  readonly body: string;
}

/** A whole request. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: [string, string][];
  readonly body: string;
}

/** The systems that a Worker talks to. */
export interface OtherEnds {
  database(body: string): string;
  provider(sent: Sent): Promise<Response>;
  queue(lane: Lane, jobs: readonly Job[]): void;
}

/** One Worker: the real engine with its own state. */
export interface Worker {
  readonly index: number;
  readonly deps: Deps;
  fetch(request: Request): Promise<Response>;
  jobs(batch: readonly Message[]): Promise<void>;
  recordDeadLetter(lane: Lane, id: string, job: Job): Promise<void>;
  cron(expression: string): Promise<void>;
}

const DATABASE_MS = 12;
const PROVIDER_MS = 150;
const QUEUE_MS = 8;

const BODILESS = new Set([101, 204, 205, 304]);
const toResponse = ({ status, headers, body }: Answer) =>
  new Response(BODILESS.has(status) ? null : body, { status, headers });

/** The part of a response that the database's client reads. Whole responses would take half of a simulation's time. */
const toDatabaseResponse = ({ status, headers, body }: Answer) =>
  ({
    ok: status < 300,
    status,
    headers: new Headers(headers),
    text: async () => body,
    json: async () => JSON.parse(body),
  }) as unknown as Response;

const bare = (status: number): Answer => ({ status, headers: [["content-type", "text/plain"]], body: "" });
const json = (body: string): Answer => ({
  status: 200,
  headers: [["content-type", "application/json"]],
  body,
});

/** Another writer held the lock, so no statement of the batch ran. */
function busyAnswer(body: string): Answer {
  const { requests } = JSON.parse(body) as { requests: { type: string; batch?: { steps: unknown[] } }[] };
  const results = requests.map(({ type, batch }) => {
    if (batch === undefined) return { type: "ok", response: { type } };
    const none = batch.steps.map(() => null);
    const busy = { message: "SQLite error: database is locked", code: "SQLITE_BUSY" };
    const result = { step_results: none, step_errors: [busy, ...none.slice(1)] };
    return { type: "ok", response: { type, result } };
  });
  return json(JSON.stringify({ baton: null, base_url: null, results }));
}

/**
 * Ends a wait when the caller's time limit ends. It uses the caller's own signal, because a request's copy of it is
 * lost when the request is garbage collected.
 */
function within<T>(signal: AbortSignal | null | undefined, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

/** Connects a Worker to the other systems through the scheduler's gates. */
export function createWorker(input: {
  index: number;
  config: Config;
  dice: Dice;
  faults: Faults;
  scheduler: Scheduler;
  ends: OtherEnds;
  log: (line: string) => void;
}): Worker {
  const { config, dice, faults, scheduler, ends } = input;
  const random = () => scheduler.current()?.random() ?? Math.random();

  /** Passes a gate. The seed decides how the request travels. */
  async function reach(
    place: "db" | "net" | "queue",
    what: string,
    usual: number,
    effect: (fault: FaultKind | null) => Answer | Promise<Answer>,
  ): Promise<Answer> {
    let fault: FaultKind | null = null;
    const passage = (key: string) => {
      fault = place === "queue" ? faults.draw(place, key, ["queue.refused"]) : faults.draw(place, key);
      if (fault !== null) scheduler.note(`fault ${fault} for ${key}`);
      return passageOf(dice, key, fault, usual);
    };
    return scheduler.pass(what, passage, () => effect(fault));
  }

  const databaseFetch: typeof fetch = async (target, init) => {
    const body = target instanceof Request ? await target.text() : String(init?.body);
    const effect = (fault: FaultKind | null): Answer => {
      if (fault === "db.throttled") return bare(429);
      const dark = faults.isDark(scheduler.now());
      if (dark) faults.count("db.dark");
      if (dark || fault === "db.broken") return bare(dice(`${scheduler.now()}?5xx`) < 0.5 ? 502 : 503);
      if (fault === "db.busy") return busyAnswer(body);
      return json(ends.database(body));
    };
    // Named by length only, because the body differs between processes: a key of the process signs Microsoft's tokens.
    const what = `database ${body.length}`;
    return toDatabaseResponse(await within(init?.signal, reach("db", what, DATABASE_MS, effect)));
  };

  const providerFetch: typeof fetch = async (target, init) => {
    if (target instanceof Request || (init?.body != null && typeof init.body !== "string")) {
      throw new TypeError("the engine sends texts to addresses");
    }
    const sent: Sent = {
      method: init?.method ?? "GET",
      url: new URL(target).href,
      headers: [...new Headers(init?.headers)],
      body: init?.body ?? "",
    };
    const effect = async (fault: FaultKind | null): Promise<Answer> => {
      const response = await ends.provider(sent);
      const body = await response.text();
      const cut = fault === "net.truncated" ? body.slice(0, Math.floor(body.length / 2)) : body;
      return { status: response.status, headers: [...response.headers], body: cut };
    };
    const { host, pathname } = new URL(sent.url);
    const what = `${sent.method} ${host}${pathname}`;
    return toResponse(await within(init?.signal, reach("net", what, PROVIDER_MS, effect)));
  };

  const newId = () => {
    const hex = Array.from({ length: 4 }, () =>
      Math.floor(random() * 4_294_967_296)
        .toString(16)
        .padStart(8, "0"),
    ).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  const log = (event: string) => input.log(event);
  const sleep = (ms: number) => scheduler.sleep(Math.ceil(ms));
  const deps: Deps = {
    db: openDatabase(config.database, { fetch: databaseFetch, sleep, random }),
    fetch: providerFetch,
    now: () => scheduler.now(),
    newId,
    random,
    sleep,
    defer(work) {
      work.catch(() => {});
      scheduler.current()?.deferred.push(work);
    },
    log: { debug: () => {}, info: log, warn: log, error: log },
    config,
    queue: {
      async send(lane, jobs) {
        await reach("queue", `send ${jobs.length} ${lane}`, QUEUE_MS, (fault) => {
          if (fault === "queue.refused") throw new Error("the queue is overloaded");
          ends.queue(lane, jobs);
          return bare(204);
        });
      },
    },
    limits: null,
    mcp: null,
    providers: createRegistry(config, { fetch: providerFetch, now: () => scheduler.now(), newId }),
  };
  const app = createApp(deps);
  return {
    index: input.index,
    deps,
    fetch: async (request) => app.fetch(request),
    jobs: (batch) => runJobs(deps, batch),
    recordDeadLetter: (lane, id, body) => recordDeadLetters(deps, { lane, messages: [{ id, body }] }),
    cron: (expression) => runCron(deps, expression),
  };
}
