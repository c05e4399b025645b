// Expansion against the oracle: any rule, any zone, exceptions and overrides in any form.
import fc from "fast-check";
import { Temporal } from "temporal-polyfill/implementation";
import { describe, expect, test } from "vitest";
import { eventsOf, type ReadingContext, reduce } from "../../../src/providers/icalendar/events.ts";
import { DAY_NAMES, instantIn, type OracleRule, startsOf } from "./oracle.ts";

const ZONES = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Asia/Kolkata",
];
const FALLBACK = "America/Sao_Paulo";

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

const THEMES: Readonly<Record<string, fc.Arbitrary<OracleRule>>> = {
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

const WINDOW_START = Temporal.PlainDate.from("2026-01-01");

const casesOf = (rule: fc.Arbitrary<OracleRule>) =>
  fc.record({
    rule,
    zone: fc.constantFrom(...ZONES),
    allDay: fc.constantFrom(false, false, true),
    startDaysBefore: fc.oneof(fc.integer({ min: -20, max: 60 }), fc.integer({ min: 60, max: 500 })),
    hour: fc.constantFrom(0, 1, 2, 2, 2, 9, 23),
    minute: fc.constantFrom(0, 30),
    minutes: fc.constantFrom(30, 60, 1_500),
    windowDays: fc.constantFrom(20, 100, 330),
    /** Which occurrences are excluded, and in which form. */
    excluded: fc.array(fc.tuple(fc.nat(60), fc.constantFrom("zone", "utc", "other zone")), { maxLength: 4 }),
    /** Which occurrences are moved by how many hours, or cancelled. */
    moved: fc.array(fc.tuple(fc.nat(60), fc.integer({ min: -300, max: 300 }), fc.boolean()), {
      maxLength: 3,
    }),
  });
type Case = ReturnType<typeof casesOf> extends fc.Arbitrary<infer T> ? T : never;

const basic = (local: Temporal.PlainDateTime) =>
  local.toString({ smallestUnit: "second" }).replace(/[-:]/g, "");
const basicDate = (local: Temporal.PlainDateTime) => local.toPlainDate().toString().replaceAll("-", "");
const utc = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");

function ruleText(rule: OracleRule, start: Temporal.PlainDateTime): string {
  const { end } = rule;
  const lists = {
    BYMONTH: rule.byMonth,
    BYWEEKNO: rule.byWeekNo,
    BYYEARDAY: rule.byYearDay,
    BYMONTHDAY: rule.byMonthDay,
    BYDAY: rule.byDay.map(({ nth, weekday: day }) => `${nth === 0 ? "" : nth}${DAY_NAMES[day - 1]}`),
    BYHOUR: rule.byHour,
    BYSETPOS: rule.bySetPos,
  };
  return [
    `RRULE:${rule.skip === null ? "" : `RSCALE=GREGORIAN;SKIP=${rule.skip};`}FREQ=${rule.freq};INTERVAL=${rule.interval};WKST=${DAY_NAMES[rule.wkst - 1]}`,
    ...Object.entries(lists).flatMap(([name, list]) =>
      list.length > 0 ? [`${name}=${list.join(",")}`] : [],
    ),
    ...(end !== null && "count" in end ? [`COUNT=${end.count}`] : []),
    ...(end !== null && "untilDays" in end ? [`UNTIL=${basicDate(start.add({ days: end.untilDays }))}`] : []),
  ].join(";");
}

/** The calendar's text, and the intervals that the oracle says it means. */
function stage(given: Case) {
  const { rule: drawn, zone, allDay, hour, minute, minutes, windowDays } = given;
  const rule = allDay
    ? { ...drawn, freq: drawn.freq === "HOURLY" ? ("DAILY" as const) : drawn.freq, byHour: [] }
    : drawn;
  const start = WINDOW_START.subtract({ days: given.startDaysBefore }).toPlainDateTime({
    hour: allDay ? 0 : hour,
    minute: allDay ? 0 : minute,
  });
  const clock = allDay ? FALLBACK : zone;
  const windowEnd = WINDOW_START.add({ days: windowDays });
  const window = {
    startsAt: Date.parse(`${WINDOW_START}T00:00Z`),
    endsAt: Date.parse(`${windowEnd}T00:00Z`),
  };
  const starts = startsOf(rule, start, windowEnd.add({ days: 2 }), clock);
  const pick = (index: number) =>
    starts[Math.max(0, starts.length - 61) + (index % Math.min(starts.length, 61))]?.local ?? start;
  const time = (name: string, local: Temporal.PlainDateTime) =>
    allDay ? `${name};VALUE=DATE:${basicDate(local)}` : `${name};TZID=${zone}:${basic(local)}`;

  const excluded = given.excluded.map(([index, form]) => ({ local: pick(index), form }));
  const moves = new Map(
    given.moved.map(([index, hours, cancelled]) => {
      const local = pick(index);
      return [
        local.toString(),
        { local, hours: allDay ? Math.trunc(hours / 24) * 24 : hours, cancelled },
      ] as const;
    }),
  );
  const exdates = excluded.map(({ local, form }) => {
    if (allDay || form === "zone") return time("EXDATE", local);
    const at = instantIn(local, zone);
    if (form === "utc") return `EXDATE:${utc(at)}`;
    const there = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO("Asia/Tokyo");
    return `EXDATE;TZID=Asia/Tokyo:${basic(there.toPlainDateTime())}`;
  });
  const overrides = [...moves.values()].flatMap(({ local, hours, cancelled }) => [
    "BEGIN:VEVENT",
    "UID:u",
    time("RECURRENCE-ID", local),
    time("DTSTART", local.add({ hours })),
    allDay ? "DURATION:P1D" : "DURATION:PT1H",
    ...(cancelled ? ["STATUS:CANCELLED"] : []),
    "END:VEVENT",
  ]);
  const text = [
    "BEGIN:VCALENDAR",
    "BEGIN:VEVENT",
    "UID:u",
    time("DTSTART", start),
    allDay ? "DURATION:P2D" : `DURATION:PT${minutes}M`,
    ruleText(rule, start),
    ...exdates,
    "END:VEVENT",
    ...overrides,
    "END:VCALENDAR",
  ].join("\r\n");

  const gone = new Set([...excluded, ...moves.values()].map(({ local }) => instantIn(local, clock)));
  const plain = starts.flatMap(({ local, at: startsAt }) => {
    if (gone.has(startsAt)) return [];
    return [
      { startsAt, endsAt: allDay ? instantIn(local.add({ days: 2 }), clock) : startsAt + minutes * 60_000 },
    ];
  });
  const moved = [...moves.values()].flatMap(({ local, hours, cancelled }) => {
    const to = local.add({ hours });
    const startsAt = instantIn(to, clock);
    const endsAt = allDay ? instantIn(to.add({ days: 1 }), clock) : startsAt + 3_600_000;
    return cancelled ? [] : [{ startsAt, endsAt }];
  });
  // A time in a clock gap is the same instant as one after it.
  const byInstant = new Map(plain.map((interval) => [interval.startsAt, interval]));
  const meant = [...byInstant.values(), ...moved]
    .filter(({ startsAt, endsAt }) => startsAt < window.endsAt && endsAt > window.startsAt)
    .map(({ startsAt, endsAt }) => `${utc(startsAt)}/${utc(endsAt)}`)
    .sort();
  const context: ReadingContext = { key: "u.ics", window, fallbackTimeZone: FALLBACK, ownAddresses: [] };
  return { text, meant, context };
}

describe("expansion", () => {
  test.each(Object.entries(THEMES))(
    "gives the same as the oracle, before and after reduction: %s",
    (_, rule) => {
      fc.assert(
        fc.property(casesOf(rule), (given) => {
          const { text, meant, context } = stage(given);
          const read = eventsOf(text, context);
          const found = read.events.map(({ startsAt, endsAt }) => `${utc(startsAt)}/${utc(endsAt)}`).sort();
          expect(found, text).toEqual(meant);
          expect(new Set(read.events.map(({ key }) => key)).size).toBe(found.length);
          expect(eventsOf(reduce(text, []), context)).toEqual(read);
          const lastEnd = Math.max(...read.events.map(({ endsAt }) => endsAt));
          expect(read.reach ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(lastEnd);
        }),
        { numRuns: 100 },
      );
    },
    300_000,
  );
});
