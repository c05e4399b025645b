// Staged: random recurring events as iCalendar, and the busy time that the oracle says they mean.
import fc from "fast-check";
import { Temporal } from "temporal-polyfill/implementation";
import type { ReadingContext } from "../../../src/providers/icalendar/events.ts";
import { DAY_NAMES, instantIn, type OracleRule, startsOf } from "./oracle.ts";

const ZONES = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Asia/Kolkata",
];
/** The calendar's own zone, which all-day events go by. */
export const FALLBACK = "America/Sao_Paulo";

const WINDOW_START = Temporal.PlainDate.from("2026-01-01");

/** Random events with this rule. */
export const casesOf = (rule: fc.Arbitrary<OracleRule>) =>
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
export type Case = ReturnType<typeof casesOf> extends fc.Arbitrary<infer T> ? T : never;

const basic = (local: Temporal.PlainDateTime) =>
  local.toString({ smallestUnit: "second" }).replace(/[-:]/g, "");
const basicDate = (local: Temporal.PlainDateTime) => local.toPlainDate().toString().replaceAll("-", "");
export const utc = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");

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
export function stage(given: Case) {
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
