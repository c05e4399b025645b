// Secret: what a push channel echoes to prove itself. 256 random bits, of which only the hash is kept.
import { encodeHex } from "oslo/encoding";
import { digestOf } from "../providers/digest.ts";

/** A new secret: 64 hexadecimal digits. */
export function newSecret(): string {
  return encodeHex(crypto.getRandomValues(new Uint8Array(32)));
}

/** The hash under which a secret is stored and looked up. Comparing hashes leaks nothing about the secret. */
export const secretHashOf = (secret: string): Promise<string> => digestOf(secret);
