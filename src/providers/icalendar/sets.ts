// Sets: the matches of a rule in each of its periods, in order.
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from "../../domain/instant.ts";
import { type Budget, spend } from "./budget.ts";
import type { Clock, Original } from "./clock.ts";
import { type DayPattern, dayMatches, dayPatternOf } from "./day-pattern.ts";
import { civilOf, dayOf, dayOfDate, weekStart } from "./days.ts";
import type { Rule } from "./model.ts";
import { UNIT_MS } from "./rule.ts";
import { substitutes } from "./skip.ts";

/** Local times, both ends included. */
export interface WallRange {
  readonly from: number;
  readonly to: number;
}

/** A match of a rule. It has an instant where the rule is finer than a day; else the local time says it. */
export interface Match {
  readonly wall: number;
  readonly at: Instant | null;
}

/**
 * The sets of the periods that touch the range, from before it perhaps until after it.
 * @throws BudgetSpent
 */
export function setsOf(rule: Rule, start: Original, range: WallRange, clock: Clock, budget: Budget) {
  const pattern = dayPatternOf(rule, dayOf(start.wall));
  const times = timesOf(rule, start.wall);
  return rule.freq in UNIT_MS
    ? unitSets(rule, pattern, times, { start, range, clock }, budget)
    : periodSets(rule, pattern, times, { start, range }, budget);
}

interface Place {
  readonly start: Original;
  readonly range: WallRange;
}

/** The set of each year, month, week or day that the interval hits. */
function* periodSets(
  rule: Rule,
  pattern: DayPattern,
  times: Times,
  { start, range }: Place,
  budget: Budget,
): Generator<Match[]> {
  const { indexOf, bounds } = periodsOf(rule);
  // A day that doesn't exist may go to the day before or after its period.
  const slack = rule.skip === null ? 0 : 1;
  const first = indexOf(dayOf(start.wall));
  // No period before that of DTSTART belongs to the rule, though one of its days may go into it.
  const ahead = Math.max(0, Math.ceil((indexOf(dayOf(range.from) - slack) - first) / rule.interval));
  for (let index = first + ahead * rule.interval; ; index += rule.interval) {
    const [firstDay, dayAfter] = bounds(index);
    // In this form it also ends where a period is beyond all dates, because its first day is not a number then.
    if (!(firstDay <= dayOf(range.to) + slack)) return;
    const days: number[] = [];
    for (let day = firstDay; day < dayAfter; day++) {
      spend(budget);
      if (dayMatches(day, pattern)) days.push(day);
    }
    const moved = substitutes(rule, pattern, [firstDay, dayAfter]);
    const set: Match[] = [];
    for (const day of moved.length === 0 ? days : ordered([...days, ...moved])) {
      for (const wall of wallsOn(day, times)) {
        spend(budget);
        set.push({ wall, at: null });
      }
    }
    yield set;
  }
}

/**
 * The set of each hour, minute or second that the interval hits. They are units of time that passes: an hour that
 * clocks show twice is two, and one that they skip is none (`docs/providers/caldav.md`, Recurrence and zones).
 */
function* unitSets(
  rule: Rule,
  pattern: DayPattern,
  times: Times,
  { start, range, clock }: Place & { readonly clock: Clock },
  budget: Budget,
): Generator<Match[]> {
  const unitMs = UNIT_MS[rule.freq] ?? SECOND_MS;
  const startOfUnit = (at: Instant, wall: number) => at - (wall - Math.floor(wall / unitMs) * unitMs);
  const base = startOfUnit(start.at, clock.toWall(start.at));
  // Rounded, because the clocks of Lord Howe change by half an hour.
  const unitOf = ({ wall, at }: { wall: number; at: Instant }) =>
    Math.floor((startOfUnit(at, wall) - base) / unitMs + 0.5);
  for (let day = dayOf(range.from); day <= dayOf(range.to); day++) {
    spend(budget);
    if (!dayMatches(day, pattern)) continue;
    const found: { wall: number; at: Instant }[] = [];
    for (const wall of wallsOn(day, times)) {
      spend(budget);
      for (const at of clock.instantsOf(wall)) found.push({ wall, at });
    }
    if (found.some(({ at }, index) => at < (found[index - 1]?.at ?? at))) found.sort((a, b) => a.at - b.at);
    let set: Match[] = [];
    let unit = Number.NaN;
    for (const match of found) {
      const own = unitOf(match);
      if (own % rule.interval !== 0) continue;
      if (own !== unit && set.length > 0) {
        yield set;
        set = [];
      }
      unit = own;
      set.push(match);
    }
    yield set;
  }
}

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
    if (given.length > 0) return ordered(given);
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

/** Each number once, the least first. */
const ordered = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);
