// The cost of reading: iterations, time, and where it ends.
import { describe, expect, test } from "vitest";
import { DAY_MS } from "../../../src/domain/instant.ts";
import { newBudget } from "../../../src/providers/icalendar/budget.ts";
import { eventsOf, type ReadingContext } from "../../../src/providers/icalendar/events.ts";
import { expand } from "../../../src/providers/icalendar/expand.ts";
import { parseResource } from "../../../src/providers/icalendar/parse.ts";
import { UnreadableCalendar } from "../../../src/providers/icalendar/unreadable.ts";

const startsAt = Date.parse("2026-03-01T00:00:00Z");
const context: ReadingContext = {
  key: "r.ics",
  window: { startsAt, endsAt: startsAt + 400 * DAY_MS },
  fallbackTimeZone: "Europe/Berlin",
  ownAddresses: ["me@example.com"],
};

const event = (...lines: string[]) =>
  ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u1", ...lines, "END:VEVENT", "END:VCALENDAR"].join("\r\n");

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
