// Authorization: how requests are checked, and how they end (`docs/providers/microsoft.md` B.1.1).
import * as z from "zod";
import { randomToken } from "../random.ts";
import { callbackUrl } from "../shared/callback-url.ts";
import type { OAuthClient } from "../shared/grants.ts";
import { ConsentRefusal } from "../shared/refusal.ts";
import { AADSTS } from "./aadsts.ts";
import { newUuid } from "./ids.ts";
import { canonicalScope, isIdentityScope, isSharedScope } from "./scopes.ts";
import type { MicrosoftState, SimulatedUser } from "./state.ts";
import { isTenant, refusalOf } from "./tenants.ts";

const CODE_LIFE_MS = 600_000;

const parameters = z.strictObject({
  client_id: z.string(),
  redirect_uri: z.string(),
  response_type: z.literal("code"),
  response_mode: z.literal("query").optional(),
  scope: z.string().min(1),
  state: z.string().optional(),
  nonce: z.string().optional(),
  code_challenge: z.string().regex(/^[A-Za-z0-9\-_]{43}$/),
  code_challenge_method: z.literal("S256"),
  prompt: z.enum(["login", "none", "consent", "select_account"]).optional(),
  login_hint: z.string().optional(),
  domain_hint: z.string().optional(),
  claims: z.string().optional(),
});

/** A checked authorisation request. */
export interface AuthorizationRequest {
  readonly tenant: string;
  readonly client: OAuthClient;
  readonly parameters: z.infer<typeof parameters>;
  readonly scopes: readonly string[];
}

/** A request that Microsoft answers with an error page, without ever calling back. */
export const refusedConsent = (code: number, message = AADSTS[code]?.text ?? ""): ConsentRefusal =>
  new ConsentRefusal(400, `AADSTS${code}`, message);

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Checks an authorisation URL as strictly as Microsoft, and demands PKCE. */
export function readAuthorization(state: MicrosoftState, url: URL): AuthorizationRequest {
  const tenant = url.pathname.split("/")[1] ?? "";
  if (!isTenant(state, tenant)) throw refusedConsent(90002);
  const query = Object.fromEntries(url.searchParams);
  const client = state.options.clients.find(({ clientId }) => clientId === query["client_id"]);
  if (client === undefined) throw refusedConsent(700016);
  if (!client.redirectUris.includes(query["redirect_uri"] ?? "")) throw refusedConsent(50011);
  if (url.searchParams.size !== Object.keys(query).length) {
    throw refusedConsent(9002313, "A parameter is repeated.");
  }
  if (query["code_challenge"] === undefined) throw refusedConsent(9002325);
  const parsed = parameters.safeParse(query);
  if (!parsed.success) throw refusedConsent(9002313, z.prettifyError(parsed.error));
  const { claims } = parsed.data;
  if (claims !== undefined && !isJsonObject(claims)) throw refusedConsent(9002313, "claims is not JSON.");
  const scopes = parsed.data.scope.split(/\s+/).map((scope) => {
    const name = canonicalScope(scope);
    if (name === null) throw refusedConsent(70011, `The scope ${scope} doesn't exist.`);
    return name;
  });
  return { tenant, client, parameters: parsed.data, scopes };
}

/** The person's decisions on the consent page. */
export interface ConsentDecision {
  readonly user: string;
  readonly allow: boolean;
  /** The scopes that are granted, where a tenant's policy grants fewer than were asked for. */
  readonly scopes?: readonly string[] | undefined;
}

function record(
  state: MicrosoftState,
  request: AuthorizationRequest,
  user: string | null,
  outcome: string,
): void {
  const { tenant, client, scopes, parameters: asked } = request;
  state.authorizations.push({
    at: state.now(),
    clientId: client.clientId,
    ...{ tenant, scopes, user, outcome },
    prompt: asked.prompt ?? null,
    loginHint: asked.login_hint ?? null,
    domainHint: asked.domain_hint ?? null,
    claims: asked.claims ?? null,
  });
}

/** The reason why the page can't grant; null when there is none. */
function obstacle(state: MicrosoftState, decision: ConsentDecision): Record<string, string> | null {
  if (!decision.allow) {
    return {
      error: "access_denied",
      error_subcode: "cancel",
      error_description:
        "AADSTS65004: The user has denied access to the scope requested by the client application.",
    };
  }
  const knob = state.knobs.take("consent.error", { user: decision.user });
  if (knob === undefined) return null;
  const setting = typeof knob === "string" ? { error: knob } : knob;
  const { error, description, subcode } = { description: undefined, subcode: undefined, ...setting };
  return {
    error,
    error_description: description ?? "AADSTS90094: The request was refused.",
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
  };
}

function issueCode(
  state: MicrosoftState,
  request: AuthorizationRequest,
  user: SimulatedUser,
  scopes: readonly string[],
): string {
  const { parameters: asked, client, tenant } = request;
  const grantKey = `${user.email} ${client.clientId}`;
  state.grants.set(grantKey, new Set([...(state.grants.get(grantKey) ?? []), ...scopes]));
  const code = `0.A${randomToken(state.random, 80)}`;
  state.codes.set(code, {
    code,
    tenant,
    clientId: client.clientId,
    redirectUri: asked.redirect_uri,
    email: user.email,
    scopes,
    challenge: asked.code_challenge,
    nonce: asked.nonce ?? null,
    expiresAt: state.now() + CODE_LIFE_MS,
    redeemed: false,
  });
  return code;
}

/** Finishes the consent page. Returns the callback's URL to which the browser is sent. */
export function decide(
  state: MicrosoftState,
  request: AuthorizationRequest,
  decision: ConsentDecision,
): string {
  const refused = obstacle(state, decision);
  const user = state.users.get(decision.user);
  if (refused !== null) {
    record(state, request, user?.email ?? null, decision.allow ? (refused["error"] ?? "") : "denied");
    return callbackUrl(request.parameters, refused);
  }
  if (user === undefined) throw refusedConsent(50034);
  const refusal = refusalOf(user, request.tenant);
  if (refusal !== null) throw refusedConsent(refusal);
  const unknown = user.kind === "personal" ? request.scopes.find(isSharedScope) : undefined;
  if (unknown !== undefined) throw refusedConsent(70011, `The scope ${unknown} isn't for personal accounts.`);
  const granted = request.scopes.filter(
    (scope) => isIdentityScope(scope) || decision.scopes === undefined || decision.scopes.includes(scope),
  );
  const code = issueCode(state, request, user, granted);
  record(state, request, user.email, "allowed");
  return callbackUrl(request.parameters, { code, session_state: newUuid(state.random) });
}

/** With prompt=none no page is shown. A person who consented before comes back, others don't. */
export function silently(state: MicrosoftState, request: AuthorizationRequest): string {
  const hint = request.parameters.login_hint ?? "";
  const granted = state.grants.get(`${hint} ${request.client.clientId}`);
  if (granted !== undefined && request.scopes.every((scope) => granted.has(scope))) {
    return decide(state, request, { user: hint, allow: true });
  }
  const error = granted === undefined ? "login_required" : "consent_required";
  record(state, request, null, error);
  return callbackUrl(request.parameters, {
    error,
    error_description: "AADSTS50058: A silent sign-in request was sent but no user is signed in.",
  });
}
