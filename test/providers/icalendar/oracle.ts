// Oracle: the occurrences of a recurring event, worked out slowly with Temporal from every day and every part.
import { Temporal } from "temporal-polyfill/implementation";

export interface OracleRule {
  readonly freq: "YEARLY" | "MONTHLY" | "WEEKLY" | "DAILY" | "HOURLY";
  readonly interval: number;
  readonly end: { readonly count: number } | { readonly untilDays: number } | null;
  readonly wkst: number;
  readonly byMonth: readonly number[];
  readonly byWeekNo: readonly number[];
  readonly byYearDay: readonly number[];
  readonly byMonthDay: readonly number[];
  readonly byDay: readonly { readonly nth: number; readonly weekday: number }[];
  readonly byHour: readonly number[];
  readonly bySetPos: readonly number[];
}

export const DAY_NAMES = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/** All local starts up to `horizon`, the first included, in order. `until` is a date and includes its whole day. */
export function localStarts(
  rule: OracleRule,
  start: Temporal.PlainDateTime,
  horizon: Temporal.PlainDate,
): Temporal.PlainDateTime[] {
  const until =
    rule.end !== null && "untilDays" in rule.end
      ? start.toPlainDate().add({ days: rule.end.untilDays })
      : null;
  const periods = new Map<string, Temporal.PlainDateTime[]>();
  // Whole periods, so that positions are right in the first and the last one.
  const [before, after] = rule.freq === "YEARLY" ? [372, 372] : [31, 31];
  const last = horizon.add({ days: after });
  let day = start.toPlainDate().subtract({ days: before });
  for (; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    if (!chosen(day, rule, start)) continue;
    for (const hour of hoursOf(rule, start)) {
      const moment = day.toPlainDateTime(start.toPlainTime().with({ hour }));
      const period = periodOf(moment, rule, start);
      if (period === null) continue;
      periods.set(period, [...(periods.get(period) ?? []), moment]);
    }
  }
  const following = [...periods.values()]
    .flatMap((set) => positioned(set, rule.bySetPos))
    .filter((moment) => Temporal.PlainDateTime.compare(moment, start) > 0)
    .filter((moment) => Temporal.PlainDate.compare(moment.toPlainDate(), horizon) <= 0)
    .filter((moment) => until === null || Temporal.PlainDate.compare(moment.toPlainDate(), until) <= 0)
    .sort(Temporal.PlainDateTime.compare);
  const count = rule.end !== null && "count" in rule.end ? rule.end.count : Number.POSITIVE_INFINITY;
  return [start, ...following].slice(0, Math.max(1, count));
}

/** The instant at which clocks show a local time. */
export const instantIn = (local: Temporal.PlainDateTime, timeZone: string): number =>
  local.toZonedDateTime(timeZone, { disambiguation: "compatible" }).epochMilliseconds;

function hoursOf(rule: OracleRule, start: Temporal.PlainDateTime): readonly number[] {
  if (rule.byHour.length > 0) return [...rule.byHour].sort((a, b) => a - b);
  return rule.freq === "HOURLY" ? Array.from({ length: 24 }, (_, hour) => hour) : [start.hour];
}

function chosen(day: Temporal.PlainDate, rule: OracleRule, start: Temporal.PlainDateTime): boolean {
  const { freq, byMonth, byWeekNo, byYearDay, byMonthDay, byDay } = rule;
  const ask = (list: readonly number[], test: (wanted: number) => boolean) =>
    list.length === 0 || list.some(test);
  const open = byYearDay.length + byMonthDay.length + byDay.length === 0;
  if (open && freq === "WEEKLY" && day.dayOfWeek !== start.dayOfWeek) return false;
  if (open && freq === "MONTHLY" && day.day !== start.day) return false;
  if (open && freq === "YEARLY" && byWeekNo.length > 0 && day.dayOfWeek !== start.dayOfWeek) return false;
  if (open && freq === "YEARLY" && byWeekNo.length === 0) {
    if (day.day !== start.day || (byMonth.length === 0 && day.month !== start.month)) return false;
  }
  return (
    ask(byMonth, (month) => month === day.month) &&
    ask(byMonthDay, (wanted) => (wanted < 0 ? wanted + day.daysInMonth + 1 : wanted) === day.day) &&
    ask(byYearDay, (wanted) => (wanted < 0 ? wanted + day.daysInYear + 1 : wanted) === day.dayOfYear) &&
    ask(byWeekNo, (wanted) => isInWeek(day, wanted, rule.wkst)) &&
    (byDay.length === 0 || byDay.some((wanted) => isWeekday(day, wanted, rule)))
  );
}

const weekStart = (day: Temporal.PlainDate, wkst: number): Temporal.PlainDate =>
  day.subtract({ days: (day.dayOfWeek - wkst + 7) % 7 });

/** The first days of the weeks that have most of their days in the year, in order. */
const weeksOf = new Map<string, readonly string[]>();

function isInWeek(day: Temporal.PlainDate, wanted: number, wkst: number): boolean {
  const first = weekStart(day, wkst);
  const { year } = first.add({ days: 3 });
  const known = weeksOf.get(`${year} ${wkst}`);
  if (known !== undefined) return known.at(wanted > 0 ? wanted - 1 : wanted) === first.toString();
  const weeks: string[] = [];
  let week = weekStart(Temporal.PlainDate.from({ year, month: 1, day: 4 }), wkst);
  for (; week.add({ days: 3 }).year === year; week = week.add({ days: 7 })) weeks.push(week.toString());
  weeksOf.set(`${year} ${wkst}`, weeks);
  return isInWeek(day, wanted, wkst);
}

function isWeekday(
  day: Temporal.PlainDate,
  { nth, weekday }: OracleRule["byDay"][number],
  { freq, byMonth, byWeekNo }: OracleRule,
): boolean {
  if (day.dayOfWeek !== weekday) return false;
  const counts = nth !== 0 && (freq === "MONTHLY" || (freq === "YEARLY" && byWeekNo.length === 0));
  if (!counts) return true;
  const unit = freq === "MONTHLY" || byMonth.length > 0 ? "month" : "year";
  const away = day.add({ days: -7 * nth + Math.sign(nth) * 7 });
  const beyond = day.add({ days: -7 * nth });
  return away[unit] === day[unit] && beyond[unit] !== day[unit];
}

/** The name of the period that holds the moment; null when the interval skips it. */
function periodOf(
  moment: Temporal.PlainDateTime,
  rule: OracleRule,
  start: Temporal.PlainDateTime,
): string | null {
  const day = moment.toPlainDate();
  const first = start.toPlainDate();
  const distance = {
    YEARLY: () => day.year - first.year,
    MONTHLY: () => (day.year - first.year) * 12 + day.month - first.month,
    WEEKLY: () => weekStart(first, rule.wkst).until(weekStart(day, rule.wkst)).days / 7,
    DAILY: () => first.until(day).days,
    HOURLY: () => start.until(moment, { largestUnit: "hour" }).hours,
  }[rule.freq]();
  return distance < 0 || distance % rule.interval !== 0 ? null : String(distance);
}

function positioned(set: Temporal.PlainDateTime[], positions: readonly number[]): Temporal.PlainDateTime[] {
  if (positions.length === 0) return set;
  const wanted = new Set(positions.map((position) => (position > 0 ? position - 1 : set.length + position)));
  return set.filter((_, index) => wanted.has(index));
}
