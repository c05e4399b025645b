// OAuth 2.0 with PKCE and OpenID Connect identity, as Google and Microsoft share it.
import { decodeJwt } from "jose";
import { OAuth2Client } from "oslo/oauth2";
import * as z from "zod";
import { type Instant, MINUTE_MS, SECOND_MS } from "../domain/instant.ts";
import { parseCleanJson } from "../encoding/clean-text.ts";
import { ProviderError } from "./error.ts";
import { type Classify, type HttpDeps, readAnswer, send } from "./http.ts";
import type { Grant } from "./provider.ts";

/** How far the provider's clock may be from ours (`docs/providers/README.md` D.4, case 10). */
const CLOCK_SKEW_MS = 2 * MINUTE_MS;

/** One registration of this deployment at an authorisation server. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
}

const TokenAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive(),
  refresh_token: z.string().min(1).optional(),
  scope: z.string().optional(),
  id_token: z.string().optional(),
});

const IdTokenClaims = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  sub: z.string().min(1).max(255),
  exp: z.number(),
  nonce: z.string().optional(),
  email: z.string().optional(),
  /** Microsoft's: the tenant, the person in it, and the name they sign in by. */
  tid: z.string().min(1).optional(),
  oid: z.string().min(1).optional(),
  preferred_username: z.string().optional(),
});

/** The claims of an id token that identify the person. */
export type IdTokenClaims = z.infer<typeof IdTokenClaims>;

/**
 * The URL of the consent page, with PKCE S256.
 * @param extra parameters that only this provider knows; null leaves one out
 */
export async function authorizationUrl(
  client: OAuthClient,
  input: { state: string; codeVerifier: string; redirectUri: string; scopes: readonly string[] },
  extra: Readonly<Record<string, string | null>>,
): Promise<URL> {
  const oslo = new OAuth2Client(client.clientId, client.authorizeUrl, client.tokenUrl, {
    redirectURI: input.redirectUri,
  });
  const url = await oslo.createAuthorizationURL({
    state: input.state,
    codeVerifier: input.codeVerifier,
    scopes: [...input.scopes],
  });
  for (const [name, value] of Object.entries(extra)) {
    if (value !== null) url.searchParams.set(name, value);
  }
  return url;
}

/**
 * Asks the token endpoint with a grant (`grant_type` and its parameters). The client authenticates in the body.
 * oslo's own token call isn't used, because it calls the global `fetch` without limits. It also drops the status,
 * `Retry-After` and the error's code, and these decide whether the agent must consent again.
 * @throws ProviderError as `classify` says
 */
export async function requestToken(
  deps: HttpDeps,
  client: OAuthClient,
  parameters: Readonly<Record<string, string>>,
  classify: Classify,
): Promise<{ grant: Grant; idToken: string | null }> {
  // Read before the request: the lifetime counts from the moment when the provider made the token.
  const askedAt = deps.now();
  const answer = await send(deps, client.tokenUrl, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({
      ...parameters,
      client_id: client.clientId,
      client_secret: client.clientSecret,
    }).toString(),
  });
  const token = readAnswer(answer, TokenAnswer, classify, deps.now());
  const grant = {
    accessToken: token.access_token,
    accessTokenExpiresAt: askedAt + token.expires_in * SECOND_MS,
    refreshToken: token.refresh_token ?? null,
    scopes: token.scope?.split(" ").filter((scope) => scope !== "") ?? null,
  };
  return { grant, idToken: token.id_token ?? null };
}

/**
 * The person who granted. The signature isn't verified, because the token came from the token endpoint over TLS and
 * OpenID Connect allows that (`docs/providers/google.md` A.1.2). Issuer, audience, nonce and expiry are checked.
 * @throws ProviderError `bug`/`id_token_invalid`
 */
export function readIdToken(
  idToken: string | null,
  expected: { isIssuer: (issuer: string) => boolean; clientId: string; nonce: string; now: Instant },
): IdTokenClaims {
  const claims = decodeClaims(idToken);
  const valid =
    claims !== null &&
    expected.isIssuer(claims.iss) &&
    [claims.aud].flat().includes(expected.clientId) &&
    claims.nonce === expected.nonce &&
    claims.exp * SECOND_MS > expected.now - CLOCK_SKEW_MS;
  if (!valid) throw new ProviderError({ kind: "bug", code: "id_token_invalid" });
  return claims;
}

function decodeClaims(idToken: string | null): IdTokenClaims | null {
  if (idToken === null) return null;
  try {
    // Written as JSON and read again, so that its texts are cleaned like those of every other answer.
    return IdTokenClaims.safeParse(parseCleanJson(JSON.stringify(decodeJwt(idToken)))).data ?? null;
  } catch {
    return null;
  }
}
