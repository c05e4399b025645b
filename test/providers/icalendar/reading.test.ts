// Reading resources: garbage, privacy, cost, and names of zones.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WINDOWS_TO_IANA_MAP } from "windows-iana";
import { DAY_MS } from "../../../src/domain/instant.ts";
import { isTimeZone } from "../../../src/domain/zone.ts";
import { newBudget } from "../../../src/providers/icalendar/budget.ts";
import { ianaClock } from "../../../src/providers/icalendar/clocks.ts";
import { eventsOf, type ReadingContext, reduce } from "../../../src/providers/icalendar/events.ts";
import { expand } from "../../../src/providers/icalendar/expand.ts";
import { parseResource } from "../../../src/providers/icalendar/parse.ts";
import { UnreadableCalendar } from "../../../src/providers/icalendar/unreadable.ts";
import { ianaNameOf } from "../../../src/providers/icalendar/zone-names.ts";

const startsAt = Date.parse("2026-03-01T00:00:00Z");
const context: ReadingContext = {
  key: "r.ics",
  window: { startsAt, endsAt: startsAt + 400 * DAY_MS },
  fallbackTimeZone: "Europe/Berlin",
  ownAddresses: ["me@example.com"],
};

const event = (...lines: string[]) =>
  ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u1", ...lines, "END:VEVENT", "END:VCALENDAR"].join("\r\n");

describe("garbage", () => {
  const times = [
    "20260302T090000Z",
    "20260302",
    "20260302T090000",
    "20260230T000000Z",
    "00010101T000000",
    "",
    "x",
  ];
  const rules = [
    ...["FREQ=DAILY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3", "FREQ=MINUTELY;BYHOUR=3", "COUNT=1"],
    // The next year of the last rule is beyond all dates.
    ...["FREQ=DAILY;INTERVAL=99999", "FREQ=HOURLY;COUNT=100000", "FREQ=YEARLY;INTERVAL=300000"],
    ...[
      "FREQ=WEEKLY;BYDAY=ZZ",
      "FREQ=WEEKLY;BYDAY=-1MO",
      "FREQ=MONTHLY;BYDAY=53MO",
      "FREQ=DAILY;COUNT=-1",
      "",
    ],
  ];
  const durations = ["PT1H", "-P1D", "P99999999999D", "P36599D", "P", "PT", "1H", "P1Y"];
  const named = (names: readonly string[], values: readonly string[]) =>
    fc
      .tuple(fc.constantFrom(...names), fc.constantFrom(...values))
      .map(([name, value]) => `${name}:${value}`);
  const lines = fc.oneof(
    named(
      ["DTSTART", "DTEND", "RDATE", "EXDATE", "RECURRENCE-ID", "DTSTART;TZID=Nowhere", "DTSTART;TZID="],
      times,
    ),
    named(["RRULE"], rules),
    named(["DURATION", "RDATE;VALUE=PERIOD"], [...durations, "20260302T090000Z/PT1H", "20260302T090000Z/x"]),
    fc.constantFrom(
      "BEGIN:VALARM",
      "END:VALARM",
      "BEGIN:VEVENT",
      "END:VEVENT",
      "ATTENDEE;=:",
      'DTSTART;TZID="x:1',
    ),
    fc.string(),
  );

  test("C19: is refused with one error or read, and reading always ends", () => {
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 8 }), (garbage) => {
        const text = event(...garbage);
        try {
          const read = eventsOf(text, context);
          expect(eventsOf(reduce(text, context.ownAddresses), context)).toEqual(read);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableCalendar);
        }
      }),
      { numRuns: 1_000 },
    );
  }, 60_000);

  test.each([
    ["nothing", ""],
    ["a reduced form cut off", '{"v":1,"entries":['],
    ["a reduced form of another version", '{"v":2}'],
    ["a card", "BEGIN:VCARD\r\nFN:Ana\r\nEND:VCARD"],
  ])("refuses %s", (_, text) => {
    expect(() => eventsOf(text, context)).toThrow(UnreadableCalendar);
  });

  test("isn't quoted in the error, because it may be a title", () => {
    const text = event("DTSTART;canary:canary", "RRULE:FREQ=CANARY");
    try {
      eventsOf(text, context);
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify([String(error), error instanceof Error ? error.cause : null])).not.toMatch(
        /canary/i,
      );
    }
  });
});

describe("the reduced form", () => {
  test("P8: holds no text that a person wrote, wherever it stood", () => {
    const canary = fc.stringMatching(/^canary[a-z0-9 ]{0,20}$/);
    const places = fc.constantFrom(
      (text: string) => `SUMMARY:${text}`,
      (text: string) => `DESCRIPTION;LANGUAGE=${text}:${text}`,
      (text: string) => `LOCATION;ALTREP="${text}":${text}`,
      (text: string) => `ATTENDEE;CN="${text}";PARTSTAT=ACCEPTED:mailto:${text}`,
      (text: string) => `ORGANIZER;CN="${text}":mailto:${text}`,
      (text: string) => `CATEGORIES:${text}`,
      (text: string) => `URL:https://${text}`,
      (text: string) => `X-APPLE-STRUCTURED-LOCATION;X-TITLE="${text}":${text}`,
      (text: string) => `COMMENT:${text}`,
      (text: string) => `UID:${text}`,
      (text: string) => `STATUS:${text}`,
      (text: string) => `TRANSP:${text}`,
      (text: string) => `EXDATE;X-WHY="${text}":20260302T090000Z`,
      (text: string) => `EXDATE;TZID="${text}":20260302T090000`,
      (text: string) => `RRULE:FREQ=DAILY;COUNT=2;X-${text.replaceAll(" ", "")}=1`,
      (text: string) => `BEGIN:VALARM\r\nDESCRIPTION:${text}\r\nEND:VALARM`,
      (text: string) => text,
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(places, canary), { minLength: 1, maxLength: 6 }), (chosen) => {
        const zone = `BEGIN:VTIMEZONE\r\nTZID:${chosen[0]?.[1]}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZNAME:canary\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE`;
        const text = event(
          "DTSTART:20260302T090000Z",
          "DURATION:PT1H",
          ...chosen.map(([place, word]) => place(word)),
        ).replace("BEGIN:VEVENT", `${zone}\r\nBEGIN:VEVENT`);
        const reduced = reduce(text, context.ownAddresses);
        expect(reduced).not.toMatch(/canary/i);
        expect(eventsOf(reduced, context)).toEqual(eventsOf(text, context));
      }),
      { numRuns: 300 },
    );
  });

  test("is small", () => {
    const text = event(
      "DTSTART;TZID=Europe/Berlin:20260302T090000",
      "DURATION:PT1H",
      "RRULE:FREQ=WEEKLY;BYDAY=MO,TH",
    );
    expect(reduce(text, [])).toBe(
      '{"v":1,"entries":[{"series":0,"sequence":0,"span":{"start":{"wall":1772442000000,"clock":"Europe/Berlin"},' +
        '"duration":{"days":0,"ms":3600000}},"status":"busy","rules":[{"freq":"WEEKLY","interval":1,"wkst":1,' +
        '"byDay":[{"nth":0,"weekday":1},{"nth":0,"weekday":4}]}]}]}',
    );
  });
});

describe("the cost", () => {
  const RULES = [
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=YEARLY",
    "FREQ=WEEKLY;INTERVAL=2",
  ];

  test("of 1,000 endless series over 400 days is each day tried once, however long ago they began", () => {
    const spent = (year: number) => {
      let days = 0;
      for (let index = 0; index < 1_000; index++) {
        const start = `DTSTART;TZID=Europe/Berlin:${year}0302T090000`;
        const text = event(start, "DURATION:PT1H", `RRULE:${RULES[index % RULES.length]}`);
        const budget = newBudget();
        const before = budget.left;
        expand(parseResource(text, []), context, budget);
        days += before - budget.left;
      }
      return days;
    };
    const recent = spent(2025);
    // A yearly rule tries the whole years around the window, other rules its days and two weeks more.
    expect(recent).toBeLessThan(1_000 * 1.5 * 415);
    expect(spent(1902)).toBeLessThan(recent * 1.1);
  });

  const upTo = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index).join();

  test("of more extra dates than a call takes arguments can be paid", () => {
    const dates = Array.from({ length: 200_000 }, () => "20260302T090000Z").join();
    const text = event("DTSTART:20260302T090000Z", "DURATION:PT1H", `RDATE:${dates}`);
    expect(eventsOf(text, context).events).toHaveLength(1);
  });

  test("of deeply nested components is small, because they are refused at once", () => {
    const depth = 50_000;
    const text = `${"BEGIN:A\r\n".repeat(depth)}${"END:A\r\n".repeat(depth)}`;
    const started = performance.now();
    expect(() => eventsOf(event(text), context)).toThrow(UnreadableCalendar);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  const TOO_MANY = { reason: "too_many_occurrences", extent: "unknown" };

  // The rules are harmless, and each budget is too small for its rule.
  test.each([
    ["days that don't match", "FREQ=DAILY;BYMONTH=2", 300],
    ["days before the window, of a rule with COUNT", "FREQ=DAILY;COUNT=2000", 100],
    ["hours before the window, of a rule with COUNT", "FREQ=HOURLY;COUNT=2000", 1_000],
    ["times of a frequency below a day", "FREQ=MINUTELY;BYHOUR=3;BYDAY=MO", 1_000],
    ["times of one long period", `FREQ=YEARLY;BYMONTHDAY=${upTo(1, 28)};BYHOUR=${upTo(0, 23)}`, 1_000],
  ])("of %s uses the budget up, and not more", (_, rule, left) => {
    const text = event("DTSTART:20250302T090000Z", "DURATION:PT1S", `RRULE:${rule}`);
    const budget = { left };
    expect(expand(parseResource(text, []), context, budget).unreadable).toEqual([TOO_MANY]);
    expect(budget.left).toBe(-1);
    expect(expand(parseResource(text, []), context).unreadable).toEqual([]);
  });

  test("of all rules of a resource comes out of one budget", () => {
    const daily = ["DTSTART:20260302T090000Z", "DURATION:PT1S", "RRULE:FREQ=DAILY"];
    const one = parseResource(event(...daily), []);
    const two = parseResource(event(...daily, "END:VEVENT", "BEGIN:VEVENT", "UID:u2", ...daily), []);
    expect(expand(one, context, { left: 1_000 }).unreadable).toEqual([]);
    expect(expand(two, context, { left: 1_000 }).unreadable).toEqual([TOO_MANY]);
  });

  test("of a rule with too many occurrences ends with the first of them, and with a doubt", () => {
    const text = event("DTSTART:20260302T090000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY");
    const { events, unreadable } = eventsOf(text, context);
    expect(events).toHaveLength(20_000);
    expect(events[0]?.startsAt).toBe(Date.parse("2026-03-02T09:00:00Z"));
    expect(unreadable).toEqual([TOO_MANY]);
  });

  test("of a zone whose onsets never end is bounded, and the zone is in doubt", () => {
    const zone = [
      ...["BEGIN:VTIMEZONE", "TZID:Mine", "BEGIN:STANDARD", "DTSTART:20000101T000000"],
      ...["TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "RRULE:FREQ=SECONDLY", "END:STANDARD", "END:VTIMEZONE"],
    ].join("\r\n");
    const text = event("DTSTART;TZID=Mine:20260302T090000", "DURATION:PT1H");
    const read = eventsOf(text.replace("BEGIN:VEVENT", `${zone}\r\nBEGIN:VEVENT`), context);
    expect(read.events.map((one) => one.startsAt)).toEqual([Date.parse("2026-03-02T08:00:00Z")]);
    expect(read.unreadable).toEqual([{ reason: "bad_zone", extent: "unknown" }]);
  });

  test.each([
    ["colons in an address", `ATTENDEE:${"mailto:".repeat(200_000)};A=`],
    ["signs in an address", `ATTENDEE:${"@".repeat(1_000_000)};`],
    ["quotes that never close", `DTSTART;TZID=${'"x;'.repeat(300_001)}:20260302T090000Z`],
    ["digits in a duration", `DURATION:P${"1".repeat(1_000_000)}`],
  ])("of a line with many %s is small", (_, line) => {
    const started = performance.now();
    eventsOf(event("DTSTART:20260302T090000Z", line), context);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test("of an hourly rule counted over forty years is within the budget", () => {
    const text = event("DTSTART:19860302T090000Z", "DURATION:PT1S", "RRULE:FREQ=HOURLY;COUNT=352000");
    expect(eventsOf(text, context).events.length).toBeGreaterThan(0);
    expect(newBudget().left).toBe(2_000_000);
  });

  test("of a rule that has no occurrence in the window ends with the window", () => {
    const window = { startsAt, endsAt: startsAt + 30 * DAY_MS };
    const text = event("DTSTART:19800402T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYMONTH=4");
    const budget = { left: 40 };
    expect(expand(parseResource(text, []), { ...context, window }, budget).events).toEqual([]);
    expect(budget.left).toBeGreaterThanOrEqual(0);
  });
});

describe("names of zones", () => {
  test("all names of Windows are known", () => {
    const names = [...new Set(WINDOWS_TO_IANA_MAP.map(({ windowsName }) => windowsName))];
    expect(names.length).toBeGreaterThan(130);
    expect(names.filter((name) => !isTimeZone(ianaNameOf(name) ?? ""))).toEqual([]);
  });

  test.each([
    ["Europe/Berlin", "Europe/Berlin"],
    ["/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"],
    ["/citadel.org/20210210_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"],
    ["America/New York", "America/New_York"],
    ["tzone://Microsoft/Utc", "Utc"],
    ["Customized Time Zone", null],
    ["tzone://Microsoft/Custom", null],
    ["", null],
    ["+01:00", null],
  ])("%j means %j", (tzid, name) => {
    expect(ianaNameOf(tzid)).toBe(name);
  });

  test.each(["-0700", "-0800", "+0500"])(
    "where an object's VTIMEZONE (%s) and the runtime disagree about a place, the runtime counts",
    (offset) => {
      const zone = [
        ...["BEGIN:VTIMEZONE", "TZID:America/Vancouver", "BEGIN:STANDARD", "DTSTART:19700101T000000"],
        ...[`TZOFFSETFROM:${offset}`, `TZOFFSETTO:${offset}`, "END:STANDARD", "END:VTIMEZONE"],
      ].join("\r\n");
      const text = event("DTSTART;TZID=America/Vancouver:20270115T100000", "DURATION:PT1H");
      const read = eventsOf(text.replace("BEGIN:VEVENT", `${zone}\r\nBEGIN:VEVENT`), context);
      const at = ianaClock("America/Vancouver").toInstant(Date.parse("2027-01-15T10:00:00Z"));
      expect(read.events.map((one) => one.startsAt)).toEqual([at]);
      expect(read.unreadable).toEqual([]);
    },
  );
});
