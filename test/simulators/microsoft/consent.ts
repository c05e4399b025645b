// Consent page: who signs in, and what the application may do (`docs/providers/microsoft.md` B.1.1).
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { layout } from "../shared/consent-page.ts";
import { ConsentRefusal } from "../shared/refusal.ts";
import {
  type AuthorizationRequest,
  decide,
  readAuthorization,
  refusedConsent,
  silently,
} from "./authorization.ts";
import { scopeLabel } from "./scopes.ts";
import type { MicrosoftState } from "./state.ts";
import { refusalOf } from "./tenants.ts";

const STYLE = `body{font:15px/1.5 "Segoe UI",system-ui,sans-serif;background:#f2f2f2;margin:0;display:grid;place-items:center;min-height:100vh}
main{background:#fff;padding:44px;max-width:440px;width:calc(100% - 120px);box-shadow:0 2px 6px #0003}h1{font-size:1.5rem;font-weight:600;margin:0 0 .5rem}
fieldset{border:0;padding:0;margin:1.25rem 0}legend{font-weight:600;margin-bottom:.25rem}label{display:flex;gap:.6rem;padding:.45rem 0}
small{color:#605e5c}nav{display:flex;flex-direction:row-reverse;gap:.5rem}button{font:inherit;border:0;padding:.4rem 1.5rem;min-width:108px;cursor:pointer;background:#ccc}
button[value=allow]{background:#0067b8;color:#fff}`;

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
  return layout(STYLE, "Sign in to your account (simulated)", content);
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
  if (client === undefined) throw refusedConsent(700016);
  if (!client.redirectUris.includes(target)) throw refusedConsent(50011);
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
    return context.html(layout(STYLE, "Sign in to your account", content), error.status);
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
      if (!parsed.success) throw refusedConsent(9002313, "The form is incomplete.");
      const { user = "", decision } = parsed.data;
      return context.redirect(decide(state, request, { user, allow: decision === "allow" }), 302);
    })
    .get("/:tenant/v2.0/adminconsent", (context) => adminConsent(state, context))
    .get("/:tenant/oauth2/v2.0/logout", (context) =>
      context.html(layout(STYLE, "Signed out", html`<h1>You signed out of your account</h1>`)),
    );
}
