// Call: one Calendar API call, its caller, and whether Google would allow it.

import type { Context } from "hono";
import type { AccessToken } from "../shared/grants.ts";
import {
  apiError,
  authError,
  badRequest,
  forbidden,
  insufficientScope,
  invalid,
  loginRequired,
  notACalendarUser,
  notFound,
  usageLimit,
  writerRequired,
} from "./errors.ts";
import { selectFields } from "./fields.ts";
import { countCall } from "./limits.ts";
import { accepts, type Operation, SCOPES_OF } from "./scopes.ts";
import { findCalendar, type GoogleState, type ListEntry, type SimulatedCalendar } from "./state.ts";

/** A call that passed authentication, scopes and limits. */
export interface Call {
  readonly state: GoogleState;
  readonly operation: Operation;
  readonly access: AccessToken;
  readonly user: string;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

const COMMON_PARAMETERS = ["fields", "quotaUser", "prettyPrint", "alt", "key"];

function checkQuery(query: URLSearchParams, allowed: readonly string[], repeatable: readonly string[]): void {
  for (const name of new Set(query.keys())) {
    if (!allowed.includes(name) && !COMMON_PARAMETERS.includes(name)) {
      throw badRequest(
        `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter.`,
        name,
      );
    }
    if (query.getAll(name).length > 1 && !repeatable.includes(name)) {
      throw badRequest(`Parameter "${name}" must not be repeated.`, name);
    }
  }
  if ((query.get("alt") ?? "json") !== "json") throw badRequest("Only alt=json is served.", "alt");
  if ((query.get("quotaUser") ?? "").length > 40) throw badRequest("quotaUser is too long.", "quotaUser");
}

async function readBody(request: Request): Promise<Record<string, unknown>> {
  if (request.method === "GET" || request.method === "DELETE") return {};
  const text = await request.text();
  const parseError = apiError({ status: 400, reason: "parseError", message: "Parse Error" });
  if (!(request.headers.get("content-type") ?? "").startsWith("application/json")) throw parseError;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch {
    throw parseError;
  }
  throw parseError;
}

function authenticate(state: GoogleState, header: string | undefined, operation: Operation): AccessToken {
  if (header === undefined) throw loginRequired();
  const access = state.accessTokens.get(header.replace(/^Bearer /, ""));
  if (!header.startsWith("Bearer ") || access === undefined) throw authError();
  if (state.knobs.take("api.expireAccess", { user: access.email, operation })) access.expiresAt = state.now();
  if (access.expiresAt <= state.now()) throw authError();
  return access;
}

function checkGate(
  state: GoogleState,
  access: AccessToken,
  operation: Operation,
  calendar: string | null,
): void {
  const place = { user: access.email, operation, calendar };
  const accepted = SCOPES_OF[operation];
  if (!accepts(operation, access.scopes) || state.knobs.take("api.scopeCheck", place)) {
    throw insufficientScope(operation, accepted);
  }
  if (state.knobs.take("api.notConfigured", place)) {
    throw usageLimit(
      403,
      "accessNotConfigured",
      "Access Not Configured. Calendar API has not been used in this project.",
    );
  }
  if (state.knobs.take("account.off", place)) throw notACalendarUser();
  const refused = state.knobs.take("api.refused", place);
  if (refused !== undefined) throw apiError({ ...refused, message: "The call was refused." });
  countCall(state, access.email, place);
}

/** The parameters of one kind of call, and its handler. */
export interface CallSpec {
  readonly operation: Operation;
  readonly parameters?: readonly string[];
  readonly repeatable?: readonly string[];
  /** Answers JSON, or null for 204. A `Response` is sent unchanged. */
  readonly answer: (call: Call, context: Context) => unknown;
}

/** A Hono handler with the checks that all Calendar API calls share. */
export function apiCall(state: GoogleState, spec: CallSpec): (context: Context) => Promise<Response> {
  return async (context) => {
    const query = new URL(context.req.url).searchParams;
    const access = authenticate(state, context.req.header("authorization"), spec.operation);
    const calendarId = context.req.param("calendarId") ?? null;
    checkGate(state, access, spec.operation, calendarId === "primary" ? access.email : calendarId);
    checkQuery(query, spec.parameters ?? [], spec.repeatable ?? []);
    const body = await readBody(context.req.raw);
    const header = (name: string) => context.req.header(name);
    const call = { state, operation: spec.operation, access, user: access.email, query, header, body };
    const answer = await spec.answer(call, context);
    if (answer instanceof Response) return answer;
    if (answer === null) return new Response(null, { status: 204 });
    const fields = query.get("fields");
    return Response.json(fields === null ? answer : selectFields(answer, fields));
  };
}

/** The calendar of a call, with the caller's entry in its list. Throws 404 or 403. */
export function calendarOf(
  call: Call,
  calendarId: string,
): { calendar: SimulatedCalendar; entry: ListEntry } {
  const { state, user, operation } = call;
  const calendar = findCalendar(state, user, calendarId);
  const entry = calendar?.entries.get(user);
  if (calendar === undefined || entry === undefined || entry.deleted) throw notFound();
  const place = { user, calendar: calendar.id, operation };
  if (state.knobs.take("cal.gone", place)) throw notFound();
  const role = state.knobs.take("cal.role", place) ?? entry.role;
  if (role === "none") throw forbidden();
  const ownedOnly = SCOPES_OF[operation].filter((scope) => call.access.scopes.includes(scope));
  if (ownedOnly.length > 0 && ownedOnly.every((scope) => scope.includes(".owned")) && role !== "owner")
    throw notFound();
  return { calendar, entry: { ...entry, role } };
}

/** The same for writing. */
export function writableCalendarOf(call: Call, calendarId: string): SimulatedCalendar {
  const { calendar, entry } = calendarOf(call, calendarId);
  if (entry.role === "reader" || entry.role === "freeBusyReader") throw writerRequired();
  return calendar;
}

/** A boolean parameter. */
export function readFlag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name) ?? "false";
  if (text !== "true" && text !== "false") throw badRequest(`Invalid boolean value: '${text}'.`, name);
  return text === "true";
}

/** A page size: `fallback` when absent, and reduced to `most`, as Google reduces it. */
export function readMaxResults(query: URLSearchParams, fallback: number, most: number): number {
  const text = query.get("maxResults");
  if (text === null) return fallback;
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw invalid(`Invalid value '${text}'. Values must be within the range: [1, ${most}]`);
  return Math.min(Number(text), most);
}
