// Day patterns: the days that a recurrence rule names, by its BY parts and its start.
import { civilOf, dayOfDate, weekdayOf, weekNumber } from "./days.ts";
import type { Rule } from "./model.ts";

/** The parts of a rule that choose days, completed. Empty lists choose every day. */
export interface DayPattern
  extends Pick<Rule, "byMonth" | "byWeekNo" | "byYearDay" | "byMonthDay" | "byDay" | "wkst"> {
  /** The period in which the n-th weekday is counted. Null: `nth` has no meaning, and every such weekday counts. */
  readonly nthWithin: "month" | "year" | null;
}

/** The rule's pattern. The start's day completes the parts that the rule leaves open (RFC 5545 3.3.10). */
export function dayPatternOf(rule: Rule, startDay: number): DayPattern {
  const { freq, byMonth, byWeekNo, byYearDay, byMonthDay, byDay, wkst } = rule;
  const start = civilOf(startDay);
  const nthWithin = nthScopeOf(rule);
  const given = { byMonth, byWeekNo, byYearDay, byMonthDay, byDay, wkst, nthWithin };
  if (byYearDay.length > 0 || byMonthDay.length > 0 || byDay.length > 0) return given;
  if (freq === "WEEKLY" || (freq === "YEARLY" && byWeekNo.length > 0)) {
    return { ...given, byDay: [{ nth: 0, weekday: start.weekday }] };
  }
  if (freq !== "MONTHLY" && freq !== "YEARLY") return given;
  const months = freq === "YEARLY" && byMonth.length === 0 ? [start.month] : byMonth;
  return { ...given, byMonth: months, byMonthDay: [start.dayOfMonth] };
}

/** Whether the pattern chooses this day. Parts that the frequency doesn't allow narrow the choice like all others. */
export function dayMatches(day: number, pattern: DayPattern): boolean {
  const { byMonth, byWeekNo, byYearDay, byMonthDay, byDay, wkst, nthWithin } = pattern;
  const weekday = weekdayOf(day);
  // The cheapest part first, because it rules out most days.
  if (byDay.length > 0 && !byDay.some((wanted) => wanted.weekday === weekday)) return false;
  if (byMonth.length + byMonthDay.length + byYearDay.length > 0 || nthWithin !== null) {
    const { year, month, dayOfMonth } = civilOf(day);
    if (byMonth.length > 0 && !byMonth.includes(month)) return false;
    const inMonth = {
      place: dayOfMonth,
      length: () => dayOfDate(year, month + 1, 1) - dayOfDate(year, month, 1),
    };
    if (byMonthDay.length > 0 && !byMonthDay.some((wanted) => isAt(inMonth, wanted))) return false;
    const yearStart = dayOfDate(year, 1, 1);
    const inYear = { place: day - yearStart + 1, length: () => dayOfDate(year + 1, 1, 1) - yearStart };
    if (byYearDay.length > 0 && !byYearDay.some((wanted) => isAt(inYear, wanted))) return false;
    const scope = nthWithin === "month" ? inMonth : inYear;
    const isNth = (wanted: Rule["byDay"][number]) =>
      wanted.weekday === weekday && isInNthSeven(scope, wanted.nth);
    if (nthWithin !== null && byDay.length > 0 && !byDay.some(isNth)) return false;
  }
  if (byWeekNo.length === 0) return true;
  const week = weekNumber(day, wkst);
  return byWeekNo.some((wanted) => wanted === week.number || wanted === week.fromEnd);
}

function nthScopeOf({ freq, byMonth, byWeekNo, byDay }: Rule): DayPattern["nthWithin"] {
  if (byDay.every(({ nth }) => nth === 0)) return null;
  if (freq === "MONTHLY") return "month";
  if (freq !== "YEARLY" || byWeekNo.length > 0) return null;
  return byMonth.length > 0 ? "month" : "year";
}

/** A day's place in its month or year, from 1, and the number of days in that period. */
interface Scope {
  readonly place: number;
  length(): number;
}

/** Whether it is the wanted day. Negative numbers count from the end. */
const isAt = ({ place, length }: Scope, wanted: number): boolean =>
  place === (wanted > 0 ? wanted : wanted + length() + 1);

/** The n-th seven days hold the n-th of each weekday. A negative `nth` counts from the end; 0 is any. */
function isInNthSeven({ place, length }: Scope, nth: number): boolean {
  if (nth === 0) return true;
  return nth > 0 ? Math.ceil(place / 7) === nth : Math.ceil((length() - place + 1) / 7) === -nth;
}
