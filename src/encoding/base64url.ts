// Base64url: text as letters, digits, "-" and "_", fit for a path, a file name and a UID.
import { base64url } from "oslo/encoding";

/** The text's UTF-8 bytes in base64url, without padding. */
export const toBase64url = (text: string): string =>
  base64url.encode(new TextEncoder().encode(text), { includePadding: false });

/** The text that base64 in either alphabet holds, padded or not; null where it holds none. */
export function fromBase64url(encoded: string): string | null {
  const bare = encoded
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/={1,2}$/, "");
  // Four letters hold three bytes: no bytes come to a single letter more, which oslo would take.
  if (bare.length % 4 === 1) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(base64url.decode(bare, { strict: false }));
  } catch {
    return null;
  }
}
