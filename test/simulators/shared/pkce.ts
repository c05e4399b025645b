// PKCE: verifiers and the challenges made of them (RFC 7636).
import { createHash } from "node:crypto";

/** Has a verifier the letters and the length that it must have? */
export const isVerifier = (text: string): boolean => /^[A-Za-z0-9\-._~]{43,128}$/.test(text);

/** The S256 challenge of a verifier. */
export const challengeOf = (verifier: string): string =>
  createHash("sha256").update(verifier).digest("base64url");
