// Rate limit: counts a request for its caller and operation, and refuses it once their budget is spent.
import type { Deps } from "../deps.ts";
import { BUDGET_WINDOW_SECONDS, type Budget } from "../domain/budget.ts";
import { EngineError } from "../domain/errors.ts";
import type { Operation } from "./operation.ts";

/** Whom a request is counted for: the subject of a token, or an address where anybody may ask. */
export interface Counted {
  readonly as: "agent" | "service" | "address";
  readonly id: string;
}

/** The budget of an operation; null: it is never counted. */
function budgetOf({ method, counts }: Operation, as: Counted["as"]): Budget | null {
  if (counts === "never") return null;
  if (as === "address") return "LIMIT_OPEN";
  const reads = counts === "as a read" || method === "get";
  if (as === "service") return reads ? "LIMIT_SERVICE_READS" : "LIMIT_SERVICE_WRITES";
  return reads ? "LIMIT_AGENT_READS" : "LIMIT_AGENT_WRITES";
}

/**
 * Counts one request. Where no limits are bound, or they don't answer, every request passes.
 * @throws EngineError `rate_limited`
 */
export async function countRequest(
  deps: Pick<Deps, "limits" | "log">,
  declared: Operation,
  { as, id }: Counted,
): Promise<void> {
  const budget = budgetOf(declared, as);
  if (budget === null || deps.limits === null) return;
  let isWithin = true;
  try {
    isWithin = await deps.limits.spend(budget, `${as} ${declared.id} ${id}`);
  } catch (error) {
    deps.log.error("limit.failed", { budget, error: error instanceof Error ? error.name : "unknown" });
  }
  if (isWithin) return;
  throw new EngineError(
    "rate_limited",
    `That is more of one kind than one caller may ask for. Wait ${BUDGET_WINDOW_SECONDS} seconds, then go on more slowly.`,
  );
}
