// Semaphore: a limit on the work that runs at once for each key, for providers that limit each mailbox.
import { type Instant, SECOND_MS } from "../domain/instant.ts";
import { ProviderError } from "./error.ts";

/**
 * A place held longer than this was never given back, because the Worker's event that held it was ended. The limit
 * is longer than any request may take.
 */
const LOST_AFTER_MS = 30 * SECOND_MS;

/** After this wait work is refused, because somebody waits for its answer. The caller tries again later. */
const LONGEST_WAIT_MS = 20 * SECOND_MS;

/** Runs `work` as soon as `weight` places of `key` are free. The waiting list is served in order of arrival. */
export type Semaphore = <T>(key: string, weight: number, work: () => Promise<T>) => Promise<T>;

interface Waiter {
  readonly weight: number;
  start(): void;
}

/** The places of one key that are taken, and its waiting list. */
interface Places {
  readonly held: Map<symbol, { readonly weight: number; readonly since: Instant }>;
  readonly waiting: Waiter[];
}

/**
 * A semaphore with `places` for each key. All events of the isolate share it. An event may be ended before it gives
 * its places back, so lost places are freed after a time. A key that nobody uses is forgotten.
 * The returned function throws ProviderError `wait`/`too_many_at_once` when no place gets free in time.
 */
export function createSemaphore(deps: { now(): Instant }, places: number): Semaphore {
  const byKey = new Map<string, Places>();

  function startWaiting({ held, waiting }: Places): void {
    for (const [place, { since }] of held) {
      if (since < deps.now() - LOST_AFTER_MS) held.delete(place);
    }
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const used = [...held.values()].reduce((sum, { weight }) => sum + weight, 0);
      if (used > 0 && used + next.weight > places) return;
      waiting.shift();
      next.start();
    }
  }

  async function take(ofKey: Places, place: symbol, weight: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const start = () => {
        ofKey.held.set(place, { weight, since: deps.now() });
        resolve();
      };
      const waiter = { weight, start };
      ofKey.waiting.push(waiter);
      startWaiting(ofKey);
      if (ofKey.held.has(place)) return;
      AbortSignal.timeout(LONGEST_WAIT_MS).addEventListener("abort", () => {
        const at = ofKey.waiting.indexOf(waiter);
        if (at >= 0) ofKey.waiting.splice(at, 1);
        reject(new ProviderError({ kind: "wait", code: "too_many_at_once" }));
      });
    });
  }

  return async (key, weight, work) => {
    const ofKey = byKey.get(key) ?? { held: new Map(), waiting: [] };
    byKey.set(key, ofKey);
    const place = Symbol();
    try {
      await take(ofKey, place, weight);
      return await work();
    } finally {
      ofKey.held.delete(place);
      startWaiting(ofKey);
      if (ofKey.held.size === 0 && ofKey.waiting.length === 0) byKey.delete(key);
    }
  };
}
