// Known origin: refuses requests that a browser sends for a page of somebody else.
import { createMiddleware } from "hono/factory";
import type { Config } from "../config.ts";
import { EngineError } from "../domain/errors.ts";

/**
 * Lets pass pages of this service and of allowed origins, and whoever sends no Origin, as programs do.
 * @throws EngineError `forbidden`
 */
export function knownOrigin({ baseUrl, allowedOrigins }: Pick<Config, "baseUrl" | "allowedOrigins">) {
  const known = [new URL(baseUrl).origin, ...allowedOrigins];
  return createMiddleware(async (c, next) => {
    const origin = c.req.header("origin");
    if (origin !== undefined && !known.includes(origin)) {
      throw new EngineError(
        "forbidden",
        "Pages of this origin may not call. ALLOWED_ORIGINS says which may.",
      );
    }
    await next();
  });
}
