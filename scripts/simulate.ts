// Simulate: runs many seeds of the simulation on two processes: `npm run simulate -- --seeds 10000 --from 1`.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generatePlan } from "../test/simulation/plan/generate.ts";
import { describeFailure, shrink } from "../test/simulation/plan/shrink.ts";
import { runPlan } from "../test/simulation/run.ts";
import { countOf, readOrEnd } from "./local/command-line.ts";

/** A worker process sends one after each seed. */
interface SeedReport {
  readonly seed: number;
  readonly steps: number;
  readonly kills: number;
  readonly invocations: number;
  readonly checks: number;
  readonly counts: readonly (readonly [string, number])[];
  /** For a person to read; null: nothing broke. */
  readonly failure: string | null;
}

const PROCESSES = 2;
const PROGRESS_MS = 30_000;
/** A process ends after so many seeds, and a fresh one follows it: memory stays bounded. */
const SEEDS_A_PROCESS = 1_000;

const USAGE = `npm run simulate -- [--seeds 100] [--from 1] [--actions 60] [--no-shrink]
  --seeds N     how many seeds
  --from N      the first of them
  --actions N   how many actions each plan has, about
  --no-shrink   don't look for the fewest actions that show a failure`;

const options = readOrEnd(USAGE, (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string", default: "100" },
      from: { type: "string", default: "1" },
      actions: { type: "string", default: "60" },
      worker: { type: "boolean", default: false },
      shrink: { type: "boolean", default: true },
    },
    allowNegative: true,
  });
  const { worker, shrink: shrinks } = values;
  const [from, seeds] = [countOf("from", values.from), countOf("seeds", values.seeds)];
  return { from, until: from + seeds, actions: countOf("actions", values.actions), worker, shrinks };
});
const { from, until } = options;

async function simulate(seed: number): Promise<SeedReport> {
  const plan = generatePlan(seed, options.actions);
  const report = await runPlan(plan);
  const { steps, kills, invocations, checks, violations } = report;
  let failure: string | null = null;
  if (violations.length > 0) {
    const smallest = options.shrinks ? await shrink(plan) : { plan, report };
    failure = describeFailure(smallest.plan, smallest.report);
  }
  return { seed, steps, kills, invocations, checks, counts: [...report.counts], failure };
}

/** A worker process: its share of the seeds, one after the other. */
async function work(): Promise<void> {
  for (let seed = from; seed < until; seed += 1) {
    try {
      process.send?.(await simulate(seed));
    } catch (error) {
      const failure = `seed ${seed}: the simulation itself failed\n${error instanceof Error ? error.stack : error}`;
      const nothing = { steps: 0, kills: 0, invocations: 0, checks: 0, counts: [] };
      process.send?.({ seed, ...nothing, failure } satisfies SeedReport);
    }
  }
}

/** The parent hands out seeds, adds up the reports, and prints. */
async function conduct(): Promise<void> {
  const startedAt = performance.now();
  const totals = { seeds: 0, failures: 0, steps: 0, kills: 0, invocations: 0, checks: 0 };
  const counts = new Map<string, number>();
  let next = from;
  let printedAt = startedAt;

  function add(report: SeedReport): void {
    totals.seeds += 1;
    for (const name of ["steps", "kills", "invocations", "checks"] as const) totals[name] += report[name];
    for (const [name, count] of report.counts) counts.set(name, (counts.get(name) ?? 0) + count);
    if (report.failure !== null) {
      totals.failures += 1;
      console.log(`\n${report.failure}\n`);
    }
    const now = performance.now();
    if (now - printedAt < PROGRESS_MS) return;
    printedAt = now;
    const rate = (totals.seeds / (now - startedAt)) * 1_000;
    console.log(
      `${totals.seeds} of ${until - from} seeds, ${rate.toFixed(1)} a second, ${totals.failures} failed`,
    );
  }

  const share = (): Promise<void> => {
    if (next >= until) return Promise.resolve();
    const begin = next;
    const size = Math.min(SEEDS_A_PROCESS, Math.ceil((until - from) / PROCESSES), until - begin);
    next += size;
    return new Promise<void>((resolve, reject) => {
      const flags = [
        "--worker",
        "--from",
        String(begin),
        "--seeds",
        String(size),
        "--actions",
        String(options.actions),
      ];
      const child = fork(fileURLToPath(import.meta.url), options.shrinks ? flags : [...flags, "--no-shrink"]);
      child.on("message", (report: SeedReport) => add(report));
      child.on("error", reject);
      child.on("exit", (code) => {
        if (code === 0) resolve();
        else reject(new Error(`a process of the simulation ended with ${code}`));
      });
    }).then(share);
  };

  await Promise.all(Array.from({ length: PROCESSES }, share));
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    `seeds ${totals.seeds} (${from} to ${until - 1}), steps ${totals.steps}, invocations ${totals.invocations}, ` +
      `kills ${totals.kills}, checks ${totals.checks}, violations in ${totals.failures} seeds; ` +
      `${seconds.toFixed(0)} s, ${((seconds * 1_000) / Math.max(1, totals.seeds)).toFixed(0)} ms a seed`,
  );
  for (const [name, count] of [...counts].sort()) console.log(`  ${name}: ${count}`);
  if (totals.failures > 0) process.exitCode = 1;
}

await (options.worker ? work() : conduct());
