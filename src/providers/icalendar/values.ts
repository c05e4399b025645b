// Values: moments, durations and offsets as iCalendar text writes them. Null stands for text that is none.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../domain/instant.ts";
import { civilOf, dayOfDate } from "./days.ts";
import type { Duration, Moment } from "./model.ts";

const MOMENT =
  /^(\d{4})-?(\d{2})-?(\d{2})(?:[T ](?:(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;
const DURATION = /^([+-])?P?(?=.*\d)(?:(\d+)W)?(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/;
const OFFSET = /^([+-])?(\d{2})(?::?(\d{2})(?::?(\d{2}))?)?$/;

/** The time of day that stands for parts that are left out. */
type Rest = readonly [hour: number, minute: number, second: number];

/**
 * A date or date-time, in basic form or with dashes and colons. Parts of the time that are left out are zero. An
 * offset makes it UTC.
 * @param clock the clock of a local time: `floating`, an IANA name, or `#n`
 * @returns null for any other text, and for dates that don't exist
 */
export const momentOf = (text: string, clock: string): Moment | null => read(text, clock, [0, 0, 0]);

/** The UNTIL of a rule. Where parts of its time are left out, the last moment that they allow counts. */
export const untilOf = (text: string): Moment | null => read(text, "floating", [23, 59, 59]);

function read(text: string, clock: string, [restHour, restMinute, restSecond]: Rest): Moment | null {
  const found = MOMENT.exec(text.trim().toUpperCase());
  if (found === null) return null;
  const [year = 0, month = 0, dayOfMonth = 0] = found.slice(1, 4).map(Number);
  const part = (index: number, rest: number) => Number(found[index] ?? rest);
  const [hour, minute, second] = [part(4, restHour), part(5, restMinute), part(6, restSecond)];
  const zone = found[7];
  const day = dayOfDate(year, month, dayOfMonth);
  const civil = civilOf(day);
  const exists = civil.year === year && civil.month === month && civil.dayOfMonth === dayOfMonth;
  const isEndOfDay = hour === 24 && minute + second === 0;
  if (!exists || (hour > 23 && !isEndOfDay) || minute > 59 || second > 60) return null;
  if (found[4] === undefined && zone === undefined) return { wall: day * DAY_MS, clock: "date" };
  // A leap second counts as the one before it.
  const time = hour * HOUR_MS + minute * MINUTE_MS + Math.min(second, 59) * SECOND_MS;
  const wall = day * DAY_MS + time;
  if (zone === undefined) return { wall, clock };
  const offset = zone === "Z" ? 0 : offsetOf(zone);
  return offset === null ? null : { wall: wall - offset, clock: "UTC" };
}

/** Longer than any event. A longer duration counts as this one. */
const MAX_DURATION_MS = 100 * 366 * DAY_MS;

/** A duration, also one whose P or T is left out. */
export function durationOf(text: string): Duration | null {
  const found = DURATION.exec(text.trim().toUpperCase());
  if (found === null) return null;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found
    .slice(2)
    .map((digits) => Number(digits ?? 0));
  const sign = found[1] === "-" ? -1 : 1;
  const wholeDays = weeks * 7 + days;
  const ms = hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS;
  const isTooLong = wholeDays * DAY_MS + ms > MAX_DURATION_MS;
  if (isTooLong) return { days: (sign * MAX_DURATION_MS) / DAY_MS, ms: 0 };
  // Adding zero turns -0 into 0, as JSON does, so that both forms are equal.
  return { days: sign * wholeDays + 0, ms: sign * ms + 0 };
}

/** An offset like "+0100" in milliseconds, less than a day. */
export function offsetOf(text: string): number | null {
  const found = OFFSET.exec(text.trim());
  if (found === null) return null;
  const [hours = 0, minutes = 0, seconds = 0] = found.slice(2).map((digits) => Number(digits ?? 0));
  const ms = hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS;
  return ms >= DAY_MS ? null : (found[1] === "-" ? -ms : ms) + 0;
}
