// Semaphore: so much at once per key, for providers that limit what one mailbox bears.
import { type Instant, SECOND_MS } from "../domain/instant.ts";
import { ProviderError } from "./error.ts";

/**
 * A place held longer than this was never given back: the Worker's event that held it was ended. Longer than
 * any request may take.
 */
const LOST_AFTER_MS = 30 * SECOND_MS;

/** Who waits this long comes again later: the whole key is busy, and others wait for the answer. */
const LONGEST_WAIT_MS = 20 * SECOND_MS;

/** Runs `work` as soon as `weight` places of `key` are free, first come, first served. */
export type Semaphore = <T>(key: string, weight: number, work: () => Promise<T>) => Promise<T>;

interface Waiter {
  readonly weight: number;
  start(): void;
}

interface Lane {
  readonly held: Map<symbol, { readonly weight: number; readonly since: Instant }>;
  readonly waiting: Waiter[];
}

/**
 * A semaphore with `places` for each key. It lives as long as the isolate and is shared by its events, so it
 * trusts none of them to give back what it holds, and forgets a key nobody uses.
 * Throws ProviderError `wait`/`too_many_at_once` when no place gets free in time.
 */
export function createSemaphore(deps: { now(): Instant }, places: number): Semaphore {
  const lanes = new Map<string, Lane>();

  function startWaiting(lane: Lane): void {
    for (const [place, { since }] of lane.held) {
      if (since < deps.now() - LOST_AFTER_MS) lane.held.delete(place);
    }
    for (let next = lane.waiting[0]; next !== undefined; next = lane.waiting[0]) {
      const used = [...lane.held.values()].reduce((sum, { weight }) => sum + weight, 0);
      if (used > 0 && used + next.weight > places) return;
      lane.waiting.shift();
      next.start();
    }
  }

  async function take(lane: Lane, place: symbol, weight: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const start = () => {
        lane.held.set(place, { weight, since: deps.now() });
        resolve();
      };
      const waiter = { weight, start };
      lane.waiting.push(waiter);
      startWaiting(lane);
      if (lane.held.has(place)) return;
      AbortSignal.timeout(LONGEST_WAIT_MS).addEventListener("abort", () => {
        const at = lane.waiting.indexOf(waiter);
        if (at >= 0) lane.waiting.splice(at, 1);
        reject(new ProviderError({ kind: "wait", code: "too_many_at_once" }));
      });
    });
  }

  return async (key, weight, work) => {
    const lane = lanes.get(key) ?? { held: new Map(), waiting: [] };
    lanes.set(key, lane);
    const place = Symbol();
    try {
      await take(lane, place, weight);
      return await work();
    } finally {
      lane.held.delete(place);
      startWaiting(lane);
      if (lane.held.size === 0 && lane.waiting.length === 0) lanes.delete(key);
    }
  };
}
