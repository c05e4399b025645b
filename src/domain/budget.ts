// Budgets: the kinds of callers and requests that are counted apart, so that none of them uses up what others need.

/** One budget is one rate limiting binding of this name. How much it allows stands in `wrangler.toml`. */
export const BUDGETS = [
  "LIMIT_AGENT_READS",
  "LIMIT_AGENT_WRITES",
  "LIMIT_SERVICE_READS",
  "LIMIT_SERVICE_WRITES",
  "LIMIT_OPEN",
] as const;

export type Budget = (typeof BUDGETS)[number];

/** The window in which each budget counts, as `wrangler.toml` says it to the bindings. */
export const BUDGET_WINDOW_SECONDS = 10;
