// The request log: one line a request, without anything personal.
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import type { Deps } from "../deps.ts";
import type { ApiEnv } from "./auth.ts";
import { asEngineError } from "./errors.ts";

/** Logs method, route pattern, status, code and time of each request; never its path, query or body. */
export const requestLog = (deps: Pick<Deps, "log" | "now">) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const startedAt = deps.now();
    await next();
    const route = matchedRoutes(c).findLast(({ method }) => method !== "ALL")?.path ?? "unmatched";
    deps.log.info("request", {
      requestId: c.get("requestId"),
      method: c.req.method,
      route,
      status: c.res.status,
      ...(c.error === undefined ? {} : { code: asEngineError(c.error).code }),
      durationMs: deps.now() - startedAt,
    });
  });
