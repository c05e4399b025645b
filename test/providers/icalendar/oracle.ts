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
  readonly skip: "BACKWARD" | "FORWARD" | null;
}

/** A start: the local time, and its instant. */
export interface Start {
  readonly local: Temporal.PlainDateTime;
  readonly at: number;
}

export const DAY_NAMES = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/** All starts up to `horizon`, the first included, in order. `until` is a date and includes its whole day. */
export function startsOf(
  rule: OracleRule,
  start: Temporal.PlainDateTime,
  horizon: Temporal.PlainDate,
  timeZone: string,
): Start[] {
  const until =
    rule.end !== null && "untilDays" in rule.end
      ? start.toPlainDate().add({ days: rule.end.untilDays })
      : null;
  const first = { local: start, at: instantIn(start, timeZone) };
  const hourly = rule.freq === "HOURLY";
  const timesOn = (day: Temporal.PlainDate): Start[] =>
    hoursOf(rule, start).map((hour) => {
      const local = day.toPlainDateTime(start.toPlainTime().with({ hour }));
      return { local, at: instantIn(local, timeZone) };
    });
  const periods = new Map<string, Map<string, Start>>();
  // Whole periods, so that positions are right in the first and the last one.
  const [before, after] = rule.freq === "YEARLY" ? [372, 372] : [31, 31];
  const last = horizon.add({ days: after });
  let day = start.toPlainDate().subtract({ days: before });
  for (; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    const days = [...(chosen(day, rule, start) ? [day] : []), ...replaced(day, rule, start)];
    for (const shown of days) {
      for (const { local, at } of hourly ? hoursShown(shown, rule, start, timeZone) : timesOn(shown)) {
        const period = hourly ? hourOf(at, rule, first.at) : periodOf(day, rule, start);
        if (period === null) continue;
        const set = periods.get(period) ?? new Map<string, Start>();
        periods.set(period, set.set(hourly ? String(at) : local.toString(), { local, at }));
      }
    }
  }
  // By the local clock where it says the order: a time in a gap is the same instant as one after it.
  const order = (a: Start, b: Start) =>
    (hourly ? a.at - b.at : 0) || Temporal.PlainDateTime.compare(a.local, b.local);
  // Positions without another part mean nothing (RFC 5545 3.3.10).
  const { byMonth, byWeekNo, byYearDay, byMonthDay, byDay, byHour } = rule;
  const isPlaced = [byMonth, byWeekNo, byYearDay, byMonthDay, byDay, byHour].some(({ length }) => length > 0);
  const positions = isPlaced ? rule.bySetPos : [];
  const matches = [...periods.values()]
    .flatMap((set) => positioned([...set.values()].sort(order), positions))
    .sort(order)
    .filter((match, index, all) => index === 0 || order(match, all[index - 1] ?? match) !== 0);
  const following = matches
    .filter((match) => order(match, first) > 0)
    .filter(({ local }) => Temporal.PlainDate.compare(local.toPlainDate(), horizon) <= 0)
    .filter(({ local }) => until === null || Temporal.PlainDate.compare(local.toPlainDate(), until) <= 0);
  const count = rule.end !== null && "count" in rule.end && rule.end.count > 0 ? rule.end.count : Infinity;
  const isCounted = matches.some((match) => order(match, first) === 0);
  return [first, ...following].slice(0, isCounted ? count : count + 1);
}

/** The instant at which clocks show a local time. */
export const instantIn = (local: Temporal.PlainDateTime, timeZone: string): number =>
  local.toZonedDateTime(timeZone, { disambiguation: "compatible" }).epochMilliseconds;

/** Every time of the day's hours that clocks really show, with each of its instants. */
function hoursShown(
  day: Temporal.PlainDate,
  rule: OracleRule,
  start: Temporal.PlainDateTime,
  timeZone: string,
): Start[] {
  const midnight = day.toZonedDateTime(timeZone);
  const isPlain =
    midnight.offsetNanoseconds === day.add({ days: 1 }).toZonedDateTime(timeZone).offsetNanoseconds;
  return hoursOf(rule, start).flatMap((hour) => {
    const local = day.toPlainDateTime(start.toPlainTime().with({ hour }));
    if (isPlain) return { local, at: midnight.epochMilliseconds + (hour * 60 + start.minute) * 60_000 };
    const both = (["earlier", "later"] as const).map((disambiguation) =>
      local.toZonedDateTime(timeZone, { disambiguation }),
    );
    const shown = both.filter((zoned) => zoned.toPlainDateTime().equals(local));
    return [...new Set(shown.map(({ epochMilliseconds }) => epochMilliseconds))].map((at) => ({ local, at }));
  });
}

/** The number of hours that have passed. Half an hour of Lord Howe's begins one. */
function hourOf(at: number, { interval }: OracleRule, startAt: number): string | null {
  const hours = Math.floor((at - startAt) / 3_600_000 + 0.5);
  return hours < 0 || hours % interval !== 0 ? null : String(hours);
}

/** The days that stand for days that don't exist. They belong to the month or year that begins on `day`. */
function replaced(
  day: Temporal.PlainDate,
  rule: OracleRule,
  start: Temporal.PlainDateTime,
): Temporal.PlainDate[] {
  const { freq, skip, byMonth, byMonthDay, byYearDay, byDay } = rule;
  if (skip === null) return [];
  const beside = (numbers: readonly number[], length: number) =>
    numbers
      .filter((number) => Math.abs(number) > length)
      .map((number) => day.add({ days: (number > 0 ? length : 0) - (skip === "BACKWARD" ? 1 : 0) }));
  const open = byYearDay.length + byMonthDay.length + byDay.length === 0;
  const months = open && byMonth.length === 0 && freq === "YEARLY" ? [start.month] : byMonth;
  const isMonth = day.day === 1 && (months.length === 0 || months.includes(day.month));
  const days = [
    ...(isMonth ? beside(open ? [start.day] : byMonthDay, day.daysInMonth) : []),
    ...(day.dayOfYear === 1 ? beside(byYearDay, day.daysInYear) : []),
  ];
  return days.filter((one) => byDay.length === 0 || byDay.some(({ weekday }) => weekday === one.dayOfWeek));
}

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

/** The name of the period that holds the day; null when the interval skips it. */
function periodOf(day: Temporal.PlainDate, rule: OracleRule, start: Temporal.PlainDateTime): string | null {
  const first = start.toPlainDate();
  const distance = {
    YEARLY: () => day.year - first.year,
    MONTHLY: () => (day.year - first.year) * 12 + day.month - first.month,
    WEEKLY: () => weekStart(first, rule.wkst).until(weekStart(day, rule.wkst)).days / 7,
    DAILY: () => first.until(day).days,
    HOURLY: () => Number.NaN,
  }[rule.freq]();
  return distance < 0 || distance % rule.interval !== 0 ? null : String(distance);
}

function positioned(set: Start[], positions: readonly number[]): Start[] {
  if (positions.length === 0) return set;
  const wanted = new Set(positions.map((position) => (position > 0 ? position - 1 : set.length + position)));
  return set.filter((_, index) => wanted.has(index));
}
