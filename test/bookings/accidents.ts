// Accident: a Worker that dies, or loses one request, at a chosen moment; and the time in which all is made good.
import { workerOf } from "../support/worker.ts";
import type { World } from "../support/world.ts";

const MINUTE = 60_000;

/** `dies`: nothing is sent any more. `blinks`: that one request fails, what follows works again. */
export interface Accident {
  readonly kind: "dies" | "blinks";
  /** Did the request take effect, and only its answer was lost? */
  readonly applied: boolean;
  /** Which request it hits, counting those to the database and to Google together, from 1. */
  readonly request: number;
}

/** Time budgets last as long as ever; the pauses between attempts, all shorter than a second, don't. */
const hastily = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms > 1_000 ? ms : 1));

/** A Worker that meets the accident. */
export function unluckyWorker(world: World, accident: Accident) {
  let sent = 0;
  const way = (inner: typeof fetch): typeof fetch => {
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
  const worker = workerOf(world, { fetch: way, databaseFetch: way, sleep: hastily });
  return { worker, wasHit: () => sent >= accident.request };
}

/** Everything that waits has its turn: leases lapse, cron finds what is left. */
export async function recover(world: World): Promise<void> {
  await world.drain();
  for (let minute = 0; minute < 4; minute += 1) {
    world.advance(MINUTE);
    await world.cron();
  }
}

/** Every way in which one request can go wrong. */
export const ACCIDENTS: readonly Omit<Accident, "request">[] = [
  { kind: "dies", applied: false },
  { kind: "dies", applied: true },
  { kind: "blinks", applied: false },
  { kind: "blinks", applied: true },
];
