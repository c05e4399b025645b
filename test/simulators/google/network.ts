// The network around Google: a journal of requests, and connections that break, hang or answer with 5xx.
import type { MiddlewareHandler } from "hono";
import { lost, truncated } from "../shared/transport.ts";
import { GoogleError } from "./errors.ts";
import type { GoogleState, RequestRecord } from "./state.ts";

const CALENDAR = "/calendar/v3/calendars/([^/]+)";
const OPERATIONS: readonly (readonly [string, RegExp, string])[] = [
  ["GET", /^\/o\/oauth2\/v2\/auth$/, "authorize"],
  ["POST", /^\/o\/oauth2\/v2\/auth$/, "authorize"],
  ["POST", /^\/token$/, "token"],
  ["POST", /^\/revoke$/, "revoke"],
  ["GET", /^\/calendar\/v3\/users\/me\/calendarList$/, "calendarList.list"],
  ["GET", /^\/calendar\/v3\/users\/me\/calendarList\/([^/]+)$/, "calendarList.get"],
  ["GET", new RegExp(`^${CALENDAR}$`), "calendars.get"],
  ["GET", new RegExp(`^${CALENDAR}/events$`), "events.list"],
  ["POST", new RegExp(`^${CALENDAR}/events$`), "events.insert"],
  ["POST", new RegExp(`^${CALENDAR}/events/watch$`), "events.watch"],
  ["GET", new RegExp(`^${CALENDAR}/events/([^/]+)/instances$`), "events.instances"],
  ["GET", new RegExp(`^${CALENDAR}/events/([^/]+)$`), "events.get"],
  ["PATCH", new RegExp(`^${CALENDAR}/events/([^/]+)$`), "events.patch"],
  ["PUT", new RegExp(`^${CALENDAR}/events/([^/]+)$`), "events.update"],
  ["DELETE", new RegExp(`^${CALENDAR}/events/([^/]+)$`), "events.delete"],
  ["POST", /^\/calendar\/v3\/channels\/stop$/, "channels.stop"],
];

function identify(method: string, path: string): Pick<RequestRecord, "operation" | "calendarId" | "eventId"> {
  for (const [verb, pattern, operation] of OPERATIONS) {
    const match = verb === method ? pattern.exec(path) : null;
    if (match === null) continue;
    const part = (index: number) => (match[index] === undefined ? null : decodeURIComponent(match[index]));
    return { operation, calendarId: part(1), eventId: part(2) };
  }
  return { operation: null, calendarId: null, eventId: null };
}

function tryJson(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

async function describe(state: GoogleState, request: Request): Promise<RequestRecord> {
  const url = new URL(request.url);
  const bearer = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
  const user = state.accessTokens.get(bearer)?.email ?? null;
  const calls = url.pathname.startsWith("/calendar/") && request.body !== null;
  const identified = identify(request.method, url.pathname);
  return {
    at: state.now(),
    method: request.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    ...identified,
    calendarId: identified.calendarId === "primary" ? user : identified.calendarId,
    user,
    sendUpdates: url.searchParams.get("sendUpdates"),
    ifMatch: request.headers.get("if-match"),
    body: calls ? tryJson(await request.clone().text()) : null,
    status: null,
  };
}

const HTML = "<!DOCTYPE html><html><title>Error (Server Error)!!1</title><p>That's all we know.</p></html>";

function backendError(
  state: GoogleState,
  place: { user: string | null; operation: string | null },
): Response | null {
  const knob = state.knobs.take("api.status", place);
  if (knob === undefined) return null;
  const { status, html, retryAfter } = typeof knob === "number" ? { status: knob } : knob;
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  if (html) return new Response(HTML, { status, headers: { ...headers, "content-type": "text/html" } });
  const errors = [{ domain: "global", reason: "backendError", message: "Backend Error" }];
  return Response.json({ error: { errors, code: status, message: "Backend Error" } }, { status, headers });
}

/** Journals every request to Google and breaks the connection where a knob says so. */
export function network(state: GoogleState): MiddlewareHandler {
  return async (context, next) => {
    const record = await describe(state, context.req.raw);
    state.requests.push(record);
    const place = { user: record.user, calendar: record.calendarId, operation: record.operation };
    const reset = state.knobs.take("net.reset", place);
    const hang = state.knobs.take("net.hang", place);
    if (reset === "before") return lost("reset");
    if (hang === "before") return lost("hang");
    const failing = record.path.startsWith("/calendar/") ? backendError(state, place) : null;
    if (failing !== null) {
      record.status = failing.status;
      return failing;
    }
    await next();
    const unanswered = record.operation === "events.watch" && state.knobs.take("watch.dropAnswer", place);
    if (reset === "after" || unanswered) {
      context.res = lost("reset");
      return undefined;
    }
    if (hang === "after") {
      context.res = lost("hang");
      return undefined;
    }
    record.status = context.res.status;
    if (state.knobs.take("net.truncate", place)) context.res = await truncated(context.res);
    return undefined;
  };
}

/** Turns what a handler threw into Google's answer. Anything else is a fault of the simulator. */
export function refuse(error: Error): Response {
  if (!(error instanceof GoogleError)) throw error;
  return Response.json(error.body, { status: error.status, headers: { ...error.headers } });
}
