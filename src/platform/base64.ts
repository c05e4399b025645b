// Base64 by the runtime, in place of `@stablelib/base64`, with which standardwebhooks reads keys and writes signatures, and
// of `js-base64`, with which libSQL's client reads and writes blobs.

export const encode = (bytes: Uint8Array): string => bytes.toBase64();

/**
 * As `@stablelib/base64` reads a key.
 * @throws SyntaxError where the text isn't base64. The runtime alone would pass over blanks and line ends in it.
 */
export function decode(text: string): Uint8Array {
  if (/\s/.test(text)) throw new SyntaxError("Base64 of a key has no blanks and no line ends.");
  return Uint8Array.fromBase64(text);
}

/** As `js-base64` reads a blob: in either alphabet, whatever blanks stand in it. */
const readBlob = (text: string): Uint8Array =>
  Uint8Array.fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));

/** The part of `js-base64` that libSQL's client calls. */
export const Base64 = { fromUint8Array: encode, toUint8Array: readBlob };
