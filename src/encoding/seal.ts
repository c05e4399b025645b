// Seal: encrypts what the database must not show with AES-256-GCM under a named key, bound to the row that holds it.
import { Buffer } from "node:buffer";

/** A key of 32 bytes, and the id by which a sealed text names it. */
export interface SealKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** The keys, newest first: the first one seals, all of them open. */
export type SealKeys = readonly SealKey[];

/** The sealed text can't be opened: it is another row's, was changed, or its key is gone. */
export class SealError extends Error {
  override readonly name = "SealError";
}

/** The row of an account's credentials. */
export const accountRow = (id: string): string => `account|${id}`;

/** The row of a booking's texts. As JSON, because the ids may hold any character that would part them. */
export const bookingRow = ({ agentId, bookingId }: { agentId: string; bookingId: string }): string =>
  `booking|${JSON.stringify([agentId, bookingId])}`;

const IV_BYTES = 12;

/** The keys that this isolate has imported. An import takes five times as long as sealing a text. */
const imported = new WeakMap<Uint8Array, CryptoKey>();

async function imports(key: Uint8Array): Promise<CryptoKey> {
  const known = imported.get(key);
  if (known !== undefined) return known;
  const fresh = await crypto.subtle.importKey("raw", Uint8Array.from(key), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  imported.set(key, fresh);
  return fresh;
}

// The runtime's own base64: written in JavaScript it would take longer than the encryption.
const textOf = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString("base64");
const bytesOf = (text: string) => Buffer.from(text, "base64");

const boundTo = (row: string, keyId: string) => Buffer.from(`${row}|${keyId}`);

/**
 * Seals a value as JSON, under the newest key: `v1.<key id>.<iv>.<ciphertext>`.
 * @param row what `accountRow` or `bookingRow` says. In another row the text doesn't open
 */
export async function seal(keys: SealKeys, row: string, value: unknown): Promise<string> {
  const [newest] = keys;
  if (newest === undefined) throw new SealError("there is no key to seal with");
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const ciphertext = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: boundTo(row, newest.id) },
    await imports(newest.key),
    Buffer.from(JSON.stringify(value)),
  );
  return ["v1", newest.id, textOf(iv.buffer), textOf(ciphertext)].join(".");
}

/**
 * Opens text that `seal` made for the same row, with the key that the text names.
 * @throws SealError if it can't be opened
 */
export async function unseal(keys: SealKeys, row: string, sealed: string): Promise<unknown> {
  const [version, keyId = "", iv = "", ciphertext = ""] = sealed.split(".");
  const key = keys.find(({ id }) => id === keyId);
  if (version !== "v1" || key === undefined)
    throw new SealError(`no key opens what ${keyId || "no key"} sealed`);
  try {
    const text = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: bytesOf(iv), additionalData: boundTo(row, keyId) },
      await imports(key.key),
      bytesOf(ciphertext),
    );
    return JSON.parse(Buffer.from(text).toString());
  } catch (cause) {
    throw new SealError("the sealed text doesn't open for this row", { cause });
  }
}
