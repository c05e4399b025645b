// Call: one Graph call, its caller, and whether Graph would allow it.

import type { Context } from "hono";
import type { AccessToken } from "../shared/grants.ts";
import type { KnobPlace } from "../shared/knob-board.ts";
import {
  accessDenied,
  badQuery,
  badRequest,
  graphError,
  insufficientClaims,
  invalidToken,
  itemNotFound,
  MicrosoftError,
  malformedId,
  noMailbox,
} from "./errors.ts";
import { isEventId, isImmutableId, newUuid } from "./ids.ts";
import { type Found, findInCalendar, findInMailbox } from "./instances.ts";
import { pretendLimit, withinLimits } from "./limits.ts";
import { type Preferences, readPreferences } from "./prefer.ts";
import { accepts, type Operation } from "./scopes.ts";
import {
  calendarsOf,
  defaultCalendar,
  isOwn,
  type MicrosoftState,
  type SimulatedCalendar,
  type SimulatedUser,
} from "./state.ts";

/** A call that passed authentication, scopes and limits. */
export interface Call {
  readonly state: MicrosoftState;
  readonly operation: Operation;
  readonly access: AccessToken;
  readonly user: SimulatedUser;
  readonly query: URLSearchParams;
  readonly prefer: Preferences;
  readonly header: (name: string) => string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** Where absolute links of the answer point, with `/v1.0`. */
  readonly base: string;
}

/** Refuses query options that the call doesn't take. */
function checkQuery(query: URLSearchParams, allowed: readonly string[]): void {
  for (const name of new Set(query.keys())) {
    if (!allowed.includes(name))
      throw badQuery(`The query option '${name}' is not supported by this request.`);
    if (query.getAll(name).length > 1) throw badQuery(`Query option '${name}' was specified more than once.`);
  }
}

async function readBody(request: Request, bodiless: boolean): Promise<Record<string, unknown>> {
  if (request.method === "GET" || request.method === "DELETE" || bodiless) return {};
  const text = await request.text();
  const unreadable = badRequest(
    "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
    "BadRequest",
  );
  if (!(request.headers.get("content-type") ?? "").startsWith("application/json")) throw unreadable;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch {
    throw unreadable;
  }
  throw unreadable;
}

const STEP = '{"access_token":{"nbf":{"essential":true,"value":"1772359200"}}}';

function authenticate(state: MicrosoftState, header: string | undefined, operation: Operation): AccessToken {
  if (header === undefined || !/^Bearer \S/.test(header)) throw invalidToken("Access token is empty.");
  const access = state.accessTokens.get(header.slice("Bearer ".length));
  if (access === undefined) throw invalidToken("CompactToken parsing failed with error code: 80049217");
  const place = { user: access.email, operation };
  const ended = state.knobs.take("api.expireAccess", place);
  if (ended !== undefined) access.expiresAt = state.now();
  if (access.expiresAt <= state.now())
    throw invalidToken("Lifetime validation failed, the token is expired.", ended === 403 ? 403 : 401);
  const step = state.knobs.take("api.cae", place);
  if (step !== undefined) throw insufficientClaims(step === true ? STEP : step);
  return access;
}

function userOf(state: MicrosoftState, access: AccessToken, asked: string | undefined): SimulatedUser {
  const user = state.users.get(access.email);
  if (user === undefined) throw invalidToken("The user of the token doesn't exist.");
  const names = [user.graphId, user.oid, user.email];
  if (asked !== undefined && !names.includes(asked)) throw accessDenied();
  return user;
}

function checkMailbox(state: MicrosoftState, user: SimulatedUser, place: KnobPlace): void {
  const none = state.knobs.take("mailbox.none", place);
  if (none === undefined && user.mailbox) return;
  const setting = none === undefined || none === true ? { status: 404 as const } : none;
  throw noMailbox(
    setting.status,
    ("code" in setting ? setting.code : undefined) ?? "MailboxNotEnabledForRESTAPI",
  );
}

/** Refuses one call by itself, as `api.refused` says. */
function refuse(state: MicrosoftState, place: KnobPlace): void {
  const refused = state.knobs.take("api.refused", place);
  if (refused !== undefined) throw graphError(refused.status, refused.code, "The call was refused.");
}

/** The options of one kind of call, and its handler. */
export interface CallSpec {
  readonly operation: Operation;
  readonly options?: readonly string[];
  /** Does Outlook answer it? Then the mailbox's limits count. */
  readonly outlook: boolean;
  readonly bodiless?: boolean;
  /** Answers JSON, or null for 204. A `Response` is sent unchanged. */
  readonly answer: (call: Call, context: Context) => unknown;
}

function stamped(
  state: MicrosoftState,
  context: Context,
  response: Response,
  applied: string | null,
): Response {
  const headers = new Headers(response.headers);
  const requestId = newUuid(state.random);
  headers.set("request-id", requestId);
  const own = context.req.header("client-request-id");
  if (own !== undefined && context.req.header("return-client-request-id") === "true") {
    headers.set("client-request-id", own);
  }
  if (applied !== null) headers.set("preference-applied", applied);
  return new Response(response.body, { status: response.status, headers });
}

/** The error as JSON, with the `innerError` that every Graph error has. */
function renderError(error: MicrosoftError, at: number, requestId: string): Response {
  const body = error.body as { error?: Record<string, unknown> };
  const inner = {
    date: new Date(at).toISOString().slice(0, 19),
    "request-id": requestId,
    "client-request-id": requestId,
    ...(body.error?.["innerError"] as object | undefined),
  };
  const whole =
    typeof body.error === "object" ? { ...body, error: { ...body.error, innerError: inner } } : body;
  return Response.json(whole, { status: error.status, headers: { ...error.headers } });
}

/** A Hono handler with the checks that all Graph calls share. */
export function graphCall(state: MicrosoftState, spec: CallSpec): (context: Context) => Promise<Response> {
  const { operation } = spec;
  const run = async (context: Context): Promise<{ response: Response; applied: string | null }> => {
    const url = new URL(context.req.url);
    const access = authenticate(state, context.req.header("authorization"), operation);
    const user = userOf(state, access, context.req.param("userId"));
    const place = { user: user.email, operation };
    refuse(state, { ...place, calendar: context.req.param("calendarId") ?? null });
    const covered = operation === "batch" || accepts(operation, access.scopes, false);
    if (!covered || state.knobs.take("api.scopeCheck", place)) throw accessDenied();
    if (spec.outlook) checkMailbox(state, user, place);
    const work = async () => {
      checkQuery(url.searchParams, spec.options ?? []);
      const prefer = readPreferences(context.req.header("prefer"));
      const body = await readBody(context.req.raw, spec.bodiless === true);
      const call: Call = {
        ...{ state, operation, access, user, prefer, body, query: url.searchParams },
        header: (name) => context.req.header(name),
        base: `${state.options.linkOrigin ?? url.origin}/v1.0`,
      };
      const answer = await spec.answer(call, context);
      if (answer instanceof Response) return { response: answer, applied: prefer.applied };
      const response = answer === null ? new Response(null, { status: 204 }) : Response.json(answer);
      return { response, applied: prefer.applied };
    };
    // A batch isn't limited, but its parts are.
    if (operation !== "batch") pretendLimit(state, place);
    return spec.outlook ? withinLimits(state, `${user.email} ${access.clientId}`, place, work) : work();
  };
  return async (context) => {
    try {
      const { response, applied } = await run(context);
      return stamped(state, context, response, applied);
    } catch (error) {
      if (!(error instanceof MicrosoftError)) throw error;
      return stamped(state, context, renderError(error, state.now(), newUuid(state.random)), null);
    }
  };
}

/** Refuses a calendar that a knob or the grant closes. */
function checkCalendar(call: Call, calendar: SimulatedCalendar): SimulatedCalendar {
  const { state, user, operation } = call;
  const place = { user: user.email, calendar: calendar.id, operation };
  const gone = state.knobs.take("cal.gone", place);
  if (gone === "ErrorFolderNotFound") {
    throw graphError(404, gone, "The specified folder could not be found in the store.");
  }
  if (gone !== undefined) throw itemNotFound();
  if (state.knobs.take("cal.denied", place)) throw accessDenied();
  if (!isOwn(calendar) && !accepts(operation, call.access.scopes, true)) throw accessDenied();
  return calendar;
}

/** The calendar of a call; null stands for the default one. Throws 404, 403, or 400 for a malformed id. */
export function calendarOf(call: Call, calendarId: string | undefined): SimulatedCalendar {
  const { state, user } = call;
  const calendar =
    calendarId === undefined ? defaultCalendar(state, user.email) : state.calendars.get(calendarId);
  if (calendar === undefined || calendar.userEmail !== user.email || calendar.removed) {
    if (calendarId !== undefined && !calendarId.startsWith("AA")) throw malformedId();
    throw itemNotFound();
  }
  return checkCalendar(call, calendar);
}

/** Is the calendar open for writing to this caller? Throws 403. */
export function checkWritable(call: Call, calendar: SimulatedCalendar): void {
  const place = { user: call.user.email, calendar: calendar.id, operation: call.operation };
  if (!calendar.canEdit || call.state.knobs.take("cal.readOnly", place)) throw accessDenied();
}

/** An event and the calendar that holds it, or the one from which it was deleted. */
interface Placed {
  readonly calendar: SimulatedCalendar;
  readonly found: Found;
}

const LINGERING: readonly Operation[] = ["events.get", "events.update", "events.delete"];

/**
 * Where an immutable id points when the path's calendar no longer holds the event (`event.lingers`): to Deleted
 * Items, or to another calendar.
 */
function lingering(call: Call, eventId: string): Placed | null {
  const { state, user, operation } = call;
  if (!LINGERING.includes(operation) || !isImmutableId(eventId)) return null;
  const calendar = calendarsOf(state, user.email).find((each) => isOwn(each) && each.bin.has(eventId));
  const record = calendar?.bin.get(eventId);
  const placed: Placed | null =
    calendar === undefined || record === undefined
      ? findInMailbox(state, user.email, eventId)
      : { calendar, found: { kind: "record", record } };
  const place = placed && { user: user.email, calendar: placed.calendar.id, operation };
  return place !== null && state.knobs.take("event.lingers", place) ? placed : null;
}

/** The event of a call, in the calendar that the path names or anywhere in the person's own mailbox. */
export function eventOf(call: Call, eventId: string, calendarId: string | undefined): Placed {
  const { state, user } = call;
  if (!isEventId(eventId)) throw malformedId();
  if (calendarId !== undefined) {
    const calendar = calendarOf(call, calendarId);
    const found = findInCalendar(state, calendar, eventId);
    if (found !== null) return { calendar, found };
  } else {
    const hit = findInMailbox(state, user.email, eventId);
    if (hit !== null) return { calendar: checkCalendar(call, hit.calendar), found: hit.found };
  }
  const placed = lingering(call, eventId);
  if (placed === null) throw itemNotFound();
  return placed;
}
