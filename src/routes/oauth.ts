// OAuth: the agent's way to a provider's consent page and back.
import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import * as z from "zod";
import { finishConsent, peekReturnTo, startConsent } from "../accounts/consent.ts";
import type { Deps } from "../deps.ts";
import { digestOf } from "../encoding/digest.ts";
import { type ApiEnv, type Auth, agentFor } from "../http/auth.ts";
import { answerProblem, asEngineError, logUnexpected } from "../http/errors.ts";
import { AccountId, MaybeAgentId } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { ProviderSegment, providerOf } from "../http/provider-segment.ts";
import { connectPage, safeReturnTo, withParam } from "../http/return-to.ts";
import { cookieAttributes } from "../http/session.ts";
import { params, query, wantsJson } from "../http/validate.ts";
import { PasswordForm } from "./password-wire.ts";

const STATE_COOKIE_SECONDS = 600;

/** Providers add parameters of their own to the callback; only these are read. */
const CallbackQuery = z.object({
  code: z.string().max(4_096).optional(),
  state: z.string().max(1_024).optional(),
  error: z.string().max(200).optional(),
});

export const start = operation({
  id: "startConsent",
  method: "get",
  path: "/:provider/auth",
  tag: "Connections",
  summary: "Go to the provider's consent page, or to the form for a password where it has none",
  description:
    "A browser is redirected; with Accept: application/json the address is answered instead. Either way a " +
    "cookie ties the consent to this browser, which must be the one that consents. Providers without a consent " +
    "page show a form, as JSON the fields to be sent.",
  access: "either",
  params: z.strictObject({ provider: ProviderSegment }),
  query: z.strictObject({
    agentId: MaybeAgentId,
    returnTo: z
      .string()
      .max(2_000, "Send at most 2000 characters.")
      .optional()
      .describe("Where the browser goes afterwards: a path here, or a page of an allowed origin."),
    accountId: AccountId.optional().describe("The account to connect again."),
  }),
  answers: {
    302: { description: "To the consent page" },
    200: {
      description: "The consent page's address, or the form",
      schema: z.union([
        z.strictObject({ authorizationUrl: z.string().meta({ format: "uri" }) }),
        PasswordForm,
      ]),
      type: "text/html",
    },
  },
  errors: ["forbidden", "provider_not_configured", "account_not_found", "database_unavailable"],
});

const callback = operation({
  id: "finishConsent",
  method: "get",
  path: "/:provider/callback",
  tag: "Connections",
  summary: "Come back from the provider's consent page",
  description:
    "A browser is redirected to returnTo or the connect page, with ?connected=<account id> or ?error=<code>; " +
    "with Accept: application/json the outcome is answered instead.",
  access: "open",
  params: z.strictObject({ provider: ProviderSegment }),
  query: CallbackQuery,
  answers: {
    302: { description: "Back to where the agent came from" },
    200: {
      description: "What was connected",
      schema: z.strictObject({ accountId: z.string(), connectionIds: z.array(z.string()) }),
    },
  },
  errors: [
    "provider_not_configured",
    "oauth_denied",
    "oauth_state_invalid",
    "oauth_failed",
    "oauth_scope_missing",
    "oauth_no_refresh_token",
    "account_mismatch",
    "provider_unavailable",
    "database_unavailable",
  ],
});

export const oauthOperations = [start, callback];

/** The state's cookie has the state in its name, so that consents in two tabs don't meet. */
async function stateCookieName(state: string): Promise<string> {
  const digest = await digestOf(state);
  return `calendar_consent_${digest.slice(0, 16)}`;
}

/** The routes of consent. */
export const oauthRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .get(start.path, auth.either, params(start.params), query(start.query), async (c, next) => {
      const provider = providerOf(deps, c.req.valid("param").provider);
      // Whoever takes a password is asked for it on a page, by the route behind this one.
      if (deps.providers.get(provider).password !== null) return next();
      const { agentId, returnTo, accountId } = c.req.valid("query");
      const consent = await startConsent(deps, {
        agentId: agentFor(c.get("caller"), agentId),
        provider,
        returnTo: returnTo === undefined ? null : safeReturnTo(deps.config, returnTo),
        accountId: accountId ?? null,
      });
      const { authorizationUrl, state, sealedState } = consent;
      setCookie(c, await stateCookieName(state), sealedState, {
        ...cookieAttributes(deps),
        maxAge: STATE_COOKIE_SECONDS,
      });
      c.header("Cache-Control", "no-store");
      return wantsJson(c) ? c.json({ authorizationUrl }) : c.redirect(authorizationUrl);
    })
    .get(callback.path, params(callback.params), query(callback.query), async (c) => {
      const { code = null, state = null, error = null } = c.req.valid("query");
      const cookie = state === null ? null : await stateCookieName(state);
      const sealedState = cookie === null ? null : (getCookie(c, cookie) ?? null);
      if (cookie !== null) deleteCookie(c, cookie, cookieAttributes(deps));
      c.header("Cache-Control", "no-store");
      try {
        const provider = providerOf(deps, c.req.valid("param").provider);
        const done = await finishConsent(deps, { provider, code, state, error, sealedState });
        const { accountId, connectionIds, returnTo } = done;
        if (wantsJson(c)) return c.json({ accountId, connectionIds });
        return c.redirect(withParam(returnTo ?? connectPage(deps), "connected", accountId));
      } catch (thrown) {
        const failure = asEngineError(thrown);
        logUnexpected(deps, failure, c.get("requestId"));
        if (wantsJson(c)) return answerProblem(c, failure);
        const returnTo = await peekReturnTo(deps, { sealedState });
        return c.redirect(withParam(returnTo ?? connectPage(deps), "error", failure.code));
      }
    });
