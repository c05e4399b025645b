// Microsoft's failures: the failure kind of every refusal, by HTTP status and code.
import * as z from "zod";
import type { FailureKind } from "../../domain/failure.ts";
import { fromBase64url } from "../../encoding/base64url.ts";
import { isPlainCode } from "../error.ts";
import type { Refusal, Verdict } from "../http.ts";
import { OAuthRefusal } from "./wire.ts";

/** The operation that was refused. `list` begins a round, `delta` goes on from a stored link; so do `view` and `view-page`. */
export type Operation =
  | "calendars"
  | "list"
  | "delta"
  | "view"
  | "view-page"
  | "occurrences"
  | "marks"
  | "inspect"
  | "get"
  | "find"
  | "create"
  | "patch"
  | "delete"
  | "subscribe"
  | "subscriptions"
  | "renew"
  | "unsubscribe";

interface Row {
  /** Null: any status. */
  readonly status: number | null;
  /** In lower case, because the case of codes varies. Null: any code. */
  readonly code: string | null;
  readonly on?: readonly Operation[];
  readonly kind: FailureKind;
  /** See `ProviderError.tokenRefused`. */
  readonly tokenRefused?: true;
}

const READS = ["list", "delta", "view", "view-page", "occurrences", "marks", "inspect"] as const;
const WRITES = ["get", "find", "create", "patch", "delete"] as const;
const SYNC_STATE = [
  "syncstatenotfound",
  "syncstateinvalid",
  "resyncrequired",
  "resyncapplydifferences",
  "resyncuploaddifferences",
];

/** `docs/providers/microsoft.md` D.2 and B.9. The first row that fits decides; `STATUSES` decides what none fits. */
const ROWS: readonly Row[] = [
  // A subscription that can't be deleted lapses by itself. One that isn't there is deleted already (B.7.6).
  ...[400, 401, 403, 404].map((status) => ({
    status,
    code: null,
    on: ["unsubscribe" as const],
    kind: "ignore" as const,
  })),
  // M10, in the form of a 403 (M38)
  { status: 403, code: "invalidauthenticationtoken", kind: "reauth", tokenRefused: true },
  // M13
  { status: null, code: "mailboxnotenabledforrestapi", kind: "no-service" },
  { status: null, code: "mailboxnotsupportedforrestapi", kind: "no-service" },
  { status: 404, code: "errormailboxmoveinprogress", kind: "retry" },
  // M32
  { status: null, code: "errorquotaexceeded", kind: "pause" },
  // M17, M18. The engine counts resyncs and believes only the first one of a pull (B.5.5).
  ...SYNC_STATE.map((code) => ({
    status: null,
    code,
    on: ["list" as const, "delta" as const],
    kind: "resync" as const,
  })),
  { status: 410, code: null, on: ["list", "delta"], kind: "resync" },
  { status: 400, code: null, on: ["delta"], kind: "resync" },
  { status: 400, code: null, on: ["view-page"], kind: "resync" },
  { status: 410, code: null, on: ["view-page"], kind: "resync" },
  // M19, G 13. This calendar's delta isn't served, or is too much for Graph, so the calendar is listed.
  ...[400, 405, 501, 504].map((status) => ({
    status,
    code: null,
    on: ["list" as const],
    kind: "unsupported" as const,
  })),
  { status: 504, code: null, on: ["delta"], kind: "unsupported" },
  // The event was a series when the round began and no longer is one.
  { status: 400, code: null, on: ["occurrences"], kind: "resync" },
  // M48. Outlook refuses to watch, and says nothing about the grant.
  { status: 401, code: "extensionerror", on: ["subscribe", "renew"], kind: "refused" },
  { status: 403, code: null, on: ["subscriptions"], kind: "refused" },
  // M12. Without the right to list calendars the account is useless. A 403 elsewhere closes one calendar only.
  { status: 403, code: null, on: ["calendars"], kind: "reauth" },
  { status: 403, code: null, on: READS, kind: "gone" },
  // With immutable ids Graph may answer so for an event in Deleted Items (msgraph-sdk-dotnet 3047).
  { status: 403, code: "errorcannotdeleteobject", on: ["delete"], kind: "gone" },
  { status: 403, code: null, on: WRITES, kind: "read-only" },
  // M27, M28, M31
  { status: null, code: "errorduplicatetransactionid", on: ["create"], kind: "adopt" },
  { status: 409, code: null, on: ["patch", "delete"], kind: "reread" },
  { status: 400, code: "erroroccurrencecrossingboundary", kind: "ignore" },
  // An id that Graph can't read names no event.
  { status: 400, code: "errorinvalididmalformed", on: ["get", "patch", "delete"], kind: "gone" },
  { status: 400, code: "errorinvalidid", on: ["get", "patch", "delete"], kind: "gone" },
  // M33: our address didn't answer the handshake in time.
  { status: 400, code: "validationerror", on: ["subscribe"], kind: "retry" },
  { status: 400, code: "invalidrequest", on: ["subscribe"], kind: "retry" },
  // M35
  { status: 409, code: null, on: ["subscribe"], kind: "adopt" },
  // M36. A calendar that somebody shares can't be watched (B.3). Too many subscriptions get the same refusal.
  { status: 403, code: null, on: ["subscribe"], kind: "unsupported" },
  // M34. Where no life is short enough, Graph refuses the resource itself.
  { status: 400, code: "extensionerror", on: ["subscribe"], kind: "unsupported" },
  { status: 400, code: "extensionerror", on: ["renew"], kind: "recreate-channel" },
  // M37. If access is lost, opening another one shows it.
  { status: 404, code: null, on: ["renew"], kind: "recreate-channel" },
  { status: 403, code: null, on: ["renew"], kind: "recreate-channel" },
];

/** The kind of a status where no row fits. Other 5xx are `retry` (M15, M16), any other 4xx is our `bug`. */
const STATUSES: Readonly<Record<number, FailureKind>> = {
  // M10. The caller refreshes the token once before it believes this.
  401: "reauth",
  // M26, M29, M30
  404: "gone",
  410: "gone",
  408: "retry",
  409: "retry",
  // M28
  412: "reread",
  423: "retry",
  // M47: another part of the batch, which it depends on, failed.
  424: "retry",
  // M14
  429: "wait",
  // M32
  507: "pause",
  509: "wait",
};

/** The inner errors of a refusal, in either spelling of the name. */
interface ErrorNode {
  readonly code?: string | undefined;
  readonly innerError?: ErrorNode | undefined;
  readonly innererror?: ErrorNode | undefined;
}

const ErrorNode: z.ZodType<ErrorNode> = z.object({
  code: z.string().optional(),
  get innerError() {
    return ErrorNode.optional();
  },
  get innererror() {
    return ErrorNode.optional();
  },
});

/** A refusal of Graph (`docs/providers/microsoft.md` B.9). */
const ApiRefusal = z.object({ error: ErrorNode });

/** The codes of a refusal, the innermost and most specific one first. */
function codesOf({ error }: z.infer<typeof ApiRefusal>): string[] {
  const codes: string[] = [];
  for (
    let node: ErrorNode | undefined = error;
    node !== undefined;
    node = node.innerError ?? node.innererror
  ) {
    if (node.code !== undefined) codes.unshift(node.code);
  }
  return codes;
}

/** Decides on one refusal of Graph. The code is Graph's innermost, or `http_<status>`. */
export function classifyApi(operation: Operation, { status, body, headers }: Refusal): Verdict {
  const refusal = ApiRefusal.safeParse(body).data;
  const codes = (refusal === undefined ? [] : codesOf(refusal)).filter(isPlainCode);
  const lowered = codes.map((code) => code.toLowerCase());
  const row = ROWS.find(
    (candidate) =>
      (candidate.status === null || candidate.status === status) &&
      (candidate.code === null || lowered.includes(candidate.code)) &&
      (candidate.on?.includes(operation) ?? true),
  );
  const kind = row?.kind ?? kindOfStatus(status);
  const challenge = headers.get("www-authenticate") ?? "";
  // M11: a refresh doesn't help. The person must sign in again with these claims.
  if (kind === "reauth" && /\berror="insufficient_claims"/.test(challenge)) {
    return { kind, code: "insufficient_claims", claims: claimsOf(challenge) };
  }
  const tokenRefused = row?.tokenRefused === undefined ? {} : { tokenRefused: row.tokenRefused };
  return { kind, code: codes[0] ?? `http_${status}`, ...tokenRefused };
}

const kindOfStatus = (status: number): FailureKind => STATUSES[status] ?? (status >= 500 ? "retry" : "bug");

/** The claims of a challenge, in either alphabet of base64; null where they can't be read. */
function claimsOf(challenge: string): string | null {
  const [, encoded = ""] = /\bclaims="([^"]+)"/.exec(challenge) ?? [];
  return fromBase64url(encoded) || null;
}

/** `docs/providers/microsoft.md` B.1.3, by `error`, then by the first AADSTS code where that says more. */
const OAUTH_ERRORS: Readonly<
  Record<string, { kind: FailureKind; codes?: Readonly<Record<number, FailureKind>> }>
> = {
  // 50196: we repeat the same request. 90033: a passing fault that looks final.
  invalid_grant: { kind: "reauth", codes: { 50196: "bug", 90033: "retry" } },
  interaction_required: { kind: "reauth" },
  consent_required: { kind: "reauth" },
  login_required: { kind: "reauth" },
  access_denied: { kind: "reauth" },
  invalid_client: { kind: "operator" },
  unauthorized_client: { kind: "operator" },
  // The redirect URI, the application and the tenant are the deployment's settings.
  invalid_request: { kind: "bug", codes: { 50011: "operator", 90002: "operator", 700016: "operator" } },
  temporarily_unavailable: { kind: "retry" },
  server_error: { kind: "retry" },
};

/** Decides on one refusal of the token endpoint. Only an error of a dead grant is `reauth` (L22). */
export function classifyOAuth({ status, body }: Refusal): Verdict {
  if (status === 429) return { kind: "wait", code: "http_429" };
  if (status >= 500) return { kind: "retry", code: `http_${status}` };
  const refusal = OAuthRefusal.safeParse(body).data;
  const known = refusal === undefined ? undefined : OAUTH_ERRORS[refusal.error];
  const aadsts = refusal?.error_codes?.[0];
  const kind = (aadsts === undefined ? undefined : known?.codes?.[aadsts]) ?? known?.kind;
  const error = refusal !== undefined && isPlainCode(refusal.error) ? refusal.error : `http_${status}`;
  return {
    kind: kind ?? (status === 401 ? "operator" : "bug"),
    code: aadsts === undefined ? error : `AADSTS${aadsts}`,
    ...(refusal?.claims !== undefined && { claims: refusal.claims }),
  };
}
