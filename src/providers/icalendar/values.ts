// Values: moments, durations, offsets and rules read from jCal, each checked. ical.js doesn't check them: it rolls
// month 13 into the next year and lets words through where a date should be.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../domain/instant.ts";
import { civilOf, dayOfDate } from "./days.ts";
import type { Duration, Moment, Rule } from "./model.ts";
import { UnreadableCalendar } from "./unreadable.ts";

const MOMENT = /^(\d{4})-(\d{2})-(\d{2})(?:T(?:(\d{2}):(\d{2}):(\d{2})(Z)?|::))?$/;
const DURATION = /^([+-])?P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const OFFSET = /^([+-])(\d{2}):?(\d{2})(?::?(\d{2}))?$/;
const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const FREQUENCIES = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"] as const;

/**
 * A date or date-time as jCal writes it. A bare date among date-times comes as "2026-01-01T::".
 * @param clock the clock of a local time: `floating`, an IANA name, or `#n`
 * @throws UnreadableCalendar `bad_time` for any other value, and for dates that don't exist
 */
export function momentOf(value: unknown, clock: string): Moment {
  const found = MOMENT.exec(String(value));
  if (found === null) throw new UnreadableCalendar("bad_time");
  const [year = 0, month = 0, dayOfMonth = 0, hour, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((digits) => (digits === undefined ? undefined : Number(digits)));
  const day = dayOfDate(year, month, dayOfMonth);
  const civil = civilOf(day);
  const exists = civil.year === year && civil.month === month && civil.dayOfMonth === dayOfMonth;
  if (!exists || (hour ?? 0) > 23 || minute > 59 || second > 60) throw new UnreadableCalendar("bad_time");
  if (hour === undefined) return { wall: day * DAY_MS, clock: "date" };
  // A leap second counts as the one before it.
  const time = hour * HOUR_MS + minute * MINUTE_MS + Math.min(second, 59) * SECOND_MS;
  return { wall: day * DAY_MS + time, clock: found[7] === "Z" ? "UTC" : clock };
}

/** Longer than any event, and so short that every end is still a valid date. */
const MAX_DURATION_MS = 100 * 366 * DAY_MS;

/** @throws UnreadableCalendar `bad_duration`, also for more than a hundred years */
export function durationOf(value: unknown): Duration {
  const found = DURATION.exec(String(value).trim().toUpperCase());
  if (found === null) throw new UnreadableCalendar("bad_duration");
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found
    .slice(2)
    .map((digits) => Number(digits ?? 0));
  const sign = found[1] === "-" ? -1 : 1;
  const wholeDays = weeks * 7 + days;
  const ms = hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS;
  if (wholeDays * DAY_MS + ms > MAX_DURATION_MS) throw new UnreadableCalendar("bad_duration");
  // Adding zero turns -0 into 0, as JSON does, so that both forms are equal.
  return { days: sign * wholeDays + 0, ms: sign * ms + 0 };
}

/** An offset like "+01:00" in milliseconds. @throws UnreadableCalendar `bad_zone` */
export function offsetOf(value: unknown): number {
  const found = OFFSET.exec(String(value));
  if (found === null) throw new UnreadableCalendar("bad_zone");
  const [hours = 0, minutes = 0, seconds = 0] = found.slice(2).map((digits) => Number(digits ?? 0));
  const ms = hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS;
  return (found[1] === "-" ? -ms : ms) + 0;
}

/** A rule as jCal writes it. @throws UnreadableCalendar `bad_rule`, or `bad_time` for its UNTIL */
export function ruleOf(value: unknown): Rule {
  if (typeof value !== "object" || value === null) throw new UnreadableCalendar("bad_rule");
  const parts = new Map<string, unknown>(Object.entries(value));
  const freq = FREQUENCIES.find((name) => name === parts.get("freq"));
  if (freq === undefined) throw new UnreadableCalendar("bad_rule");
  const list = (name: string, least: number, most: number) =>
    listOf(parts.get(name)).map((entry) => numberWithin(entry, least, most));
  const until = parts.get("until");
  const count = parts.get("count");
  return {
    freq,
    interval: numberWithin(parts.get("interval") ?? 1, 1, Number.MAX_SAFE_INTEGER),
    count: count === undefined ? null : numberWithin(count, 0, Number.MAX_SAFE_INTEGER),
    until: until === undefined ? null : momentOf(until, "floating"),
    wkst: weekdayNumber(parts.get("wkst") ?? "MO"),
    byMonth: list("bymonth", 1, 12),
    byWeekNo: list("byweekno", -53, 53),
    byYearDay: list("byyearday", -366, 366),
    byMonthDay: list("bymonthday", -31, 31),
    byDay: listOf(parts.get("byday")).map(byDayOf),
    byHour: list("byhour", 0, 23),
    byMinute: list("byminute", 0, 59),
    bySecond: list("bysecond", 0, 60).map((second) => Math.min(second, 59)),
    bySetPos: list("bysetpos", -366, 366),
  };
}

const listOf = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

function numberWithin(value: unknown, least: number, most: number): number {
  // 0 is the first hour, minute or second, but no day, week or position.
  const number = Number(value);
  const fits = Number.isInteger(number) && number >= least && number <= most && (number !== 0 || least === 0);
  if (!fits) throw new UnreadableCalendar("bad_rule");
  return number;
}

/** Only for WKST does ical.js turn the weekday's name into a number, with Sunday as 1. */
function weekdayNumber(value: unknown): number {
  if (typeof value === "number") return ((value + 5) % 7) + 1;
  const index = WEEKDAYS.indexOf(String(value));
  if (index === -1) throw new UnreadableCalendar("bad_rule");
  return index + 1;
}

function byDayOf(value: unknown): Rule["byDay"][number] {
  const text = String(value);
  const nth = text.slice(0, -2);
  return {
    nth: nth === "" ? 0 : numberWithin(nth, -53, 53),
    weekday: weekdayNumber(text.slice(-2)),
  };
}
