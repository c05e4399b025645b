// Microsoft's OAuth: endpoints, scopes, the two kinds of accounts, and Microsoft's own parameters.
import { ProviderError } from "../error.ts";
import { atOrigin } from "../http.ts";
import {
  authorizationUrl,
  type IdTokenClaims,
  type OAuthClient,
  readIdToken,
  requestToken,
} from "../oauth.ts";
import type { Grant, Identity, OAuthFlow, ProviderDeps } from "../provider.ts";
import { classifyOAuth } from "./failures.ts";

/** This deployment's registration at Microsoft. The origins replace Graph and the sign-in by a simulator. */
export interface MicrosoftConfig {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly origin: string | null;
  readonly loginOrigin: string | null;
}

/** The kind of accounts: personal ones, or those of work and school (`docs/providers/microsoft.md` B.1.4). */
export type Tenant = "consumers" | "organizations";

const LOGIN = "https://login.microsoftonline.com";

/** The tenant of all personal accounts. */
const PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";

const SCOPE_PREFIX = "https://graph.microsoft.com/";
const CALENDARS = "Calendars.ReadWrite";
/** Opens the calendars that others share. */
const SHARED = "Calendars.ReadWrite.Shared";

/** Only with `offline_access` does a refresh token come (B.1.1). */
const SCOPES = ["openid", "email", "profile", "offline_access", "User.Read", CALENDARS];

/** Personal accounts can't be asked for the calendars of others (B.1.2). */
const SCOPES_OF: Readonly<Record<Tenant, readonly string[]>> = {
  consumers: SCOPES,
  organizations: [...SCOPES, SHARED],
};

/** How people connect Outlook and Office 365 calendars (`docs/providers/microsoft.md` B.1). */
export function createOAuth(config: MicrosoftConfig, tenant: Tenant, deps: ProviderDeps): OAuthFlow {
  const client: OAuthClient = {
    clientId: config.clientId,
    clientSecret: config.clientSecret,
    authorizeUrl: atOrigin(`${LOGIN}/${tenant}/oauth2/v2.0/authorize`, config.loginOrigin),
    tokenUrl: atOrigin(`${LOGIN}/${tenant}/oauth2/v2.0/token`, config.loginOrigin),
  };
  const askToken = async (parameters: Record<string, string>) => {
    const token = await requestToken(deps, client, parameters, classifyOAuth);
    return { ...token, grant: withPlainScopes(token.grant) };
  };
  return {
    requiredScopes: [CALENDARS],

    authorize: ({ nonce, loginHint, claims, ...input }) =>
      authorizationUrl(
        client,
        { ...input, scopes: SCOPES_OF[tenant] },
        {
          response_mode: "query",
          // People have several accounts. A new connection asks which one; a reconnect knows it (B.1.1).
          prompt: loginHint === null ? "select_account" : null,
          login_hint: loginHint,
          claims,
          nonce,
        },
      ),

    async exchange({ code, codeVerifier, nonce, redirectUri }) {
      const { grant, idToken } = await askToken({
        grant_type: "authorization_code",
        code,
        code_verifier: codeVerifier,
        redirect_uri: redirectUri,
      });
      const claims = readIdToken(idToken, {
        isIssuer: (issuer) => issuer.startsWith(`${LOGIN}/`),
        clientId: client.clientId,
        nonce,
        now: deps.now(),
      });
      return { grant, identity: identityOf(claims, tenant) };
    },

    // A scope that was never granted would look like a withdrawn consent, so only granted ones are named.
    refresh: async ({ refreshToken }, granted = []) => {
      const isShared = (scope: string) => scope.toLowerCase() === SHARED.toLowerCase();
      const shared = granted.some(isShared) ? [SHARED] : [];
      const scope = ["offline_access", CALENDARS, ...shared].join(" ");
      const parameters = { grant_type: "refresh_token", refresh_token: refreshToken, scope };
      return (await askToken(parameters)).grant;
    },

    // Microsoft can't end the grant of one application (B.1). It could only sign the person out everywhere.
    revoke: async () => {},
  };
}

/**
 * Tenant and object id identify an account. The email may change, and the subject differs between applications.
 * @throws ProviderError `bug`/`id_token_invalid` for an issuer of another tenant or an account of the other kind
 */
function identityOf({ iss, tid, oid, email, preferred_username }: IdTokenClaims, tenant: Tenant): Identity {
  const valid =
    tid !== undefined &&
    oid !== undefined &&
    iss === `${LOGIN}/${tid}/v2.0` &&
    (tid === PERSONAL_TENANT) === (tenant === "consumers");
  if (!valid) throw new ProviderError({ kind: "bug", code: "id_token_invalid" });
  return { userId: `${tid}:${oid}`, email: email ?? preferred_username ?? null };
}

/** Scopes come with Graph's prefix or without it. `offline_access` is never among them (B.1.2). */
function withPlainScopes(grant: Grant): Grant {
  const plain = (scope: string) =>
    scope.toLowerCase().startsWith(SCOPE_PREFIX) ? scope.slice(SCOPE_PREFIX.length) : scope;
  return { ...grant, scopes: grant.scopes?.map(plain) ?? null };
}
