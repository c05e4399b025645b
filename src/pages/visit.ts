// Visit: what the routes of pages ask of a request.
import { createMiddleware } from "hono/factory";
import { EngineError } from "../domain/errors.ts";
import type { ApiEnv, Caller } from "../http/auth.ts";

/**
 * Whose page it is. Sessions belong to agents only.
 * @throws EngineError forbidden
 */
export const agentIdOf = (caller: Caller): string => {
  if (caller.role === "agent") return caller.agentId;
  throw new EngineError("forbidden", "This page is for agents. Open it by a link for one agent.");
};

/** The answer is for this reader and this moment. */
export const uncached = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  c.header("Cache-Control", "no-store");
});
