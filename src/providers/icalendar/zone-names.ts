// Zone names: the IANA name behind a TZID, if there is one.
import { isTimeZone } from "../../domain/zone.ts";
import { WINDOWS_ZONES } from "./windows-zones.ts";

/** By the name in Windows, in small letters. */
const IANA_NAMES: ReadonlyMap<string, string> = new Map(
  WINDOWS_ZONES.trim()
    .split("\n")
    .map((line) => {
      const space = line.indexOf(" ");
      return [line.slice(space + 1).toLowerCase(), line.slice(0, space)];
    }),
);

const FIXED = /^(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?$/i;

/**
 * The IANA name of a TZID that names a place by itself: an IANA name with a slash, a path that ends in one
 * ("/mozilla.org/20050126_1/Europe/Berlin"), or a Windows name, of which `UTC` is one. Null for any other TZID, which
 * is the name of a VTIMEZONE first (RFC 5545 3.2.19, `docs/providers/caldav.md` C.10.2).
 */
export function placeNameOf(tzid: string): string | null {
  const windows = IANA_NAMES.get(tzid.trim().toLowerCase());
  return firstZone([...candidatesOf(tzid).filter((name) => name.includes("/")), windows]);
}

/** The IANA name of a TZID, also of one that has no slash. Null where the runtime knows none. */
export const ianaNameOf = (tzid: string): string | null =>
  firstZone([...candidatesOf(tzid), IANA_NAMES.get(tzid.trim().toLowerCase())]);

function candidatesOf(tzid: string): string[] {
  const name = tzid.trim().replace(/^"(.*)"$/, "$1");
  const parts = name.split("/");
  const tails = [3, 2, 1].map((length) => parts.slice(-length).join("/"));
  return [name, name.replaceAll(" ", "_"), ...tails, ...(/^z$/i.test(name) ? ["UTC"] : [])];
}

const firstZone = (names: readonly (string | undefined)[]): string | null =>
  names.find((name) => name !== undefined && isTimeZone(name)) ?? null;

/** The offset in a name such as "GMT+0100", in the form +HH:MM; null for other names. */
export function offsetInName(tzid: string): string | null {
  const [, sign, hours, minutes = "00"] = FIXED.exec(tzid.trim()) ?? [];
  return sign === undefined || hours === undefined ? null : `${sign}${hours.padStart(2, "0")}:${minutes}`;
}
