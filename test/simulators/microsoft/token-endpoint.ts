// The token endpoint: code exchange and refresh with rotation (`docs/providers/microsoft.md` B.1.2, B.1.3).
import { type Context, Hono } from "hono";
import type { OAuthClient } from "../shared/grants.ts";
import { challengeOf, isVerifier } from "../shared/pkce.ts";
import { readForm, type TokenForm } from "../shared/token-form.ts";
import { type MicrosoftError, tokenError } from "./errors.ts";
import { publicKeys, tokenAnswer } from "./issue.ts";
import { canonicalScope } from "./scopes.ts";
import type { MicrosoftState, SimulatedUser } from "./state.ts";
import { isTenant, refusalOf } from "./tenants.ts";

const UNUSED_LIFE_MS = 90 * 86_400_000;
type Refuse = (code: number, change?: Parameters<typeof tokenError>[2]) => MicrosoftError;

/** One request to the token endpoint. */
interface TokenRequest {
  readonly state: MicrosoftState;
  readonly tenant: string;
  readonly client: OAuthClient;
  readonly form: TokenForm;
  readonly refuse: Refuse;
}

function required(request: Pick<TokenRequest, "form" | "refuse">, name: string): string {
  const value = request.form[name];
  if (value) return value;
  throw request.refuse(900144, { text: `The request body must contain the following parameter: '${name}'.` });
}

function checkVerifier(request: TokenRequest, challenge: string): void {
  const verifier = required(request, "code_verifier");
  if (!isVerifier(verifier) || challengeOf(verifier) !== challenge) throw request.refuse(50148);
}

/** The user of a grant, checked against the tenant of the path. */
function admitted({ state, tenant, refuse }: TokenRequest, email: string): SimulatedUser {
  const user = state.users.get(email);
  if (user === undefined) throw refuse(50034);
  const refusal = refusalOf(user, tenant);
  if (refusal !== null) throw refuse(refusal);
  return user;
}

function scopesAsked({ form, refuse }: TokenRequest): string[] | null {
  const asked = form["scope"];
  if (asked === undefined) return null;
  return asked.split(/\s+/).map((scope) => {
    const name = canonicalScope(scope);
    if (name === null) throw refuse(70011);
    return name;
  });
}

async function exchange(request: TokenRequest): Promise<Record<string, unknown>> {
  const { state, client, refuse } = request;
  const code = state.codes.get(required(request, "code"));
  if (code === undefined)
    throw refuse(70000, { text: "The provided value for the 'code' parameter is not valid." });
  if (code.redeemed) throw refuse(54005);
  code.redeemed = true;
  if (code.expiresAt <= state.now()) throw refuse(70008);
  if (code.clientId !== client.clientId) throw refuse(70000);
  if (required(request, "redirect_uri") !== code.redirectUri) throw refuse(50011);
  checkVerifier(request, code.challenge);
  const user = admitted(request, code.email);
  const asked = scopesAsked(request) ?? code.scopes;
  if (!asked.every((scope) => code.scopes.includes(scope))) throw refuse(65001);
  const reduced = state.knobs.take("token.scopes", { user: user.email });
  const identity = code.scopes.filter((scope) => !/^[A-Z]/.test(scope));
  const granted = { ...code, scopes: reduced === undefined ? code.scopes : [...identity, ...reduced] };
  const omit = state.knobs.take("token.omitRefresh", { user: user.email }) !== undefined;
  const refreshToken = granted.scopes.includes("offline_access") && !omit;
  return tokenAnswer(state, user, granted, { nonce: code.nonce, refreshToken });
}

async function refresh(request: TokenRequest): Promise<Record<string, unknown>> {
  const { state, client, refuse } = request;
  const token = state.refreshTokens.get(required(request, "refresh_token"));
  if (token === undefined || token.clientId !== client.clientId) throw refuse(70000);
  if (token.deadCode !== null) throw refuse(token.deadCode);
  if (token.lastUsedAt + UNUSED_LIFE_MS <= state.now()) throw refuse(700082);
  const user = admitted(request, token.email);
  const asked = scopesAsked(request) ?? token.scopes;
  if (!asked.every((scope) => token.scopes.includes(scope))) throw refuse(65001);
  token.lastUsedAt = state.now();
  const place = { user: user.email };
  const kept = state.knobs.take("token.keepRefresh", place) !== undefined;
  if (!kept && state.knobs.take("token.oldRefused", place)) token.deadCode = 70000;
  return tokenAnswer(state, user, token, { nonce: null, refreshToken: !kept });
}

const FIELDS = [
  ...["grant_type", "client_id", "client_secret", "scope", "code", "redirect_uri", "code_verifier"],
  "refresh_token",
];

function authenticateClient(state: MicrosoftState, form: TokenForm, refuse: Refuse): OAuthClient {
  const clientId = required({ form, refuse }, "client_id");
  const client = state.options.clients.find((candidate) => candidate.clientId === clientId);
  if (client === undefined) throw refuse(700016);
  if (form["client_secret"] === undefined) {
    throw refuse(7000218, {
      ...{ status: 401, error: "invalid_client" },
      text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    });
  }
  if (client.clientSecret !== form["client_secret"]) throw refuse(7000215);
  return client;
}

function checkKnobs(state: MicrosoftState, form: TokenForm, refuse: Refuse): void {
  const holder = state.refreshTokens.get(form["refresh_token"] ?? "") ?? state.codes.get(form["code"] ?? "");
  const place = { user: holder?.email ?? null, operation: form["grant_type"] ?? null };
  const busy = state.knobs.take("token.busy", place);
  if (busy !== undefined) {
    const setting = busy === true ? { status: 503 as const } : busy;
    const wait = "retryAfter" in setting ? setting.retryAfter : undefined;
    const headers = wait === undefined ? {} : { "retry-after": String(wait) };
    throw refuse(90033, { status: setting.status, headers });
  }
  const code = state.knobs.take("token.code", place);
  if (typeof code === "number") throw refuse(code);
  if (code === undefined) return;
  const { code: number, error, suberror, claims } = code;
  throw refuse(number, {
    ...(error === undefined ? {} : { error }),
    ...(suberror === undefined ? {} : { suberror }),
    ...(claims === undefined ? {} : { claims }),
  });
}

async function token(state: MicrosoftState, context: Context): Promise<Record<string, unknown>> {
  const tenant = context.req.param("tenant") ?? "";
  const refuse: Refuse = (code, change) => tokenError(code, state.now(), change);
  if (!isTenant(state, tenant)) throw refuse(90002);
  const form = await readForm(context.req.raw, FIELDS, (complaint) =>
    refuse(9002313, { text: `Invalid request. Request is malformed or invalid. ${complaint}` }),
  );
  checkKnobs(state, form, refuse);
  const client = authenticateClient(state, form, refuse);
  const request = { state, tenant, client, form, refuse };
  const grantType = required(request, "grant_type");
  if (grantType === "authorization_code") return exchange(request);
  if (grantType === "refresh_token") return refresh(request);
  throw refuse(70003);
}

/** Routes of login.microsoftonline.com that no browser opens. */
export function tokenRoutes(state: MicrosoftState): Hono {
  return new Hono()
    .post("/:tenant/oauth2/v2.0/token", async (context) => context.json(await token(state, context)))
    .get("/:tenant/discovery/v2.0/keys", async () => Response.json(await publicKeys()))
    .get("/:tenant/v2.0/.well-known/openid-configuration", (context) => {
      const base = `https://login.microsoftonline.com/${context.req.param("tenant")}`;
      return context.json({
        issuer: "https://login.microsoftonline.com/{tenantid}/v2.0",
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        end_session_endpoint: `${base}/oauth2/v2.0/logout`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
      });
    });
}
