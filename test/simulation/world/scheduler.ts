// Scheduler: virtual time, and the gates at which running code waits until the seed lets it continue.
import { AsyncLocalStorage } from "node:async_hooks";
import { createAgenda, type Planned } from "../plan/agenda.ts";
import type { Dice } from "../plan/dice.ts";
import type { CryptoCall } from "./globals.ts";
import { type Invocation, Killed, type Killing, newInvocation } from "./invocation.ts";

/** How a request passes a gate: its way there and back, in ms. */
export interface Passage {
  readonly there: number;
  readonly back: number;
  /** The error for the caller, before or after the request takes effect. */
  readonly before?: Error | undefined;
  readonly after?: Error | undefined;
  /** No answer comes, so the caller's own time limit must end the wait. `lost`: the request doesn't take effect either. */
  readonly hang?: "lost" | "applied" | undefined;
}

export interface Scheduler {
  now(): number;
  /** Moves the clock forward at once. */
  jump(ms: number): void;
  /** The sum of jumps since the oldest running invocation began, in ms. */
  jumpedUnderway(): number;
  current(): Invocation | undefined;
  /** Plans `run` for an instant. It doesn't run when its owner has ended or was killed. */
  at(at: number, key: string, run: () => void, owner?: Invocation | null): void;
  limit(ms: number, abort: () => void): void;
  sleep(ms: number): Promise<void>;
  /** A gate: an await on another system. `effect` runs alone, at the instant that the seed decides. */
  pass<T>(what: string, passage: (key: string) => Passage, effect: () => T | Promise<T>): Promise<T>;
  /** Starts an invocation of so many jobs now. Rejects when it is killed. */
  invoke<T>(worker: number, key: string, work: () => Promise<T>, jobs?: number): Promise<T>;
  kill(invocation: Invocation, how: string): void;
  readonly running: ReadonlySet<Invocation>;
  /** Counts work of the simulators: 1 when it begins, -1 when it ends or waits for a Worker. */
  outside(change: 1 | -1): void;
  note(line: string): void;
  readonly trace: readonly string[];
  readonly counts: { steps: number; kills: number; invocations: number };
  /** Runs the agenda in order of time. Calls `after` after each step, when no code runs. */
  run(until: number, after: () => void): Promise<void>;
}

/** More steps than a correct run needs: some code would repeat itself without end. */
const MAX_STEPS = 60_000;

/** One for the process, because each storage slows down all promises for good. */
const storage = new AsyncLocalStorage<Invocation>();

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export function createScheduler(input: {
  dice: Dice;
  startAt: number;
  killing: Killing;
  crypto: CryptoCall[];
}): Scheduler {
  const { dice, killing, crypto } = input;
  const agenda = createAgenda();
  const running = new Set<Invocation>();
  let jumped = 0;
  const trace: string[] = [];
  const counts = { steps: 0, kills: 0, invocations: 0 };
  let now = input.startAt;
  let activity = 0;
  let outside = 0;

  function plan(event: Planned): void {
    activity += 1;
    agenda.add(event);
  }

  const at: Scheduler["at"] = (instant, key, run, owner = null) =>
    plan({ at: Math.max(instant, now), key, owner, kind: "event", run });

  const note = (line: string) => void trace.push(`${now} ${line}`);

  function kill(invocation: Invocation, how: string): void {
    if (invocation.state !== "running") return;
    invocation.state = "killed";
    running.delete(invocation);
    counts.kills += 1;
    note(`killed ${invocation.key} ${how}`);
    invocation.abandon(new Killed(invocation.key));
  }

  function nameGate(invocation: Invocation | undefined, what: string): string {
    if (invocation === undefined) return `outside/${what}`;
    invocation.gates += 1;
    return `${invocation.key}/${invocation.gates}`;
  }

  const pass: Scheduler["pass"] = (what, passageOf, effect) => {
    const owner = storage.getStore();
    const key = nameGate(owner, what);
    if (owner?.state === "killed") return new Promise(() => {});
    const dying = owner?.kill?.gate === owner?.gates ? (owner?.kill ?? null) : null;
    if (owner !== undefined && dying?.applied === false) {
      kill(owner, `before ${what}`);
      return new Promise(() => {});
    }
    const passage = passageOf(key);
    return new Promise((resolve, reject) => {
      const answer = (how: string, give: () => void) =>
        at(
          now + passage.back,
          `${key}<`,
          () => {
            note(`${key} ${what} ${how}`);
            give();
          },
          owner ?? null,
        );
      const arrive = () => {
        // The request of a killed sender arrives or is lost, by chance.
        if (owner?.state === "killed" && dice(`${key}!`) < 0.5) return;
        note(`${key} ${what} arrives`);
        if (passage.before !== undefined) return answer("fails", () => reject(passage.before));
        if (passage.hang === "lost") return;
        const ended = (give: () => void) => {
          if (owner !== undefined && dying?.applied === true) kill(owner, `after ${what}`);
          if (passage.hang !== undefined || owner?.state === "killed") return;
          if (passage.after !== undefined) answer("is lost", () => reject(passage.after));
          else answer("answers", give);
        };
        begin(effect, resolve, reject, ended);
      };
      // Without an owner: it arrives even when its sender is killed.
      const name = `${key}>`;
      plan({
        at: now + passage.there,
        key: name,
        owner: null,
        kind: "arrival",
        run: arrive,
      });
    });
  };

  /** Runs an effect and reports its result, at once or when its promise settles. */
  function begin<T>(
    effect: () => T | Promise<T>,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
    ended: (give: () => void) => void,
  ): void {
    const settled = (give: () => void) => {
      outside -= 1;
      activity += 1;
      ended(give);
    };
    try {
      const value = effect();
      if (!(value instanceof Promise)) {
        ended(() => resolve(value));
        return;
      }
      outside += 1;
      value.then(
        (result) => settled(() => resolve(result)),
        (error: unknown) => settled(() => reject(error)),
      );
    } catch (error) {
      ended(() => reject(error));
    }
  }

  async function settle(): Promise<void> {
    for (let idle = 0; idle < 2; ) {
      const before = activity;
      for (let call = crypto.shift(); call !== undefined; call = crypto.shift()) {
        activity += 1;
        await call.release();
        await turn();
      }
      await turn();
      idle = before === activity && outside <= 0 && crypto.length === 0 ? idle + 1 : 0;
    }
  }

  function invoke<T>(worker: number, key: string, work: () => Promise<T>, jobs = 1): Promise<T> {
    const chanceOfDeath = killing.chance(now);
    const invocation = newInvocation(dice, { key, worker, jobs, chanceOfDeath, jumpedBefore: jumped });
    counts.invocations += 1;
    running.add(invocation);
    note(`begins ${key} on ${worker}`);
    return new Promise<T>((resolve, reject) => {
      invocation.abandon = reject;
      const whole = async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
        for (let more = invocation.deferred.shift(); more !== undefined; more = invocation.deferred.shift()) {
          await more.catch(() => {});
        }
        if (invocation.state === "running") invocation.state = "ended";
        running.delete(invocation);
        activity += 1;
      };
      storage.run(invocation, () => void whole());
    });
  }

  return {
    now: () => now,
    jump(ms) {
      now += ms;
      jumped += ms;
    },
    jumpedUnderway: () => jumped - Math.min(jumped, ...[...running].map(({ jumpedBefore }) => jumpedBefore)),
    current: () => storage.getStore(),
    at,
    limit(ms, abort) {
      const owner = storage.getStore() ?? null;
      const key = `${owner?.key ?? "outside"} limit ${ms}`;
      plan({ at: now + ms, key, owner, kind: "limit", run: abort });
    },
    sleep(ms) {
      const owner = storage.getStore();
      const key = nameGate(owner, "sleep");
      return new Promise((resolve) => at(now + Math.max(0, ms), `${key} sleep`, resolve, owner ?? null));
    },
    pass,
    invoke,
    kill,
    running,
    outside(change) {
      outside += change;
      activity += 1;
    },
    note,
    trace,
    counts,
    async run(until, after) {
      await settle();
      for (let next = agenda.next(); next !== undefined && next.at <= until; next = agenda.next()) {
        agenda.shift();
        if (next.owner !== null && next.owner.state !== "running") continue;
        // No code waits for a time limit of a simulator.
        if (next.kind === "limit" && next.owner === null && agenda.size() === 0) continue;
        counts.steps += 1;
        if (counts.steps > MAX_STEPS) throw new Error("the simulation does not come to rest");
        now = Math.max(now, next.at);
        next.run();
        if (next.kind !== "arrival" || outside > 0) await settle();
        after();
      }
      now = Math.max(now, until === Number.POSITIVE_INFINITY ? now : until);
    },
  };
}
