// Damage: whatever happens to one value, an event whose start can be read blocks its first occurrence.
import fc from "fast-check";
import { expect, test } from "vitest";
import { HOUR_MS } from "../../../src/domain/instant.ts";
import { eventsOf, type ReadingContext, reduce } from "../../../src/providers/icalendar/events.ts";
import { UnreadableCalendar } from "../../../src/providers/icalendar/unreadable.ts";

const context: ReadingContext = {
  key: "r.ics",
  window: { startsAt: Date.parse("2026-02-01T00:00Z"), endsAt: Date.parse("2026-06-01T00:00Z") },
  fallbackTimeZone: "Europe/Berlin",
  ownAddresses: ["me@example.com"],
};

const ZONE = [
  ...["BEGIN:VTIMEZONE", "TZID:Mine", "BEGIN:STANDARD", "DTSTART:20001029T030000", "TZOFFSETFROM:+0200"],
  ...["TZOFFSETTO:+0100", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "END:STANDARD", "BEGIN:DAYLIGHT"],
  ...["DTSTART:20000326T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200"],
  ...["RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT", "END:VTIMEZONE"],
];
const PEOPLE = [
  "ORGANIZER;SENT-BY=mailto:aide@example.com:mailto:boss@example.com",
  "ATTENDEE;PARTSTAT=ACCEPTED:mailto:me@example.com",
];

/** Calendars whose first event starts at 10:00 in Berlin on March 2, 2026, or takes that day. */
const CALENDARS: readonly (readonly string[])[] = [
  [
    ...["BEGIN:VCALENDAR", ...ZONE, "BEGIN:VEVENT", "UID:u", "SEQUENCE:1"],
    ...["DTSTART;TZID=Mine:20260302T100000", "DTEND;TZID=Mine:20260302T110000"],
    "RRULE:FREQ=MONTHLY;INTERVAL=2;COUNT=9;WKST=SU;BYDAY=1MO,-1FR;BYHOUR=10;BYSETPOS=1,-1",
    ...["RDATE;TZID=Mine:20260305T100000,20260307T100000", "EXDATE;TZID=Mine:20260327T100000"],
    ...[...PEOPLE, "END:VEVENT", "BEGIN:VEVENT", "UID:u", "RECURRENCE-ID;TZID=Mine:20260501T100000"],
    ...["DTSTART;TZID=Mine:20260502T100000", "DURATION:PT1H", "END:VEVENT", "END:VCALENDAR"],
  ],
  [
    ...["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u", "DTSTART;VALUE=DATE:20260302", "DURATION:P2D"],
    "RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=2,31;SKIP=FORWARD;UNTIL=20260501T235959Z",
    ...["EXDATE;VALUE=DATE:20260331", "RDATE;VALUE=PERIOD:20260310T090000Z/PT1H"],
    ...["END:VEVENT", "END:VCALENDAR"],
  ],
  [
    ...["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u", "DTSTART;TZID=Europe/Berlin:20260302T100000"],
    ...["DURATION:PT90M", "RRULE:FREQ=HOURLY;INTERVAL=36;BYMINUTE=0;UNTIL=20260501T000000Z"],
    ...["END:VEVENT", "END:VCALENDAR"],
  ],
];

const FIRST_AT = Date.parse("2026-03-02T09:00:00Z");
const FOREIGN = ["x", "?", "é", "/", "\\", '"', "²", "{}", "∞"];

/** The line's value with something foreign in it, cut off, or replaced by a text that can't be a time. */
const damaged = (line: string): fc.Arbitrary<string> => {
  const value = line.slice(
    line.indexOf(":", line.indexOf("mailto:") === -1 ? 0 : line.lastIndexOf(":mailto")) + 1,
  );
  const head = line.slice(0, line.length - value.length);
  const place = fc.nat(value.length);
  return fc
    .oneof(
      fc
        .tuple(place, fc.constantFrom(...FOREIGN))
        .map(([at, text]) => value.slice(0, at) + text + value.slice(at)),
      fc.tuple(place, fc.constantFrom(...FOREIGN)).map(([at, text]) => value.slice(0, at) + text),
      fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\d\p{Cc}]/gu, "")),
      fc.constantFrom("", ",", ";", "=", ":", "FREQ=", "FREQ=DAILY;COUNT=x", "NaN", "Infinity", "PT", "T"),
    )
    .map((text) => head + text);
};

const isStart = (line: string) => line.startsWith("DTSTART");
const isMark = (line: string) => /^(BEGIN|END):/.test(line);

const cases = fc.constantFrom(...CALENDARS).chain((lines) => {
  const firstStart = lines.findIndex(
    (line, index) => isStart(line) && lines.lastIndexOf("BEGIN:VEVENT", index) > 0,
  );
  const places = lines.flatMap((line, index) => (isMark(line) || index === firstStart ? [] : [index]));
  return fc
    .constantFrom(...places)
    .chain((index) => damaged(lines[index] ?? "").map((line) => lines.with(index, line)));
});

test("an event whose start can be read takes at least its first occurrence, whatever one value is replaced by", () => {
  fc.assert(
    fc.property(cases, (lines) => {
      const text = lines.join("\r\n");
      const read = eventsOf(text, context);
      // A zone that can't be read moves the event by hours.
      const slack = lines.includes("DTSTART;TZID=Mine:20260302T100000") ? 12 * HOUR_MS : 0;
      const first = read.events.find(
        ({ startsAt, endsAt }) => startsAt - slack <= FIRST_AT && FIRST_AT < endsAt + slack,
      );
      expect(first, text).toBeDefined();
      expect(eventsOf(reduce(text, context.ownAddresses), context)).toEqual(read);
    }),
    { numRuns: 1_000 },
  );
}, 120_000);

test("a start that can't be read is refused, unless the rest still tells of time", () => {
  const starts = fc.constantFrom(...CALENDARS).chain((lines) => {
    const places = lines.flatMap((line, index) => (isStart(line) ? [index] : []));
    return fc
      .constantFrom(...places)
      .chain((index) => damaged(lines[index] ?? "").map((line) => lines.with(index, line)));
  });
  fc.assert(
    fc.property(starts, (lines) => {
      const text = lines.join("\r\n");
      try {
        expect(eventsOf(text, context).events.length, text).toBeGreaterThan(0);
      } catch (error) {
        if (!(error instanceof UnreadableCalendar)) throw error;
        expect(error.code, text).toBe("bad_time");
      }
    }),
    { numRuns: 500 },
  );
}, 120_000);

test("nothing but `not_icalendar` is thrown where a start can be read, whatever the lines around it", () => {
  const lines = fc.array(fc.oneof(fc.constantFrom(...CALENDARS.flat()), fc.string()), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const event = ["BEGIN:VEVENT", "DTSTART:20260302T090000Z", "DURATION:PT1H", "END:VEVENT"];
      const text = ["BEGIN:VCALENDAR", ...before, ...event, ...after, "END:VCALENDAR"].join("\r\n");
      try {
        const { events } = eventsOf(text, context);
        // A first line that begins with a blank goes on with BEGIN:VCALENDAR, and makes it another component.
        const nested = before.some(isMark) || /^[ \t]/.test(before[0] ?? "");
        if (!nested)
          expect(
            events.some(({ startsAt }) => startsAt === FIRST_AT),
            text,
          ).toBe(true);
      } catch (error) {
        if (!(error instanceof UnreadableCalendar)) throw error;
        expect(error.code, text).toMatch(/^(not_icalendar|bad_time|bad_zone)$/);
        if (error.code !== "not_icalendar") expect(before.some(isMark), text).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
}, 120_000);
