// Secrets of one local run, made anew each time, and the bearer tokens they sign.
import { randomBytes, randomUUID } from "node:crypto";
import { SignJWT } from "jose";

/** What a local deployment keeps secret. */
export interface Secrets {
  readonly jwtSecret: string;
  readonly tokenKey: string;
  readonly cookieKey: string;
  readonly googleClientId: string;
  readonly googleClientSecret: string;
  /** One registration for Outlook.com and Office 365. */
  readonly microsoftClientId: string;
  readonly microsoftClientSecret: string;
  /** Signs notices. */
  readonly noticeSecret: string;
}

export const ISSUER = "https://maraplace.test";
export const AUDIENCE = "calendar-sync";

/** Random secrets: nothing that anybody could find in the source. */
export function makeSecrets(): Secrets {
  const key = () => randomBytes(32).toString("base64");
  return {
    jwtSecret: randomBytes(48).toString("base64url"),
    tokenKey: key(),
    cookieKey: key(),
    googleClientId: `${randomBytes(6).toString("hex")}.apps.googleusercontent.com`,
    googleClientSecret: randomBytes(24).toString("base64url"),
    microsoftClientId: randomUUID(),
    microsoftClientSecret: randomBytes(24).toString("base64url"),
    noticeSecret: `whsec_${key()}`,
  };
}

/** A bearer token as MaraPlace would sign it. An agent's token reaches only `subject`, a service's everybody. */
export function signToken(
  secrets: Pick<Secrets, "jwtSecret">,
  claims: { role: "agent" | "service"; subject: string; hours: number },
): Promise<string> {
  return new SignJWT({ role: claims.role })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(claims.subject)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(`${claims.hours}h`)
    .sign(new TextEncoder().encode(secrets.jwtSecret));
}

/**
 * The Worker's bindings for a local run. Everything not named keeps its default. A provider without an
 * origin is the real one. Without an address no notice is sent.
 */
export function workerBindings(
  secrets: Secrets,
  places: {
    baseUrl: string;
    databaseUrl: string;
    googleOrigin?: string;
    microsoftOrigin?: string;
    appleOrigin?: string;
    noticeUrl?: string;
  },
): Record<string, string> {
  return {
    BASE_URL: places.baseUrl,
    TURSO_DATABASE_URL: places.databaseUrl,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    JWT_SECRET: secrets.jwtSecret,
    TOKEN_KEYS: `local:${secrets.tokenKey}`,
    COOKIE_KEY: secrets.cookieKey,
    GOOGLE_CLIENT_ID: secrets.googleClientId,
    GOOGLE_CLIENT_SECRET: secrets.googleClientSecret,
    OUTLOOK_CLIENT_ID: secrets.microsoftClientId,
    OUTLOOK_CLIENT_SECRET: secrets.microsoftClientSecret,
    ...(places.googleOrigin !== undefined && { GOOGLE_ORIGIN: places.googleOrigin }),
    ...(places.microsoftOrigin !== undefined && { MICROSOFT_ORIGIN: places.microsoftOrigin }),
    ...(places.appleOrigin !== undefined && { APPLE_ORIGIN: places.appleOrigin }),
    ...(places.noticeUrl !== undefined && {
      NOTICE_URL: places.noticeUrl,
      NOTICE_SECRET: secrets.noticeSecret,
    }),
  };
}
