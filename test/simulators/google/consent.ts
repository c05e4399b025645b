// Consent page: who signs in and what they allow (`docs/providers/google.md` A.1.1).
import { Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { randomToken } from "../random.ts";
import { callbackUrl } from "../shared/callback-url.ts";
import { layout } from "../shared/consent-page.ts";
import type { OAuthClient } from "../shared/grants.ts";
import { ConsentRefusal } from "../shared/refusal.ts";
import { canonicalScope, isIdentityScope, scopeLabel } from "./scopes.ts";
import type { GoogleState } from "./state.ts";

const CODE_LIFE_MS = 600_000;
const VERIFIER_HASH = /^[A-Za-z0-9\-_]{43}$/;

const parameters = z.strictObject({
  client_id: z.string(),
  redirect_uri: z.string(),
  response_type: z.literal("code"),
  scope: z.string().min(1),
  access_type: z.enum(["offline", "online"]).optional(),
  prompt: z
    .string()
    .regex(/^(consent|select_account)( (consent|select_account))?$/)
    .optional(),
  include_granted_scopes: z.enum(["true", "false"]).optional(),
  state: z.string().optional(),
  code_challenge: z.string().optional(),
  code_challenge_method: z.enum(["S256", "plain"]).optional(),
  login_hint: z.string().optional(),
  hd: z.string().optional(),
  nonce: z.string().optional(),
});

/** A checked authorisation request. */
export interface AuthorizationRequest {
  readonly client: OAuthClient;
  readonly parameters: z.infer<typeof parameters>;
  readonly scopes: readonly string[];
}

/** Checks an authorisation URL as strictly as Google. */
export function readAuthorization(state: GoogleState, url: URL): AuthorizationRequest {
  const bad = (message: string) => new ConsentRefusal(400, "invalid_request", message);
  const query = Object.fromEntries(url.searchParams);
  const client = state.options.clients.find(({ clientId }) => clientId === query["client_id"]);
  if (client === undefined)
    throw new ConsentRefusal(401, "invalid_client", "The OAuth client was not found.");
  if (!client.redirectUris.includes(query["redirect_uri"] ?? "")) {
    throw new ConsentRefusal(
      400,
      "redirect_uri_mismatch",
      "The redirect URI is not registered for this client.",
    );
  }
  if (url.searchParams.size !== Object.keys(query).length) throw bad("A parameter is repeated.");
  const parsed = parameters.safeParse(query);
  if (!parsed.success) throw bad(z.prettifyError(parsed.error));
  const { code_challenge: challenge, code_challenge_method: method } = parsed.data;
  if (method !== undefined && challenge === undefined) throw bad("code_challenge is missing.");
  if (method === "S256" && !VERIFIER_HASH.test(challenge ?? ""))
    throw bad("code_challenge is not a SHA-256 hash.");
  const scopes = parsed.data.scope.split(" ").map((scope) => {
    const name = canonicalScope(scope);
    if (name === null)
      throw new ConsentRefusal(400, "invalid_scope", `Some requested scopes were invalid: ${scope}`);
    return name;
  });
  return { client, parameters: parsed.data, scopes };
}

/** The person's decisions on the consent page. */
export interface ConsentDecision {
  readonly user: string;
  /** The scopes that the person ticks. Identity scopes can't be unticked. */
  readonly scopes: readonly string[];
  readonly allow: boolean;
}

/** Finishes the consent page. Returns the callback's URL to which the browser is sent. */
export function decide(state: GoogleState, request: AuthorizationRequest, decision: ConsentDecision): string {
  if (!decision.allow) return callbackUrl(request.parameters, { error: "access_denied" });
  const failure = state.knobs.take("consent.error", { user: decision.user });
  if (failure !== undefined) return callbackUrl(request.parameters, { error: failure });
  if (!state.users.has(decision.user)) throw new ConsentRefusal(400, "invalid_request", "Choose an account.");
  const { parameters: asked, client } = request;
  const ticked = request.scopes.filter((scope) => isIdentityScope(scope) || decision.scopes.includes(scope));
  const grantKey = `${decision.user} ${client.clientId}`;
  const earlier = state.grants.get(grantKey);
  const scopes = new Set(asked.include_granted_scopes === "true" ? [...(earlier ?? []), ...ticked] : ticked);
  const consented = earlier === undefined || (asked.prompt ?? "").includes("consent");
  state.grants.set(grantKey, new Set([...(earlier ?? []), ...scopes]));
  const code = `4/0A${randomToken(state.random, 60)}`;
  const challenge = asked.code_challenge;
  state.codes.set(code, {
    code,
    clientId: client.clientId,
    redirectUri: asked.redirect_uri,
    email: decision.user,
    scopes: [...scopes],
    challenge:
      challenge === undefined ? null : { value: challenge, method: asked.code_challenge_method ?? "plain" },
    nonce: asked.nonce ?? null,
    offline: asked.access_type === "offline" && consented,
    expiresAt: state.now() + CODE_LIFE_MS,
  });
  return callbackUrl(request.parameters, {
    iss: "https://accounts.google.com",
    code,
    scope: [...scopes].join(" "),
    authuser: "0",
    prompt: asked.prompt ?? "none",
  });
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;background:#f0f4f9;margin:0;display:grid;place-items:center;min-height:100vh}
main{background:#fff;border-radius:24px;padding:36px;max-width:440px;width:calc(100% - 104px)}h1{font-size:1.5rem;font-weight:400;margin:0 0 .5rem}
fieldset{border:0;padding:0;margin:1.25rem 0}legend{font-weight:600;margin-bottom:.25rem}label{display:flex;gap:.6rem;padding:.45rem 0}
small{color:#5f6368}nav{display:flex;flex-direction:row-reverse;gap:.75rem}button{font:inherit;border:0;border-radius:999px;padding:.55rem 1.5rem;cursor:pointer;background:none;color:#0b57d0}
button[value=allow]{background:#0b57d0;color:#fff}`;

function page(state: GoogleState, request: AuthorizationRequest) {
  const users = [...state.users.values()];
  const hint = request.parameters.login_hint;
  const chosen = users.find(({ email, sub }) => email === hint || sub === hint) ?? users[0];
  const accounts = users.map(
    (
      user,
    ) => html`<label><input type="radio" name="user" value="${user.email}" required ${user === chosen ? "checked" : ""} />
      <span>${user.name}<br /><small>${user.email}</small></span></label>`,
  );
  const permissions = request.scopes
    .filter((scope) => !isIdentityScope(scope))
    .map(
      (scope) => html`<label><input type="checkbox" name="scope" value="${scope}" checked />
        <span>${scopeLabel(scope)}</span></label>`,
    );
  const content = html`<h1>Sign in with Google</h1>
    <small>A simulation of Google for tests and demos: nothing leaves this machine.</small>
    <form method="post">
      <fieldset><legend>Choose an account</legend>${users.length === 0 ? "Nobody has an account yet." : accounts}</fieldset>
      <fieldset><legend>What the application may do</legend>${permissions}</fieldset>
      <nav>
        <button name="decision" value="allow">Allow</button>
        <button name="decision" value="deny" formnovalidate>Cancel</button>
      </nav>
    </form>`;
  return layout(STYLE, "Sign in - Google (simulated)", content);
}

const form = z.strictObject({
  user: z.string().optional(),
  scope: z.union([z.string(), z.array(z.string())]).optional(),
  decision: z.enum(["allow", "deny"]),
});

/** Routes of accounts.google.com. */
export function consentRoutes(state: GoogleState): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    if (!(error instanceof ConsentRefusal)) throw error;
    const content = html`<h1>Access blocked: Error ${error.status}: ${error.code}</h1><p>${error.message}</p>`;
    return context.html(layout(STYLE, "Error", content), error.status);
  });
  return app
    .get("/o/oauth2/v2/auth", (context) =>
      context.html(page(state, readAuthorization(state, new URL(context.req.url)))),
    )
    .post("/o/oauth2/v2/auth", async (context) => {
      const request = readAuthorization(state, new URL(context.req.url));
      const parsed = form.safeParse(await context.req.parseBody({ all: true }));
      if (!parsed.success) throw new ConsentRefusal(400, "invalid_request", "The form is incomplete.");
      const { user = "", scope = [], decision } = parsed.data;
      const scopes = typeof scope === "string" ? [scope] : scope;
      return context.redirect(decide(state, request, { user, scopes, allow: decision === "allow" }), 302);
    });
}
