// Network: which operation a request is, and how Microsoft's servers answer during an outage.
import type { MiddlewareHandler } from "hono";
import type { KnobPlace } from "../shared/knob-board.ts";
import { failureAnswer, journalled, jsonOrText, network } from "../shared/network.ts";
import { newUuid } from "./ids.ts";
import { findInMailbox } from "./instances.ts";
import { defaultCalendar, type MicrosoftState, type RequestRecord } from "./state.ts";

/** Set on the parts of a batch. */
export const BATCH_HEADER = "x-simulated-batch";

const OWNER = "/v1.0/(?:me|users/[^/]+)";
const CALENDAR = `${OWNER}/(?:calendars/([^/]+)|calendarGroups/[^/]+/calendars/([^/]+)|calendar)`;
const on = (path: string): RegExp => new RegExp(`^${path}$`);

const EVENTS: readonly (readonly [string, string, string])[] = [
  ["GET", "", "list"],
  ["POST", "", "create"],
  ["GET", "/([^/]+)/instances", "instances"],
  ["GET", "/([^/]+)", "get"],
  ["PATCH", "/([^/]+)", "update"],
  ["DELETE", "/([^/]+)", "delete"],
];

/** Method, path and operation. The groups named `calendar` and `event` hold their ids. */
const OPERATIONS: readonly (readonly [string, RegExp, string])[] = [
  ["GET", /^\/[^/]+\/oauth2\/v2\.0\/authorize$/, "authorize"],
  ["POST", /^\/[^/]+\/oauth2\/v2\.0\/authorize$/, "authorize"],
  ["POST", /^\/[^/]+\/oauth2\/v2\.0\/token$/, "token"],
  ["GET", on(OWNER), "me.get"],
  ["GET", on(`${OWNER}/mailboxSettings`), "mailboxSettings.get"],
  ["GET", on(`${OWNER}/calendars`), "calendars.list"],
  ["GET", on(`${OWNER}/calendarView`), "calendarView.list"],
  ["GET", on(`${OWNER}/calendarView/delta`), "calendarView.delta"],
  ["GET", on(`${CALENDAR}/calendarView`), "calendarView.list"],
  ["GET", on(`${CALENDAR}/calendarView/delta`), "calendarView.delta"],
  ["GET", on(CALENDAR), "calendars.get"],
  ...EVENTS.flatMap(([method, rest, verb]): (readonly [string, RegExp, string])[] => {
    const tail = rest.replace("([^/]+)", "(?<event>[^/]+)");
    return [
      [method, on(`${OWNER}/events${tail}`), `events.${verb}`],
      [method, on(`${CALENDAR}/events${tail}`), `events.${verb}`],
    ];
  }),
  ["POST", /^\/v1\.0\/subscriptions$/, "subscriptions.create"],
  ["GET", /^\/v1\.0\/subscriptions$/, "subscriptions.list"],
  ["POST", /^\/v1\.0\/subscriptions\/[^/]+\/reauthorize$/, "subscriptions.reauthorize"],
  ["GET", /^\/v1\.0\/subscriptions\/[^/]+$/, "subscriptions.get"],
  ["PATCH", /^\/v1\.0\/subscriptions\/[^/]+$/, "subscriptions.update"],
  ["DELETE", /^\/v1\.0\/subscriptions\/[^/]+$/, "subscriptions.delete"],
  ["POST", /^\/v1\.0\/\$batch$/, "batch"],
];

type Identified = Pick<RequestRecord, "operation" | "calendarId" | "eventId">;

function identify(state: MicrosoftState, method: string, path: string, user: string | null): Identified {
  for (const [verb, pattern, operation] of OPERATIONS) {
    const match = verb === method ? pattern.exec(path) : null;
    if (match === null) continue;
    const decode = (text: string | undefined) => (text === undefined ? null : decodeURIComponent(text));
    const eventId = decode(match.groups?.["event"]);
    const named = match.slice(1).find((part) => part !== undefined && part !== match.groups?.["event"]);
    const aboutCalendar = /^(calendarView|events|calendars\.get)/.test(operation);
    if (!aboutCalendar || user === null) return { operation, calendarId: decode(named), eventId };
    const owning = eventId === null ? undefined : findInMailbox(state, user, eventId)?.calendar.id;
    const fallback = eventId === null ? defaultCalendar(state, user)?.id : owning;
    return { operation, calendarId: decode(named) ?? fallback ?? null, eventId };
  }
  return { operation: null, calendarId: null, eventId: null };
}

const SECRET_FIELDS = ["client_secret", "refresh_token", "code", "code_verifier"];

function readable(text: string, contentType: string): unknown {
  if (contentType.startsWith("application/x-www-form-urlencoded")) {
    return Object.fromEntries(
      [...new URLSearchParams(text)].filter(([name]) => !SECRET_FIELDS.includes(name)),
    );
  }
  return jsonOrText(text);
}

async function describe(state: MicrosoftState, request: Request): Promise<RequestRecord> {
  const contentType = request.headers.get("content-type") ?? "";
  const entry = journalled(state, request);
  return {
    ...entry,
    ...identify(state, entry.method, entry.path, entry.user),
    prefer: request.headers.get("prefer"),
    batched: request.headers.has(BATCH_HEADER),
    body: request.body === null ? null : readable(await request.clone().text(), contentType),
  };
}

const HTML =
  "<!DOCTYPE html><html><title>Service unavailable</title><p>Our services aren't available right now.</p></html>";
const CODES: Readonly<Record<number, string>> = {
  500: "ErrorInternalServerError",
  502: "BadGateway",
  503: "ErrorServerBusy",
  504: "UnknownError",
  509: "BandwidthLimitExceeded",
};

function failure(state: MicrosoftState, place: KnobPlace): Response | null {
  const knob = state.knobs.take("api.status", place);
  if (knob === undefined) return null;
  const setting = typeof knob === "number" ? { status: knob } : knob;
  const { status, code } = { code: undefined, ...setting };
  return failureAnswer(setting, HTML, () => {
    const innerError = {
      date: new Date(state.now()).toISOString().slice(0, 19),
      "request-id": newUuid(state.random),
    };
    const message =
      status === 504 ? "" : "The server cannot service this request right now. Try again later.";
    return { error: { code: code ?? CODES[status] ?? "UnknownError", message, innerError } };
  });
}

/** The network of one Microsoft. */
export const microsoftNetwork = (state: MicrosoftState): MiddlewareHandler =>
  network({
    ...{ knobs: state.knobs, requests: state.requests },
    describe: (request) => describe(state, request),
    failure: ({ path }, place) => (path.startsWith("/v1.0/") ? failure(state, place) : null),
  });
