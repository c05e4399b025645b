// Tokens: code exchange, refresh, revoke, and the keys that sign id tokens (`providers.md` A.1.2, A.1.3).
import { Hono } from "hono";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { GoogleError, oauthError } from "./errors.ts";
import { randomToken } from "./random.ts";
import type { AuthorizationCode, GoogleState, OAuthClient, RefreshToken } from "./state.ts";

const ACCESS_LIFE_S = 3599;
const TESTING_LIFE_S = 604_799;
const UNUSED_LIFE_MS = 183 * 86_400_000;
const MOST_REFRESH_TOKENS = 100;
const KEY_ID = "simulated-1";

// One key for the process: making one takes long, and nothing depends on which it is.
let keys: ReturnType<typeof generateKeyPair> | undefined;
function signingKeys() {
  keys ??= generateKeyPair("RS256", { extractable: true });
  return keys;
}

type Form = Readonly<Record<string, string>>;

const badGrant = (description: string, extra: Record<string, string> = {}) =>
  oauthError(400, "invalid_grant", description, extra);

async function idToken(
  state: GoogleState,
  email: string,
  clientId: string,
  nonce: string | null,
): Promise<string> {
  const user = state.users.get(email);
  const { privateKey } = await signingKeys();
  const at = Math.floor(state.now() / 1000);
  const person = { email, email_verified: true, name: user?.name ?? email };
  return new SignJWT({ azp: clientId, ...person, ...(nonce === null ? {} : { nonce }) })
    .setProtectedHeader({ alg: "RS256", kid: KEY_ID, typ: "JWT" })
    .setIssuer("https://accounts.google.com")
    .setAudience(clientId)
    .setSubject(user?.sub ?? email)
    .setIssuedAt(at)
    .setExpirationTime(at + 3600)
    .sign(privateKey);
}

interface Granted {
  readonly email: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
}

async function accessAnswer(
  state: GoogleState,
  granted: Granted,
  nonce: string | null,
): Promise<Record<string, unknown>> {
  const { email, clientId, scopes } = granted;
  const token = `ya29.a0${randomToken(state.random, 120)}`;
  const expiresIn = state.knobs.take("token.expiresIn", { user: email }) ?? ACCESS_LIFE_S;
  state.accessTokens.set(token, {
    token,
    email,
    clientId,
    scopes,
    expiresAt: state.now() + expiresIn * 1000,
  });
  return {
    access_token: token,
    expires_in: expiresIn,
    scope: scopes.join(" "),
    token_type: "Bearer",
    ...(scopes.includes("openid") ? { id_token: await idToken(state, email, clientId, nonce) } : {}),
  };
}

/** A new refresh token. More than a hundred alive for one user and client: the oldest dies silently. */
function issueRefreshToken(state: GoogleState, granted: Granted): Record<string, unknown> {
  const { email, clientId, scopes } = granted;
  const own = [...state.refreshTokens.values()].filter(
    (token) => token.email === email && token.clientId === clientId,
  );
  const [oldest] = own;
  if (oldest !== undefined && own.length >= MOST_REFRESH_TOKENS) state.refreshTokens.delete(oldest.token);
  const testing = state.knobs.take("token.testing", { user: email }) !== undefined;
  const token = `1//0g${randomToken(state.random, 80)}`;
  const expiresAt = testing ? state.now() + TESTING_LIFE_S * 1000 : null;
  state.refreshTokens.set(token, { token, email, clientId, scopes, expiresAt, lastUsedAt: state.now() });
  return { refresh_token: token, ...(testing ? { refresh_token_expires_in: TESTING_LIFE_S } : {}) };
}

async function challengeOf(verifier: string, method: "S256" | "plain"): Promise<string> {
  if (method === "plain") return verifier;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return Buffer.from(hash).toString("base64url");
}

async function checkVerifier(code: AuthorizationCode, verifier: string | undefined): Promise<void> {
  if (code.challenge === null) {
    if (verifier !== undefined) throw badGrant("code_verifier or verifier is not needed.");
    return;
  }
  if (verifier === undefined) throw badGrant("Missing code verifier.");
  const valid = /^[A-Za-z0-9\-._~]{43,128}$/.test(verifier);
  if (!valid || (await challengeOf(verifier, code.challenge.method)) !== code.challenge.value) {
    throw badGrant("Invalid code verifier.");
  }
}

async function exchange(
  state: GoogleState,
  client: OAuthClient,
  form: Form,
): Promise<Record<string, unknown>> {
  const code = state.codes.get(form["code"] ?? "");
  if (code === undefined) throw badGrant("Malformed auth code.");
  // Single use, whatever comes of it.
  state.codes.set(code.code, { ...code, expiresAt: 0 });
  if (code.expiresAt <= state.now() || code.clientId !== client.clientId) throw badGrant("Bad Request");
  if (form["redirect_uri"] !== code.redirectUri)
    throw oauthError(400, "redirect_uri_mismatch", "Bad Request");
  await checkVerifier(code, form["code_verifier"]);
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
  form: Form,
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

async function readForm(request: Request, allowed: readonly string[]): Promise<Form> {
  const bad = (message: string) => oauthError(400, "invalid_request", message);
  if (!(request.headers.get("content-type") ?? "").startsWith("application/x-www-form-urlencoded")) {
    throw bad("Content-Type must be application/x-www-form-urlencoded.");
  }
  const parameters = new URLSearchParams(await request.text());
  for (const name of parameters.keys()) {
    if (!allowed.includes(name) || parameters.getAll(name).length > 1)
      throw bad(`Parameter not allowed: ${name}`);
  }
  return Object.fromEntries(parameters);
}

/** The client, from the form or from HTTP Basic. */
function authenticateClient(state: GoogleState, form: Form, authorization: string | undefined): OAuthClient {
  const basic = authorization?.startsWith("Basic ") ? atob(authorization.slice(6)).split(":") : [];
  const clientId = form["client_id"] ?? basic[0];
  const secret = form["client_secret"] ?? basic[1];
  const client = state.options.clients.find((candidate) => candidate.clientId === clientId);
  if (client === undefined) throw oauthError(401, "invalid_client", "The OAuth client was not found.");
  if (client.clientSecret !== secret) throw oauthError(401, "invalid_client", "Unauthorized");
  return client;
}

const CLIENT_FIELDS = ["grant_type", "client_id", "client_secret"];

function checkTokenKnobs(state: GoogleState, form: Form): void {
  const holder = state.refreshTokens.get(form["refresh_token"] ?? "") ?? state.codes.get(form["code"] ?? "");
  const place = { user: holder?.email ?? null };
  const status = state.knobs.take("token.status", place);
  if (status !== undefined) throw new GoogleError(status, { error: "internal_failure" });
  const error = state.knobs.take("token.error", place);
  if (error !== undefined) throw oauthError(error.status, error.error, error.description);
  if (state.knobs.take("token.invalidClient", place)) throw oauthError(401, "invalid_client", "Unauthorized");
}

async function token(state: GoogleState, request: Request): Promise<Record<string, unknown>> {
  const form = await readForm(request, [
    ...CLIENT_FIELDS,
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
  ]);
  checkTokenKnobs(state, form);
  const client = authenticateClient(state, form, request.headers.get("authorization") ?? undefined);
  if (form["grant_type"] === "authorization_code") return exchange(state, client, form);
  if (form["grant_type"] === "refresh_token") return refresh(state, client, form);
  throw oauthError(400, "unsupported_grant_type", `Invalid grant_type: ${form["grant_type"] ?? ""}`);
}

/** Ends the grant of a user and client: all its tokens, and its channels fall silent. */
export function endGrant(state: GoogleState, email: string, clientId: string): void {
  const ofGrant = (held: { email: string; clientId: string }) =>
    held.email === email && held.clientId === clientId;
  state.grants.delete(`${email} ${clientId}`);
  for (const held of [...state.accessTokens.values()])
    if (ofGrant(held)) state.accessTokens.delete(held.token);
  for (const held of [...state.refreshTokens.values()])
    if (ofGrant(held)) state.refreshTokens.delete(held.token);
  for (const channel of state.channels.values()) if (ofGrant(channel)) channel.stopped = true;
}

async function revoke(state: GoogleState, request: Request): Promise<Record<string, unknown>> {
  const form = await readForm(request, ["token", "token_type_hint", "client_id", "client_secret"]);
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
    .get("/oauth2/v3/certs", async (context) => {
      const { publicKey } = await signingKeys();
      return context.json({
        keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: "RS256", use: "sig" }],
      });
    })
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
