// OAuth: the agent's way to a provider's consent page and back.
import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import * as z from "zod";
import { finishConsent, peekReturnTo, startConsent } from "../accounts/consent.ts";
import type { Deps } from "../deps.ts";
import { digestOf } from "../encoding/digest.ts";
import { wantsJson } from "../http/accept.ts";
import { type ApiEnv, agentFor } from "../http/auth.ts";
import { answerProblem, asEngineError, logUnexpected } from "../http/errors.ts";
import { operation } from "../http/operation.ts";
import { providerOf, providerSegment } from "../http/provider-segment.ts";
import { connectPage, safeReturnTo, withParam } from "../http/return-to.ts";
import { cookieAttributes, sessionOf } from "../http/session.ts";
import { params, query } from "../http/validate.ts";
import { CONSENT_PROVIDERS, type ProviderName } from "../providers/provider.ts";

const STATE_COOKIE_SECONDS = 600;

/** Providers add parameters of their own to the callback; only these are read. */
const CallbackQuery = z.object({
  code: z.string().max(4_096).optional().describe("The provider's code, where the person agreed."),
  state: z.string().max(1_024).optional().describe("What the start of the consent sent along."),
  error: z.string().max(200).optional().describe("The provider's code, where they didn't."),
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
  params: z.strictObject({ provider: providerSegment(CONSENT_PROVIDERS) }),
  query: CallbackQuery,
  recorded: "always",
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
    "session_changed",
    "agent_being_erased",
    "oauth_failed",
    "oauth_scope_missing",
    "oauth_no_refresh_token",
    "account_mismatch",
    "provider_unavailable",
    "database_unavailable",
  ],
});

export const oauthOperations = [callback];

/** The state's cookie has the state in its name, so that consents in two tabs don't meet. */
async function stateCookieName(state: string): Promise<string> {
  const digest = await digestOf(state);
  return `calendar_consent_${digest.slice(0, 16)}`;
}

/** Who asks for a consent, and for what. */
interface ConsentRequest {
  readonly provider: ProviderName;
  readonly agentId?: string | undefined;
  readonly returnTo?: string | undefined;
  readonly accountId?: string | undefined;
}

/** Sends a browser to the provider's consent page, and tells a program its address. */
export async function beginConsent(deps: Deps, c: Context<ApiEnv>, request: ConsentRequest) {
  const { provider, agentId, returnTo, accountId } = request;
  const { authorizationUrl, state, sealedState } = await startConsent(deps, {
    agentId: agentFor(c.get("caller"), agentId),
    provider,
    returnTo: returnTo === undefined ? null : safeReturnTo(deps.config, returnTo),
    accountId: accountId ?? null,
    inSession: c.get("session") !== null,
    begunAt: c.get("session")?.startedAt,
  });
  setCookie(c, await stateCookieName(state), sealedState, {
    ...cookieAttributes(deps),
    maxAge: STATE_COOKIE_SECONDS,
  });
  c.header("Cache-Control", "no-store");
  return wantsJson(c) ? c.json({ authorizationUrl }) : c.redirect(authorizationUrl);
}

/** The route back from consent. */
export const oauthRoutes = (deps: Deps) =>
  new Hono<ApiEnv>().get(callback.path, params(callback.params), query(callback.query), async (c) => {
    const { code = null, state = null, error = null } = c.req.valid("query");
    const cookie = state === null ? null : await stateCookieName(state);
    const sealedState = cookie === null ? null : (getCookie(c, cookie) ?? null);
    if (cookie !== null) deleteCookie(c, cookie, cookieAttributes(deps));
    c.header("Cache-Control", "no-store");
    try {
      const provider = providerOf(deps, c.req.valid("param").provider);
      const session = await sessionOf(c, deps);
      const signedInAs = session?.agentId ?? null;
      const done = await finishConsent(deps, { provider, code, state, error, sealedState, signedInAs });
      const { agentId, accountId, connectionIds, returnTo } = done;
      c.set("caller", { role: "agent", agentId });
      c.set("session", session);
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
