// Not found: answers 404 for an unknown path, and 405 with the allowed methods for a known one.
import type { Context } from "hono";
import { EngineError } from "../domain/errors.ts";
import type { ApiEnv } from "./auth.ts";
import { BASE_PATH, type Operation } from "./operation.ts";

/**
 * The handler behind all routes of `table`.
 * @throws EngineError always: not_found, method_not_allowed
 */
export function notFound(table: readonly Operation[]): (c: Context<ApiEnv>) => never {
  const known = table.map(({ method, path }) => ({
    method: method.toUpperCase(),
    pattern: new RegExp(`^${BASE_PATH}${path.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+")}$`),
  }));
  return (c) => {
    const allowed = known.filter(({ pattern }) => pattern.test(c.req.path)).map(({ method }) => method);
    if (allowed.length === 0) {
      const detail = `There is nothing at this path. ${BASE_PATH}/docs lists what there is.`;
      throw new EngineError("not_found", detail);
    }
    const methods = [...new Set(allowed)].join(", ");
    c.header("Allow", methods);
    throw new EngineError("method_not_allowed", `This path answers ${methods} only.`);
  };
}
