// Accidents: a Worker dies or loses one request at a chosen moment, and later jobs and cron repair the damage.
import { shareOf } from "../support/share.ts";
import { workerOf } from "../support/worker.ts";
import type { World } from "../support/world.ts";

const MINUTE = 60_000;

/** `dies`: the Worker sends nothing more. `blinks`: one request fails, and the following ones work. */
export interface Accident {
  readonly kind: "dies" | "blinks";
  /** Did the request take effect, and only its answer was lost? */
  readonly applied: boolean;
  /** The request that it hits: requests to the database and to Google are counted together, from 1. */
  readonly request: number;
}

/** Shortens the pauses between attempts, all under a second. Time budgets keep their length (ms). */
const hastily = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms > 1_000 ? ms : 1));

/** A Worker that meets the accident. */
export function unluckyWorker(world: World, accident: Accident) {
  let sent = 0;
  const accidental = (inner: typeof fetch): typeof fetch => {
    return async (input, init) => {
      sent += 1;
      const number = sent;
      const hit = number === accident.request;
      const dead = accident.kind === "dies" && number > accident.request;
      if (dead || (hit && !accident.applied)) throw new TypeError("fetch failed");
      const response = await inner(input, init);
      if (!hit) return response;
      await response.arrayBuffer();
      throw new TypeError("terminated");
    };
  };
  const worker = workerOf(world, { fetch: accidental, databaseFetch: accidental, sleep: hastily });
  return { worker, wasHit: () => sent >= accident.request };
}

/** Four minutes pass: jobs run, leases lapse, and cron finds unfinished work. */
export async function recover(world: World): Promise<void> {
  await world.drain();
  for (let minute = 0; minute < 4; minute += 1) {
    world.advance(MINUTE);
    await world.cron();
  }
}

/**
 * From one request that an accident hits to the next. Three means: every third request, before and after it.
 */
export const STEP = shareOf(1, 3);

/** Every way in which one request can go wrong. */
export const ACCIDENTS: readonly Omit<Accident, "request">[] = [
  { kind: "dies", applied: false },
  { kind: "dies", applied: true },
  { kind: "blinks", applied: false },
  { kind: "blinks", applied: true },
];
