// Reading resources: garbage, privacy, and names of zones.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WINDOWS_TO_IANA_MAP } from "windows-iana";
import { DAY_MS } from "../../../src/domain/instant.ts";
import { ianaClock } from "../../../src/providers/icalendar/clocks.ts";
import { eventsOf, type ReadingContext, reduce } from "../../../src/providers/icalendar/events.ts";
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

describe("the reach", () => {
  const start = ["DTSTART:20260302T090000Z", "DURATION:PT1H"];
  const end = Date.parse("2026-03-02T10:00:00Z");

  test.each([
    ["a rule that can't be read", [...start, "RRULE:FREQ=OFTEN"], null],
    ["an extra date that can't be read", [...start, "RDATE:soon"], null],
    ["an end that can't be read", ["DTSTART:20260302T090000Z", "DTEND:later"], null],
    ["a zone that isn't known", ["DTSTART;TZID=Mine:20260302T100000", "DURATION:PT1H"], end + DAY_MS],
    ["an exception that can't be read", [...start, "EXDATE:soon"], end],
    ["an empty rule", [...start, "RRULE:"], end],
  ] as const)("with %s is as far as the time may go", (_, lines, reach) => {
    expect(eventsOf(event(...lines), context).reach).toBe(reach);
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

describe("names of zones", () => {
  test("each name of Windows means the zone that CLDR gives it for the world", () => {
    const ofWorld = WINDOWS_TO_IANA_MAP.filter(({ territory }) => territory === "001");
    expect(ofWorld.length).toBeGreaterThan(130);
    expect(new Set(WINDOWS_TO_IANA_MAP.map(({ windowsName }) => windowsName)).size).toBe(ofWorld.length);
    for (const { windowsName, iana } of ofWorld) {
      // UTC is a name of IANA by itself.
      const expected = windowsName === "UTC" ? "UTC" : iana[0];
      expect(ianaNameOf(windowsName), windowsName).toBe(expected);
    }
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
