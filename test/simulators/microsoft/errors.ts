// Errors: the bodies with which Microsoft refuses (`docs/providers/microsoft.md` B.1.3, B.9).
import { Refusal } from "../shared/refusal.ts";
import { AADSTS } from "./aadsts.ts";

/** A refusal with the status, body and headers Microsoft would send. */
export class MicrosoftError extends Refusal {
  override readonly name = "MicrosoftError";
}

/** A Graph error. `innerError` with date and request id is added when the answer leaves (call.ts). */
export function graphError(
  status: number,
  code: string,
  message: string,
  extra: {
    readonly error?: Readonly<Record<string, unknown>>;
    readonly top?: Readonly<Record<string, unknown>>;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): MicrosoftError {
  return new MicrosoftError(
    status,
    { error: { code, message, ...extra.error }, ...extra.top },
    extra.headers,
  );
}

/** A refusal of the token endpoint. `change` overrides the table's entry for the code. */
export function tokenError(
  code: number,
  at: number,
  change: {
    readonly status?: number;
    readonly error?: string;
    readonly text?: string;
    readonly suberror?: string;
    readonly claims?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): MicrosoftError {
  const known = AADSTS[code];
  const stamp = `${new Date(at).toISOString().slice(0, 19).replace("T", " ")}Z`;
  const [trace, correlation] = [
    "1a000000-0000-4000-8000-000000000001",
    "2b000000-0000-4000-8000-000000000002",
  ];
  const text = change.text ?? known?.text ?? "The request was refused.";
  const suberror = change.suberror ?? known?.suberror;
  const claims = change.claims ?? known?.claims;
  const body = {
    error: change.error ?? known?.error ?? "invalid_grant",
    error_description: `AADSTS${code}: ${text} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${stamp}`,
    error_codes: [code],
    timestamp: stamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    ...(suberror === undefined ? {} : { suberror }),
    ...(claims === undefined ? {} : { claims }),
  };
  return new MicrosoftError(change.status ?? known?.status ?? 400, body, change.headers);
}

export const badRequest = (message: string, code = "ErrorInvalidRequest"): MicrosoftError =>
  graphError(400, code, message);

/** A query option that the URL parser refuses. */
export const badQuery = (message: string): MicrosoftError =>
  graphError(400, "RequestBroker--ParseUri", message);

export const itemNotFound = (): MicrosoftError =>
  graphError(404, "ErrorItemNotFound", "The specified object was not found in the store.");

export const resourceNotFound = (): MicrosoftError =>
  graphError(404, "ResourceNotFound", "The object was not found.");

export const accessDenied = (): MicrosoftError =>
  graphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.");

export const malformedId = (): MicrosoftError =>
  graphError(400, "ErrorInvalidIdMalformed", "Id is malformed.");

export const invalidToken = (message: string, status: 401 | 403 = 401): MicrosoftError =>
  graphError(status, "InvalidAuthenticationToken", message, {
    headers: {
      "www-authenticate": `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"`,
    },
  });

/** Continuous access evaluation demands an interactive step. The claims are in the header, in base64. */
export function insufficientClaims(claims: string): MicrosoftError {
  const challenge = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="${btoa(claims)}"`;
  const message = "Continuous access evaluation resulted in challenge with result: InteractionRequired";
  return graphError(401, "InvalidAuthenticationToken", message, {
    headers: { "www-authenticate": challenge },
  });
}

export const irresolvableConflict = (status: 409 | 412): MicrosoftError =>
  graphError(
    status,
    "ErrorIrresolvableConflict",
    "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.",
  );

export const quotaExceeded = (status: 403 | 507): MicrosoftError =>
  graphError(status, "ErrorQuotaExceeded", "The mailbox is full.");

/** Throttled. `retryAfter` in seconds; null leaves the header out. */
export const throttled = (code: string, message: string, retryAfter: number | null): MicrosoftError =>
  graphError(429, code, message, {
    ...(retryAfter === null ? {} : { headers: { "retry-after": String(retryAfter) } }),
  });

export const noMailbox = (status: 403 | 404, code: string): MicrosoftError =>
  graphError(status, code, "REST API is not yet supported for this mailbox.");
