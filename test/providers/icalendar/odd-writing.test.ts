// Odd writing: parts that are repeated, contradict each other or stand where they shouldn't never free what is written.
import { describe, expect, test } from "vitest";
import { endsByOf } from "../../../src/providers/icalendar/ended.ts";
import { eventsOf, type ReadingContext, reduce } from "../../../src/providers/icalendar/events.ts";
import { standingOf } from "../../../src/providers/icalendar/standing.ts";

const context: ReadingContext = {
  key: "r.ics",
  window: { startsAt: Date.parse("2026-03-01T00:00Z"), endsAt: Date.parse("2026-04-01T00:00Z") },
  fallbackTimeZone: "Europe/Berlin",
  ownAddresses: ["me@example.com"],
};

const calendar = (...lines: string[]) => ["BEGIN:VCALENDAR", ...lines, "END:VCALENDAR"].join("\r\n");
const vevent = (...lines: string[]) => ["BEGIN:VEVENT", "UID:u1", ...lines, "END:VEVENT"];
const event = (...lines: string[]) => calendar(...vevent(...lines));

/** Each busy stretch as "start/end", without the year, the month and the seconds. */
const read = (text: string) => {
  const { events, unreadable } = eventsOf(text, context);
  expect(eventsOf(reduce(text, context.ownAddresses), context).events).toEqual(events);
  const short = (at: number) => new Date(at).toISOString().slice(8, 16);
  return {
    busy: events.map(({ startsAt, endsAt }) => `${short(startsAt)}/${short(endsAt)}`),
    doubts: unreadable.map(({ reason, extent }) => `${reason} ${extent}`),
  };
};

const AT_9 = "DTSTART:20260302T090000Z";
const HOUR = "DURATION:PT1H";
const DAY = "DTSTART;VALUE=DATE:20260302";
const NINE = "02T09:00/02T10:00";

type Row = readonly [
  why: string,
  lines: readonly string[],
  busy: readonly string[],
  doubts?: readonly string[],
];
const holds = (rows: readonly Row[]) => {
  const named = rows.map(([why, lines, busy, doubts = []]) => ({ why, lines, expected: { busy, doubts } }));
  test.each(named)("$why", ({ lines, expected }) => {
    expect(read(event(...lines))).toEqual(expected);
  });
};

describe("A1: a rule", () => {
  holds([
    [
      "with COUNT and UNTIL ends with the later of both",
      [AT_9, HOUR, "RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260304T235959Z"],
      [NINE, "03T09:00/03T10:00", "04T09:00/04T10:00"],
      ["bad_rule known"],
    ],
    [
      "with UNTIL before its COUNT ends with the count",
      [AT_9, HOUR, "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20260302T235959Z"],
      [NINE, "03T09:00/03T10:00", "04T09:00/04T10:00"],
      ["bad_rule known"],
    ],
    [
      "with positions and nothing to count them in goes by its start",
      [AT_9, HOUR, "RRULE:FREQ=DAILY;BYSETPOS=2;COUNT=2"],
      [NINE, "03T09:00/03T10:00"],
    ],
    [
      "of dates with positions among ignored times of day takes the days of these positions",
      [DAY, "RRULE:FREQ=DAILY;BYHOUR=9,17;BYSETPOS=2;COUNT=2"],
      ["01T23:00/02T23:00", "02T23:00/03T23:00"],
    ],
    [
      "of dates keeps the last position among ignored times of day",
      [DAY, "RRULE:FREQ=MONTHLY;BYDAY=MO,TU;BYHOUR=9,17;BYSETPOS=-1;COUNT=1"],
      ["01T23:00/02T23:00", "30T22:00/31T22:00"],
    ],
    [
      "with two frequencies leaves a doubt",
      [AT_9, HOUR, "RRULE:FREQ=WEEKLY;FREQ=DAILY;COUNT=2"],
      [NINE, "09T09:00/09T10:00"],
      ["bad_rule unknown"],
    ],
    [
      "with two intervals leaves a doubt",
      [AT_9, HOUR, "RRULE:FREQ=DAILY;INTERVAL=2;INTERVAL=1;COUNT=2"],
      [NINE, "04T09:00/04T10:00"],
      ["bad_rule unknown"],
    ],
    [
      "that says a part twice alike leaves none",
      [AT_9, HOUR, "RRULE:FREQ=DAILY;INTERVAL=2;FREQ=DAILY;INTERVAL=2;COUNT=1"],
      [NINE],
    ],
  ]);
});

describe("A1: a length", () => {
  holds([
    [
      "that ends before it starts by a day that was forgotten ends on the next day",
      ["DTSTART:20260302T220000Z", "DTEND:20260302T020000Z"],
      ["02T22:00/03T02:00"],
      ["bad_end known"],
    ],
    [
      "that ends little before it starts takes an hour at least",
      [AT_9, "DTEND:20260302T085959Z"],
      [NINE],
      ["bad_end known"],
    ],
    [
      "that ends a day or more before it starts is no length, so an hour is blocked",
      [AT_9, "DTEND:20260227T100000Z"],
      [NINE],
      ["bad_end known"],
    ],
    [
      "of a series that ends before it starts is listed and holds nothing up",
      [AT_9, "DTEND:20260302T080000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO"],
      [NINE, ...["09", "16", "23", "30"].map((day) => `${day}T09:00/${day}T10:00`)],
      ["bad_end known"],
    ],
    ["below zero is none, so an hour is blocked", [AT_9, "DURATION:-PT5M"], [NINE], ["bad_end known"]],
    [
      "below zero blocks as much as it says without its sign",
      [AT_9, "DURATION:-PT3H"],
      ["02T09:00/02T12:00"],
      ["bad_end known"],
    ],
    [
      "of a date that ends before it starts is its day",
      [DAY, "DTEND;VALUE=DATE:20260301"],
      ["01T23:00/02T23:00"],
      ["bad_end known"],
    ],
    ["of no days is the day of a date", [DAY, "DURATION:P0D"], ["01T23:00/02T23:00"]],
    ["of no seconds is the day of a date", [DAY, "DURATION:PT0S"], ["01T23:00/02T23:00"]],
    [
      "below zero beside an end is not the one that counts",
      [AT_9, "DTEND:20260302T100000Z", "DURATION:-PT1H"],
      [NINE],
    ],
    [
      "to a date that is the day of the start takes the rest of that day",
      ["DTSTART;TZID=Europe/Berlin:20260302T090000", "DTEND;VALUE=DATE:20260302"],
      ["02T08:00/02T23:00"],
    ],
    ["by two ends is the longer one", [AT_9, "DTEND:20260302T093000Z", "DTEND:20260302T100000Z"], [NINE]],
    ["by two durations is the longer one", [AT_9, "DURATION:PT5M", HOUR], [NINE]],
    ["of an event that takes no time leaves no doubt", [AT_9, "DURATION:-PT1H", "TRANSP:TRANSPARENT"], []],
    [
      "of a period that ends before it starts is that of the event",
      [AT_9, HOUR, "RDATE;VALUE=PERIOD:20260304T090000Z/20260304T080000Z"],
      [NINE, "04T09:00/04T10:00"],
      ["bad_end known"],
    ],
    [
      "of a period of times in a series of dates is the period's own",
      [DAY, "RDATE;VALUE=PERIOD:20260304T100000Z/PT3H"],
      ["01T23:00/02T23:00", "04T10:00/04T13:00"],
    ],
    [
      "of a period of days in a series of times begins with its day",
      [AT_9, HOUR, "RDATE;VALUE=PERIOD:20260304/P1D"],
      [NINE, "04T00:00/05T00:00"],
    ],
    [
      "from one of two starts leaves a doubt",
      [AT_9, "DTSTART:20260302T080000Z", HOUR],
      [NINE],
      ["bad_time unknown"],
    ],
  ]);

  test("that ends before it starts isn't over before its start", () => {
    const text = event("DTSTART:20260302T220000Z", "DTEND:20260302T020000Z");
    expect(endsByOf(text)).toBeGreaterThan(Date.parse("2026-03-02T22:00Z"));
    expect(endsByOf(event(AT_9, "DURATION:-P3D"))).toBeGreaterThanOrEqual(Date.parse("2026-03-05T09:00Z"));
    expect(endsByOf(event(AT_9, "DTEND:20260302T100000Z"))).toBe(Date.parse("2026-03-02T10:00Z"));
  });
});

describe("A1: an object that can't be read is outstanding until it has ended by any reading:", () => {
  const bad = ["DTSTART:20260105T990000", "DTEND:20260105T100000"];
  const ends = (...lines: string[]) => {
    const endsBy = endsByOf(event(...lines));
    return endsBy === null ? null : new Date(endsBy).toISOString().slice(0, 10);
  };

  test.each([
    ["COUNT beside UNTIL", "COUNT=52;UNTIL=20260201", null],
    ["UNTIL beside a COUNT that can't be read", "UNTIL=20260201;COUNT=x", null],
    ["UNTIL beside COUNT=0, which is none", "UNTIL=20260201;COUNT=0", "2026-02-04"],
    ["two UNTILs", "UNTIL=20260201;UNTIL=20260301", "2026-03-04"],
    ["two UNTILs in one part", "UNTIL=20260301,20260201", "2026-03-04"],
    ["UNTIL beside one that can't be read", "UNTIL=20260201;UNTIL=soon", null],
    ["no end", "INTERVAL=2", null],
  ])("a rule with %s", (_, end, day) => {
    expect(ends(...bad, `RRULE:FREQ=WEEKLY;${end}`)?.slice(0, 9) ?? null).toBe(day?.slice(0, 9) ?? null);
  });

  test.each([
    ["a date that ends on itself", [DAY, "DTEND;VALUE=DATE:20260302"], "2026-03-03T12:00Z"],
    ["a time that ends on its date", ["DTSTART:20260302T090000", "DTEND:20260302"], "2026-03-03T12:00Z"],
    ["a start that says nothing and an end by date", ["DTSTART:soon", "DTEND:20260302"], "2026-03-03T12:00Z"],
    ["DURATION beside DTEND", [AT_9, "DTEND:20260302T100000Z", "DURATION:P3D"], "2026-03-05T09:00Z"],
  ] as const)("%s", (_, lines, at) => {
    const endsBy = endsByOf(event(...lines)) ?? Number.NaN;
    expect(endsBy).toBeGreaterThanOrEqual(Date.parse(at));
    expect(endsBy).toBeLessThan(Date.parse(at) + 4 * 86_400_000);
  });

  test("an override of later ones too, without its series, two years after its own time", () => {
    const lone = (year: number, ...more: string[]) => [
      ...vevent(`RECURRENCE-ID;RANGE=THISANDFUTURE:${year}0303T090000Z`, `DTSTART:${year}0303T170000Z`, HOUR),
      ...more,
    ];
    const endOf = (lines: readonly string[]) => endsByOf(calendar(...lines));
    expect(endOf(lone(2019))).toBeGreaterThan(Date.parse("2021-03-03T18:00Z"));
    expect(endOf(lone(2019))).toBeLessThan(Date.parse("2021-04-01T00:00Z"));
    expect(endOf(lone(2026))).toBeGreaterThan(Date.parse("2028-03-03T18:00Z"));
    expect(endOf(lone(2019, ...vevent(AT_9, HOUR)))).toBeNull();
    expect(endOf(lone(2019, "BEGIN:VEVENT", "UID:u2", AT_9, HOUR, "END:VEVENT"))).not.toBeNull();
  });
});

describe("A1: an override", () => {
  const series = vevent(AT_9, HOUR, "RRULE:FREQ=DAILY;BYHOUR=9,15;COUNT=4");
  const moved = (name: string) => vevent(name, "DTSTART:20260303T170000Z", HOUR);

  test("by a date with two occurrences takes neither away", () => {
    expect(read(calendar(...series, ...moved("RECURRENCE-ID;VALUE=DATE:20260303"))).busy).toEqual([
      ...[NINE, "02T15:00/02T16:00", "03T09:00/03T10:00", "03T15:00/03T16:00", "03T17:00/03T18:00"],
    ]);
  });

  test.each([
    [
      "that changes earlier ones too",
      [...series, ...moved("RECURRENCE-ID;RANGE=THISANDPRIOR:20260303T090000Z")],
    ],
    ["of later ones too without its series", moved("RECURRENCE-ID;RANGE=THISANDFUTURE:20260303T090000Z")],
  ])("%s leaves a doubt", (_, lines) => {
    expect(read(calendar(...lines)).doubts).toEqual(["bad_override unknown"]);
  });
});

describe("A1: free or busy", () => {
  holds([
    [
      "a status that is written twice counts as the one that takes time",
      [AT_9, HOUR, "STATUS:CANCELLED", "STATUS:CONFIRMED"],
      [NINE],
    ],
    ["so does a transparency", [AT_9, HOUR, "TRANSP:TRANSPARENT", "TRANSP:OPAQUE"], [NINE]],
    [
      "so does Exchange's own property",
      [AT_9, HOUR, "X-MICROSOFT-CDO-BUSYSTATUS:FREE", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"],
      [NINE],
    ],
    ["twice cancelled is cancelled", [AT_9, HOUR, "STATUS:CANCELLED", "STATUS:CANCELLED"], []],
  ]);
});

describe("A1: of several values the one that takes more time says how it is taken:", () => {
  const shown = (...values: string[]) => values.map((value) => `X-MICROSOFT-CDO-BUSYSTATUS:${value}`);
  const cases: readonly (readonly [string, readonly [string, string]])[] = [
    ["busy", ["STATUS:TENTATIVE", "STATUS:CONFIRMED"]],
    ["tentative", ["STATUS:TENTATIVE", "STATUS:CANCELLED"]],
    ["busy", ["X-MICROSOFT-CDO-BUSYSTATUS:OOF", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"]],
    ["out_of_office", shown("OOF", "TENTATIVE") as [string, string]],
    ["tentative", shown("TENTATIVE", "WORKINGELSEWHERE") as [string, string]],
    ["working_elsewhere", shown("FREE", "WORKINGELSEWHERE") as [string, string]],
    ["tentative", ["X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", "X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY"]],
  ];
  test.each(cases)("%s of %j in either order", (status, lines) => {
    for (const written of [lines, [...lines].reverse()]) {
      expect(eventsOf(event(AT_9, HOUR, ...written), context).events).toMatchObject([{ status }]);
    }
  });
});

describe("A1: the name of a zone", () => {
  const standard = (from: string, to: string) => [
    ...[
      "BEGIN:STANDARD",
      "DTSTART:20251026T030000",
      `TZOFFSETFROM:${from}`,
      `TZOFFSETTO:${to}`,
      "END:STANDARD",
    ],
  ];
  const daylight = [
    ...[
      "BEGIN:DAYLIGHT",
      "DTSTART:20260329T020000",
      "TZOFFSETFROM:-0100",
      "TZOFFSETTO:+0000",
      "END:DAYLIGHT",
    ],
  ];
  const zone = (...lines: string[]) => ["BEGIN:VTIMEZONE", "TZID:Mine", ...lines, "END:VTIMEZONE"];
  const mine = vevent("DTSTART;TZID=Mine:20260302T090000", HOUR);

  holds([
    [
      "as Windows shows it goes by its offset, with a doubt for its summer",
      ['DTSTART;TZID="(UTC-05:00) Eastern Time (US & Canada)":20260302T040000', HOUR],
      [NINE],
      ["bad_zone unknown"],
    ],
    [
      "as Windows shows it may have the offset of UTC",
      ["DTSTART;TZID=(UTC) Dublin, Edinburgh:20260302T090000", HOUR],
      [NINE],
      ["bad_zone unknown"],
    ],
    ["as a path with blanks", ["DTSTART;TZID=/x.example/America/New York:20260302T040000", HOUR], [NINE]],
  ]);

  test("of two VTIMEZONEs that say the same in another order is certain", () => {
    const [winter, text] = [standard("+0000", "-0100"), (lines: string[]) => calendar(...lines, ...mine)];
    expect(read(text([...zone(...winter, ...daylight), ...zone(...daylight, ...winter)]))).toEqual({
      ...{ busy: ["02T10:00/02T11:00"], doubts: [] },
    });
  });

  test("may have offsets of whole hours", () => {
    expect(read(calendar(...zone(...standard("-01", "-01")), ...mine)).busy).toEqual(["02T10:00/02T11:00"]);
  });
});

describe("A1: broken nesting", () => {
  const one = vevent(AT_9, HOUR);
  const without = (lost: string, ...lines: string[]) => calendar(...lines).replace(`${lost}\r\n`, "");
  const alarm = ["BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM"];

  test.each([
    ["an event in a list of tasks", calendar("BEGIN:VTODO", "UID:t", ...one, "END:VTODO")],
    ["an event in a calendar in a calendar", calendar("BEGIN:VCALENDAR", ...one, "END:VCALENDAR")],
    [
      "an event beside tasks, notes and free times",
      calendar("BEGIN:VFREEBUSY", "FREEBUSY:20260305T090000Z/PT1H", "END:VFREEBUSY", ...one),
    ],
    ["an event without a calendar around it", one.join("\r\n")],
    ["a text that is padded with NUL", `${calendar(...one)}\0\0\0`],
  ])("%s takes its time", (_, text) => {
    expect(read(text)).toEqual({ busy: [NINE], doubts: [] });
  });

  test("as Outlook published calendars for a while, without the ends of all events but the last, is read", () => {
    const many = Array.from({ length: 20 }, (_, index) => `DTSTART:202603${index + 10}T090000Z`);
    const text = ["BEGIN:VCALENDAR", ...many.flatMap((start) => ["BEGIN:VEVENT", start, HOUR]), "END:VEVENT"];
    expect(read(text.join("\r\n"))).toMatchObject({
      busy: many.map((_, index) => `${index + 10}T09:00/${index + 10}T10:00`),
      doubts: ["not_icalendar unknown"],
    });
  });

  const doubtful: readonly (readonly [string, string, readonly string[]])[] = [
    ["the end of a calendar", calendar(...one).replace("\r\nEND:VCALENDAR", ""), [NINE]],
    ["the end of an event", without("END:VEVENT", ...one), [NINE]],
    [
      "the end of the first of two events",
      without("END:VEVENT", ...one, ...vevent("DTSTART:20260303T090000Z", HOUR)),
      [NINE, "03T09:00/03T10:00"],
    ],
    ["the end of an alarm", without("END:VALARM", ...vevent(AT_9, HOUR, ...alarm)), [NINE]],
    ["the beginning of an alarm", without("BEGIN:VALARM", ...vevent(AT_9, HOUR, ...alarm)), [NINE]],
    [
      "the beginning of another event",
      without("BEGIN:VEVENT\r\nUID:u2", ...one, "BEGIN:VEVENT", "UID:u2", AT_9, "END:VEVENT"),
      [NINE],
    ],
    [
      "the rest of a text",
      calendar(...vevent(AT_9, HOUR, "RRULE:FREQ=DAILY")).replace(/ILY[\s\S]*/, ""),
      [NINE],
    ],
  ];
  test.each(doubtful)(
    "without %s what can be read takes its time, and the rest is in doubt",
    (_, text, busy) => {
      const found = read(text);
      expect(found.busy).toEqual(busy);
      expect(found.doubts).toContain("not_icalendar unknown");
      expect(endsByOf(text)).toBeNull();
      expect(() => standingOf(text, "UTC")).toThrow();
    },
  );
});
