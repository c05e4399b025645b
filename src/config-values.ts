// Config values: how the text of one binding is read and checked.
import { base64 } from "oslo/encoding";
import * as z from "zod";
import { SECOND_MS } from "./domain/instant.ts";
import { listOf } from "./providers/webdav/url-rules.ts";

export const url = z.url({ protocol: /^https?$/, hostname: z.regexes.hostname });
export const present = (what: string) => z.string(`${what} is missing`).min(1, `${what} is empty`);

function decodeKey(text: string): Uint8Array | null {
  try {
    const bytes = base64.decode(text.trim(), { strict: false });
    return bytes.length === 32 ? bytes : null;
  } catch {
    return null;
  }
}

export const key = present("the key").transform((text, context) => {
  const bytes = decodeKey(text);
  if (bytes !== null) return bytes;
  context.addIssue("must be 32 random bytes in base64 (openssl rand -base64 32)");
  return z.NEVER;
});

export const keyring = present("TOKEN_KEYS").transform((text, context) => {
  const keys = text.split(",").flatMap((part) => {
    const [id = "", encoded = ""] = part.trim().split(":");
    const bytes = decodeKey(encoded);
    return /^[\w-]{1,16}$/.test(id) && bytes !== null ? [{ id, key: bytes }] : [];
  });
  if (keys.length === text.split(",").length && new Set(keys.map(({ id }) => id)).size === keys.length)
    return keys;
  context.addIssue("must be id:base64 pairs of 32-byte keys, newest first: k2:…,k1:…");
  return z.NEVER;
});

/** The origin of an address. */
export const originOf = (text: string): string => new URL(text).origin;

/** Only http and https: addresses of other schemes have the origin "null", which every sandboxed page has, too. */
export const origins = z.string().transform((text, context) => {
  const listed = listOf(text);
  if (listed.every((part) => /^https?:/i.test(part) && URL.canParse(part))) return listed.map(originOf);
  context.addIssue("must be origins like https://app.example.com, separated by commas");
  return z.NEVER;
});

export const safeUrl = z.string().refine((text) => {
  const { protocol, hostname, username, password } = new URL(URL.canParse(text) ? text : "none:");
  const isHere = protocol === "http:" && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  return (protocol === "https:" || isHere) && username + password === "";
}, "must be an https address without a user name; http is for localhost only");

export const noticeSecrets = z.string().transform((text, context) => {
  const secrets = text.trim().split(/[\s,]+/);
  const isSound = (secret: string) =>
    /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/.test(secret) && secret.length % 4 === 2;
  if (secrets.every(isSound)) return secrets;
  context.addIssue("must be whsec_ and 24 to 64 random bytes in base64; while it changes, both with a space");
  return z.NEVER;
});

export const seconds = (fallback: number, max = 86_400) =>
  z.coerce
    .number()
    .min(1)
    .max(max)
    .default(fallback)
    .transform((value) => value * SECOND_MS);
export const days = (fallback: number, max = 800) =>
  z.coerce.number().int().min(1).max(max).default(fallback);
