// Matched operation: finds the declared operation of a request before any of its handlers runs.
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import type { ApiEnv } from "./auth.ts";
import { BASE_PATH, type Operation } from "./operation.ts";

/** Sets `operation` where the request is for one of `table`. */
export function matchedOperation(table: readonly Operation[]) {
  const byRoute = new Map(
    table.map((declared) => [`${declared.method.toUpperCase()} ${BASE_PATH}${declared.path}`, declared]),
  );
  return createMiddleware<ApiEnv>(async (c, next) => {
    const route = matchedRoutes(c).findLast(({ method }) => method !== "ALL");
    c.set("operation", route === undefined ? undefined : byRoute.get(`${route.method} ${route.path}`));
    await next();
  });
}
