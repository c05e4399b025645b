// CORS: which websites' scripts may call, and what they may read.
import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";

const PREFLIGHT_SECONDS = 600;
/** What the Model Context Protocol says in headers. */
const OF_MCP = ["MCP-Protocol-Version", "MCP-Method", "MCP-Name"];
const EXPOSED = ["X-Request-Id", "Retry-After"];

/**
 * Answers with the headers of CORS. A request without an Origin comes from no script, and gets the headers that all
 * answers have at the end: set before, as the library does, they would cost two more answers of their own.
 */
export function corsOf(allowedOrigins: readonly string[]) {
  const withOrigin = cors({
    origin: (origin) => (allowedOrigins.includes(origin) ? origin : null),
    credentials: true,
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id", ...OF_MCP],
    exposeHeaders: EXPOSED,
    maxAge: PREFLIGHT_SECONDS,
  });
  return createMiddleware(async (c, next) => {
    if (c.req.method === "OPTIONS" || c.req.header("origin") !== undefined) return withOrigin(c, next);
    await next();
    const { headers } = c.res;
    headers.set("Access-Control-Allow-Credentials", "true");
    headers.set("Access-Control-Expose-Headers", EXPOSED.join(","));
    headers.append("Vary", "Origin");
  });
}
