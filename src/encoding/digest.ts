// Digests: SHA-256 in lower-case hexadecimal digits, and a short form of it.
import { hash } from "node:crypto";
import { sha256 } from "oslo/crypto";
import { encodeHex } from "oslo/encoding";

/** The SHA-256 of a text's UTF-8 bytes: 64 hexadecimal digits. */
export async function digestOf(text: string): Promise<string> {
  return encodeHex(await sha256(new TextEncoder().encode(text)));
}

/** The digest of several parts. They are joined as JSON, so that different parts never give the same text. */
export const identityDigest = (...parts: readonly (string | number)[]): Promise<string> =>
  digestOf(JSON.stringify(parts));

/** The first 72 bits of the SHA-256 of a text's UTF-8 bytes, in base64url: 12 characters. */
export const shortDigestOf = (text: string): string => hash("sha256", text, "base64url").slice(0, 12);
