// The token endpoint: code exchange, refresh, revoke (`docs/providers/google.md` A.1.2, A.1.3).
import { Hono } from "hono";
import type { OAuthClient } from "../shared/grants.ts";
import { challengeOf, isVerifier } from "../shared/pkce.ts";
import { readForm, type TokenForm } from "../shared/token-form.ts";
import { GoogleError, oauthError } from "./errors.ts";
import { accessAnswer, endGrant, issueRefreshToken, publicKeys } from "./issue.ts";
import type { AuthorizationCode, GoogleState, RefreshToken } from "./state.ts";

const UNUSED_LIFE_MS = 183 * 86_400_000;

const badGrant = (description: string, extra: Record<string, string> = {}) =>
  oauthError(400, "invalid_grant", description, extra);

function checkVerifier(code: AuthorizationCode, verifier: string | undefined): void {
  if (code.challenge === null) {
    if (verifier !== undefined) throw badGrant("code_verifier or verifier is not needed.");
    return;
  }
  if (verifier === undefined) throw badGrant("Missing code verifier.");
  const challenge = code.challenge.method === "plain" ? verifier : challengeOf(verifier);
  if (!isVerifier(verifier) || challenge !== code.challenge.value) throw badGrant("Invalid code verifier.");
}

async function exchange(
  state: GoogleState,
  client: OAuthClient,
  form: TokenForm,
): Promise<Record<string, unknown>> {
  const code = state.codes.get(form["code"] ?? "");
  if (code === undefined) throw badGrant("Malformed auth code.");
  // A code works once, whatever the result.
  state.codes.set(code.code, { ...code, expiresAt: 0 });
  if (code.expiresAt <= state.now() || code.clientId !== client.clientId) throw badGrant("Bad Request");
  if (form["redirect_uri"] !== code.redirectUri)
    throw oauthError(400, "redirect_uri_mismatch", "Bad Request");
  checkVerifier(code, form["code_verifier"]);
  const place = { user: code.email };
  const reduced = state.knobs.take("token.scopes", place);
  const identity = code.scopes.filter((scope) => !scope.includes("/auth/calendar"));
  const granted = { ...code, scopes: reduced === undefined ? code.scopes : [...identity, ...reduced] };
  const omit = !code.offline || state.knobs.take("token.omitRefresh", place) !== undefined;
  const answer = await accessAnswer(state, granted, code.nonce);
  return { ...answer, ...(omit ? {} : issueRefreshToken(state, granted)) };
}

function isDead(state: GoogleState, token: RefreshToken, client: OAuthClient): boolean {
  const unused = token.lastUsedAt + UNUSED_LIFE_MS <= state.now();
  const ended = token.expiresAt !== null && token.expiresAt <= state.now();
  return unused || ended || token.clientId !== client.clientId;
}

async function refresh(
  state: GoogleState,
  client: OAuthClient,
  form: TokenForm,
): Promise<Record<string, unknown>> {
  const token = state.refreshTokens.get(form["refresh_token"] ?? "");
  const place = { user: token?.email ?? null };
  if (state.knobs.take("token.rapt", place)) {
    throw badGrant("reauth related error (invalid_rapt)", { error_subtype: "invalid_rapt" });
  }
  const refused = state.knobs.take("token.invalidGrant", place) !== undefined;
  if (token === undefined || refused || isDead(state, token, client)) {
    throw badGrant("Token has been expired or revoked.");
  }
  const asked = form["scope"]?.split(" ") ?? [];
  if (!asked.every((scope) => token.scopes.includes(scope)))
    throw oauthError(400, "invalid_scope", "Bad Request");
  token.lastUsedAt = state.now();
  const answer = await accessAnswer(state, token, null);
  if (!state.knobs.take("token.rotateRefresh", place)) return answer;
  state.refreshTokens.delete(token.token);
  return { ...answer, ...issueRefreshToken(state, token) };
}

const malformed = (complaint: string) => oauthError(400, "invalid_request", complaint);

/** The client, from the form or from HTTP Basic. */
function authenticateClient(
  state: GoogleState,
  form: TokenForm,
  authorization: string | undefined,
): OAuthClient {
  const basic = authorization?.startsWith("Basic ") ? atob(authorization.slice(6)).split(":") : [];
  const clientId = form["client_id"] ?? basic[0];
  const secret = form["client_secret"] ?? basic[1];
  const client = state.options.clients.find((candidate) => candidate.clientId === clientId);
  if (client === undefined) throw oauthError(401, "invalid_client", "The OAuth client was not found.");
  if (client.clientSecret !== secret) throw oauthError(401, "invalid_client", "Unauthorized");
  return client;
}

const FIELDS = [
  ...["grant_type", "client_id", "client_secret", "scope", "code", "redirect_uri", "code_verifier"],
  "refresh_token",
];

function checkTokenKnobs(state: GoogleState, form: TokenForm): void {
  const holder = state.refreshTokens.get(form["refresh_token"] ?? "") ?? state.codes.get(form["code"] ?? "");
  const place = { user: holder?.email ?? null };
  const status = state.knobs.take("token.status", place);
  if (status !== undefined) throw new GoogleError(status, { error: "internal_failure" });
  const error = state.knobs.take("token.error", place);
  if (error !== undefined) throw oauthError(error.status, error.error, error.description);
  if (state.knobs.take("token.invalidClient", place)) throw oauthError(401, "invalid_client", "Unauthorized");
}

async function token(state: GoogleState, request: Request): Promise<Record<string, unknown>> {
  const form = await readForm(request, FIELDS, malformed);
  checkTokenKnobs(state, form);
  const client = authenticateClient(state, form, request.headers.get("authorization") ?? undefined);
  if (form["grant_type"] === "authorization_code") return exchange(state, client, form);
  if (form["grant_type"] === "refresh_token") return refresh(state, client, form);
  throw oauthError(400, "unsupported_grant_type", `Invalid grant_type: ${form["grant_type"] ?? ""}`);
}

async function revoke(state: GoogleState, request: Request): Promise<Record<string, unknown>> {
  const form = await readForm(request, ["token", "token_type_hint", "client_id", "client_secret"], malformed);
  const text = form["token"] ?? new URL(request.url).searchParams.get("token") ?? "";
  const held = state.refreshTokens.get(text) ?? state.accessTokens.get(text);
  if (held === undefined) throw oauthError(400, "invalid_token", "Token expired or revoked");
  endGrant(state, held.email, held.clientId);
  return {};
}

/** Routes of oauth2.googleapis.com, and the public keys. */
export function tokenRoutes(state: GoogleState): Hono {
  return new Hono()
    .post("/token", async (context) => context.json(await token(state, context.req.raw)))
    .post("/revoke", async (context) => context.json(await revoke(state, context.req.raw)))
    .get("/oauth2/v3/certs", async () => Response.json(await publicKeys()))
    .get("/.well-known/openid-configuration", (context) =>
      context.json({
        issuer: "https://accounts.google.com",
        authorization_endpoint: "https://accounts.google.com/o/oauth2/v2/auth",
        token_endpoint: "https://oauth2.googleapis.com/token",
        revocation_endpoint: "https://oauth2.googleapis.com/revoke",
        jwks_uri: "https://www.googleapis.com/oauth2/v3/certs",
      }),
    );
}
