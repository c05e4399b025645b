// Seal: encrypts stored credentials with AES-256-GCM under a named key, with the row's id as associated data.
import { base64 } from "oslo/encoding";
import type { Config } from "../config.ts";
import type { Credentials } from "../providers/provider.ts";

/** The sealed text can't be opened: it is another row's, was changed, or its key is gone. */
export class SealError extends Error {
  override readonly name = "SealError";
}

const IV_BYTES = 12;

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(base64.decode(text));

function importKey(key: Uint8Array, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", Uint8Array.from(key), "AES-GCM", false, [use]);
}

const boundTo = (rowId: string, keyId: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new TextEncoder().encode(`account|${rowId}|${keyId}`));

/** Seals credentials for the account with this id: `v1.<key id>.<iv>.<ciphertext>`, under the newest key. */
export async function seal(
  keys: Config["tokenKeys"],
  rowId: string,
  credentials: Credentials,
): Promise<string> {
  const [newest] = keys;
  if (newest === undefined) throw new SealError("there is no key to seal with");
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const ciphertext = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: boundTo(rowId, newest.id) },
    await importKey(newest.key, "encrypt"),
    new TextEncoder().encode(JSON.stringify(credentials)),
  );
  return ["v1", newest.id, base64.encode(iv), base64.encode(new Uint8Array(ciphertext))].join(".");
}

/**
 * Opens text that `seal` made for the same account id, with the key that the text names.
 * @throws SealError if it can't be opened
 */
export async function unseal(keys: Config["tokenKeys"], rowId: string, sealed: string): Promise<Credentials> {
  const [version, keyId = "", iv = "", ciphertext = ""] = sealed.split(".");
  const key = keys.find(({ id }) => id === keyId);
  if (version !== "v1" || key === undefined)
    throw new SealError(`no key opens what ${keyId || "no key"} sealed`);
  try {
    const text = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: bytesOf(iv), additionalData: boundTo(rowId, keyId) },
      await importKey(key.key, "decrypt"),
      bytesOf(ciphertext),
    );
    return JSON.parse(new TextDecoder().decode(text)) as Credentials;
  } catch (cause) {
    throw new SealError("the sealed credentials don't open for this account", { cause });
  }
}
