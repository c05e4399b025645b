// Errors: the one class of errors for callers, with a closed set of stable codes.

/** Every code that a caller can meet. `http/errors.ts` gives each code its HTTP status and title. */
export type ErrorCode =
  | "invalid_request"
  | "invalid_json"
  | "invalid_time"
  | "invalid_time_zone"
  | "time_skipped_by_dst"
  | "body_too_large"
  | "unauthenticated"
  | "authentication_unavailable"
  | "token_in_address"
  | "connect_link_over"
  | "session_changed"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "agent_not_found"
  | "agent_being_erased"
  | "account_not_found"
  | "connection_not_found"
  | "booking_not_found"
  | "connection_exists"
  | "calendar_not_found"
  | "calendar_read_only"
  | "calendar_not_readable"
  | "unreadable_changed"
  | "booking_exists"
  | "booking_cancelled"
  | "bulk_refused"
  | "group_not_found"
  | "group_changed"
  | "group_too_large"
  | "hold_exists"
  | "hold_not_found"
  | "hold_over"
  | "failure_not_found"
  | "feed_not_found"
  | "too_many_feeds"
  | "calendar_switched_off"
  | "notice_not_found"
  | "idempotency_key_reused"
  | "settings_changed"
  | "slot_taken"
  | "slot_unverified"
  | "oauth_denied"
  | "oauth_state_invalid"
  | "oauth_failed"
  | "oauth_scope_missing"
  | "oauth_no_refresh_token"
  | "password_refused"
  | "app_password_needed"
  | "too_many_attempts"
  | "rate_limited"
  | "not_caldav"
  | "no_calendars"
  | "server_address_refused"
  | "redirect_refused"
  | "server_unreachable"
  | "account_mismatch"
  | "account_needs_reauth"
  | "provider_not_configured"
  | "mcp_not_configured"
  | "mcp_unavailable"
  | "provider_unavailable"
  | "sync_in_progress"
  | "sync_disabled"
  | "sync_held_off"
  | "unsupported_media_type"
  | "database_unavailable"
  | "internal_error";

/**
 * An error for a caller. `code` never changes. `detail` tells a person what is wrong and what to do. `extra` is added
 * to the problem+json body (conflicts, results); it must hold no secrets and no titles.
 */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: ErrorCode;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { extra?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.extra = options.extra ?? {};
  }
}

/** What the work returns, or the EngineError that it throws. */
export function resultOrError<T>(work: () => T): T | EngineError {
  try {
    return work();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}
