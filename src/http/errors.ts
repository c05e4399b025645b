// Errors on the wire: the status and title of every code, and any error as RFC 9457 problem+json.
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Deps } from "../deps.ts";
import { BUDGET_WINDOW_SECONDS } from "../domain/budget.ts";
import { EngineError, type ErrorCode } from "../domain/errors.ts";
import type { ApiEnv } from "./auth.ts";
import { BASE_PATH } from "./operation.ts";

/** The answer for a code. It has `retryAfterSeconds` where the same request may succeed later. */
interface ProblemKind {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly retryAfterSeconds?: number;
}

const kind = (status: ContentfulStatusCode, title: string, retryAfterSeconds?: number): ProblemKind =>
  retryAfterSeconds === undefined ? { status, title } : { status, title, retryAfterSeconds };

/** Typed without `Partial`: a new code breaks the build until it has a status. */
export const PROBLEMS: Record<ErrorCode, ProblemKind> = {
  invalid_request: kind(400, "The request is not valid"),
  invalid_json: kind(400, "The body is not JSON"),
  invalid_time: kind(400, "The time is not valid"),
  invalid_time_zone: kind(400, "The time zone is unknown"),
  time_skipped_by_dst: kind(400, "The clocks skip this time"),
  body_too_large: kind(413, "The body is too large"),
  unsupported_media_type: kind(415, "The content type is not supported"),
  unauthenticated: kind(401, "The caller is unknown"),
  authentication_unavailable: kind(503, "The caller can't be checked now", 5),
  token_in_address: kind(400, "A token may not stand in an address"),
  connect_link_over: kind(410, "The link no longer opens"),
  session_changed: kind(409, "Another agent is signed in"),
  forbidden: kind(403, "The caller may not do this"),
  not_found: kind(404, "There is nothing here"),
  method_not_allowed: kind(405, "The method is not allowed here"),
  agent_not_found: kind(404, "The agent is unknown"),
  agent_being_erased: kind(409, "The agent is being erased"),
  account_not_found: kind(404, "The account is unknown"),
  connection_not_found: kind(404, "The connection is unknown"),
  booking_not_found: kind(404, "The booking is unknown"),
  calendar_not_found: kind(404, "The calendar is unknown"),
  provider_not_configured: kind(404, "The calendar provider is not offered here"),
  mcp_not_configured: kind(404, "MCP is not offered here"),
  mcp_unavailable: kind(503, "What speaks MCP does not answer", 2),
  connection_exists: kind(409, "The calendar is connected already"),
  calendar_not_readable: kind(409, "The calendar can't be read"),
  unreadable_changed: kind(409, "An event has changed"),
  calendar_read_only: kind(409, "The calendar can't be written"),
  booking_exists: kind(409, "The booking exists with other content"),
  booking_cancelled: kind(409, "The booking is cancelled"),
  bulk_refused: kind(409, "Not all of it can be done, so nothing was"),
  group_not_found: kind(404, "The group is unknown"),
  group_changed: kind(409, "The group has changed"),
  group_too_large: kind(409, "The group is too large"),
  hold_exists: kind(409, "The hold exists for another time"),
  hold_not_found: kind(404, "The hold is unknown"),
  hold_over: kind(409, "The hold is over"),
  failure_not_found: kind(404, "The failure is unknown"),
  feed_not_found: kind(404, "The feed is unknown"),
  too_many_feeds: kind(409, "The agent has too many feeds"),
  calendar_switched_off: kind(409, "The calendar is switched off"),
  notice_not_found: kind(404, "The notice is unknown"),
  idempotency_key_reused: kind(422, "The idempotency key belongs to another request"),
  settings_changed: kind(409, "The settings have changed"),
  slot_taken: kind(409, "The time is taken"),
  slot_unverified: kind(409, "The time could not be verified", 5),
  account_mismatch: kind(409, "Another account was chosen"),
  account_needs_reauth: kind(409, "The account must be connected again"),
  oauth_denied: kind(400, "Consent was refused"),
  oauth_state_invalid: kind(400, "The consent can't be matched with its start"),
  oauth_failed: kind(502, "The provider refused the consent"),
  oauth_scope_missing: kind(400, "A needed permission was not granted"),
  oauth_no_refresh_token: kind(400, "The provider gave no lasting permission"),
  password_refused: kind(422, "The user name or the password was refused"),
  app_password_needed: kind(422, "An app-specific password is needed"),
  too_many_attempts: kind(429, "Too many attempts with a password", 3_600),
  rate_limited: kind(429, "Too many requests", BUDGET_WINDOW_SECONDS),
  not_caldav: kind(422, "The address is no calendar server's"),
  no_calendars: kind(422, "The account has no calendars"),
  server_address_refused: kind(422, "The server's address is not allowed"),
  redirect_refused: kind(422, "The server sends us where a password must not go"),
  server_unreachable: kind(422, "The calendar server can't be reached"),
  provider_unavailable: kind(503, "The calendar provider does not answer", 10),
  sync_disabled: kind(409, "Syncing is switched off"),
  sync_held_off: kind(409, "The calendar can't be synced yet"),
  sync_in_progress: kind(409, "A sync is running already", 2),
  database_unavailable: kind(503, "The database does not answer", 2),
  internal_error: kind(500, "Something went wrong on our side"),
};

/** An error as callers see it (RFC 9457). `extra` of the error is added at the top level. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly [extra: string]: unknown;
}

/** The error's public form. Causes stay out of it. */
export function problemOf(error: EngineError): Problem {
  const { status, title } = PROBLEMS[error.code];
  return {
    ...error.extra,
    type: `${BASE_PATH}/docs#${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
  };
}

/** Turns anything thrown into the error to answer. Unknown errors become `internal_error`, without their message. */
export function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (error instanceof HTTPException && error.status === 403) {
    return new EngineError("forbidden", "This form was not sent from our own page. Open the page again.");
  }
  if (error instanceof HTTPException && error.status < 500) {
    return new EngineError("invalid_request", "The request could not be read.");
  }
  return new EngineError("internal_error", "We have noted it. Please try again later.", { cause: error });
}

/** Sets `Retry-After` where repeating helps. */
export function setRetryAfter(c: Context<ApiEnv>, error: EngineError): void {
  const { retryAfterSeconds } = PROBLEMS[error.code];
  if (retryAfterSeconds !== undefined) c.header("Retry-After", String(retryAfterSeconds));
}

/** Answers an error as problem+json. */
export function answerProblem(c: Context<ApiEnv>, error: EngineError): Response {
  const { status } = PROBLEMS[error.code];
  setRetryAfter(c, error);
  c.header("Content-Type", "application/problem+json");
  return c.body(JSON.stringify({ ...problemOf(error), requestId: c.get("requestId") }), status);
}

/** Name, code and stack frames of an unexpected error, for the log. Its message may quote what was sent: left out. */
function originOf(error: unknown): { name: string; errorCode: string | null; stack: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, errorCode: null, stack: [] };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return {
    name: error.name,
    errorCode: /^[A-Z_]{1,40}$/.test(code) ? code : null,
    stack: frames.slice(0, 4).map((line) => line.trim()),
  };
}

/** Logs unexpected errors, by name and place: only the operator can mend their cause. */
export function logUnexpected(deps: Pick<Deps, "log">, error: EngineError, requestId: string): void {
  if (error.code !== "internal_error") return;
  const cause = error.cause;
  const deeper = cause instanceof Error && cause.cause !== undefined ? originOf(cause.cause) : null;
  deps.log.error("request.failed", { requestId, ...originOf(cause), causedBy: deeper });
}
