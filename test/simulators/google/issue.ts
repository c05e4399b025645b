// Issue: access, refresh and id tokens, and the end of a grant (`docs/providers/google.md` A.1.2).
import { SignJWT } from "jose";
import { randomToken } from "../random.ts";
import type { Granted } from "../shared/grants.ts";
import { createSigningKey } from "../shared/signing-key.ts";
import type { GoogleState } from "./state.ts";

const ACCESS_LIFE_S = 3599;
const TESTING_LIFE_S = 604_799;
const MOST_REFRESH_TOKENS = 100;

const key = createSigningKey();

/** The public keys, as the JWKS URL answers them. */
export const { publicKeys } = key;

async function idToken(
  state: GoogleState,
  email: string,
  clientId: string,
  nonce: string | null,
): Promise<string> {
  const user = state.users.get(email);
  const at = Math.floor(state.now() / 1000);
  const person = { email, email_verified: true, name: user?.name ?? email };
  const token = new SignJWT({ azp: clientId, ...person, ...(nonce === null ? {} : { nonce }) })
    .setIssuer("https://accounts.google.com")
    .setAudience(clientId)
    .setSubject(user?.sub ?? email)
    .setIssuedAt(at)
    .setExpirationTime(at + 3600);
  return key.sign(token);
}

/** A new access token as the token endpoint answers it, with an id token if `openid` was granted. */
export async function accessAnswer(
  state: GoogleState,
  granted: Granted,
  nonce: string | null,
): Promise<Record<string, unknown>> {
  const { email, clientId, scopes } = granted;
  const token = `ya29.a0${randomToken(state.random, 120)}`;
  const expiresIn = state.knobs.take("token.expiresIn", { user: email }) ?? ACCESS_LIFE_S;
  state.accessTokens.set(token, {
    token,
    email,
    clientId,
    scopes,
    expiresAt: state.now() + expiresIn * 1000,
  });
  return {
    access_token: token,
    expires_in: expiresIn,
    scope: scopes.join(" "),
    token_type: "Bearer",
    ...(scopes.includes("openid") ? { id_token: await idToken(state, email, clientId, nonce) } : {}),
  };
}

/** A new refresh token. If one user and client have more than a hundred, the oldest is ended without an error. */
export function issueRefreshToken(state: GoogleState, granted: Granted): Record<string, unknown> {
  const { email, clientId, scopes } = granted;
  const own = [...state.refreshTokens.values()].filter(
    (token) => token.email === email && token.clientId === clientId,
  );
  const [oldest] = own;
  if (oldest !== undefined && own.length >= MOST_REFRESH_TOKENS) state.refreshTokens.delete(oldest.token);
  const testing = state.knobs.take("token.testing", { user: email }) !== undefined;
  const token = `1//0g${randomToken(state.random, 80)}`;
  const expiresAt = testing ? state.now() + TESTING_LIFE_S * 1000 : null;
  state.refreshTokens.set(token, { token, email, clientId, scopes, expiresAt, lastUsedAt: state.now() });
  return { refresh_token: token, ...(testing ? { refresh_token_expires_in: TESTING_LIFE_S } : {}) };
}

/** Ends the grant of a user and client with all its tokens. Its channels stop sending. */
export function endGrant(state: GoogleState, email: string, clientId: string): void {
  const ofGrant = (held: { email: string; clientId: string }) =>
    held.email === email && held.clientId === clientId;
  state.grants.delete(`${email} ${clientId}`);
  for (const held of [...state.accessTokens.values()])
    if (ofGrant(held)) state.accessTokens.delete(held.token);
  for (const held of [...state.refreshTokens.values()])
    if (ofGrant(held)) state.refreshTokens.delete(held.token);
  for (const channel of state.channels.values()) if (ofGrant(channel)) channel.stopped = true;
}
