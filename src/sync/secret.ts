// Secret: a push channel echoes it to prove itself. Only its digest is stored, so comparing leaks nothing.
import { encodeHex } from "oslo/encoding";

/** A new secret: 64 hexadecimal digits. */
export function newSecret(): string {
  return encodeHex(crypto.getRandomValues(new Uint8Array(32)));
}
