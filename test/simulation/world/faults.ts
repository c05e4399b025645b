// Faults: what happens to requests, messages and Workers, and how often it happened.
import { between, type Dice, oneOf } from "../plan/dice.ts";
import type { Passage } from "./scheduler.ts";

/** Every kind of fault between the systems. Knobs set the faults of the providers themselves. */
export const FAULT_KINDS = [
  "db.throttled",
  "db.busy",
  "db.broken",
  "db.reset",
  "db.unknown",
  "db.hang",
  "db.late",
  "net.reset",
  "net.unknown",
  "net.hang",
  "net.lost",
  "net.truncated",
  "net.slow",
  "queue.refused",
  "queue.lost",
  "queue.doubled",
  "queue.late",
  "push.lost",
  "push.doubled",
  "push.late",
  "push.refused",
  "client.lost",
  "kill",
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];
export type FaultPlace = "db" | "net" | "queue" | "push" | "client" | "kill";

/** The chance of a fault by place, for each request, message or invocation. */
export type FaultRates = Readonly<Record<FaultPlace, number>>;

const of = (place: string) => FAULT_KINDS.filter((kind) => kind.startsWith(place));
const BY_PLACE: Readonly<Record<FaultPlace, readonly FaultKind[]>> = {
  db: of("db."),
  net: of("net."),
  queue: of("queue."),
  push: of("push."),
  client: of("client."),
  kill: of("kill"),
};

export interface Faults {
  /** The fault that meets the request or message `key`, or null. One of `among`, by default of all kinds of the place. */
  draw(place: FaultPlace, key: string, among?: readonly FaultKind[]): FaultKind | null;
  /** The database is unreachable until then. */
  blackout(until: number): void;
  isDark(now: number): boolean;
  /** The chance that an invocation is killed. */
  killing(): number;
  /** Switches faults on or off. At first they are off. */
  switch(on: boolean): void;
  readonly counts: Map<string, number>;
  count(name: string, times?: number): void;
}

export function createFaults(dice: Dice, rates: FaultRates, kinds: readonly FaultKind[]): Faults {
  const counts = new Map<string, number>();
  let on = false;
  let darkUntil = 0;
  const count = (name: string, times = 1) => void counts.set(name, (counts.get(name) ?? 0) + times);
  return {
    counts,
    count,
    draw(place, key, among = BY_PLACE[place]) {
      if (!on || dice(`${key}?${place}`) >= rates[place]) return null;
      const kind = oneOf(dice(`${key}?${place}?kind`), among);
      if (!kinds.includes(kind)) return null;
      count(kind);
      return kind;
    },
    blackout(until) {
      darkUntil = Math.max(darkUntil, until);
    },
    isDark: (now) => on && now < darkUntil,
    killing: () => (on && kinds.includes("kill") ? rates.kill : 0),
    switch(wanted) {
      on = wanted;
    },
  };
}

const SECOND = 1_000;

const broken = (what: string) => new TypeError("fetch failed", { cause: new Error(what) });

/** How a request travels: mostly fast, sometimes slowly, or as its fault says. */
export function passageOf(dice: Dice, key: string, fault: FaultKind | null, usual: number): Passage {
  const leg = (name: string) => {
    const slow = dice(`${key}?${name}?slow`) < 0.03 ? 20 : 1;
    return between(dice(`${key}?${name}`), 1, usual) * slow;
  };
  const way = { there: leg("there"), back: leg("back") };
  switch (fault) {
    case "db.reset":
    case "net.reset":
      return { ...way, before: broken("ECONNRESET") };
    case "db.unknown":
    case "net.unknown":
      return { ...way, after: broken("ECONNRESET") };
    case "db.hang":
    case "net.hang":
      return { ...way, hang: "applied" };
    case "net.lost":
      return { ...way, hang: "lost" };
    case "db.late":
      // Longer than the engine waits. It has tried again, or given up, when the first request takes effect.
      return { ...way, there: between(dice(`${key}?late`), 8 * SECOND, 25 * SECOND), hang: "applied" };
    case "net.slow":
      // It arrives before its sender gives up, because no provider can refuse an old write that arrives after a newer one.
      return {
        there: between(dice(`${key}?late`), SECOND, 14 * SECOND),
        back: between(dice(`${key}?later`), 0, 10 * SECOND),
      };
    default:
      return way;
  }
}
