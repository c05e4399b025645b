// Issue: access, refresh and id tokens, and the end of a grant (`docs/providers/microsoft.md` B.1.2).
import { createHash } from "node:crypto";
import { SignJWT } from "jose";
import { randomToken } from "../random.ts";
import type { Granted } from "../shared/grants.ts";
import { createSigningKey } from "../shared/signing-key.ts";
import { newUuid } from "./ids.ts";
import { longScope } from "./scopes.ts";
import type { MicrosoftState, SimulatedUser } from "./state.ts";

const key = createSigningKey();

/** The public keys, as the JWKS URL answers them. */
export const { publicKeys } = key;

/** Pairwise: a person has another subject in each application. */
const subjectOf = (user: SimulatedUser, clientId: string): string =>
  createHash("sha256").update(`${user.oid} ${clientId}`).digest("base64url");

async function sign(
  claims: Record<string, unknown>,
  user: SimulatedUser,
  audience: string,
  at: number,
  life: number,
) {
  const seconds = Math.floor(at / 1000);
  const token = new SignJWT({ ...claims, tid: user.tid, oid: user.oid, ver: "2.0" })
    .setIssuer(`https://login.microsoftonline.com/${user.tid}/v2.0`)
    .setAudience(audience)
    .setIssuedAt(seconds)
    .setNotBefore(seconds)
    .setExpirationTime(seconds + life);
  return key.sign(token);
}

function idToken(state: MicrosoftState, user: SimulatedUser, granted: Granted, nonce: string | null) {
  const claims = {
    sub: subjectOf(user, granted.clientId),
    preferred_username: user.email,
    ...(granted.scopes.includes("email") ? { email: user.email } : {}),
    ...(granted.scopes.includes("profile") ? { name: user.name } : {}),
    ...(nonce === null ? {} : { nonce }),
  };
  return sign(claims, user, granted.clientId, state.now(), 3600);
}

/** Opaque for personal accounts, a JWT for the others. */
async function newAccessToken(state: MicrosoftState, user: SimulatedUser, granted: Granted, life: number) {
  if (user.kind === "personal") return `EwB4A8l6BAAU${randomToken(state.random, 200)}`;
  const claims = { scp: granted.scopes.join(" "), appid: granted.clientId, uti: newUuid(state.random) };
  return sign(claims, user, "https://graph.microsoft.com", state.now(), life);
}

/** Real tokens last between 60 and 90 minutes, at random. */
const lifeOf = (state: MicrosoftState): number => 3600 + Math.floor(state.random() * 1800);

/** New tokens as the token endpoint answers them. A refresh token only if `offline_access` was granted. */
export async function tokenAnswer(
  state: MicrosoftState,
  user: SimulatedUser,
  granted: Granted,
  options: { nonce: string | null; refreshToken: boolean },
): Promise<Record<string, unknown>> {
  const place = { user: user.email };
  const life = state.knobs.take("token.expiresIn", place) ?? lifeOf(state);
  const token = await newAccessToken(state, user, granted, life);
  const { email, clientId, scopes } = granted;
  state.accessTokens.set(token, { token, email, clientId, scopes, expiresAt: state.now() + life * 1000 });
  const echoed = scopes.filter((scope) => scope !== "offline_access");
  const long = state.knobs.take("token.longScopes", place) !== undefined;
  return {
    token_type: "Bearer",
    scope: (long ? echoed.map(longScope) : echoed).join(" "),
    expires_in: life,
    ext_expires_in: life,
    access_token: token,
    ...(options.refreshToken ? { refresh_token: issueRefreshToken(state, granted) } : {}),
    ...(scopes.includes("openid") ? { id_token: await idToken(state, user, granted, options.nonce) } : {}),
  };
}

function issueRefreshToken(state: MicrosoftState, granted: Granted): string {
  const { email, clientId, scopes } = granted;
  const token = `M.C512_BAY.0.U.-${randomToken(state.random, 120)}`;
  state.refreshTokens.set(token, { token, email, clientId, scopes, lastUsedAt: state.now(), deadCode: null });
  return token;
}

/**
 * Ends the tokens of a person, for one client or all. Refresh tokens are then refused with `code`, access tokens with
 * 401, and subscriptions vanish.
 */
export function endGrant(
  state: MicrosoftState,
  email: string,
  clientId: string | undefined,
  code: number,
): void {
  const ofGrant = (held: { email: string; clientId: string }) =>
    held.email === email && (clientId === undefined || held.clientId === clientId);
  for (const key of [...state.grants.keys()]) {
    const [holder = "", client = ""] = key.split(" ");
    if (code === 65001 && ofGrant({ email: holder, clientId: client })) state.grants.delete(key);
  }
  for (const held of [...state.accessTokens.values()])
    if (ofGrant(held)) state.accessTokens.delete(held.token);
  for (const held of state.refreshTokens.values()) if (ofGrant(held)) held.deadCode ??= code;
  for (const held of [...state.subscriptions.values()])
    if (ofGrant(held)) state.subscriptions.delete(held.id);
}
