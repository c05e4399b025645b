// Holds: a stored object says the same as its booking, however a server rewrote it, and not once a person changed it.
import { describe, expect, test } from "vitest";
import type { BookingEvent } from "../../../src/providers/booking-event.ts";
import { bookingCalendar } from "../../../src/providers/icalendar/compose.ts";
import { holds, uidIn } from "../../../src/providers/icalendar/holds.ts";

const startsAt = Date.parse("2026-03-02T09:00:00Z");
const UID = "mp-x@bookings.maraplace.invalid";

const booking: BookingEvent = {
  ...{
    bookingId: "bk_7",
    agentId: "ag_1",
    title: "Consultation; first, long",
    description: "Line one\nLine two",
  },
  ...{ location: "Marienplatz 1", clientName: null, clientEmail: null, timeZone: "Europe/Berlin" },
  ...{ startsAt, endsAt: startsAt + 3_600_000, reminderMinutes: [10, 60] },
};

const composed = bookingCalendar(booking, {
  ...{ uid: UID, sequence: 3, stampedAt: Date.parse("2026-03-01T10:00:00Z"), times: "utc" },
});
/** The object with one text in place of another. */
const changed = (from: string, to: string) => {
  expect(composed).toContain(from);
  return composed.replace(from, to);
};
const lines = (...texts: string[]) => texts.map((text) => `${text}\r\n`).join("");

const ALARM_10 = lines(
  ...["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Consultation\\; first\\, long"],
  ...["TRIGGER:-PT10M", "X-MARAPLACE-REMINDER:10", "END:VALARM"],
);
const SUMMARY = lines("SUMMARY:Consultation\\; first\\, long");
/** The same object, with an alarm ahead of the event's texts. */
const alarmFirst = changed(ALARM_10, "").replace(SUMMARY, `${ALARM_10}${SUMMARY}`);

describe("an object still says the same as its booking", () => {
  test.each([
    ["as it was written", composed],
    ["with bare line feeds", composed.replaceAll("\r\n", "\n")],
    ["with lines folded anew", changed("LOCATION:Marienplatz 1", "LOCATION:Marien\r\n\tplatz\r\n  1")],
    ["with names in lower case", changed("SUMMARY:", "summary:")],
    ["with a parameter", changed("SUMMARY:", 'SUMMARY;LANGUAGE=en;X-A="a:b;c":')],
    ["with a comma that isn't escaped", changed("first\\, long\r\nDESC", "first, long\r\nDESC")],
    ["with a line break as \\N", changed("Line one\\n", "Line one\\N")],
    ["with an alarm ahead of its texts", alarmFirst],
    ["with a note that its owner changed", changed("Line two", "Line three")],
    ["with a place that its owner changed", changed("Marienplatz 1", "Marienplatz 2")],
    ["with an alarm's distance written otherwise", changed("TRIGGER:-PT60M", "TRIGGER:-PT1H")],
    ["with an alarm a day and an hour ahead", changed("TRIGGER:-PT60M", "TRIGGER:-P0DT1H")],
    [
      "with properties and components of the server",
      changed("END:VEVENT", "X-A:b\r\nPRIORITY:5\r\nEND:VEVENT"),
    ],
    [
      "with a VTODO's texts beside it",
      changed("BEGIN:VEVENT", "BEGIN:VTODO\r\nSUMMARY:Else\r\nEND:VTODO\r\nBEGIN:VEVENT"),
    ],
  ])("%s", (_, text) => {
    expect(holds(text, booking, UID)).toBe(true);
  });
});

describe("an object no longer says the same as its booking", () => {
  test.each([
    ["with another title", changed("SUMMARY:Consultation", "SUMMARY:Lunch")],
    ["with another title after an alarm", alarmFirst.replace("SUMMARY:Consultation", "SUMMARY:Lunch")],
    ["without its place", changed("LOCATION:Marienplatz 1\r\n", "")],
    ["made public", changed("CLASS:PRIVATE", "CLASS:PUBLIC")],
    ["under another UID", changed(`UID:${UID}`, "UID:other")],
    ["with another start", changed("DTSTART:20260302T090000Z", "DTSTART:20260302T083000Z")],
    ["with another end", changed("DTEND:20260302T100000Z", "DTEND:20260302T103000Z")],
    ["made free", changed("TRANSP:OPAQUE", "TRANSP:TRANSPARENT")],
    ["made tentative", changed("STATUS:CONFIRMED", "STATUS:TENTATIVE")],
    ["with the mark of another booking", changed("X-MARAPLACE-BOOKING:bk_7", "X-MARAPLACE-BOOKING:bk_8")],
    ["with one alarm fewer", changed(ALARM_10, "")],
    ["with an alarm at another distance", changed("TRIGGER:-PT10M", "TRIGGER:-PT15M")],
    ["with an alarm a day earlier", changed("TRIGGER:-PT60M", "TRIGGER:-P1DT60M")],
    ["with an alarm at a fixed time", changed("TRIGGER:-PT10M", "TRIGGER;VALUE=DATE-TIME:20260302T085000Z")],
    ["as a series", changed("CLASS:PRIVATE", "CLASS:PRIVATE\r\nRRULE:FREQ=DAILY;COUNT=2")],
    ["as a series of one", changed("CLASS:PRIVATE", "CLASS:PRIVATE\r\nRRULE:FREQ=DAILY;COUNT=1")],
    [
      "with a second event",
      changed(
        "END:VCALENDAR",
        "BEGIN:VEVENT\r\nUID:u2\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T093000Z\r\nEND:VEVENT\r\nEND:VCALENDAR",
      ),
    ],
    ["where it can't be read", changed("DTSTART:20260302T090000Z", "DTSTART:soon")],
  ])("%s", (_, text) => {
    expect(holds(text, booking, UID)).toBe(false);
  });

  test("with a text that the booking doesn't have", () => {
    const bare = { ...booking, location: null };
    expect(holds(composed.replaceAll(/^(?:X-MARAPLACE-)?LOCATION:.*\r\n/gm, ""), bare, UID)).toBe(true);
    expect(holds(composed, bare, UID)).toBe(false);
  });
});

test("the UID is that of the event, and empty where there is none", () => {
  expect(uidIn(composed)).toBe(UID);
  expect(uidIn(changed("BEGIN:VALARM", "BEGIN:VALARM\r\nUID:alarm"))).toBe(UID);
  expect(uidIn(changed(`UID:${UID}\r\n`, ""))).toBe("");
});
