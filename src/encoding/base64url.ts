// Base64url: writes text as letters, digits, "-" and "_", which fit into a path, a file name and a UID.
import { base64url } from "oslo/encoding";

/** The text's UTF-8 bytes in base64url, without padding. */
export const toBase64url = (text: string): string =>
  base64url.encode(new TextEncoder().encode(text), { includePadding: false });

/** The text in base64 of either alphabet, padded or not; null when it isn't the base64 of UTF-8 text. */
export function fromBase64url(encoded: string): string | null {
  const bare = encoded
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/={1,2}$/, "");
  // Four letters hold three bytes. One letter left over is no valid base64, but oslo would accept it.
  if (bare.length % 4 === 1) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(base64url.decode(bare, { strict: false }));
  } catch {
    return null;
  }
}

/** The JSON value that is written in base64url; null for anything else. */
export function jsonFromBase64url(encoded: string): unknown {
  try {
    return JSON.parse(fromBase64url(encoded) ?? "");
  } catch {
    return null;
  }
}
