// Invocation: one event of a Worker, and how it ends.
import { between, type Dice, streamOf } from "../plan/dice.ts";

/** One event of a Worker: a request, a queue message or a cron firing, with its deferred work. */
export interface Invocation {
  readonly key: string;
  readonly worker: number;
  /** The number of gates entered so far. It names the next gate. */
  gates: number;
  readonly random: () => number;
  /** The gate at which the runtime ends it, and whether the request of that gate still takes effect. Null: it isn't killed. */
  readonly kill: { readonly gate: number; readonly applied: boolean } | null;
  state: "running" | "ended" | "killed";
  /** The sum of all jumps of the clock before it began, in ms. */
  readonly jumpedBefore: number;
  readonly deferred: Promise<unknown>[];
  /** Rejects the promise of its answer. */
  abandon: (reason: Error) => void;
}

/** The chance that an invocation is killed. */
export interface Killing {
  chance(now: number): number;
}

/** An invocation is killed at one of its first gates, one with many jobs at one of so many more. */
const LAST_KILLED_GATE = 14;

/** The runtime ended an invocation. */
export class Killed extends Error {
  override readonly name = "Killed";
}

/** An invocation that begins now. The seed and its name decide whether it is killed: by `jobs` chances. */
export function newInvocation(
  dice: Dice,
  begun: { key: string; worker: number; jobs: number; chanceOfDeath: number; jumpedBefore: number },
): Invocation {
  const { key, worker, jobs, jumpedBefore } = begun;
  const gate = between(dice(`${key}?gate`), 1, LAST_KILLED_GATE * jobs);
  const dies = dice(`${key}?kill`) < 1 - (1 - begun.chanceOfDeath) ** jobs;
  const kill = dies ? { gate, applied: dice(`${key}?applied`) < 0.5 } : null;
  return {
    ...{ key, worker, kill, jumpedBefore },
    gates: 0,
    random: streamOf(dice, key),
    state: "running",
    deferred: [],
    abandon: () => {},
  };
}
