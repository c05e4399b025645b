// Visit: what the routes of pages ask of a request.
import { csrf } from "hono/csrf";
import { createMiddleware } from "hono/factory";
import type { Deps } from "../deps.ts";
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

/** Takes forms from our own pages only. */
export const sameOrigin = (deps: Pick<Deps, "config">) =>
  csrf({ origin: new URL(deps.config.baseUrl).origin });
