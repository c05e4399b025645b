// Network: the server's journal, redirects, and connections that break, hang or answer garbage.
import { lost, truncated } from "../shared/transport.ts";
import { htmlPage } from "./errors.ts";
import { placeOf } from "./places.ts";
import type { CaldavState, RequestRecord, SimulatedUser } from "./state.ts";

function operationOf(method: string, path: string, body: string): string {
  if (path === "/.well-known/caldav") return "well-known";
  if (method !== "REPORT") return method.toLowerCase();
  return /<(?:[\w-]+:)?(sync-collection|calendar-multiget|calendar-query)\b/.exec(body)?.[1] ?? "report";
}

/** The user that the request's Basic credentials name, with the right password or not. */
export function claimedUser(
  state: CaldavState,
  request: Request,
): { user: SimulatedUser; password: string } | null {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
  if (encoded === undefined) return null;
  const [, name = "", password = ""] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
  const user = state.users.get(name.toLowerCase());
  return user === undefined ? null : { user, password };
}

/** Writes the request into the journal. */
export function journal(state: CaldavState, request: Request, body: string): RequestRecord {
  const url = new URL(request.url);
  const header = (name: string) => request.headers.get(name);
  const user = claimedUser(state, request)?.user ?? null;
  const place = user === null ? null : placeOf(state, user, url.pathname);
  const entry: RequestRecord = {
    at: state.now(),
    method: request.method,
    host: url.host,
    path: url.pathname,
    operation: operationOf(request.method, url.pathname, body),
    depth: header("depth"),
    contentType: header("content-type"),
    ifMatch: header("if-match"),
    ifNoneMatch: header("if-none-match"),
    authorization: header("authorization"),
    user: user?.email ?? null,
    calendar: place !== null && "calendar" in place ? place.calendar.path : null,
    body,
    status: null,
  };
  state.requests.push(entry);
  return entry;
}

const page = (status: number, headers: Record<string, string> = {}) =>
  new Response(htmlPage(status), {
    status,
    headers: { ...headers, "content-type": "text/html; charset=utf-8" },
  });

/** An answer given before the server sees the request; null lets the request through. */
function intercept(state: CaldavState, entry: RequestRecord): Response | null {
  const { knobs } = state;
  if (knobs.take("net.html", entry)) return page(200);
  const moved = knobs.take("host.move", entry);
  if (moved !== undefined && new URL(moved).host !== entry.host) {
    return new Response(null, { status: 308, headers: { location: new URL(entry.path, moved).href } });
  }
  const none = knobs.take("wk.none", entry);
  if (none !== undefined) return none === "html" ? page(200) : new Response(null, { status: none });
  const limit = knobs.take("limit.retryAfter", entry);
  if (limit !== undefined) {
    const headers: Record<string, string> = limit === true ? {} : { "retry-after": String(limit) };
    return new Response(null, { status: 429, headers });
  }
  const failing = knobs.take("api.status", entry);
  if (failing === undefined) return null;
  const { status, html, retryAfter } = typeof failing === "number" ? { status: failing } : failing;
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  return html ? page(status, headers) : new Response(null, { status, headers });
}

/** Passes a request to the server and its answer back, unless a knob prevents it. */
export async function transport(
  state: CaldavState,
  entry: RequestRecord,
  answer: () => Response,
): Promise<Response> {
  const { knobs } = state;
  const reset = knobs.take("net.reset", entry);
  const hang = knobs.take("net.hang", entry);
  if (reset === "before") return lost("reset");
  if (hang === "before") return lost("hang");
  const response = intercept(state, entry) ?? answer();
  if (reset === "after") return lost("reset");
  if (hang === "after") return lost("hang");
  entry.status = response.status;
  return response.status === 207 && knobs.take("net.truncate", entry) ? truncated(response) : response;
}
