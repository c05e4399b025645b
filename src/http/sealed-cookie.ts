// Sealed cookies: who a browser's session belongs to, encrypted under the cookie key.
import { EncryptJWT, type JWTPayload, jwtDecrypt } from "jose";
import type { Deps } from "../deps.ts";
import { type Instant, SECOND_MS } from "../domain/instant.ts";

const ISSUER = "calendar";

/** What a session says. */
export interface Sealed {
  /** Kept in the sealed header. What is sealed under the same key for another use has another type. */
  readonly type: string;
  /** Null: nobody in particular. */
  readonly subject: string | null;
  readonly claims: JWTPayload;
  /** Kept in whole seconds. */
  readonly endsAt: Instant;
}

/** The session as a cookie holds it. */
export function sealCookie(
  deps: Pick<Deps, "config">,
  { type, subject, claims, endsAt }: Sealed,
): Promise<string> {
  const sealed = new EncryptJWT(claims)
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: type })
    .setIssuer(ISSUER)
    .setExpirationTime(Math.floor(endsAt / SECOND_MS));
  if (subject !== null) sealed.setSubject(subject);
  return sealed.encrypt(deps.config.cookieKey);
}

/**
 * What a cookie of this type says.
 * @throws JOSEError when it is forged, of another type or has ended
 */
export async function openCookie(
  deps: Pick<Deps, "config" | "now">,
  { type, sealed, required }: { type: string; sealed: string; required: readonly string[] },
): Promise<JWTPayload> {
  const { payload } = await jwtDecrypt(sealed, deps.config.cookieKey, {
    typ: type,
    issuer: ISSUER,
    keyManagementAlgorithms: ["dir"],
    contentEncryptionAlgorithms: ["A256GCM"],
    requiredClaims: ["exp", ...required],
    currentDate: new Date(deps.now()),
  });
  return payload;
}
