// Skip: days that a rule names and that don't exist, such as February 30 (RFC 7529 4.1).
import { type DayPattern, dayMatches } from "./day-pattern.ts";
import { civilOf, dayOfDate } from "./days.ts";
import type { Rule } from "./model.ts";

/**
 * The days that stand for those that don't exist in a period, a month or a year: the day before or after. They are
 * chosen after BYMONTH and before BYDAY, so the month of the day itself doesn't matter.
 */
export function substitutes(
  { skip, freq }: Rule,
  pattern: DayPattern,
  [firstDay, dayAfter]: readonly [number, number],
): number[] {
  if (skip === null || (freq !== "MONTHLY" && freq !== "YEARLY")) return [];
  const { byMonth, byMonthDay, byYearDay } = pattern;
  const chosen: number[] = [];
  /** Adds the day beside the stretch for each number that points out of it. */
  const add = (numbers: readonly number[], first: number, next: number) => {
    for (const number of numbers) {
      if (Math.abs(number) <= next - first) continue;
      const beyond = number > 0 ? next : first;
      chosen.push(skip === "BACKWARD" ? beyond - 1 : beyond);
    }
  };
  for (let first = firstDay; first < dayAfter; ) {
    const { year, month } = civilOf(first);
    const next = dayOfDate(year, month + 1, 1);
    if (byMonth.length === 0 || byMonth.includes(month)) add(byMonthDay, first, next);
    first = next;
  }
  if (freq === "YEARLY") add(byYearDay, firstDay, dayAfter);
  const rest = { ...pattern, byMonth: [], byMonthDay: [], byYearDay: [] };
  return chosen.filter((day) => dayMatches(day, rest));
}
