// Shrink: searches the smallest plan that still breaks the same promise.

import { type Report, runPlan } from "../run.ts";
import type { Action, Plan } from "./plan.ts";

/** The most runs. A smaller plan helps to understand, and need not be the smallest one. */
const MAX_TRIES = 250;

const broken = (report: Report): string | undefined => report.violations[0]?.promise;

/** Removes actions and kinds of faults while the first violation still concerns the same promise. */
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

  /** Delta debugging of a list: removes halves, then smaller chunks, then single items. */
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
    () => best.plan.actions,
    (actions: readonly Action[]) => ({ ...best.plan, actions }),
  );
  await reduce(
    () => best.plan.kinds,
    (kinds) => ({ ...best.plan, kinds }),
  );
  return { ...best, tries };
}

/** The report of a failing seed: how to replay it, the violation, the smallest plan, and the end of the trace. */
export function describeFailure(
  plan: Plan,
  report: Pick<Report, "violations" | "trace">,
  traceLines = 40,
): string {
  const line = (action: Action) => {
    const { id, at, do: kind, ...rest } = action;
    return `  ${String(id).padStart(3)} +${(at / 1_000).toFixed(3)} s ${kind} ${JSON.stringify(rest)}`;
  };
  return [
    `replay: npm run simulate -- --seeds 1 --from ${plan.seed} --actions ${plan.length}`,
    ...report.violations.map(
      ({ promise, message, step }) => `${promise} is broken at step ${step}: ${message}`,
    ),
    `begins ${new Date(plan.startAt).toISOString()}; agents ${JSON.stringify(plan.agents)}`,
    ...plan.calendars.map((calendar, index) => `  calendar ${index} ${JSON.stringify(calendar)}`),
    `actions (${plan.actions.length}):`,
    ...plan.actions.map(line),
    `kinds of faults: ${plan.kinds.join(", ") || "none"}`,
    "the end of the trace:",
    ...report.trace.slice(-traceLines).map((each) => `  ${each.slice(0, 200)}`),
  ].join("\n");
}
