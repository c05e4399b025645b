// Microsoft's OAuth: endpoints, scopes, the two kinds of accounts, and what Microsoft does its own way.
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

/** This deployment's registration at Microsoft. The origins put a simulator in the place of Graph and the login. */
export interface MicrosoftConfig {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly origin: string | null;
  readonly loginOrigin: string | null;
}

/** Whose accounts: personal ones, or those of work and school (`providers.md` B.1.4). */
export type Tenant = "consumers" | "organizations";

const LOGIN = "https://login.microsoftonline.com";

/** The one tenant in which all personal accounts are. */
const PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";

const SCOPE_PREFIX = "https://graph.microsoft.com/";
const CALENDARS = "Calendars.ReadWrite";

/** `offline_access` is what brings a refresh token (B.1.1). */
const SCOPES = ["openid", "email", "profile", "offline_access", "User.Read", CALENDARS];

/** A subset of them, which the token endpoint wants named. */
const REFRESHED = `offline_access ${CALENDARS}`;

/** How people connect Outlook and Office 365 calendars (`providers.md` B.1). */
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
        { ...input, scopes: SCOPES },
        {
          response_mode: "query",
          // People have several accounts: a new connection asks which, a reconnect knows (B.1.1).
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

    // Asks for no more than is needed: a scope that was never granted would be taken for a withdrawn consent.
    refresh: async ({ refreshToken }) => {
      const parameters = { grant_type: "refresh_token", refresh_token: refreshToken, scope: REFRESHED };
      return (await askToken(parameters)).grant;
    },

    // Microsoft has no such call for one application (B.1). Signing the person out everywhere would be another.
    revoke: async () => {},
  };
}

/**
 * An account is known by tenant and object id; the email may change and the subject differs between applications.
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

/** Scopes come with Graph's prefix or without; `offline_access` is never among them (B.1.2). */
function withPlainScopes(grant: Grant): Grant {
  const plain = (scope: string) =>
    scope.toLowerCase().startsWith(SCOPE_PREFIX) ? scope.slice(SCOPE_PREFIX.length) : scope;
  return { ...grant, scopes: grant.scopes?.map(plain) ?? null };
}
