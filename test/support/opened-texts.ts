// Opened texts: a booking's row with its texts readable. It reads the sealed form by itself, and at once.
import { createDecipheriv } from "node:crypto";
import type { SealKeys } from "../../src/encoding/seal.ts";

/** The texts of a booking, under the names of the API. Null: they were forgotten. */
export interface OpenedTexts {
  readonly title: string;
  readonly description: string | null;
  readonly location: string | null;
  readonly clientName: string | null;
  readonly clientEmail: string | null;
}

/** The columns by which a booking's texts are opened. */
export interface SealedRow {
  readonly agent_id: string;
  readonly booking_id: string;
  readonly sealed_texts: string | null;
}

const TAG_BYTES = 16;

/** Throws where no key opens the texts. */
export function openedTexts(keys: SealKeys, row: SealedRow): OpenedTexts | null {
  if (row.sealed_texts === null) return null;
  const [version, keyId = "", iv = "", ciphertext = ""] = row.sealed_texts.split(".");
  const key = keys.find(({ id }) => id === keyId)?.key;
  if (version !== "v1" || key === undefined) throw new Error(`no key opens ${row.sealed_texts.slice(0, 20)}`);
  const bytes = Buffer.from(ciphertext, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(iv, "base64"));
  decipher.setAAD(Buffer.from(`booking|${JSON.stringify([row.agent_id, row.booking_id])}|${keyId}`));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]);
  return JSON.parse(text.toString("utf8")) as OpenedTexts;
}
