// Client hash: by it the bookings of a client are found, though their address is stored nowhere in the clear.
import { Buffer } from "node:buffer";
import type { SealKey, SealKeys } from "./seal.ts";

/** The HMAC keys that this isolate has derived from the token keys. */
const derived = new WeakMap<Uint8Array, CryptoKey>();

/** A key of its own, so that a hash says nothing about what the token key has sealed. */
async function hmacKeyOf(key: Uint8Array): Promise<CryptoKey> {
  const known = derived.get(key);
  if (known !== undefined) return known;
  const base = await crypto.subtle.importKey("raw", Uint8Array.from(key), "HKDF", false, ["deriveKey"]);
  const fresh = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: Buffer.from("client hash") },
    base,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign"],
  );
  derived.set(key, fresh);
  return fresh;
}

const normalised = (address: string): string => address.trim().toLowerCase().normalize("NFC");

/** 128 bits, so that no two addresses ever meet. */
const HASH_BYTES = 16;

async function hashUnder({ id, key }: SealKey, address: string): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", await hmacKeyOf(key), Buffer.from(normalised(address)));
  return `${id}.${Buffer.from(mac, 0, HASH_BYTES).toString("base64url")}`;
}

/**
 * The hashes of a client's address as bookings may hold it, the newest first: `<key id>.<hash>`. While keys rotate, a
 * booking holds the one of the key that sealed its texts.
 */
export const clientHashes = (keys: SealKeys, address: string): Promise<string[]> =>
  Promise.all(keys.map((key) => hashUnder(key, address)));
