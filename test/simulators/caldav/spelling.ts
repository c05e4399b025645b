// Spelling: the addresses in an answer, written as some servers and the proxies before them write them (C37).
import type { Asker } from "./properties.ts";

/** Other spellings of a path. `elsewhere` is no spelling: the answer is about something else. */
export const SPELLINGS = [
  "prefixed",
  "stripped",
  "encoded",
  "bare",
  "doubled",
  "url",
  "internal",
  "relative",
  "slashed",
  "elsewhere",
] as const;
export type Spelling = (typeof SPELLINGS)[number];

/** Writes a path into an answer. */
export type Speller = (path: string) => string;

const lastOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);

const lowerHex = (path: string) => path.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());

const SPELLERS: Readonly<Record<Spelling, (path: string, asker: Asker) => string>> = {
  prefixed: (path) => `/gateway/caldav${path}`,
  stripped: (path) => path.replace(/^\/[^/]+/, ""),
  encoded: (path) =>
    lowerHex(path).replace(/(?<!%.?)[aeio]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  bare: (path) => path.replace(/%(?:40|3A|2B|24|26|2C|3B|3D|20)/gi, decodeURIComponent),
  doubled: (path) => path.replaceAll("/", "//"),
  url: (path, { url }) => `${url.origin}${path}`,
  internal: (path) => `http://backend.internal:8080${path}`,
  relative: (path) => lastOf(path) || "./",
  slashed: (path) => path.replace(/\/?$/, "/"),
  elsewhere: (path) => `/somebody/else/${lastOf(path)}`,
};

/** How one answer spells its addresses. A calendar's own row and its members are spelled alike. */
export function spellerOf(asker: Asker, operation: string, calendar: string | null): Speller {
  const { state, user } = asker;
  const spelling = state.knobs.take("href.as", { user: user.email, calendar, operation });
  return (path) => (spelling === undefined ? path : SPELLERS[spelling](path, asker));
}

/** The path that a client sends back as the server wrote it, in any of the spellings. */
export function isSpelled(asker: Asker, path: string, written: string): boolean {
  return path === written || SPELLINGS.some((spelling) => SPELLERS[spelling](path, asker) === written);
}
