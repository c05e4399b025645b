// Invocations: the events of Workers, and how they end.
import { between, type Dice, streamOf } from "../plan/dice.ts";

/** One event of a Worker: a request, a queue message, a cron firing; with what it deferred. */
export interface Invocation {
  readonly key: string;
  readonly worker: number;
  /** Gates entered so far: names the next one. */
  gates: number;
  readonly random: () => number;
  /** At which gate the runtime ends it, and whether what the gate stands for still happens. */
  readonly kill: { readonly gate: number; readonly applied: boolean } | null;
  state: "running" | "ended" | "killed";
  /** How far the clock had jumped in all when it began, in ms. */
  readonly jumpedBefore: number;
  readonly deferred: Promise<unknown>[];
  /** Tells whoever waits for the answer that none will come. */
  abandon: (reason: Error) => void;
}

/** Chance of each invocation to be killed, and up to which of its gates. */
export interface Killing {
  chance(now: number): number;
}

const LAST_KILLED_GATE = 14;
/** A Worker's event was ended by its runtime. */
export class Killed extends Error {
  override readonly name = "Killed";
}

/** An event that begins now; its fate is known from its name. */
export function newInvocation(
  dice: Dice,
  begun: { key: string; worker: number; chanceOfDeath: number; jumpedBefore: number },
): Invocation {
  const { key, worker, chanceOfDeath, jumpedBefore } = begun;
  const gate = between(dice(`${key}?gate`), 1, LAST_KILLED_GATE);
  const kill = dice(`${key}?kill`) < chanceOfDeath ? { gate, applied: dice(`${key}?applied`) < 0.5 } : null;
  return {
    ...{ key, worker, kill, jumpedBefore },
    gates: 0,
    random: streamOf(dice, key),
    state: "running",
    deferred: [],
    abandon: () => {},
  };
}
