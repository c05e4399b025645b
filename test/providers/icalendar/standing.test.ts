// Where an event stands: its interval, or that of its series' first occurrence, unless all of it is cancelled.
import { expect, test } from "vitest";
import { standingOf } from "../../../src/providers/icalendar/standing.ts";
import { UnreadableCalendar } from "../../../src/providers/icalendar/unreadable.ts";

const calendarOf = (...events: string[][]) =>
  [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    ...events.flatMap((lines) => ["BEGIN:VEVENT", "UID:u1", ...lines, "END:VEVENT"]),
    "END:VCALENDAR",
    "",
  ].join("\r\n");

const shown = (text: string, timeZone = "Europe/Lisbon") => {
  const stretch = standingOf(text, timeZone);
  return stretch && [stretch.startsAt, stretch.endsAt].map((at) => new Date(at).toISOString().slice(0, 16));
};

const MORNING = ["DTSTART:20260302T090000Z", "DTEND:20260302T100000Z"];

test.each([
  ["times in UTC", MORNING, ["2026-03-02T09:00", "2026-03-02T10:00"]],
  [
    "a zone and a duration",
    ["DTSTART;TZID=Europe/Berlin:20260302T090000", "DURATION:PT90M"],
    ["2026-03-02T08:00", "2026-03-02T09:30"],
  ],
  ["floating times", ["DTSTART:20260302T090000"], ["2026-03-02T14:00", "2026-03-02T14:00"]],
  ["days", ["DTSTART;VALUE=DATE:20260302"], ["2026-03-02T05:00", "2026-03-03T05:00"]],
  ["free time", [...MORNING, "TRANSP:TRANSPARENT"], ["2026-03-02T09:00", "2026-03-02T10:00"]],
  ["an endless series", [...MORNING, "RRULE:FREQ=DAILY"], ["2026-03-02T09:00", "2026-03-02T10:00"]],
] as const)("is read from %s", (_, lines, expected) => {
  expect(shown(calendarOf([...lines]), "America/New_York")).toEqual(expected);
});

test("the interval is the series' own and not that of an occurrence moved ahead of it", () => {
  const earlier = ["RECURRENCE-ID:20260303T090000Z", "DTSTART:20260301T090000Z", "DTEND:20260301T100000Z"];
  expect(shown(calendarOf(earlier, [...MORNING, "RRULE:FREQ=DAILY"]))).toEqual([
    "2026-03-02T09:00",
    "2026-03-02T10:00",
  ]);
});

test("there is none where the event is cancelled, or the resource no longer holds one", () => {
  expect(shown(calendarOf([...MORNING, "STATUS:CANCELLED"]))).toBeNull();
  const occurrence = ["RECURRENCE-ID:20260303T090000Z", ...MORNING];
  expect(shown(calendarOf([...MORNING, "RRULE:FREQ=DAILY", "STATUS:Cancelled"], occurrence))).toBeNull();
  expect(shown(calendarOf([...occurrence, "STATUS:CANCELLED"], occurrence))).not.toBeNull();
  expect(shown(calendarOf([...MORNING, "STATUS:CANCELLED", "STATUS:CONFIRMED"]))).not.toBeNull();
  expect(shown(calendarOf([...MORNING, "STATUS: cancelled ", "STATUS:CANCELLED"]))).toBeNull();
  expect(shown(calendarOf())).toBeNull();
});

test("it isn't guessed where the times can't be read", () => {
  expect(() => shown(calendarOf(["SUMMARY:no times"]))).toThrow(UnreadableCalendar);
});
