// PKCE: verifiers and their challenges (RFC 7636).
import { createHash } from "node:crypto";

/** Does a verifier have the allowed letters and length? */
export const isVerifier = (text: string): boolean => /^[A-Za-z0-9\-._~]{43,128}$/.test(text);

/** The S256 challenge of a verifier. */
export const challengeOf = (verifier: string): string =>
  createHash("sha256").update(verifier).digest("base64url");
