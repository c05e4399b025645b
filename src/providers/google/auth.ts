// Google's OAuth: endpoints, scopes and Google's own parameters.
import { ProviderError } from "../error.ts";
import { atOrigin, expectSuccess, send } from "../http.ts";
import { authorizationUrl, type OAuthClient, readIdToken, requestToken } from "../oauth.ts";
import type { OAuthFlow, ProviderDeps } from "../provider.ts";
import { classifyOAuth } from "./failures.ts";

/** This deployment's registration at Google. `origin` replaces Google by a simulator; null for Google itself. */
export interface GoogleConfig {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly origin: string | null;
}

const ENDPOINTS = {
  authorize: "https://accounts.google.com/o/oauth2/v2/auth",
  token: "https://oauth2.googleapis.com/token",
  revoke: "https://oauth2.googleapis.com/revoke",
};

/** Google names itself with and without the scheme. */
const ISSUERS = ["https://accounts.google.com", "accounts.google.com"];

/** The smallest set to read, write and watch events and to list calendars (`docs/providers/google.md` A.1.4). */
const REQUIRED_SCOPES = [
  "https://www.googleapis.com/auth/calendar.events",
  "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
];

/** How people connect Google calendars (`docs/providers/google.md` A.1). */
export function createOAuth(config: GoogleConfig, deps: ProviderDeps): OAuthFlow {
  const client: OAuthClient = {
    clientId: config.clientId,
    clientSecret: config.clientSecret,
    authorizeUrl: atOrigin(ENDPOINTS.authorize, config.origin),
    tokenUrl: atOrigin(ENDPOINTS.token, config.origin),
  };
  return {
    requiredScopes: REQUIRED_SCOPES,

    authorize: ({ nonce, loginHint, ...input }) =>
      authorizationUrl(
        client,
        { ...input, scopes: ["openid", "email", ...REQUIRED_SCOPES] },
        {
          access_type: "offline",
          // Without it only the first consent of a person brings a refresh token (A.1.1).
          prompt: "consent",
          include_granted_scopes: "true",
          login_hint: loginHint,
          nonce,
        },
      ),

    async exchange({ code, codeVerifier, nonce, redirectUri }) {
      const { grant, idToken } = await requestToken(
        deps,
        client,
        {
          grant_type: "authorization_code",
          code,
          code_verifier: codeVerifier,
          redirect_uri: redirectUri,
        },
        classifyOAuth,
      );
      const claims = readIdToken(idToken, {
        isIssuer: (issuer) => ISSUERS.includes(issuer),
        clientId: client.clientId,
        nonce,
        now: deps.now(),
      });
      return { grant, identity: { userId: claims.sub, email: claims.email ?? null } };
    },

    async refresh({ refreshToken }) {
      const parameters = { grant_type: "refresh_token", refresh_token: refreshToken };
      return (await requestToken(deps, client, parameters, classifyOAuth)).grant;
    },

    async revoke({ refreshToken }) {
      const answer = await send(deps, atOrigin(ENDPOINTS.revoke, config.origin), {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ token: refreshToken }).toString(),
      });
      try {
        expectSuccess(answer, classifyOAuth, deps.now());
      } catch (error) {
        if (!(error instanceof ProviderError && error.kind === "ignore")) throw error;
      }
    },
  };
}
