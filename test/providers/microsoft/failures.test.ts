// Microsoft's refusals, with the bodies of `docs/providers/microsoft.md` B.1.3, B.7.1, B.9, D.2 and E.2.
import { describe, expect, test } from "vitest";
import type { FailureKind } from "../../../src/domain/failure.ts";
import { classifyApi, classifyOAuth, type Operation } from "../../../src/providers/microsoft/failures.ts";

const innerError = { date: "2026-03-01T10:00:00", "request-id": "8c", "client-request-id": "8c" };
const graph = (code: string, message = "") => ({ error: { code, message, innerError } });
const nested = (outer: string, inner: string, spelling = "innerError") => ({
  error: { code: outer, message: "", [spelling]: { ...innerError, code: inner } },
});
const refusal = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  body,
  headers: new Headers(headers),
});

type Case = [row: string, Operation, status: number, body: unknown, FailureKind, code: string];

const EXPIRED = graph("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.");
const DENIED = graph("ErrorAccessDenied", "Access is denied. Check credentials and try again.");
const NO_MAILBOX = graph("MailboxNotEnabledForRESTAPI", "REST API is not yet supported for this mailbox.");
const NOT_FOUND = graph("ErrorItemNotFound", "The specified object was not found in the store.");
const CONFLICT = graph("ErrorIrresolvableConflict", "The change key does not match.");
const UNREACHED = "Subscription validation request failed.";
const TOO_LONG = "Subscription expiration can only be 10070 minutes in the future.";

const CASES: Case[] = [
  ["M10", "list", 401, EXPIRED, "reauth", "InvalidAuthenticationToken"],
  ["M10 without a body", "patch", 401, null, "reauth", "http_401"],
  ["M12 of the account", "calendars", 403, DENIED, "reauth", "ErrorAccessDenied"],
  ["M12 of a calendar read", "list", 403, DENIED, "gone", "ErrorAccessDenied"],
  ["M12 of a calendar read on", "delta", 403, DENIED, "gone", "ErrorAccessDenied"],
  ["M12 of a series", "occurrences", 403, DENIED, "gone", "ErrorAccessDenied"],
  ["M12 of a write", "create", 403, DENIED, "read-only", "ErrorAccessDenied"],
  ["M12 of a change", "patch", 403, DENIED, "read-only", "ErrorAccessDenied"],
  ["M12 of a removal", "delete", 403, DENIED, "read-only", "ErrorAccessDenied"],
  [
    "M30 by an immutable id",
    "delete",
    403,
    graph("ErrorCannotDeleteObject"),
    "gone",
    "ErrorCannotDeleteObject",
  ],
  ["M13 as 404", "list", 404, NO_MAILBOX, "no-service", "MailboxNotEnabledForRESTAPI"],
  ["M13 as 403", "create", 403, NO_MAILBOX, "no-service", "MailboxNotEnabledForRESTAPI"],
  [
    "M13 not supported",
    "delta",
    404,
    graph("MailboxNotSupportedForRESTAPI"),
    "no-service",
    "MailboxNotSupportedForRESTAPI",
  ],
  [
    "a mailbox on its way",
    "list",
    404,
    graph("ErrorMailboxMoveInProgress"),
    "retry",
    "ErrorMailboxMoveInProgress",
  ],
  ["M14", "list", 429, graph("ApplicationThrottled"), "wait", "ApplicationThrottled"],
  ["M14 otherwise", "create", 429, graph("TooManyRequests"), "wait", "TooManyRequests"],
  ["M14 without a body", "subscribe", 429, null, "wait", "http_429"],
  ["M15", "list", 503, graph("serviceNotAvailable"), "retry", "serviceNotAvailable"],
  ["M15 as a page", "patch", 504, null, "retry", "http_504"],
  ["bandwidth", "list", 509, null, "wait", "http_509"],
  ["M16", "list", 500, graph("ErrorInternalServerError"), "retry", "ErrorInternalServerError"],
  ["M17 with a code", "delta", 410, graph("SyncStateNotFound"), "resync", "SyncStateNotFound"],
  ["M17 without a body", "delta", 410, null, "resync", "http_410"],
  ["M17 at the beginning of a round", "list", 410, null, "resync", "http_410"],
  ["M18 as 400", "delta", 400, graph("syncStateInvalid"), "resync", "syncStateInvalid"],
  ["M18 as 404", "delta", 404, graph("SyncStateNotFound"), "resync", "SyncStateNotFound"],
  ["M18 by another case", "delta", 404, graph("SYNCSTATENOTFOUND"), "resync", "SYNCSTATENOTFOUND"],
  ["M18 required", "delta", 400, graph("resyncRequired"), "resync", "resyncRequired"],
  [
    "M18 inside",
    "delta",
    410,
    nested("syncStateNotFound", "resyncApplyDifferences"),
    "resync",
    "resyncApplyDifferences",
  ],
  [
    "M18 inside, otherwise spelled",
    "delta",
    404,
    nested("Gone", "resyncUploadDifferences", "innererror"),
    "resync",
    "resyncUploadDifferences",
  ],
  [
    "a link Graph no longer reads",
    "delta",
    400,
    graph("ErrorInvalidUrlQuery"),
    "resync",
    "ErrorInvalidUrlQuery",
  ],
  [
    "an event that is no longer a series",
    "occurrences",
    400,
    graph("ErrorInvalidRequest"),
    "resync",
    "ErrorInvalidRequest",
  ],
  ["G 13", "list", 400, graph("BadRequest"), "unsupported", "BadRequest"],
  ["our own query", "view", 400, graph("BadRequest"), "bug", "BadRequest"],
  ["M19", "delta", 504, graph("UnknownError"), "unsupported", "UnknownError"],
  ["M26", "list", 404, NOT_FOUND, "gone", "ErrorItemNotFound"],
  ["M26 of a folder", "delta", 404, graph("ErrorFolderNotFound"), "gone", "ErrorFolderNotFound"],
  ["M27 as 409", "create", 409, graph("ErrorDuplicateTransactionId"), "adopt", "ErrorDuplicateTransactionId"],
  ["M27 as 400", "create", 400, graph("ErrorDuplicateTransactionId"), "adopt", "ErrorDuplicateTransactionId"],
  ["M28", "patch", 412, CONFLICT, "reread", "ErrorIrresolvableConflict"],
  ["M28 as 409", "patch", 409, CONFLICT, "reread", "ErrorIrresolvableConflict"],
  ["M28 of a removal", "delete", 409, CONFLICT, "reread", "ErrorIrresolvableConflict"],
  ["a race of creates", "create", 409, graph("nameAlreadyExists"), "retry", "nameAlreadyExists"],
  ["M29", "patch", 404, NOT_FOUND, "gone", "ErrorItemNotFound"],
  ["a corrupt id", "patch", 400, graph("ErrorInvalidIdMalformed"), "gone", "ErrorInvalidIdMalformed"],
  [
    "a body that is our mistake",
    "create",
    400,
    graph("ErrorPropertyValidationFailure"),
    "bug",
    "ErrorPropertyValidationFailure",
  ],
  ["M30", "delete", 404, NOT_FOUND, "gone", "ErrorItemNotFound"],
  [
    "M31",
    "patch",
    400,
    graph("ErrorOccurrenceCrossingBoundary"),
    "ignore",
    "ErrorOccurrenceCrossingBoundary",
  ],
  ["M32 as 507", "create", 507, graph("ErrorQuotaExceeded"), "pause", "ErrorQuotaExceeded"],
  ["M32 as 403", "patch", 403, graph("ErrorQuotaExceeded"), "pause", "ErrorQuotaExceeded"],
  ["M33", "subscribe", 400, graph("ValidationError", UNREACHED), "retry", "ValidationError"],
  ["M33 otherwise", "subscribe", 400, graph("InvalidRequest", UNREACHED), "retry", "InvalidRequest"],
  ["M34 however short", "subscribe", 400, graph("ExtensionError", TOO_LONG), "unsupported", "ExtensionError"],
  ["M34 of a renewal", "renew", 400, graph("ExtensionError", TOO_LONG), "recreate-channel", "ExtensionError"],
  ["M35", "subscribe", 409, graph("ObjectIdentifierInUse"), "adopt", "ObjectIdentifierInUse"],
  ["M36", "subscribe", 403, graph("ExtensionError", "limit reached"), "unsupported", "ExtensionError"],
  ["M36 of a shared calendar", "subscribe", 403, graph("AccessDenied"), "unsupported", "AccessDenied"],
  [
    "a calendar to watch that is gone",
    "subscribe",
    404,
    graph("ResourceNotFound"),
    "gone",
    "ResourceNotFound",
  ],
  ["M37", "renew", 404, graph("ResourceNotFound"), "recreate-channel", "ResourceNotFound"],
  ["M38", "renew", 401, EXPIRED, "reauth", "InvalidAuthenticationToken"],
  ["M48 of a channel", "subscribe", 401, graph("ExtensionError"), "refused", "ExtensionError"],
  ["M48 of a renewal", "renew", 401, graph("ExtensionError"), "refused", "ExtensionError"],
  ["M48 of the list of channels", "subscriptions", 403, DENIED, "refused", "ErrorAccessDenied"],
  ["a renewal refused for one calendar", "renew", 403, DENIED, "recreate-channel", "ErrorAccessDenied"],
  [
    "a subscription deleted already",
    "unsubscribe",
    404,
    graph("ResourceNotFound"),
    "ignore",
    "ResourceNotFound",
  ],
  [
    "a subscription nobody may delete any more",
    "unsubscribe",
    401,
    EXPIRED,
    "ignore",
    "InvalidAuthenticationToken",
  ],
  ["M47 throttled", "marks", 429, graph("TooManyRequests"), "wait", "TooManyRequests"],
  ["M47 for another's failure", "marks", 424, graph("FailedDependency"), "retry", "FailedDependency"],
  ["a code that is a sentence", "view", 400, graph("Ana's dentist at ten"), "bug", "http_400"],
  ["a body of another kind", "view", 400, { error: "nonsense" }, "bug", "http_400"],
];

describe("the Graph", () => {
  test.each(CASES)("%s", (_, operation, status, body, kind, code) => {
    expect(classifyApi(operation, refusal(status, body))).toEqual({ kind, code });
  });

  test("M38 as 403: the token is refused, and a refresh may mend it", () => {
    for (const operation of ["renew", "list", "create", "calendars"] as const) {
      expect(classifyApi(operation, refusal(403, EXPIRED))).toEqual({
        kind: "reauth",
        code: "InvalidAuthenticationToken",
        tokenRefused: true,
      });
    }
  });

  test("messages decide nothing", () => {
    for (const [, operation, status, body, kind, code] of CASES) {
      const silent = JSON.parse(JSON.stringify(body), (key, value) => (key === "message" ? "" : value));
      expect(classifyApi(operation, refusal(status, silent))).toEqual({ kind, code });
    }
  });

  describe("M11: a step that the person must take", () => {
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1772000000"}}}';
    const challenge = (encoded: string) => ({
      "www-authenticate": `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="${encoded}"`,
    });
    test.each([
      ["base64", btoa(claims), claims],
      ["base64url", btoa(claims).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""), claims],
      ["nonsense", "%%%", null],
    ])("claims in %s", (_, encoded, expected) => {
      expect(classifyApi("list", refusal(401, EXPIRED, challenge(encoded)))).toEqual({
        kind: "reauth",
        code: "insufficient_claims",
        claims: expected,
      });
    });
    test("without claims", () => {
      const headers = { "www-authenticate": 'Bearer error="insufficient_claims"' };
      expect(classifyApi("list", refusal(401, EXPIRED, headers))).toMatchObject({ claims: null });
    });
  });
});

describe("the token endpoint", () => {
  const oauth = (error: string, code: number, more: Record<string, string> = {}) => ({
    error,
    error_description: `AADSTS${code}: canary text. Trace ID: 1a Correlation ID: 2b`,
    error_codes: [code],
    trace_id: "1a",
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    ...more,
  });
  const grant = (code: number): [number, unknown, FailureKind, string] => [
    400,
    oauth("invalid_grant", code),
    "reauth",
    `AADSTS${code}`,
  ];
  const cases: [string, number, unknown, FailureKind, string][] = [
    ["M1", ...grant(700082)],
    ["M2", ...grant(50173)],
    ["M3 MFA", 400, oauth("interaction_required", 50076), "reauth", "AADSTS50076"],
    ["M3 as invalid_grant", ...grant(50079)],
    ["M3 conditional access", ...grant(53003)],
    ["M4", 400, oauth("consent_required", 65001), "reauth", "AADSTS65001"],
    ["M4 as invalid_grant", ...grant(65001)],
    ["M5", ...grant(70000)],
    ["M6", 401, oauth("invalid_client", 7000215), "operator", "AADSTS7000215"],
    ["M6 expired", 401, oauth("invalid_client", 7000222), "operator", "AADSTS7000222"],
    ["M7", 400, oauth("unauthorized_client", 700016), "operator", "AADSTS700016"],
    ["M9", 400, oauth("temporarily_unavailable", 90033), "retry", "AADSTS90033"],
    ["M9 down", 503, null, "retry", "http_503"],
    ["M9 throttled", 429, oauth("temporarily_unavailable", 90055), "wait", "http_429"],
    ["M9 with a body that lies", 500, oauth("invalid_grant", 700082), "retry", "http_500"],
    ["an expired code", ...grant(70008)],
    ["a code used before", ...grant(54005)],
    ["a single-page registration", ...grant(700084)],
    ["a disabled account", ...grant(50057)],
    ["a deleted account", ...grant(500341)],
    ["an unassigned account", ...grant(50105)],
    ["an admin's consent is wanted", 400, oauth("access_denied", 90094), "reauth", "AADSTS90094"],
    ["our loop", 400, oauth("invalid_grant", 50196), "bug", "AADSTS50196"],
    ["a passing fault in a dead grant's clothes", 400, oauth("invalid_grant", 90033), "retry", "AADSTS90033"],
    ["a wrong redirect", 400, oauth("invalid_request", 50011), "operator", "AADSTS50011"],
    ["a tenant that isn't there", 400, oauth("invalid_request", 90002), "operator", "AADSTS90002"],
    ["our bug", 400, oauth("invalid_request", 9002313), "bug", "AADSTS9002313"],
    ["L22: an unknown refusal never blames the person", 400, oauth("odd", 1), "bug", "AADSTS1"],
    ["a refusal without codes", 400, { error: "invalid_grant" }, "reauth", "invalid_grant"],
    ["an unknown refusal of the client", 401, null, "operator", "http_401"],
    ["no JSON", 400, null, "bug", "http_400"],
  ];
  test.each(cases)("%s", (_, status, body, kind, code) => {
    expect(classifyOAuth(refusal(status, body))).toEqual({ kind, code });
  });

  test("M3: claims are handed on as they come", () => {
    const claims = '{"access_token":{"capolids":{"essential":true,"values":["c"]}}}';
    const body = oauth("interaction_required", 50076, { suberror: "basic_action", claims });
    expect(classifyOAuth(refusal(400, body))).toMatchObject({ kind: "reauth", claims });
  });
});
