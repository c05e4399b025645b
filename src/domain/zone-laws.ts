// Zone laws: changes of law that an old runtime doesn't know, and which of them this runtime knows.
import { type Instant, SECOND_MS } from "./instant.ts";
import { offsetStretch } from "./zone.ts";

const MINUTES = 60 * SECOND_MS;

/** A change of law, by an instant at which clocks would show another time without it. */
export interface ZoneLaw {
  readonly timeZone: string;
  readonly at: Instant;
  /** Ahead of UTC, in minutes. */
  readonly offset: number;
  /** The release of the tz database that brought it. */
  readonly since: string;
  readonly source: string;
}

const JANUARY = Date.UTC(2027, 0, 15, 12);
const NEWS = "https://data.iana.org/time-zones/tzdb/NEWS";

const law = (timeZone: string, hours: number, since: string, source: string = NEWS): ZoneLaw => ({
  ...{ timeZone, at: JANUARY, offset: hours * 60, since, source },
});

/** The changes of law that count for the years to come (`docs/providers/caldav.md`, Recurrence and zones). */
export const ZONE_LAWS: readonly ZoneLaw[] = [
  law("America/Vancouver", -7, "2026b", "https://news.gov.bc.ca/releases/2026AG0013-000209"),
  law("America/Edmonton", -6, "2026c", "https://kings-printer.alberta.ca/documents/Acts/D05.pdf"),
  law("Africa/Casablanca", 0, "2026c"),
  law("Africa/El_Aaiun", 0, "2026c"),
  law("America/Inuvik", -6, "2026d"),
  law("America/Winnipeg", -5, "2026e"),
  law("America/Havana", -4, "2026f"),
];

/** What a runtime's clocks show. */
export interface RuntimeClocks {
  /** The newest release of the table for which the runtime knows every change; null: none. */
  readonly tzdata: string | null;
  /** The zones that the runtime has wrong. */
  readonly wrong: readonly string[];
}

/** @param offsetAt the runtime's offset of a zone, in minutes ahead of UTC; its own by default */
export function probeClocks(
  offsetAt: (timeZone: string, at: Instant) => number = (timeZone, at) =>
    offsetStretch(at, timeZone).offsetMs / MINUTES,
): RuntimeClocks {
  const unknown = ZONE_LAWS.filter(({ timeZone, at, offset }) => offsetAt(timeZone, at) !== offset);
  const known = ZONE_LAWS.map(({ since }) => since).filter((since) =>
    unknown.every((other) => other.since > since),
  );
  return { tzdata: known.sort().at(-1) ?? null, wrong: unknown.map(({ timeZone }) => timeZone) };
}
