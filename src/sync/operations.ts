// Operations: how the whole deployment is doing, for the people who run it.
import type { Deps } from "../deps.ts";
import type { Instant } from "../domain/instant.ts";
import type { RuntimeClocks } from "../domain/zone-laws.ts";
import { type OperationsRows, readOperationsRows } from "../store/reports/operations.ts";
import { backlogInput, runtimeOf } from "./readiness.ts";

/** What the operators' page shows. */
export interface OperationsView extends OperationsRows {
  readonly at: Instant;
  readonly clocks: RuntimeClocks;
  /** Whether requests are limited. */
  readonly limits: "on" | "off";
  readonly mcp: "on" | "off";
  /** The receiver of notices. `disabled`: it has answered 410. */
  readonly receiver: "active" | "disabled" | "none";
}

/**
 * Asks the database once.
 * @throws EngineError database_unavailable
 */
export async function readOperations(deps: Deps): Promise<OperationsView> {
  const url = deps.config.notices?.url ?? null;
  const input = backlogInput(deps);
  const rows = await readOperationsRows(deps.db, { ...input, url });
  return {
    ...rows,
    at: input.now,
    ...runtimeOf(deps),
    receiver: url === null ? "none" : rows.disabledAt === null ? "active" : "disabled",
  };
}
