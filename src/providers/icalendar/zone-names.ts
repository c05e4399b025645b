// Zone names: the IANA name behind a TZID, if there is one.
import { WINDOWS_TO_IANA_MAP } from "windows-iana";
import { isTimeZone } from "../../domain/zone.ts";

const WORLD = "001";
const WINDOWS_ZONES: ReadonlyMap<string, string | undefined> = new Map(
  WINDOWS_TO_IANA_MAP.filter(({ territory }) => territory === WORLD).map(({ windowsName, iana }) => [
    windowsName.toLowerCase(),
    iana[0],
  ]),
);

const FIXED = /^(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?$/i;

/**
 * The IANA name of a TZID. The TZID is that name, a path that ends in it ("/mozilla.org/20050126_1/Europe/Berlin"),
 * or a Windows name. Null for any other TZID (`docs/providers/caldav.md` C.10.2).
 */
export function ianaNameOf(tzid: string): string | null {
  const name = tzid.trim().replace(/^"(.*)"$/, "$1");
  const parts = name.split("/");
  const tails = [3, 2, 1].map((length) => parts.slice(-length).join("/"));
  const candidates = [name, name.replaceAll(" ", "_"), ...tails, WINDOWS_ZONES.get(name.toLowerCase())];
  return candidates.find((candidate) => candidate !== undefined && isTimeZone(candidate)) ?? null;
}

/** The offset in a name such as "GMT+0100", in the form +HH:MM; null for other names. */
export function offsetInName(tzid: string): string | null {
  const [, sign, hours, minutes = "00"] = FIXED.exec(tzid.trim()) ?? [];
  return sign === undefined || hours === undefined ? null : `${sign}${hours.padStart(2, "0")}:${minutes}`;
}
