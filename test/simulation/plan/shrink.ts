// Shrink: the smallest plan that still breaks the same promise.

import { type Report, runPlan } from "../run.ts";
import type { Operation, Plan } from "./plan.ts";

/** Tries are bounded: a smaller plan is a help, not a proof. */
const MAX_TRIES = 250;

const broken = (report: Report): string | undefined => report.violations[0]?.promise;

/** Removes deeds and kinds of faults as long as the first violation stays the same promise's. */
export async function shrink(plan: Plan): Promise<{ plan: Plan; report: Report; tries: number }> {
  let best = { plan, report: await runPlan(plan) };
  const wanted = broken(best.report);
  let tries = 0;

  async function fails(candidate: Plan): Promise<boolean> {
    tries += 1;
    try {
      const report = await runPlan(candidate);
      if (broken(report) !== wanted) return false;
      best = { plan: candidate, report };
      return true;
    } catch {
      return false;
    }
  }

  /** Delta debugging over a list: chunks by halves, down to single items. */
  async function reduce<T>(items: () => readonly T[], without: (kept: readonly T[]) => Plan): Promise<void> {
    for (let size = Math.ceil(items().length / 2); size >= 1 && tries < MAX_TRIES; ) {
      let removed = false;
      for (let from = 0; from < items().length && tries < MAX_TRIES; ) {
        const kept = [...items().slice(0, from), ...items().slice(from + size)];
        if (await fails(without(kept))) removed = true;
        else from += size;
      }
      if (size === 1 && !removed) return;
      size = removed ? Math.min(size, Math.ceil(items().length / 2)) || 1 : Math.floor(size / 2);
    }
  }

  if (wanted === undefined) return { ...best, tries };
  await fails({ ...best.plan, kinds: [] });
  await reduce(
    () => best.plan.operations,
    (operations: readonly Operation[]) => ({ ...best.plan, operations }),
  );
  await reduce(
    () => best.plan.kinds,
    (kinds) => ({ ...best.plan, kinds }),
  );
  return { ...best, tries };
}

/** A failing simulation for a person to read: how to replay it, what broke, the smallest plan, and the end of its trace. */
export function describeFailure(plan: Plan, report: Report, traceLines = 40): string {
  const line = (operation: Operation) => {
    const { id, at, do: deed, ...rest } = operation;
    return `  ${String(id).padStart(3)} +${(at / 1_000).toFixed(3)} s ${deed} ${JSON.stringify(rest)}`;
  };
  return [
    `replay: npm run simulate -- --seeds 1 --from ${plan.seed}`,
    ...report.violations.map(
      ({ promise, message, step }) => `${promise} is broken at step ${step}: ${message}`,
    ),
    `begins ${new Date(plan.startAt).toISOString()}; agents ${JSON.stringify(plan.agents)}`,
    ...plan.calendars.map((calendar, index) => `  calendar ${index} ${JSON.stringify(calendar)}`),
    `deeds (${plan.operations.length}):`,
    ...plan.operations.map(line),
    `kinds of faults: ${plan.kinds.join(", ") || "none"}`,
    "the end of the trace:",
    ...report.trace.slice(-traceLines).map((each) => `  ${each.slice(0, 200)}`),
  ].join("\n");
}
