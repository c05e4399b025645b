// Google's refusals, with the bodies of `docs/providers/google.md` A.1.3, A.11, D.1 and E.1.7.
import { describe, expect, test } from "vitest";
import type { FailureKind } from "../../../src/domain/failure.ts";
import { classifyApi, classifyOAuth, type Operation } from "../../../src/providers/google/failures.ts";

const api = (code: number, reason: string, message: string, domain = "global") => ({
  error: { errors: [{ domain, reason, message }], code, message },
});
const refusal = (status: number, body: unknown) => ({ status, body, headers: new Headers() });

type Case = [row: string, Operation, status: number, body: unknown, FailureKind, code: string];

const CASES: Case[] = [
  ["G7", "list", 401, api(401, "authError", "Invalid Credentials"), "reauth", "authError"],
  [
    "G8",
    "list",
    403,
    {
      error: {
        code: 403,
        message: "Request had insufficient authentication scopes.",
        errors: [{ message: "Insufficient Permission", domain: "global", reason: "insufficientPermissions" }],
        status: "PERMISSION_DENIED",
        details: [{ reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT", domain: "googleapis.com" }],
      },
    },
    "reauth",
    "insufficientPermissions",
  ],
  [
    "G8 in the new shape only",
    "insert",
    403,
    { error: { code: 403, details: [{ reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT" }] } },
    "reauth",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
  ],
  [
    "G9",
    "list",
    403,
    api(403, "accessNotConfigured", "Access Not Configured", "usageLimits"),
    "operator",
    "accessNotConfigured",
  ],
  [
    "G10",
    "list",
    403,
    api(403, "userRateLimitExceeded", "User Rate Limit Exceeded", "usageLimits"),
    "wait",
    "userRateLimitExceeded",
  ],
  [
    "G11 as 403",
    "insert",
    403,
    api(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
    "wait",
    "rateLimitExceeded",
  ],
  [
    "G11 as 429",
    "insert",
    429,
    api(429, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
    "wait",
    "rateLimitExceeded",
  ],
  [
    "G12",
    "insert",
    403,
    api(403, "quotaExceeded", "Calendar usage limits exceeded.", "usageLimits"),
    "pause",
    "quotaExceeded",
  ],
  [
    "G12 by the day",
    "patch",
    403,
    api(403, "dailyLimitExceeded", "Daily Limit Exceeded", "usageLimits"),
    "pause",
    "dailyLimitExceeded",
  ],
  ["G13", "list", 500, api(500, "backendError", "Backend Error"), "retry", "backendError"],
  ["G13 as HTML", "list", 502, null, "retry", "http_502"],
  ["G13 unavailable", "insert", 503, null, "retry", "http_503"],
  ["G13 gateway timeout", "delete", 504, null, "retry", "http_504"],
  [
    "G14",
    "list-delta",
    410,
    api(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.", "calendar"),
    "resync",
    "fullSyncRequired",
  ],
  [
    "G15",
    "list-delta",
    410,
    api(410, "updatedMinTooLongAgo", "Too far in the past.", "calendar"),
    "resync",
    "updatedMinTooLongAgo",
  ],
  ["G16", "list-delta", 400, api(400, "badRequest", "Bad Request"), "resync", "badRequest"],
  ["G16 on a page", "list-page", 400, api(400, "invalid", "Bad page token"), "resync", "invalid"],
  [
    "a bad first listing",
    "list",
    400,
    api(400, "timeRangeEmpty", "Empty", "calendar"),
    "bug",
    "timeRangeEmpty",
  ],
  ["G17", "list", 404, api(404, "notFound", "Not Found"), "gone", "notFound"],
  ["G17 in a delta", "list-delta", 404, api(404, "notFound", "Not Found"), "gone", "notFound"],
  ["a lost page", "list-page", 404, api(404, "notFound", "Not Found"), "resync", "notFound"],
  ["G41", "list", 403, api(403, "notACalendarUser", "x"), "no-service", "notACalendarUser"],
  [
    "G41 of the calendar list",
    "calendars",
    403,
    api(403, "notACalendarUser", "x"),
    "no-service",
    "notACalendarUser",
  ],
  [
    "G42 by scope",
    "watch",
    403,
    api(403, "insufficientPermissions", "x"),
    "refused",
    "insufficientPermissions",
  ],
  ["G42 by a reason to come", "watch", 403, api(403, "notWatchable", "x"), "refused", "notWatchable"],
  ["G18", "list", 403, api(403, "forbidden", "Forbidden"), "gone", "forbidden"],
  [
    "G18 by level",
    "list-delta",
    403,
    api(403, "requiredAccessLevel", "No access.", "calendar"),
    "gone",
    "requiredAccessLevel",
  ],
  [
    "G19",
    "insert",
    409,
    api(409, "duplicate", "The requested identifier already exists."),
    "adopt",
    "duplicate",
  ],
  ["G20", "insert", 400, api(400, "invalid", "Invalid resource id value."), "bug", "invalid"],
  [
    "G21",
    "insert",
    403,
    api(403, "requiredAccessLevel", "You need to have writer access to this calendar.", "calendar"),
    "read-only",
    "requiredAccessLevel",
  ],
  ["G22 unknown", "patch", 404, api(404, "notFound", "Not Found"), "gone", "notFound"],
  ["G22 deleted", "patch", 410, api(410, "deleted", "Resource has been deleted"), "gone", "deleted"],
  ["G23", "patch", 412, api(412, "conditionNotMet", "Precondition Failed"), "reread", "conditionNotMet"],
  ["G24", "delete", 410, api(410, "deleted", "Resource has been deleted"), "gone", "deleted"],
  [
    "G25",
    "patch",
    403,
    api(403, "forbiddenForNonOrganizer", "Only the organizer.", "calendar"),
    "ignore",
    "forbiddenForNonOrganizer",
  ],
  ["G26", "insert", 409, api(409, "conflict", "Conflict"), "retry", "conflict"],
  [
    "G27",
    "watch",
    400,
    api(400, "pushNotSupportedForRequestedResource", "Push notifications are not supported.", "calendar"),
    "unsupported",
    "pushNotSupportedForRequestedResource",
  ],
  [
    "G28",
    "watch",
    400,
    api(400, "channelIdNotUnique", "Channel id x not unique"),
    "retry",
    "channelIdNotUnique",
  ],
  [
    "G29 not https",
    "watch",
    400,
    api(400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS"),
    "operator",
    "push.webhookUrlNotHttps",
  ],
  [
    "G29 unauthorized",
    "watch",
    401,
    api(401, "push.webhookUrlUnauthorized", "Unauthorized WebHook callback channel"),
    "operator",
    "push.webhookUrlUnauthorized",
  ],
  ["a channel without its calendar", "watch", 404, api(404, "notFound", "Not Found"), "gone", "notFound"],
  ["G32", "stop", 404, api(404, "notFound", "Channel not found"), "ignore", "notFound"],
  ["a foreign channel", "stop", 403, api(403, "forbidden", "Forbidden"), "ignore", "forbidden"],
  ["a channel after revocation", "stop", 401, api(401, "authError", "Invalid"), "ignore", "authError"],
  [
    "throttling while stopping",
    "stop",
    403,
    api(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
    "wait",
    "rateLimitExceeded",
  ],
  ["a refusal nobody knows", "patch", 403, api(403, "newReason", "New"), "bug", "newReason"],
  ["a reason that is text", "patch", 400, api(400, "Meeting with Bo", "x"), "bug", "http_400"],
];

describe("the Calendar API", () => {
  test.each(CASES)("%s", (_, operation, status, body, kind, code) => {
    expect(classifyApi(operation, refusal(status, body))).toEqual({ kind, code });
  });

  test("the message decides nothing", () => {
    for (const [, operation, status, body, kind, code] of CASES) {
      const silent = JSON.parse(JSON.stringify(body), (key, value) => (key === "message" ? "" : value));
      expect(classifyApi(operation, refusal(status, silent))).toEqual({ kind, code });
    }
  });
});

describe("the token endpoint", () => {
  const oauth = (error: string, description: string, more: Record<string, string> = {}) => ({
    error,
    error_description: description,
    ...more,
  });
  const cases: [string, number, unknown, FailureKind, string][] = [
    ["G1", 400, oauth("invalid_grant", "Token has been expired or revoked."), "reauth", "invalid_grant"],
    ["a used code", 400, oauth("invalid_grant", "Malformed auth code."), "reauth", "invalid_grant"],
    ["G2", 401, oauth("invalid_client", "Unauthorized"), "operator", "invalid_client"],
    ["a deleted client", 401, oauth("deleted_client", "Deleted."), "operator", "deleted_client"],
    [
      "G3",
      400,
      oauth("invalid_grant", "reauth related error (invalid_rapt)", { error_subtype: "invalid_rapt" }),
      "reauth",
      "invalid_rapt",
    ],
    ["G4 unavailable", 503, null, "retry", "http_503"],
    ["G4 throttled", 429, oauth("rate_limit", ""), "wait", "http_429"],
    ["G4 with a body that lies", 500, oauth("invalid_grant", ""), "retry", "http_500"],
    [
      "a wrong redirect",
      400,
      oauth("redirect_uri_mismatch", "Bad Request"),
      "operator",
      "redirect_uri_mismatch",
    ],
    ["an admin's block", 400, oauth("admin_policy_enforced", ""), "reauth", "admin_policy_enforced"],
    ["our bug", 400, oauth("invalid_request", ""), "bug", "invalid_request"],
    ["L22: an unknown refusal never blames the person", 400, oauth("odd", ""), "bug", "odd"],
    ["no JSON", 400, null, "bug", "http_400"],
    ["revoked already", 400, oauth("invalid_token", "Token expired or revoked"), "ignore", "invalid_token"],
  ];
  test.each(cases)("%s", (_, status, body, kind, code) => {
    expect(classifyOAuth(refusal(status, body))).toEqual({ kind, code });
  });
});
