// Errors: the bodies with which Google refuses (`docs/providers/google.md` A.1.3, A.11).
import { Refusal } from "../shared/refusal.ts";

/** A refusal with the status, body and headers Google would send. */
export class GoogleError extends Refusal {
  override readonly name = "GoogleError";
}

interface Details {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly domain?: string;
  readonly locationType?: string;
  readonly location?: string;
}

/** An error of the Calendar API in its usual form. */
export function apiError(details: Details): GoogleError {
  const { status, reason, message, domain = "global", locationType, location } = details;
  const place = location === undefined ? {} : { locationType: locationType ?? "parameter", location };
  return new GoogleError(status, {
    error: { errors: [{ domain, reason, message, ...place }], code: status, message },
  });
}

/** An error of the token or revoke endpoint. */
export function oauthError(
  status: number,
  error: string,
  description: string,
  extra: Readonly<Record<string, string>> = {},
): GoogleError {
  return new GoogleError(status, { error, error_description: description, ...extra });
}

export const badRequest = (message: string, location?: string): GoogleError =>
  apiError({ status: 400, reason: "badRequest", message, ...(location === undefined ? {} : { location }) });

export const invalid = (message: string): GoogleError =>
  apiError({ status: 400, reason: "invalid", message });

export const required = (message: string, location?: string): GoogleError =>
  apiError({
    status: 400,
    reason: "required",
    message,
    ...(location === undefined ? {} : { locationType: "other", location }),
  });

export const notFound = (): GoogleError =>
  apiError({ status: 404, reason: "notFound", message: "Not Found" });

export const deleted = (): GoogleError =>
  apiError({ status: 410, reason: "deleted", message: "Resource has been deleted" });

export const forbidden = (): GoogleError =>
  apiError({ status: 403, reason: "forbidden", message: "Forbidden" });

export const notACalendarUser = (): GoogleError =>
  apiError({
    status: 403,
    reason: "notACalendarUser",
    message: "The user must be signed up for Google Calendar.",
  });

export const duplicate = (): GoogleError =>
  apiError({ status: 409, reason: "duplicate", message: "The requested identifier already exists." });

export const conflict = (): GoogleError => apiError({ status: 409, reason: "conflict", message: "Conflict" });

export const authError = (): GoogleError =>
  apiError({
    status: 401,
    reason: "authError",
    message: "Invalid Credentials",
    locationType: "header",
    location: "Authorization",
  });

export const loginRequired = (): GoogleError =>
  apiError({
    status: 401,
    reason: "required",
    message: "Login Required.",
    locationType: "header",
    location: "Authorization",
  });

export const conditionNotMet = (): GoogleError =>
  apiError({
    status: 412,
    reason: "conditionNotMet",
    message: "Precondition Failed",
    locationType: "header",
    location: "If-Match",
  });

export const fullSyncRequired = (): GoogleError =>
  apiError({
    status: 410,
    domain: "calendar",
    reason: "fullSyncRequired",
    message: "Sync token is no longer valid, a full sync is required.",
    location: "syncToken",
  });

export const updatedMinTooLongAgo = (): GoogleError =>
  apiError({
    status: 410,
    domain: "calendar",
    reason: "updatedMinTooLongAgo",
    message: "The requested minimum modification time lies too far in the past.",
    location: "updatedMin",
  });

export const timeRangeEmpty = (): GoogleError =>
  apiError({
    status: 400,
    domain: "calendar",
    reason: "timeRangeEmpty",
    message: "The specified time range is empty.",
    location: "timeMax",
  });

export const writerRequired = (): GoogleError =>
  apiError({
    status: 403,
    domain: "calendar",
    reason: "requiredAccessLevel",
    message: "You need to have writer access to this calendar.",
  });

export const notOrganizer = (): GoogleError =>
  apiError({
    status: 403,
    domain: "calendar",
    reason: "forbiddenForNonOrganizer",
    message: "Shared properties can only be changed by the organizer of the event.",
  });

export const usageLimit = (status: 403 | 429, reason: string, message: string): GoogleError =>
  apiError({ status, domain: "usageLimits", reason, message });

/** The grant doesn't cover the method. Body and header are those of A.1.4 and E.1.7. */
export function insufficientScope(operation: string, accepted: readonly string[]): GoogleError {
  const method = `calendar.v3.${operation
    .split(".")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join(".")}`;
  const body = {
    error: {
      code: 403,
      message: "Request had insufficient authentication scopes.",
      errors: [{ message: "Insufficient Permission", domain: "global", reason: "insufficientPermissions" }],
      status: "PERMISSION_DENIED",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
          domain: "googleapis.com",
          metadata: { service: "calendar-json.googleapis.com", method },
        },
      ],
    },
  };
  const challenge = `Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="${accepted.join(" ")}"`;
  return new GoogleError(403, body, { "www-authenticate": challenge });
}
