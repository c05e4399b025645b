// Base64 by the runtime, in place of `@stablelib/base64`, with which standardwebhooks reads keys and writes signatures, and
// of `js-base64`, with which libSQL's client reads and writes blobs.

export const encode = (bytes: Uint8Array): string => bytes.toBase64();

/** @throws SyntaxError where the text isn't base64 */
export const decode = (text: string): Uint8Array => Uint8Array.fromBase64(text);

/** The part of `js-base64` that libSQL's client calls. */
export const Base64 = { fromUint8Array: encode, toUint8Array: decode };
