// Rule: a recurrence rule as text writes it. A part that can't be read costs that part only.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../domain/instant.ts";
import type { Moment, Rule } from "./model.ts";
import type { Doubt } from "./unreadable.ts";
import { untilOf } from "./values.ts";

const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const FREQUENCIES = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"] as const;
const SKIPS = ["BACKWARD", "FORWARD"] as const;

/** The lists of numbers, each with the least and the greatest. */
const LISTS = {
  byMonth: ["BYMONTH", 1, 12],
  byWeekNo: ["BYWEEKNO", -53, 53],
  byYearDay: ["BYYEARDAY", -366, 366],
  byMonthDay: ["BYMONTHDAY", -31, 31],
  byHour: ["BYHOUR", 0, 23],
  byMinute: ["BYMINUTE", 0, 59],
  bySecond: ["BYSECOND", 0, 60],
  bySetPos: ["BYSETPOS", -366, 366],
} as const;

const TIME_OF_DAY: readonly string[] = ["BYHOUR", "BYMINUTE", "BYSECOND"];

const KNOWN: readonly string[] = [
  ...["FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "RSCALE", "SKIP"],
  ...Object.values(LISTS).map(([name]) => name),
];

/**
 * Reads a rule. Case, blanks, empty parts and empty places in lists don't matter.
 * @param wholeDays whether DTSTART is a date; the times of day of the rule are ignored then (RFC 5545 3.3.10)
 * @returns a null `rule` where it has no frequency, or another calendar than the Gregorian (RFC 7529)
 */
export function ruleOf(text: string, wholeDays: boolean): { rule: Rule | null; doubts: Doubt[] } {
  const parts = partsOf(text);
  const doubts: Doubt[] = [];
  const doubt = (extent: Doubt["extent"]) => doubts.push({ reason: "bad_rule", extent });
  const valuesOf = (name: string) => parts.get(name) ?? [];
  /** The values that `read` understands. Each other one may have named more time. */
  const each = <T>(name: string, read: (value: string) => T | null): T[] =>
    valuesOf(name).flatMap((value) => {
      const found = read(value);
      if (found === null) doubt("unknown");
      return found === null ? [] : [found];
    });
  /** The value of a part that a rule has once. Of several different ones nobody knows which is meant. The first counts. */
  const single = <T>(name: string, read: (value: string) => T | null): T | undefined => {
    const [first, ...others] = each(name, read);
    if (others.some((other) => other !== first)) doubt("unknown");
    return first;
  };
  const freq = single("FREQ", (value) => FREQUENCIES.find((name) => name === value) ?? null);
  const isGregorian = valuesOf("RSCALE").every((value) => /^GREGOR(?:IAN|Y)$/.test(value));
  if (freq === undefined || !isGregorian) {
    return { rule: null, doubts: [{ reason: "bad_rule", extent: "unknown" }] };
  }
  for (const name of parts.keys()) if (!KNOWN.includes(name) && !name.startsWith("X-")) doubt("unknown");

  const list = (part: keyof typeof LISTS): number[] => {
    const [name, least, most] = LISTS[part];
    if (wholeDays && TIME_OF_DAY.includes(name)) return [];
    return each(name, (value) => numberWithin(value, least, most));
  };
  const timesOfDay = wholeDays
    ? TIME_OF_DAY.reduce((product, name) => product * Math.max(1, new Set(valuesOf(name)).size), 1)
    : 1;
  const skip = single("SKIP", (value) => [...SKIPS, "OMIT" as const].find((name) => name === value) ?? null);
  const rule: Rule = {
    freq,
    interval: intervalOf(single("INTERVAL", wholeNumber)),
    count: countOf(valuesOf("COUNT"), doubt),
    until: latestOf(valuesOf("UNTIL"), doubt),
    skip: skip === undefined || skip === "OMIT" ? null : skip,
    wkst: single("WKST", weekdayOf) ?? 1,
    byMonth: list("byMonth"),
    byWeekNo: list("byWeekNo"),
    byYearDay: list("byYearDay"),
    byMonthDay: list("byMonthDay"),
    byDay: each("BYDAY", byDayOf),
    byHour: list("byHour"),
    byMinute: list("byMinute"),
    bySecond: list("bySecond").map((second) => Math.min(second, 59)),
    // The days of these positions, where the times of day are ignored.
    bySetPos: list("bySetPos").map((place) => Math.sign(place) * Math.ceil(Math.abs(place) / timesOfDay)),
  };
  // One of both ends is wrong. The later one counts (`byEachEnd`), and the agent is told.
  if (rule.count !== null && rule.until !== null) doubt("known");
  // Positions are those in what other parts name (RFC 5545 3.3.10). Without any they mean nothing.
  const names = [rule.byMonth, rule.byWeekNo, rule.byYearDay, rule.byMonthDay, rule.byDay];
  const isPlaced = [...names, rule.byHour, rule.byMinute, rule.bySecond].some(({ length }) => length > 0);
  if (!isPlaced) rule.bySetPos = [];
  if (!wholeDays || !(freq in UNIT_MS)) return { rule, doubts };
  // Whole days can't come more often than daily.
  doubt("unknown");
  const days = Math.max(1, Math.floor((rule.interval * (UNIT_MS[freq] ?? DAY_MS)) / DAY_MS));
  return { rule: { ...rule, freq: "DAILY", interval: days }, doubts };
}

/** A rule has one end. With COUNT and UNTIL it goes on until the later of both: it is never shorter than either says. */
export const byEachEnd = (rule: Rule): Rule[] =>
  rule.count === null || rule.until === null
    ? [rule]
    : [
        { ...rule, until: null },
        { ...rule, count: null },
      ];

/** The length of the units of frequencies that are finer than a day. */
export const UNIT_MS: Readonly<Record<string, number>> = {
  HOURLY: HOUR_MS,
  MINUTELY: MINUTE_MS,
  SECONDLY: SECOND_MS,
};

/** The values of each part. A part that is written twice has the values of both. */
export function partsOf(text: string): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  for (const part of text.toUpperCase().replace(/\s/g, "").split(";")) {
    const equals = part.indexOf("=");
    const values = part
      .slice(equals + 1)
      .split(",")
      .filter(Boolean);
    if (equals < 1 || values.length === 0) continue;
    const name = part.slice(0, equals);
    parts.set(name, [...(parts.get(name) ?? []), ...values]);
  }
  return parts;
}

/** Zero means no interval, as a count of zero means no count. */
const intervalOf = (written: number | undefined): number =>
  written === undefined || written < 1 ? 1 : Math.min(written, Number.MAX_SAFE_INTEGER);

/** Zero or less means no count, as macOS Calendar and Tasks.org write it. So does anything that isn't a number. */
function countOf(values: readonly string[], doubt: (extent: "known") => void): number | null {
  const counts = values.map(wholeNumber);
  if (counts.includes(null)) doubt("known");
  const valid = counts.filter((count) => count !== null && count > 0 && Number.isSafeInteger(count));
  return valid.length > 0 && valid.length === counts.length ? Math.max(...valid.map(Number)) : null;
}

/** An UNTIL that can't be read ends nothing, so the event is never shorter than it is. */
function latestOf(values: readonly string[], doubt: (extent: "known") => void): Moment | null {
  const moments = values.map(untilOf);
  if (moments.includes(null)) {
    doubt("known");
    return null;
  }
  return moments.reduce(
    (latest, moment) => ((moment?.wall ?? 0) > (latest?.wall ?? -Infinity) ? moment : latest),
    null,
  );
}

const wholeNumber = (text: string): number | null => (/^[+-]?\d+$/.test(text) ? Number(text) : null);

/** Zero is the first hour, minute or second, but no day, week, month or position. */
function numberWithin(text: string, least: number, most: number): number | null {
  const number = wholeNumber(text);
  const fits = number !== null && number >= least && number <= most && (number !== 0 || least === 0);
  return fits ? number + 0 : null;
}

function weekdayOf(text: string): number | null {
  const index = WEEKDAYS.indexOf(text);
  return index === -1 ? null : index + 1;
}

function byDayOf(text: string): Rule["byDay"][number] | null {
  const weekday = weekdayOf(text.slice(-2));
  const nth = text.length === 2 ? 0 : numberWithin(text.slice(0, -2), -53, 53);
  return weekday === null || nth === null ? null : { nth, weekday };
}
