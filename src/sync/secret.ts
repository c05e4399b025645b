// Secret: makes the secret of a push channel. Notifications echo it as proof; only its digest is stored.
import { encodeHex } from "oslo/encoding";

/** A new secret: 64 hexadecimal digits. */
export function newSecret(): string {
  return encodeHex(crypto.getRandomValues(new Uint8Array(32)));
}
