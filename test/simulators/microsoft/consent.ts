// The sign-in and consent page: who signs in and what the application may do (`providers.md` B.1.1).
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { randomToken } from "../random.ts";
import { AADSTS } from "./aadsts.ts";
import { newUuid } from "./ids.ts";
import { canonicalScope, isIdentityScope, scopeLabel } from "./scopes.ts";
import type { MicrosoftState, OAuthClient, SimulatedUser } from "./state.ts";
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

/** A request Microsoft answers with an error page, without ever calling back. */
export class ConsentRefusal extends Error {
  override readonly name = "ConsentRefusal";
  readonly status: 400;
  readonly code: string;

  constructor(code: number, message = AADSTS[code]?.text ?? "") {
    super(message);
    this.status = 400;
    this.code = `AADSTS${code}`;
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Checks an authorisation URL as strictly as Microsoft, and insists on PKCE. */
export function readAuthorization(state: MicrosoftState, url: URL): AuthorizationRequest {
  const tenant = url.pathname.split("/")[1] ?? "";
  if (!isTenant(state, tenant)) throw new ConsentRefusal(90002);
  const query = Object.fromEntries(url.searchParams);
  const client = state.options.clients.find(({ clientId }) => clientId === query["client_id"]);
  if (client === undefined) throw new ConsentRefusal(700016);
  if (!client.redirectUris.includes(query["redirect_uri"] ?? "")) throw new ConsentRefusal(50011);
  if (url.searchParams.size !== Object.keys(query).length) {
    throw new ConsentRefusal(9002313, "A parameter is repeated.");
  }
  if (query["code_challenge"] === undefined) throw new ConsentRefusal(9002325);
  const parsed = parameters.safeParse(query);
  if (!parsed.success) throw new ConsentRefusal(9002313, z.prettifyError(parsed.error));
  const { claims } = parsed.data;
  if (claims !== undefined && !isJsonObject(claims)) throw new ConsentRefusal(9002313, "claims is not JSON.");
  const scopes = parsed.data.scope.split(/\s+/).map((scope) => {
    const name = canonicalScope(scope);
    if (name === null) throw new ConsentRefusal(70011, `The scope ${scope} doesn't exist.`);
    return name;
  });
  return { tenant, client, parameters: parsed.data, scopes };
}

function callback(request: AuthorizationRequest, answer: Readonly<Record<string, string>>): string {
  const url = new URL(request.parameters.redirect_uri);
  const { state } = request.parameters;
  for (const [name, value] of Object.entries({ ...answer, ...(state === undefined ? {} : { state }) })) {
    url.searchParams.set(name, value);
  }
  return url.href;
}

/** What the person decides on the consent page. */
export interface ConsentDecision {
  readonly user: string;
  readonly allow: boolean;
  /** The scopes granted, where a tenant's policy grants fewer than asked for. */
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

/** What keeps the page from granting; null when nothing does. */
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
  const told = typeof knob === "string" ? { error: knob } : knob;
  const { error, description, subcode } = { description: undefined, subcode: undefined, ...told };
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

/** Finishes the consent page: the URL of the callback to which the browser is sent. */
export function decide(
  state: MicrosoftState,
  request: AuthorizationRequest,
  decision: ConsentDecision,
): string {
  const refused = obstacle(state, decision);
  const user = state.users.get(decision.user);
  if (refused !== null) {
    record(state, request, user?.email ?? null, decision.allow ? (refused["error"] ?? "") : "denied");
    return callback(request, refused);
  }
  if (user === undefined) throw new ConsentRefusal(50034);
  const refusal = refusalOf(user, request.tenant);
  if (refusal !== null) throw new ConsentRefusal(refusal);
  const granted = request.scopes.filter(
    (scope) => isIdentityScope(scope) || decision.scopes === undefined || decision.scopes.includes(scope),
  );
  const code = issueCode(state, request, user, granted);
  record(state, request, user.email, "allowed");
  return callback(request, { code, session_state: newUuid(state.random) });
}

const STYLE = `body{font:15px/1.5 "Segoe UI",system-ui,sans-serif;background:#f2f2f2;margin:0;display:grid;place-items:center;min-height:100vh}
main{background:#fff;padding:44px;max-width:440px;width:calc(100% - 120px);box-shadow:0 2px 6px #0003}h1{font-size:1.5rem;font-weight:600;margin:0 0 .5rem}
fieldset{border:0;padding:0;margin:1.25rem 0}legend{font-weight:600;margin-bottom:.25rem}label{display:flex;gap:.6rem;padding:.45rem 0}
small{color:#605e5c}nav{display:flex;flex-direction:row-reverse;gap:.5rem}button{font:inherit;border:0;padding:.4rem 1.5rem;min-width:108px;cursor:pointer;background:#ccc}
button[value=allow]{background:#0067b8;color:#fff}`;

function layout(title: string, content: unknown) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>${STYLE}</style>
      </head>
      <body><main>${content}</main></body>
    </html>`;
}

function page(state: MicrosoftState, request: AuthorizationRequest) {
  const users = [...state.users.values()].filter((user) => refusalOf(user, request.tenant) === null);
  const hint = request.parameters.login_hint;
  const chosen = users.find(({ email }) => email === hint) ?? users[0];
  const accounts = users.map(
    (
      user,
    ) => html`<label><input type="radio" name="user" value="${user.email}" required ${user === chosen ? "checked" : ""} />
      <span>${user.name}<br /><small>${user.email} · ${user.kind === "work" ? "Work or school account" : "Personal account"}</small></span></label>`,
  );
  const permissions = request.scopes
    .filter((scope) => /^[A-Z]/.test(scope) || scope === "offline_access")
    .map((scope) => html`<li>${scopeLabel(scope)}</li>`);
  const content = html`<h1>Sign in to your Microsoft account</h1>
    <small>A simulation of Microsoft for tests and demos: nothing leaves this machine.</small>
    <form method="post">
      <fieldset><legend>Pick an account</legend>${users.length === 0 ? "Nobody has an account here yet." : accounts}</fieldset>
      <fieldset><legend>This app would like to</legend><ul>${permissions}</ul></fieldset>
      <nav>
        <button name="decision" value="allow">Accept</button>
        <button name="decision" value="deny" formnovalidate>Cancel</button>
      </nav>
    </form>`;
  return layout("Sign in to your account (simulated)", content);
}

/** With prompt=none nobody is asked: a person who consented before comes back, others don't. */
function silently(state: MicrosoftState, request: AuthorizationRequest): string {
  const hint = request.parameters.login_hint ?? "";
  const granted = state.grants.get(`${hint} ${request.client.clientId}`);
  if (granted !== undefined && request.scopes.every((scope) => granted.has(scope))) {
    return decide(state, request, { user: hint, allow: true });
  }
  const error = granted === undefined ? "login_required" : "consent_required";
  record(state, request, null, error);
  return callback(request, {
    error,
    error_description: "AADSTS50058: A silent sign-in request was sent but no user is signed in.",
  });
}

const form = z.strictObject({ user: z.string().optional(), decision: z.enum(["allow", "deny"]) });

function adminConsent(state: MicrosoftState, context: Context): Response {
  const {
    client_id: clientId,
    redirect_uri: target = "",
    scope = "",
    state: opaque = "",
  } = context.req.query();
  const client = state.options.clients.find((candidate) => candidate.clientId === clientId);
  if (client === undefined) throw new ConsentRefusal(700016);
  if (!client.redirectUris.includes(target)) throw new ConsentRefusal(50011);
  const url = new URL(target);
  const answer = { admin_consent: "True", tenant: context.req.param("tenant") ?? "", scope, state: opaque };
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  return context.redirect(url.href, 302);
}

/** Routes of login.microsoftonline.com that a browser opens. */
export function consentRoutes(state: MicrosoftState): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    if (!(error instanceof ConsentRefusal)) throw error;
    const content = html`<h1>Sorry, but we're having trouble signing you in.</h1><p>${error.code}: ${error.message}</p>`;
    return context.html(layout("Sign in to your account", content), error.status);
  });
  const authorize = "/:tenant/oauth2/v2.0/authorize";
  return app
    .get(authorize, (context) => {
      const request = readAuthorization(state, new URL(context.req.url));
      if (request.parameters.prompt === "none") return context.redirect(silently(state, request), 302);
      return context.html(page(state, request));
    })
    .post(authorize, async (context) => {
      const request = readAuthorization(state, new URL(context.req.url));
      const parsed = form.safeParse(await context.req.parseBody());
      if (!parsed.success) throw new ConsentRefusal(9002313, "The form is incomplete.");
      const { user = "", decision } = parsed.data;
      return context.redirect(decide(state, request, { user, allow: decision === "allow" }), 302);
    })
    .get("/:tenant/v2.0/adminconsent", (context) => adminConsent(state, context))
    .get("/:tenant/oauth2/v2.0/logout", (context) =>
      context.html(layout("Signed out", html`<h1>You signed out of your account</h1>`)),
    );
}
