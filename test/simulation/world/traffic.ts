// Traffic: notifications and queue messages on their way to the Workers, with the faults of the real ones.
import type { Job, Lane } from "../../../src/deps.ts";
import { between, type Dice } from "../plan/dice.ts";
import type { Simulators } from "./cast.ts";
import type { Faults } from "./faults.ts";
import type { Worker } from "./network.ts";
import type { Scheduler } from "./scheduler.ts";

/** Carries requests, notifications and messages to the Workers. */
export interface Traffic {
  /** A unique name: this one with a number. */
  serial(name: string): string;
  /** Starts an invocation on either Worker after `ms`. Rejects when no Worker is running. */
  invokeAt<T>(name: string, ms: number, work: (worker: Worker) => Promise<T>): Promise<T>;
  /** Delivers a notification. The sender waits for the answer. */
  deliver(from: string, request: Request): Promise<Response>;
  flushAt(simulator: "google" | "microsoft", dueAt: number): void;
  queue(lane: Lane, jobs: readonly Job[]): void;
}

/** After this many attempts a message goes to its dead-letter queue. */
const MOST_ATTEMPTS = 4;
/** How a queue fills a batch, as `wrangler.toml` says; the urgent one takes what has come by then. */
const BATCHES = { urgent: { size: 5, waitMs: 40 }, background: { size: 100, waitMs: 2_000 } } as const;

/** A message on its way. */
interface Parcel {
  readonly name: string;
  readonly lane: Lane;
  readonly job: Job;
  readonly attempt: number;
}

/** The traffic of one simulation. */
export function createTraffic(input: {
  dice: Dice;
  faults: Faults;
  scheduler: Scheduler;
  /** Null: no Worker is running. */
  workerAt(index: 0 | 1): Worker | null;
  simulators(): Simulators;
  swallows(job: Job): boolean;
}): Traffic {
  const { dice, faults, scheduler } = input;
  const serials = new Map<string, number>();
  const serial = (name: string) => {
    const next = (serials.get(name) ?? 0) + 1;
    serials.set(name, next);
    return `${name}.${next}`;
  };

  function flushAt(simulator: "google" | "microsoft", dueAt: number): void {
    const name = serial(`flush ${simulator}`);
    scheduler.at(Math.max(dueAt, scheduler.now()) + between(dice(name), 1, 400), name, () => {
      scheduler.outside(1);
      void input
        .simulators()
        [simulator].flush()
        .finally(() => scheduler.outside(-1));
    });
  }

  /** Delivers a notification. The sender waits for the answer. */
  async function deliver(from: string, request: Request): Promise<Response> {
    const name = serial(`push ${from}`);
    const fault = faults.draw("push", name);
    if (fault === "push.lost") return new Response(null, { status: 204 });
    if (input.workerAt(0) === null || fault === "push.refused") throw new TypeError("fetch failed");
    const sent = { url: request.url, headers: [...request.headers], body: await request.text() };
    const arrive = (copy: string, ms: number) => {
      const again = new Request(sent.url, {
        method: "POST",
        headers: sent.headers as [string, string][],
        body: sent.body,
      });
      return invokeAt(copy, ms, (worker) => worker.fetch(again));
    };
    scheduler.outside(-1);
    try {
      if (fault === "push.doubled")
        arrive(`${name} copy`, between(dice(`${name}c`), 1, 3_000)).catch(() => {});
      const late = fault === "push.late" ? between(dice(`${name}l`), 1_000, 240_000) : 0;
      return await arrive(name, between(dice(`${name}t`), 5, 120) + late);
    } finally {
      scheduler.outside(1);
    }
  }

  /** Starts an invocation on either Worker after `ms`. Rejects when no Worker is running. */
  function invokeAt<T>(name: string, ms: number, work: (worker: Worker) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) =>
      scheduler.at(scheduler.now() + ms, name, () => {
        const worker = input.workerAt(dice(`${name}?worker`) < 0.5 ? 0 : 1);
        if (worker === null) reject(new TypeError("fetch failed"));
        else scheduler.invoke(worker.index, name, () => work(worker)).then(resolve, reject);
      }),
    );
  }

  function queue(lane: Lane, jobs: readonly Job[]): void {
    for (const job of jobs) {
      if (input.swallows(job)) continue;
      const about = Object.values(job).join(" ");
      const name = serial(`job ${about}`);
      const fault = faults.draw("queue", name, ["queue.lost", "queue.doubled", "queue.late"]);
      if (fault === "queue.lost") continue;
      const late = fault === "queue.late" ? between(dice(`${name}l`), 10_000, 1_200_000) : 0;
      const usual = lane === "urgent" ? 300 : 3_000;
      carry({ name, lane, job, attempt: 1 }, between(dice(`${name}t`), 5, usual) + late);
      if (fault === "queue.doubled") {
        carry({ name: `${name} copy`, lane, job, attempt: 1 }, between(dice(`${name}c`), 5, usual));
      }
    }
  }

  /** The queue gives a message up. Its dead-letter queue hands it to a Worker, which records it. */
  async function giveUp(name: string, lane: Lane, job: Job): Promise<void> {
    for (let time = 1; time <= MOST_ATTEMPTS; time += 1) {
      try {
        return await invokeAt(`${name}/dead ${time}`, 5_000 * time, (worker) =>
          worker.recordDeadLetter(lane, name, job),
        );
      } catch {
        // The dead-letter queue tries again too.
      }
    }
  }

  const arrived: Record<Lane, Parcel[]> = { urgent: [], background: [] };

  /** Brings a message to its queue's consumer, which hands it over with others that come soon. */
  function carry(parcel: Parcel, ms: number): void {
    const { name, lane, attempt } = parcel;
    scheduler.at(scheduler.now() + ms, `${name}/${attempt}`, () => {
      const waiting = arrived[lane];
      waiting.push(parcel);
      if (waiting.length >= BATCHES[lane].size) handOver(lane);
      else if (waiting.length === 1) {
        const batch = serial(`filling ${lane}`);
        const wait = between(dice(batch), 0, BATCHES[lane].waitMs);
        scheduler.at(scheduler.now() + wait, batch, () => handOver(lane));
      }
    });
  }

  /** One invocation gets all messages that wait. Those that it doesn't acknowledge come again. */
  function handOver(lane: Lane): void {
    const parcels = arrived[lane].splice(0);
    if (parcels.length === 0) return;
    const name = serial(`batch ${lane}`);
    scheduler.note(`${name} holds ${parcels.map((parcel) => `${parcel.name}/${parcel.attempt}`).join(", ")}`);
    const done = new Set<Parcel>();
    const messages = parcels.map((parcel) => ({
      body: parcel.job,
      ack: () => void done.add(parcel),
      retry: () => {},
    }));
    const comeAgain = () => {
      for (const parcel of parcels) if (!done.has(parcel)) again(parcel);
    };
    const killed = () => {
      // The acknowledgements of a Worker that is killed may be lost too.
      if (dice(`${name}?acks`) < 0.5) done.clear();
      comeAgain();
    };
    const worker = input.workerAt(dice(`${name}?worker`) < 0.5 ? 0 : 1);
    if (worker === null) comeAgain();
    else {
      const work = () => worker.jobs(messages);
      scheduler.invoke(worker.index, name, work, messages.length).then(comeAgain, killed);
    }
  }

  function again({ name, lane, job, attempt }: Parcel): void {
    if (attempt === MOST_ATTEMPTS) void giveUp(name, lane, job);
    else carry({ name, lane, job, attempt: attempt + 1 }, between(dice(`${name}r${attempt}`), 1_000, 30_000));
  }

  return { serial, invokeAt, deliver, flushAt, queue };
}
