// Network: which operation a request is, and how Google's servers answer during an outage.
import type { MiddlewareHandler } from "hono";
import type { KnobPlace } from "../shared/knob-board.ts";
import { failureAnswer, journalled, jsonOrText, network } from "../shared/network.ts";
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

async function describe(state: GoogleState, request: Request): Promise<RequestRecord> {
  const { pathname, searchParams } = new URL(request.url);
  const calls = pathname.startsWith("/calendar/") && request.body !== null;
  const entry = journalled(state, request);
  const identified = identify(request.method, pathname);
  return {
    ...entry,
    ...identified,
    calendarId: identified.calendarId === "primary" ? entry.user : identified.calendarId,
    sendUpdates: searchParams.get("sendUpdates"),
    body: calls ? jsonOrText(await request.clone().text()) : null,
  };
}

const HTML = "<!DOCTYPE html><html><title>Error (Server Error)!!1</title><p>That's all we know.</p></html>";

function backendError(state: GoogleState, place: KnobPlace): Response | null {
  const knob = state.knobs.take("api.status", place);
  if (knob === undefined) return null;
  const setting = typeof knob === "number" ? { status: knob } : knob;
  const errors = [{ domain: "global", reason: "backendError", message: "Backend Error" }];
  return failureAnswer(setting, HTML, () => ({
    error: { errors, code: setting.status, message: "Backend Error" },
  }));
}

/** The network of one Google. The answer to a watch may be lost by itself (G30). */
export const googleNetwork = (state: GoogleState): MiddlewareHandler =>
  network({
    ...{ knobs: state.knobs, requests: state.requests },
    describe: (request) => describe(state, request),
    failure: ({ path }, place) => (path.startsWith("/calendar/") ? backendError(state, place) : null),
    losesAnswer: ({ operation }, place) =>
      operation === "events.watch" && state.knobs.take("watch.dropAnswer", place) !== undefined,
  });
