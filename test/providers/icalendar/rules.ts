// Rules: random recurrence rules by theme, for comparison with the oracle.
import fc from "fast-check";
import type { OracleRule } from "./oracle.ts";

const weekday = fc.integer({ min: 1, max: 7 });
const some = (values: readonly number[], most: number) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: most });
const none = fc.constant<number[]>([]);
const rarely = <T>(list: fc.Arbitrary<T[]>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant<T[]>([]) }, { weight: 1, arbitrary: list });
const byDay = (nths: readonly number[], least = 1) =>
  fc.uniqueArray(fc.record({ nth: fc.constantFrom(...nths), weekday }), {
    minLength: least,
    maxLength: 3,
    selector: (day) => `${day.nth} ${day.weekday}`,
  });

const MONTHS = [1, 2, 3, 6, 11, 12];
const WEEKS = [1, 2, 20, 52, 53, -1];
const YEAR_DAYS = [1, 59, 60, 100, 366, -1, -366];
const MONTH_DAYS = [1, 13, 29, 30, 31, -1, -31];
const HOURS = [0, 2, 9, 17, 23];
const POSITIONS = [1, 2, 3, -1, -2, -3];
const IN_YEAR = [0, 1, 2, -1, 5, 20, -30];
const IN_MONTH = [0, 1, 2, 3, 5, -1, -2];

type Parts = { readonly [Part in keyof OracleRule]: fc.Arbitrary<OracleRule[Part]> };

/** A rule with these parts, and rarely with others that RFC 5545 allows for any frequency. */
const ruleOf = (parts: Partial<Parts> & Pick<Parts, "freq">): fc.Arbitrary<OracleRule> =>
  fc.record<OracleRule>({
    interval: fc.constantFrom(1, 1, 1, 2, 3),
    end: fc.oneof(
      { weight: 3, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.record({ count: fc.constantFrom(0, 1, 5, 40, 300) }) },
      { weight: 1, arbitrary: fc.record({ untilDays: fc.integer({ min: 0, max: 600 }) }) },
    ),
    wkst: weekday,
    byMonth: rarely(some(MONTHS, 3)),
    byWeekNo: none,
    byYearDay: none,
    byMonthDay: none,
    byDay: rarely(byDay([0])),
    byHour: rarely(some(HOURS, 3)),
    bySetPos: rarely(some(POSITIONS, 2)),
    skip: fc.constant(null),
    ...parts,
  });

const yearly = fc.constant("YEARLY" as const);
const monthly = fc.constant("MONTHLY" as const);
const weekly = fc.constant("WEEKLY" as const);

const skip = fc.constantFrom("BACKWARD" as const, "FORWARD" as const);

export const THEMES: Readonly<Record<string, fc.Arbitrary<OracleRule>>> = {
  "weeks of the year": ruleOf({
    freq: yearly,
    byWeekNo: some(WEEKS, 2),
    byMonth: none,
    byDay: byDay([0], 0),
  }),
  "days of the year": ruleOf({ freq: yearly, byYearDay: some(YEAR_DAYS, 3), byMonth: none }),
  "weekdays of the year": ruleOf({ freq: yearly, byDay: byDay(IN_YEAR), byMonth: none }),
  "weekdays of some months": ruleOf({ freq: yearly, byDay: byDay(IN_MONTH), byMonth: some(MONTHS, 3) }),
  "days of months in the year": ruleOf({ freq: yearly, byMonthDay: some(MONTH_DAYS, 3) }),
  "weekdays of the month": ruleOf({ freq: monthly, byDay: byDay(IN_MONTH) }),
  "days of the month": ruleOf({ freq: monthly, byMonthDay: some(MONTH_DAYS, 3) }),
  "positions in the month": ruleOf({ freq: monthly, byDay: byDay([0]), bySetPos: some(POSITIONS, 2) }),
  "weekdays of every so many weeks": ruleOf({
    freq: weekly,
    interval: fc.constantFrom(2, 3),
    byDay: byDay([0]),
  }),
  "positions in the week": ruleOf({ freq: weekly, byDay: byDay([0]), bySetPos: some(POSITIONS, 2) }),
  "days through the clock changes": ruleOf({ freq: fc.constant("DAILY" as const), byMonth: none }),
  "hours of the day": ruleOf({ freq: fc.constant("DAILY" as const), byHour: some(HOURS, 3) }),
  "every so many hours": ruleOf({
    freq: fc.constant("HOURLY" as const),
    interval: fc.constantFrom(1, 5, 25, 49),
  }),
  "days that some months don't have": ruleOf({
    freq: fc.constantFrom("YEARLY", "MONTHLY"),
    byMonthDay: fc.oneof(none, some([1, 28, 29, 30, 31, -1, -29, -31], 3)),
    skip,
  }),
  "days that some years don't have": ruleOf({
    freq: yearly,
    byYearDay: some([1, 60, 365, 366, -1, -366], 3),
    byMonth: none,
    skip,
  }),
  "only a frequency": ruleOf({
    freq: fc.constantFrom("YEARLY", "MONTHLY", "WEEKLY"),
    byDay: fc.constant([]),
  }),
};
