// The page session: an agent's identity, sealed into a cookie that ends when the token ends.
import type { Context } from "hono";
import { setCookie } from "hono/cookie";
import { EncryptJWT, jwtDecrypt } from "jose";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { DAY_MS, type Instant, SECOND_MS } from "../domain/instant.ts";
import { BASE_PATH } from "./operation.ts";

/** The cookie's name. */
export const SESSION_COOKIE = "calendar_session";

/** The type in the sealed header. Other values that are sealed under the same key are no sessions. */
const TYPE = "calendar-session";
const ISSUER = "calendar";

/** Attributes shared by the cookies of this service. `Secure` wherever the public URL is https. */
export function cookieAttributes(deps: Pick<Deps, "config">) {
  return {
    path: BASE_PATH,
    httpOnly: true,
    sameSite: "Lax",
    secure: deps.config.baseUrl.startsWith("https:"),
  } as const;
}

/** The longest session, however long the token lasts: a browser may be shared. */
const MAX_SESSION_MS = DAY_MS;

/** Gives the browser a session for this agent until `tokenExpiresAt`, but for a day at most. */
export async function startSession(
  c: Context,
  deps: Pick<Deps, "config" | "now">,
  input: { agentId: string; tokenExpiresAt: Instant },
): Promise<void> {
  const expiresAt = Math.min(input.tokenExpiresAt, deps.now() + MAX_SESSION_MS);
  const sealed = await new EncryptJWT({})
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: TYPE })
    .setIssuer(ISSUER)
    .setSubject(input.agentId)
    .setExpirationTime(Math.floor(expiresAt / SECOND_MS))
    .encrypt(deps.config.cookieKey);
  const maxAge = Math.max(0, Math.floor((expiresAt - deps.now()) / SECOND_MS));
  setCookie(c, SESSION_COOKIE, sealed, { ...cookieAttributes(deps), maxAge });
}

/**
 * The agent behind a session cookie.
 * @throws EngineError `unauthenticated` when it is forged or has ended
 */
export async function openSession(
  deps: Pick<Deps, "config" | "now">,
  sealed: string,
): Promise<{ role: "agent"; agentId: string }> {
  try {
    const { payload } = await jwtDecrypt(sealed, deps.config.cookieKey, {
      typ: TYPE,
      issuer: ISSUER,
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
      requiredClaims: ["exp", "sub"],
      currentDate: new Date(deps.now()),
    });
    return { role: "agent", agentId: payload.sub ?? "" };
  } catch (error) {
    throw new EngineError(
      "unauthenticated",
      "Your visit has ended. Open this page from the marketplace again.",
      {
        cause: error,
      },
    );
  }
}
