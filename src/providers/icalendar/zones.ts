// Zones: the clock that a TZID names, and the VTIMEZONEs of a resource.
import { type Component, propertiesOf, textOf } from "./components.ts";
import type { Property } from "./lines.ts";
import type { Observance } from "./model.ts";
import { ruleOf } from "./rule.ts";
import type { Doubt } from "./unreadable.ts";
import { momentOf, offsetOf } from "./values.ts";
import { ianaNameOf, offsetInName, placeNameOf } from "./zone-names.ts";

/** A clock by the name that moments use, and whether it is certain. */
interface Named {
  readonly clock: string;
  readonly doubtful: boolean;
}

type Zone = { readonly observances: Observance[]; readonly broken: boolean };

const BAD_ZONE: Doubt = { reason: "bad_zone", extent: "unknown" };

/**
 * Finds the clock of a property's local times (`docs/providers/caldav.md` C.10.2). A VTIMEZONE that is used is added to
 * `zones`.
 */
export function clockFinder(
  timeZones: readonly Component[],
  zones: Observance[][],
): (property: Property, doubts: Doubt[]) => string {
  const known = new Map<string, Named>();
  const resolve = (tzid: string): Named => {
    const place = placeNameOf(tzid);
    if (place !== null) return { clock: place, doubtful: false };
    const named = timeZones.filter((zone) => sameName(textOf(zone, "TZID"), tzid));
    const location =
      named.map((zone) => textOf(zone, "X-LIC-LOCATION")).find((text) => text !== undefined) ?? "";
    const located = placeNameOf(location);
    if (located !== null) return { clock: located, doubtful: false };
    const read = named.map(zoneOf);
    const [first, ...others] = read.filter(({ observances }) => observances.length > 0);
    const differ = others.some((other) => sayingOf(other) !== sayingOf(first));
    if (first !== undefined) return { clock: added(first.observances), doubtful: first.broken || differ };
    const name = ianaNameOf(tzid) ?? ianaNameOf(location);
    if (name !== null) return { clock: name, doubtful: named.length > 0 };
    const written = offsetInName(tzid);
    const ms = written === null ? null : offsetOf(written.offset);
    if (ms !== null) {
      const clock = added([{ wall: 0, fromMs: ms, toMs: ms, rules: [], dates: [] }]);
      return { clock, doubtful: written?.whole !== true };
    }
    return { clock: nameless() ?? "floating", doubtful: true };
  };
  /** The only VTIMEZONE, where it has no name, is probably meant. */
  const nameless = (): string | null => {
    const [only] =
      timeZones.length === 1 && textOf(timeZones[0] as Component, "TZID") === undefined ? timeZones : [];
    const observances = only === undefined ? [] : zoneOf(only).observances;
    return observances.length === 0 ? null : added(observances);
  };
  const added = (observances: Observance[]): string => `#${zones.push(observances) - 1}`;
  return ({ parameters: { TZID: tzid } }, doubts) => {
    if (tzid === undefined || tzid === "") return "floating";
    const found = known.get(tzid) ?? resolve(tzid);
    known.set(tzid, found);
    if (found.doubtful) doubts.push(BAD_ZONE);
    return found.clock;
  };
}

const sameName = (written: string | undefined, tzid: string): boolean =>
  written
    ?.replace(/\\([\\;,])/g, "$1")
    .replace(/^"(.*)"$/, "$1")
    .trim()
    .toLowerCase() === tzid.trim().toLowerCase();

/** What a zone says, in whatever order it says it. */
const sayingOf = (zone: Zone | undefined): string =>
  JSON.stringify(zone?.observances.map((observance) => JSON.stringify(observance)).sort());

/** The observances that can be read, and whether there are others. */
function zoneOf({ components }: Component): Zone {
  const read = components.map((component) => observanceOf(component, components));
  const observances = read.flatMap((observance) => observance ?? []);
  return { observances, broken: observances.length < read.length || observances.length === 0 };
}

/** A missing offset is that of the observance of the other kind: clocks change from one to the other. */
function observanceOf(component: Component, all: readonly Component[]): Observance | null {
  const other = all.find(({ name }) => name !== component.name);
  const offsetIn = (name: string, otherName: string) =>
    offsetOf(textOf(component, name) ?? "") ?? (other ? offsetOf(textOf(other, otherName) ?? "") : null);
  const toMs = offsetIn("TZOFFSETTO", "TZOFFSETFROM");
  const fromMs = offsetIn("TZOFFSETFROM", "TZOFFSETTO") ?? toMs;
  // Where the clocks never change, the day on which they began doesn't matter.
  const start = momentOf(textOf(component, "DTSTART") ?? (all.length === 1 ? "19700101" : ""), "floating");
  const rules = propertiesOf(component, "RRULE").map(({ value }) => ruleOf(value, false));
  const dates = propertiesOf(component, "RDATE").flatMap(({ value }) => listOf(value));
  const onsets = dates.map((date) => momentOf(date, "floating")?.wall ?? null);
  const unread =
    onsets.includes(null) || rules.some(({ rule, doubts }) => rule === null || isUnknown(doubts));
  if (toMs === null || fromMs === null || start === null || unread) return null;
  return {
    wall: start.wall,
    fromMs,
    toMs,
    rules: rules.flatMap(({ rule }) => rule ?? []),
    dates: onsets.flatMap((onset) => onset ?? []),
  };
}

const isUnknown = (doubts: readonly Doubt[]): boolean => doubts.some(({ extent }) => extent === "unknown");

/** The values of a list; empty places in it don't matter. */
export const listOf = (value: string): string[] =>
  value
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
