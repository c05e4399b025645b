// Zoned time: instants and local times in IANA zones.
import { Temporal } from "temporal-polyfill/implementation";

const QUARTER_HOUR_MS = 900_000;
const OFFSETS = new Map<string, Map<number, number>>();
const KNOWN_ZONES = new Map<string, boolean>();

/** Does the zone exist in the time zone database? */
export function isZone(timeZone: string): boolean {
  const known = KNOWN_ZONES.get(timeZone);
  if (known !== undefined) return known;
  let exists = true;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone);
  } catch {
    exists = false;
  }
  KNOWN_ZONES.set(timeZone, exists);
  return exists;
}

/** The zone's offset from UTC at an instant, in milliseconds. Cached by quarter hour: no zone changes within one. */
export function offsetAt(timeZone: string, at: number): number {
  const slot = Math.floor(at / QUARTER_HOUR_MS);
  const offsets = OFFSETS.get(timeZone) ?? new Map<number, number>();
  OFFSETS.set(timeZone, offsets);
  const kept = offsets.get(slot);
  if (kept !== undefined) return kept;
  const zoned = Temporal.Instant.fromEpochMilliseconds(slot * QUARTER_HOUR_MS).toZonedDateTimeISO(timeZone);
  const offset = zoned.offsetNanoseconds / 1_000_000;
  offsets.set(slot, offset);
  return offset;
}

/** The instant of a local date and time. A skipped time moves forward, an ambiguous one means the earlier instant. */
export function localInstant(local: string, timeZone: string): number {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).epochMilliseconds;
}

/** Local date and time at an instant: "2026-03-02T09:00:00". */
export function localText(at: number, timeZone: string): string {
  return new Date(at + offsetAt(timeZone, at)).toISOString().slice(0, 19);
}
