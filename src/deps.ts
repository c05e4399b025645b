// The outside world as one value. Only this file reads the clock, randomness, the global fetch and the console.
import type { Queue, RateLimit } from "@cloudflare/workers-types";
import { type Config, ConfigError } from "./config.ts";
import { BUDGETS, type Budget } from "./domain/budget.ts";
import { HOUR_MS, type Instant, SECOND_MS } from "./domain/instant.ts";
import type { Mcp } from "./mcp/protocol.ts";
import { createRegistry, type Registry } from "./providers/registry.ts";
import { type Database, openDatabase } from "./store/db.ts";

/** One piece of work. The database holds the work that is due. A job is only a wake-up: it may come twice or never. */
export type Job =
  | { readonly kind: "pull"; readonly connectionId: string }
  | { readonly kind: "roll-window"; readonly connectionId: string }
  | { readonly kind: "audit-calendar"; readonly connectionId: string }
  | { readonly kind: "open-channel"; readonly connectionId: string }
  | { readonly kind: "close-connection"; readonly connectionId: string }
  | { readonly kind: "refresh-account"; readonly accountId: string }
  | { readonly kind: "list-calendars"; readonly accountId: string }
  | { readonly kind: "deliver"; readonly connectionId: string; readonly bookingId: string }
  | { readonly kind: "look-at-copy"; readonly connectionId: string; readonly bookingId: string }
  | { readonly kind: "erase-agent"; readonly erasureId: string }
  | { readonly kind: "notify" }
  | { readonly kind: "daily-accounts"; readonly which: "idle" | "live"; readonly after: AccountPlace | null }
  | { readonly kind: "purge"; readonly table: string; readonly after: number }
  | {
      readonly kind: "seal-anew";
      readonly table: "accounts" | "bookings";
      readonly keyId: string;
      readonly after: number;
    };

/** An account's place in the order of a search that goes on in another job. */
interface AccountPlace {
  readonly accountId: string;
  readonly refreshedAt: Instant;
}

/**
 * Urgent: notifications and deliveries. Background: polls, renewals, rolls, audits, which must never delay a push
 * (L21).
 */
export type Lane = "urgent" | "background";

/**
 * Takes any number of jobs at once. With `spreadMs` they begin evenly over that time, 12 hours at most, so that no
 * provider is asked too much at once. A queue that can't delay jobs runs them at once.
 */
export interface JobQueue {
  send(lane: Lane, jobs: readonly Job[], when?: { readonly spreadMs: number }): Promise<void>;
}

/** Counts requests. Counts are kept for each location and are not exact. */
export interface RateLimits {
  /** Counts one under `key`. False: what the budget allows in its window is spent. */
  spend(budget: Budget, key: string): Promise<boolean>;
}

/** JSON-line logs. Fields hold ids, counts and codes: no secrets, titles or addresses. */
export interface Log {
  debug(event: string, fields?: Record<string, unknown>): void;
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
}

/** Everything that the engine needs from outside. Tests and simulations replace any part. */
export interface Deps {
  readonly db: Database;
  readonly fetch: typeof fetch;
  now(): Instant;
  newId(): string;
  /** In [0, 1). */
  random(): number;
  sleep(ms: number): Promise<void>;
  /** Keeps the invocation alive until this work has settled, even after the answer was sent. */
  defer(work: Promise<unknown>): void;
  readonly log: Log;
  readonly config: Config;
  readonly queue: JobQueue;
  /** Null: nothing is limited. */
  readonly limits: RateLimits | null;
  /** Null: nobody speaks MCP here. */
  readonly mcp: Mcp | null;
  readonly providers: Registry;
}

/** Logs JSON lines on the console; `debug` lines only if the configuration asks for them. */
export function consoleLog(debug: boolean, now: () => Instant): Log {
  const write =
    (level: "debug" | "info" | "warn" | "error") =>
    (event: string, fields: Record<string, unknown> = {}) => {
      console[level](JSON.stringify({ at: new Date(now()).toISOString(), level, event, ...fields }));
    };
  return {
    debug: debug ? write("debug") : () => {},
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
}

/** The most messages in one `sendBatch` (`docs/providers/cloudflare-turso.md` 1.3). */
const SEND_BATCH = 100;
/** The longest delay of a message. */
const MAX_SPREAD_MS = 12 * HOUR_MS;

/** The two queues as one `JobQueue`. */
export function cloudflareQueues(queues: Record<Lane, Queue<Job>>): JobQueue {
  return {
    async send(lane, jobs, { spreadMs } = { spreadMs: 0 }) {
      const stepMs = Math.min(spreadMs, MAX_SPREAD_MS) / jobs.length;
      const messages = jobs.map((body, index) => ({
        body,
        delaySeconds: Math.floor((index * stepMs) / SECOND_MS),
      }));
      for (let from = 0; from < messages.length; from += SEND_BATCH) {
        await queues[lane].sendBatch(messages.slice(from, from + SEND_BATCH));
      }
    },
  };
}

const isRateLimit = (binding: unknown): binding is RateLimit =>
  typeof binding === "object" && binding !== null && "limit" in binding;

/**
 * The rate limiting bindings as `RateLimits`. Null: none is bound, and nothing is limited. For wrangler a table whose
 * name is misspelt is worth a warning only, so it is noticed here.
 * @throws ConfigError where some are bound and others are missing
 */
export function cloudflareRateLimits(bindings: Readonly<Record<string, unknown>>): RateLimits | null {
  const missing = BUDGETS.filter((budget) => !isRateLimit(bindings[budget]));
  if (missing.length === BUDGETS.length) return null;
  if (missing.length > 0) {
    const names = missing.join(", ");
    throw new ConfigError(`[[ratelimits]] of wrangler.toml lacks ${names}. Bind all of them, or none.`);
  }
  return {
    async spend(budget, key) {
      const binding = bindings[budget];
      return !isRateLimit(binding) || (await binding.limit({ key })).success;
    },
  };
}

/** The real outside world of the Worker. */
export function createDeps(
  config: Config,
  queue: JobQueue,
  defer: Deps["defer"],
  { limits = null, mcp = null }: Partial<Pick<Deps, "limits" | "mcp">> = {},
): Deps {
  const now = () => Date.now();
  const random = () => Math.random();
  const newId = () => crypto.randomUUID();
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const world = { fetch: fetch.bind(globalThis), now, newId, random, sleep };
  return {
    ...world,
    defer,
    db: openDatabase(config.database, world),
    log: consoleLog(config.debug, now),
    config,
    queue,
    limits,
    mcp,
    providers: createRegistry(config, world),
  };
}
