// Readiness: says whether this deployment can serve, and how much work waits.
import type { Deps } from "../deps.ts";
import { HOLIDAYS_KNOWN_UNTIL } from "../domain/holidays.ts";
import { probeClocks, type RuntimeClocks } from "../domain/zone-laws.ts";
import { type Backlog, type BacklogInput, readBacklog } from "../store/backlog.ts";

/** Whether the Worker can serve. The backlog is null if the database didn't answer. */
export interface Readiness {
  readonly ready: boolean;
  readonly database: "ok" | "unavailable";
  readonly backlog: Backlog | null;
  /** Old rules of time zones don't make a deployment unready: its other zones are right. */
  readonly clocks: RuntimeClocks;
  /** The last date whose public holidays are known, YYYY-MM-DD: a deployment of a later table knows more. */
  readonly holidaysKnownUntil: string;
  /** Whether requests are limited. Unlimited ones don't make a deployment unready. */
  readonly limits: "on" | "off";
  /** Whether tools can be called by MCP. */
  readonly mcp: "on" | "off";
}

/** What the backlog is asked by. */
export const backlogInput = (deps: Deps): BacklogInput => ({
  now: deps.now(),
  auditIntervalMs: deps.config.sync.auditIntervalMs,
  keyIds: deps.config.tokenKeys.map(({ id }) => id),
});

/** What the deployment knows of itself without the database. */
export const runtimeOf = (deps: Deps): Pick<Readiness, "clocks" | "limits" | "mcp"> => ({
  clocks: probeClocks(),
  limits: deps.limits === null ? "off" : "on",
  mcp: deps.mcp === null ? "off" : "on",
});

/** Asks the database once. Not ready: the database is unreachable, or its tables are missing. */
export async function readReadiness(deps: Deps): Promise<Readiness> {
  const known = { ...runtimeOf(deps), holidaysKnownUntil: HOLIDAYS_KNOWN_UNTIL };
  try {
    const backlog = await readBacklog(deps.db, backlogInput(deps));
    return { ready: backlog.migration !== null, database: "ok", backlog, ...known };
  } catch (error) {
    deps.log.error("readiness.failed", { error: error instanceof Error ? error.name : "unknown" });
    return { ready: false, database: "unavailable", backlog: null, ...known };
  }
}
