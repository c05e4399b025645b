// Recurrence rules, iterated by the local clock alone. Other files handle zones, exclusions and overrides.
//
// ical.js isn't used for this (`docs/decisions/003-own-recurrence-expansion.md`). Measured on 2.2.1, its iterator puts
// a yearly February 29 on March 1, ignores BYSETPOS beside most parts, doesn't know BYWEEKNO and can't be moved ahead
// to the window. For some daily rules that no day fulfils it never returned. Any invitation may hold such a rule, so
// a search here ends with the window and has a budget.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../domain/instant.ts";
import { type DayPattern, dayMatches, dayPatternOf } from "./day-pattern.ts";
import { civilOf, dayOf, dayOfDate, weekStart } from "./days.ts";
import type { Rule } from "./model.ts";
import { UnreadableCalendar } from "./unreadable.ts";

/** How many days and times of day may still be tried. All rules of a resource share one budget. */
export interface Budget {
  left: number;
}

/** Enough for an hourly rule counted over forty years. It is used up in a fraction of a second. */
export const newBudget = (): Budget => ({ left: 2_000_000 });

/** No real calendar has more occurrences of one rule within a window. */
const MAX_OCCURRENCES = 20_000;

/** Local times, both ends included. */
export interface WallRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The local times within `range` at which the rule has an occurrence, in order. The start is always the first one,
 * even where the rule doesn't match it (RFC 5545 3.8.5.3). The caller applies UNTIL, which needs a zone.
 * @returns `last`: the rule's last occurrence; null when there may be more after the range
 * @throws UnreadableCalendar `too_many_occurrences` when there are too many, or when the budget is used up
 */
export function occurrences(
  rule: Rule,
  start: number,
  range: WallRange,
  budget: Budget,
): { walls: number[]; last: number | null } {
  if (start > range.to) return { walls: [], last: null };
  const walls = start >= range.from ? [start] : [];
  let last = start;
  let left = rule.count === null ? Number.POSITIVE_INFINITY : rule.count - 1;
  // A rule with COUNT must be counted from its start. Any other rule is entered where the range begins.
  const from = rule.count === null ? Math.max(start, range.from) : start;
  for (const wall of matches(rule, start, { from, to: range.to }, budget)) {
    if (left <= 0) break;
    if (wall <= start) continue;
    left--;
    last = wall;
    if (wall < range.from) continue;
    walls.push(wall);
    if (walls.length > MAX_OCCURRENCES) throw new UnreadableCalendar("too_many_occurrences");
  }
  return { walls, last: left > 0 ? null : last };
}

/** The matches of the rule alone, without start and COUNT, from the range's beginning on, in order. */
function* matches(rule: Rule, start: number, range: WallRange, budget: Budget): Generator<number> {
  const pattern = dayPatternOf(rule, dayOf(start));
  const times = timesOf(rule, start);
  const sets =
    rule.freq in UNIT_MS
      ? unitSets(rule, pattern, times, { start, range }, budget)
      : periodSets(rule, pattern, times, { start, range }, budget);
  for (const set of sets) {
    for (const wall of rule.bySetPos.length === 0 ? set : atPositions(set, rule.bySetPos)) {
      if (wall > range.to) return;
      if (wall >= range.from) yield wall;
    }
  }
}

interface Place {
  readonly start: number;
  readonly range: WallRange;
}

/** The set of each year, month, week or day that the interval hits. */
function* periodSets(
  rule: Rule,
  pattern: DayPattern,
  times: Times,
  { start, range }: Place,
  budget: Budget,
): Generator<number[]> {
  const { indexOf, bounds } = periodsOf(rule);
  const first = indexOf(dayOf(start));
  const ahead = Math.ceil((indexOf(dayOf(range.from)) - first) / rule.interval);
  for (let index = first + ahead * rule.interval; ; index += rule.interval) {
    const [firstDay, dayAfter] = bounds(index);
    // In this form it also ends where a period is beyond all dates, because its first day is not a number then.
    if (!(firstDay <= dayOf(range.to))) return;
    const set: number[] = [];
    for (let day = firstDay; day < dayAfter; day++) {
      spend(budget);
      if (!dayMatches(day, pattern)) continue;
      for (const wall of wallsOn(day, times)) {
        spend(budget);
        set.push(wall);
      }
    }
    yield set;
  }
}

/** The set of each hour, minute or second that the interval hits. */
function* unitSets(
  rule: Rule,
  pattern: DayPattern,
  times: Times,
  { start, range }: Place,
  budget: Budget,
): Generator<number[]> {
  const unitMs = UNIT_MS[rule.freq] ?? SECOND_MS;
  const unitOf = (wall: number) => Math.floor(wall / unitMs);
  for (let day = dayOf(range.from); day <= dayOf(range.to); day++) {
    spend(budget);
    if (!dayMatches(day, pattern)) continue;
    let set: number[] = [];
    for (const wall of wallsOn(day, times)) {
      spend(budget);
      if ((unitOf(wall) - unitOf(start)) % rule.interval !== 0) continue;
      const last = set.at(-1);
      if (last !== undefined && unitOf(last) !== unitOf(wall)) {
        yield set;
        set = [];
      }
      set.push(wall);
    }
    yield set;
  }
}

const UNIT_MS: Readonly<Record<string, number>> = {
  HOURLY: HOUR_MS,
  MINUTELY: MINUTE_MS,
  SECONDLY: SECOND_MS,
};

/** The rule's periods: the number of a day's period, and the first day of a period and the day after it. */
function periodsOf(rule: Rule): {
  indexOf(day: number): number;
  bounds(index: number): [firstDay: number, dayAfter: number];
} {
  if (rule.freq === "YEARLY") {
    return {
      indexOf: (day) => civilOf(day).year,
      bounds: (year) => [dayOfDate(year, 1, 1), dayOfDate(year + 1, 1, 1)],
    };
  }
  if (rule.freq === "MONTHLY") {
    return {
      indexOf: (day) => civilOf(day).year * 12 + civilOf(day).month,
      bounds: (index) => [dayOfDate(0, index, 1), dayOfDate(0, index + 1, 1)],
    };
  }
  const days = rule.freq === "WEEKLY" ? 7 : 1;
  const origin = rule.freq === "WEEKLY" ? weekStart(0, rule.wkst) : 0;
  return {
    indexOf: (day) => Math.floor((day - origin) / days),
    bounds: (index) => [origin + index * days, origin + (index + 1) * days],
  };
}

interface Times {
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
}

/** The times of day: the rule's lists; without a list all where the frequency is that fine, else the start's. */
function timesOf({ freq, byHour, byMinute, bySecond }: Rule, start: number): Times {
  const shown = (unitMs: number, of: number) =>
    Math.floor(start / unitMs) - Math.floor(start / unitMs / of) * of;
  const list = (given: readonly number[], of: number, unitMs: number, all: boolean) => {
    if (given.length > 0) return [...new Set(given)].sort((a, b) => a - b);
    return all ? Array.from({ length: of }, (_, index) => index) : [shown(unitMs, of)];
  };
  const seconds = freq === "SECONDLY";
  const minutes = seconds || freq === "MINUTELY";
  return {
    hours: list(byHour, 24, HOUR_MS, minutes || freq === "HOURLY"),
    minutes: list(byMinute, 60, MINUTE_MS, minutes),
    seconds: list(bySecond, 60, SECOND_MS, seconds),
  };
}

function* wallsOn(day: number, { hours, minutes, seconds }: Times): Generator<number> {
  for (const hour of hours) {
    for (const minute of minutes) {
      for (const second of seconds) {
        yield day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS;
      }
    }
  }
}

function atPositions(set: readonly number[], positions: readonly number[]): number[] {
  const chosen = positions.map((position) => set.at(position > 0 ? position - 1 : position));
  return [...new Set(chosen.filter((wall) => wall !== undefined))].sort((a, b) => a - b);
}

function spend(budget: Budget): void {
  budget.left--;
  if (budget.left < 0) throw new UnreadableCalendar("too_many_occurrences");
}
