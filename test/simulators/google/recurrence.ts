// Recurrence: a small expansion of RRULE and EXDATE, in the event's own zone.

import { localInstant, localText } from "../shared/zoned-time.ts";
import { invalid } from "./errors.ts";
import type { EventTime } from "./state.ts";

const DAY_MS = 86_400_000;
const WEEKDAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

interface ByDay {
  readonly weekday: number;
  readonly ordinal: number | null;
}

interface Rule {
  readonly freq: "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";
  readonly interval: number;
  readonly count: number | null;
  readonly until: string | null;
  readonly byDay: readonly ByDay[];
  readonly byMonthDay: readonly number[];
}

export interface Recurrence {
  readonly rule: Rule;
  /** Original starts that are left out: dates, or instants as numbers. */
  readonly excluded: ReadonlySet<string | number>;
}

const bad = (line: string) => invalid(`Invalid recurrence rule: ${line}`);

function positive(text: string, line: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw bad(line);
  return Number(text);
}

function readByDay(text: string, line: string): ByDay {
  const match = /^([+-]?[1-5])?(SU|MO|TU|WE|TH|FR|SA)$/.exec(text);
  if (match === null) throw bad(line);
  return {
    weekday: WEEKDAYS.indexOf(match[2] ?? ""),
    ordinal: match[1] === undefined ? null : Number(match[1]),
  };
}

function readFreq(text: string | undefined, line: string): Rule["freq"] {
  if (text === "DAILY" || text === "WEEKLY" || text === "MONTHLY" || text === "YEARLY") return text;
  throw bad(line);
}

function readRule(line: string): Rule {
  const parts = new Map<string, string>();
  for (const part of line.slice("RRULE:".length).split(";")) {
    const [name, value] = part.split("=", 2);
    if (!name || !value || parts.has(name)) throw bad(line);
    parts.set(name, value);
  }
  const take = (name: string) => {
    const value = parts.get(name);
    parts.delete(name);
    return value;
  };
  const freq = readFreq(take("FREQ"), line);
  const interval = take("INTERVAL");
  const count = take("COUNT");
  const until = take("UNTIL");
  const byDay = take("BYDAY");
  const byMonthDay = take("BYMONTHDAY");
  const weekStart = take("WKST");
  const untilValid = until === undefined || /^\d{8}(T\d{6}Z?)?$/.test(until);
  const both = count !== undefined && until !== undefined;
  if (parts.size > 0 || !untilValid || both || (weekStart ?? "MO") !== "MO") throw bad(line);
  return {
    freq,
    interval: interval === undefined ? 1 : positive(interval, line),
    count: count === undefined ? null : positive(count, line),
    until: until ?? null,
    byDay: byDay?.split(",").map((text) => readByDay(text, line)) ?? [],
    byMonthDay: byMonthDay?.split(",").map((text) => Math.min(31, positive(text, line))) ?? [],
  };
}

function readStamp(text: string, zone: string, line: string): string | number {
  const match = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/.exec(text);
  if (match === null) throw bad(line);
  const [, year, month, day, hour, minute, second, utc] = match;
  const date = `${year}-${month}-${day}`;
  if (hour === undefined) return date;
  return localInstant(`${date}T${hour}:${minute}:${second}`, utc === "Z" ? "UTC" : zone);
}

/**
 * Reads the lines of `recurrence[]`. Null when there is no RRULE.
 * @throws GoogleError 400 for a malformed rule, and for RDATE and EXRULE, which this simulator doesn't expand.
 */
export function readRecurrence(lines: readonly string[], start: EventTime): Recurrence | null {
  const excluded = new Set<string | number>();
  let rule: Rule | null = null;
  for (const line of lines) {
    if (line.startsWith("RRULE:") && rule === null) {
      rule = readRule(line);
      continue;
    }
    const match = /^EXDATE(?:;TZID=([^:;]+)|;VALUE=DATE)?:(.+)$/.exec(line);
    if (match === null) throw bad(line);
    const zone = match[1] ?? (start.kind === "dateTime" ? start.timeZone : "UTC");
    for (const text of (match[2] ?? "").split(",")) excluded.add(readStamp(text, zone, line));
  }
  return rule === null ? null : { rule, excluded };
}

const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;
const dayOf = (year: number, month: number, date: number): number => Date.UTC(year, month, date) / DAY_MS;

function* monthDays(rule: Rule, year: number, month: number, fallback: number): Generator<number> {
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  for (let date = 1; date <= length; date += 1) {
    const day = dayOf(year, month, date);
    const fromEnd = -Math.ceil((length - date + 1) / 7);
    const hit = rule.byDay.some(
      ({ weekday, ordinal }) =>
        weekday === weekdayOf(day) &&
        (ordinal === null || ordinal === Math.ceil(date / 7) || ordinal === fromEnd),
    );
    const dates = rule.byMonthDay.length > 0 ? rule.byMonthDay : [fallback];
    if (rule.byDay.length > 0 ? hit : dates.includes(date)) yield day;
  }
}

/** The days of the rule (numbered since the epoch), in order, without end. */
function* ruleDays(rule: Rule, first: number): Generator<number> {
  const date = new Date(first * DAY_MS);
  const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const weekdays = rule.byDay.map(({ weekday }) => weekday);
  const monday = first - ((weekdayOf(first) + 6) % 7);
  for (let step = 0; step < 100_000; step += rule.interval) {
    if (rule.freq === "DAILY") {
      const day = first + step;
      if (weekdays.length === 0 || weekdays.includes(weekdayOf(day))) yield day;
    } else if (rule.freq === "WEEKLY") {
      for (let day = monday + step * 7; day < monday + step * 7 + 7; day += 1) {
        if (weekdays.length === 0 ? weekdayOf(day) === weekdayOf(first) : weekdays.includes(weekdayOf(day)))
          yield day;
      }
    } else {
      const months = rule.freq === "YEARLY" ? step * 12 : step;
      const at = new Date(Date.UTC(year, month + months, 1));
      yield* monthDays(rule, at.getUTCFullYear(), at.getUTCMonth(), dayOfMonth);
    }
  }
}

function timeOn(day: number, start: EventTime): EventTime {
  const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
  if (start.kind === "date") return { kind: "date", date };
  const clock = localText(start.at, start.timeZone).slice(10);
  return { kind: "dateTime", at: localInstant(date + clock, start.timeZone), timeZone: start.timeZone };
}

function isPastUntil(time: EventTime, until: string | null): boolean {
  if (until === null) return false;
  if (time.kind === "date") return time.date.replaceAll("-", "") > until.slice(0, 8);
  // A date alone means that whole local day. A time without Z is local to the event.
  const local = localText(time.at, time.timeZone).replaceAll("-", "").replaceAll(":", "");
  if (until.length === 8) return local.slice(0, 8) > until;
  if (!until.endsWith("Z")) return local > until;
  const utc = `${new Date(time.at).toISOString().slice(0, 19).replaceAll("-", "").replaceAll(":", "")}Z`;
  return utc > until;
}

/** The original starts of a series in order, until `endsBefore` (epoch milliseconds). The first is always `start`. */
export function expandStarts(recurrence: Recurrence, start: EventTime, endsBefore: number): EventTime[] {
  const { rule, excluded } = recurrence;
  const startText = start.kind === "date" ? start.date : localText(start.at, start.timeZone).slice(0, 10);
  const first = Date.parse(`${startText}T00:00:00Z`) / DAY_MS;
  const starts: EventTime[] = [];
  let counted = 0;
  const visit = (day: number): boolean => {
    const time = day === first ? start : timeOn(day, start);
    const at = time.kind === "dateTime" ? time.at : day * DAY_MS;
    counted += 1;
    if (at >= endsBefore || isPastUntil(time, rule.until) || counted > (rule.count ?? counted)) return false;
    if (!excluded.has(time.kind === "date" ? time.date : time.at)) starts.push(time);
    return true;
  };
  if (!visit(first)) return starts;
  for (const day of ruleDays(rule, first)) {
    if (day > first && !visit(day)) break;
  }
  return starts;
}
