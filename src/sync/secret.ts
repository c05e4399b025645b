// Secret: what a push channel echoes to prove itself. 256 random bits, of which only the hash is kept.

const toHex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** A new secret: 64 hexadecimal digits. */
export function newSecret(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(32)));
}

/** The hash under which a secret is stored and looked up. Comparing hashes leaks nothing about the secret. */
export async function secretHashOf(secret: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))));
}
