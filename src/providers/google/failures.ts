// Google's failures: the failure kind of every refusal, by HTTP status and reason.
import type { FailureKind } from "../../domain/failure.ts";
import { isPlainCode } from "../error.ts";
import type { Refusal, Verdict } from "../http.ts";
import { ApiRefusal, OAuthRefusal } from "./wire.ts";

/** The operation that was refused. A listing goes on from a page or a sync token, or starts anew. */
export type Operation =
  | "calendars"
  | "list"
  | "list-page"
  | "list-delta"
  | "get"
  | "insert"
  | "patch"
  | "delete"
  | "watch"
  | "stop";

interface Row {
  readonly status: number;
  /** Null: any reason. */
  readonly reason: string | null;
  readonly on?: readonly Operation[];
  readonly kind: FailureKind;
}

/** `docs/providers/google.md` D.1 and A.11. The first row that fits decides; `STATUSES` decides what none fits. */
const ROWS: readonly Row[] = [
  // A channel that can't be stopped lapses by itself (A.9.5). A channel that isn't there is stopped already (G32).
  { status: 401, reason: null, on: ["stop"], kind: "ignore" },
  { status: 403, reason: "forbidden", on: ["stop"], kind: "ignore" },
  { status: 403, reason: "insufficientPermissions", on: ["stop"], kind: "ignore" },
  { status: 404, reason: null, on: ["stop"], kind: "ignore" },
  // G42. Watching needs no scope that reading doesn't need, so the grant isn't to blame.
  { status: 403, reason: "insufficientPermissions", on: ["watch"], kind: "refused" },
  { status: 403, reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT", on: ["watch"], kind: "refused" },
  // G41
  { status: 403, reason: "notACalendarUser", kind: "no-service" },
  // G8
  { status: 403, reason: "insufficientPermissions", kind: "reauth" },
  { status: 403, reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT", kind: "reauth" },
  // G9
  { status: 403, reason: "accessNotConfigured", kind: "operator" },
  { status: 403, reason: "SERVICE_DISABLED", kind: "operator" },
  // G10, G11
  { status: 403, reason: "userRateLimitExceeded", kind: "wait" },
  { status: 403, reason: "rateLimitExceeded", kind: "wait" },
  { status: 403, reason: "RATE_LIMIT_EXCEEDED", kind: "wait" },
  // G12
  { status: 403, reason: "quotaExceeded", kind: "pause" },
  { status: 403, reason: "dailyLimitExceeded", kind: "pause" },
  // G14, G15, G16. The engine counts resyncs and believes only the first one of a pull.
  { status: 410, reason: null, on: ["list", "list-page", "list-delta"], kind: "resync" },
  { status: 400, reason: null, on: ["list-page", "list-delta"], kind: "resync" },
  { status: 404, reason: null, on: ["list-page"], kind: "resync" },
  // G18. The engine reads only times. Without even that right it can't read the calendar at all.
  {
    status: 403,
    reason: "requiredAccessLevel",
    on: ["list", "list-page", "list-delta", "watch"],
    kind: "gone",
  },
  { status: 403, reason: "forbidden", kind: "gone" },
  { status: 403, reason: "accountDelegationForbidden", kind: "gone" },
  // G19, G26
  { status: 409, reason: "duplicate", kind: "adopt" },
  { status: 409, reason: "conflict", kind: "retry" },
  // G21
  { status: 403, reason: "requiredAccessLevel", kind: "read-only" },
  // G42
  { status: 403, reason: null, on: ["watch"], kind: "refused" },
  // G25
  { status: 403, reason: "forbiddenForNonOrganizer", kind: "ignore" },
  // G27, G28 (the next attempt has a new id), G29
  { status: 400, reason: "pushNotSupportedForRequestedResource", on: ["watch"], kind: "unsupported" },
  { status: 400, reason: "channelIdNotUnique", on: ["watch"], kind: "retry" },
  { status: 400, reason: "push.webhookUrlNotHttps", kind: "operator" },
  { status: 400, reason: "push.webhookUrlUnauthorized", kind: "operator" },
  { status: 401, reason: "push.webhookUrlUnauthorized", kind: "operator" },
];

/** The kind of a status where no row fits. 5xx is always `retry` (G13), any other 4xx is our `bug` (G20). */
const STATUSES: Readonly<Record<number, FailureKind>> = {
  // G7. The caller refreshes the token once before it believes this.
  401: "reauth",
  // G17, G22, G24
  404: "gone",
  410: "gone",
  408: "retry",
  409: "retry",
  // G23
  412: "reread",
  429: "wait",
};

/** Decides on one refusal of the Calendar API. The code is Google's reason, or `http_<status>`. */
export function classifyApi(operation: Operation, { status, body }: Refusal): Verdict {
  const reason = reasonOf(body);
  const row = ROWS.find(
    (candidate) =>
      candidate.status === status &&
      (candidate.reason === null || candidate.reason === reason) &&
      (candidate.on?.includes(operation) ?? true),
  );
  return { kind: row?.kind ?? kindOfStatus(status), code: reason ?? `http_${status}` };
}

/** `docs/providers/google.md` A.1.3, by `error`. The descriptions vary and decide nothing. */
const OAUTH_ERRORS: Readonly<Record<string, FailureKind>> = {
  invalid_grant: "reauth",
  admin_policy_enforced: "reauth",
  access_denied: "reauth",
  org_internal: "reauth",
  invalid_client: "operator",
  deleted_client: "operator",
  unauthorized_client: "operator",
  redirect_uri_mismatch: "operator",
  temporarily_unavailable: "retry",
  server_error: "retry",
  // Only revocation answers this. The token is dead already, so nothing is left to do.
  invalid_token: "ignore",
};

/** Decides on one refusal of the token or revocation endpoint. Only an error of a dead grant is `reauth` (L22). */
export function classifyOAuth({ status, body }: Refusal): Verdict {
  if (status >= 500 || status === 429)
    return { kind: status === 429 ? "wait" : "retry", code: `http_${status}` };
  const refusal = OAuthRefusal.safeParse(body).data;
  const kind = refusal === undefined ? undefined : OAUTH_ERRORS[refusal.error];
  const code = plain(refusal?.error_subtype) ?? plain(refusal?.error) ?? `http_${status}`;
  return { kind: kind ?? (status === 401 ? "operator" : "bug"), code };
}

function kindOfStatus(status: number): FailureKind {
  return STATUSES[status] ?? (status >= 500 ? "retry" : "bug");
}

function reasonOf(body: unknown): string | null {
  const error = ApiRefusal.safeParse(body).data?.error;
  const reasons = [...(error?.errors ?? []), ...(error?.details ?? [])].map((entry) => plain(entry.reason));
  return reasons.find((reason) => reason !== null) ?? null;
}

const plain = (code: string | undefined): string | null =>
  code !== undefined && isPlainCode(code) ? code : null;
