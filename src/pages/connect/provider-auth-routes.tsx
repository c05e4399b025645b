// Provider auth: begins the consent or shows the form for a password, and takes the password that is sent.
import { type Context, Hono } from "hono";
import type * as z from "zod";
import { connectByPassword, passwordFlowOf } from "../../accounts/connect-password.ts";
import { accountToReconnect } from "../../accounts/store-account.ts";
import type { Deps } from "../../deps.ts";
import { EngineError } from "../../domain/errors.ts";
import { wantsJson, wantsPage } from "../../http/accept.ts";
import { type ApiEnv, type Auth, agentFor } from "../../http/auth.ts";
import { asEngineError, PROBLEMS } from "../../http/errors.ts";
import { BASE_PATH } from "../../http/operation.ts";
import { providerOf, segmentOf } from "../../http/provider-segment.ts";
import { connectPage, safeReturnTo, withParam } from "../../http/return-to.ts";
import { checked, isForm, jsonOrFormBody, params, query } from "../../http/validate.ts";
import type { PasswordFlow, ProviderName } from "../../providers/provider.ts";
import { beginConsent } from "../../routes/oauth.ts";
import { frameOf, wordsFor } from "../frame.ts";
import { sameOrigin } from "../visit.ts";
import type { Words } from "../words/english.ts";
import { PasswordPage, passwordErrorWords, passwordFields, passwordHelp } from "./password.tsx";
import { connectAccount, type PasswordForm, start } from "./provider-auth-operations.ts";

type Sent = z.output<typeof connectAccount.body>;

/** @throws EngineError `invalid_request` where a needed server is missing, or one is named that isn't needed */
function serverOf({ asksServer }: PasswordFlow, { serverUrl = "" }: Sent): string | null {
  if (asksServer === (serverUrl !== "")) return asksServer ? serverUrl : null;
  const message = asksServer
    ? "Enter the calendar server's address."
    : "Leave it out: this provider has but one server.";
  throw new EngineError("invalid_request", `serverUrl: ${message}`, {
    extra: { errors: [{ path: "serverUrl", message }] },
  });
}

function connect(deps: Deps, c: Context<ApiEnv>, { provider, sent }: { provider: ProviderName; sent: Sent }) {
  const { agentId, username, password, ownAddress = "", accountId = null } = sent;
  return connectByPassword(deps, {
    agentId: agentFor(c.get("caller"), agentId),
    begunAt: c.get("session")?.startedAt,
    provider,
    serverUrl: serverOf(passwordFlowOf(deps, provider), sent),
    username,
    password,
    ownAddress: ownAddress === "" ? null : ownAddress,
    accountId,
  });
}

/** The form as a program gets it. */
const describeForm = (deps: Deps, provider: ProviderName, flow: PasswordFlow, words: Words) =>
  ({
    method: "POST",
    action: `${deps.config.baseUrl}${BASE_PATH}/${segmentOf(provider)}/auth`,
    help: passwordHelp(words, flow),
    fields: passwordFields(words, flow),
  }) satisfies z.input<typeof PasswordForm>;

/** Takes a browser's form. An error shows the form again, with everything that was entered but the password. */
async function takeForm(deps: Deps, c: Context<ApiEnv>, provider: ProviderName): Promise<Response> {
  const flow = passwordFlowOf(deps, provider);
  const raw = await c.req.parseBody({ all: true });
  const entered = (name: string): string => (typeof raw[name] === "string" ? raw[name] : "");
  let returnTo = connectPage(deps);
  try {
    const { returnTo: wanted, ...sent } = checked("form", connectAccount.form, raw);
    if (wanted !== undefined) returnTo = safeReturnTo(deps.config, wanted);
    const { accountId } = await connect(deps, c, { provider, sent });
    return c.redirect(withParam(returnTo, "connected", accountId), 303);
  } catch (error) {
    const failure = asEngineError(error);
    if (failure.code === "internal_error" || !wantsPage(c)) throw error;
    const frame = frameOf(c, deps);
    return c.html(
      <PasswordPage
        frame={frame}
        agentId={entered("agentId") || null}
        provider={provider}
        flow={flow}
        values={{
          ...{ serverUrl: entered("serverUrl"), username: entered("username") },
          ownAddress: entered("ownAddress"),
        }}
        accountId={entered("accountId") || null}
        returnTo={returnTo}
        error={passwordErrorWords(frame.words, flow, failure)}
      />,
      PROBLEMS[failure.code].status,
    );
  }
}

/** The provider whose form is shown, and the query that asked for it. */
interface FormRequest extends z.output<typeof start.query> {
  readonly provider: ProviderName;
  readonly flow: PasswordFlow;
}

/** Shows the form to a person, and describes it to a program. */
async function showForm(deps: Deps, c: Context<ApiEnv>, request: FormRequest) {
  const { provider, flow, agentId, returnTo, accountId = null } = request;
  const owner = agentFor(c.get("caller"), agentId);
  const account = await accountToReconnect(deps, { agentId: owner, provider, accountId });
  c.header("Cache-Control", "no-store");
  if (wantsJson(c)) return c.json(describeForm(deps, provider, flow, wordsFor(c)));
  return c.html(
    <PasswordPage
      frame={frameOf(c, deps)}
      agentId={owner}
      provider={provider}
      flow={flow}
      values={{ username: account?.email ?? "", ownAddress: account?.email ?? "" }}
      accountId={accountId}
      returnTo={returnTo === undefined ? connectPage(deps) : safeReturnTo(deps.config, returnTo)}
      error={null}
    />,
  );
}

/** The routes of `/:provider/auth`. */
export const providerAuthRoutes = (deps: Deps, auth: Auth) => {
  const ownPages = sameOrigin(deps);
  return new Hono<ApiEnv>()
    .get(start.path, auth.either, params(start.params), query(start.query), (c) => {
      const provider = providerOf(deps, c.req.valid("param").provider);
      const { password: flow } = deps.providers.get(provider);
      const asked = c.req.valid("query");
      return flow === null
        ? beginConsent(deps, c, { provider, ...asked })
        : showForm(deps, c, { provider, flow, ...asked });
    })
    .post(
      connectAccount.path,
      auth.either,
      ownPages,
      params(connectAccount.params),
      jsonOrFormBody,
      async (c) => {
        const provider = providerOf(deps, c.req.valid("param").provider);
        c.header("Cache-Control", "no-store");
        if (isForm(c)) return takeForm(deps, c, provider);
        const sent = checked("body", connectAccount.body, await c.req.json());
        return c.json(await connect(deps, c, { provider, sent }), 201);
      },
    );
};
