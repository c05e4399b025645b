// Bookings as calendars: we and an independent parser read back the same as was written.
import fc from "fast-check";
import ICAL from "ical.js";
import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../../../src/domain/instant.ts";
import type { BookingEvent } from "../../../src/providers/booking-event.ts";
import { bookingCalendar, type Version } from "../../../src/providers/icalendar/compose.ts";
import { eventsOf } from "../../../src/providers/icalendar/events.ts";
import { bookingUid, markedBooking } from "../../../src/providers/icalendar/mark.ts";

const startsAt = Date.parse("2026-03-02T09:00:00Z");

const booking: BookingEvent = {
  bookingId: "bk_7",
  agentId: "ag_1",
  title: "Consultation; first, long",
  description: "Line one\nLine two \\ end",
  location: "Marienplatz 1, München",
  clientName: "Ana",
  clientEmail: "ana@example.com",
  startsAt,
  endsAt: startsAt + HOUR_MS,
  timeZone: "Europe/Berlin",
  reminderMinutes: [10, 60, 10],
};

const version: Version = {
  uid: "mp-x@bookings.maraplace.invalid",
  sequence: 3,
  stampedAt: Date.parse("2026-03-01T10:00:00.123Z"),
  times: "utc",
};

/** The event as ical.js reads it: texts by property name. */
function parsed(text: string): Map<string, string> {
  const event = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent");
  return new Map(
    event?.getAllProperties().map((property) => [property.name, String(property.getFirstValue())]),
  );
}

const readBack = (text: string, at: number) =>
  eventsOf(text, {
    key: "b.ics",
    window: { startsAt: at - 48 * HOUR_MS, endsAt: at + 48 * HOUR_MS },
    fallbackTimeZone: "Asia/Tokyo",
    ownAddresses: [],
  }).events;

describe("a booking's calendar", () => {
  test("is written as RFC 5545 wants it, and invites nobody", () => {
    expect(bookingCalendar(booking, version)).toBe(
      [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//MaraPlace//Calendar Sync//EN",
        "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT",
        "UID:mp-x@bookings.maraplace.invalid",
        "DTSTAMP:20260301T100000Z",
        "DTSTART:20260302T090000Z",
        "DTEND:20260302T100000Z",
        "SUMMARY:Consultation\\; first\\, long",
        "DESCRIPTION:Line one\\nLine two \\\\ end\\n\\nClient: Ana\\nEmail: ana@example.co",
        " m",
        "LOCATION:Marienplatz 1\\, München",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "CLASS:PRIVATE",
        "SEQUENCE:3",
        "X-MARAPLACE-BOOKING:bk_7",
        "X-MARAPLACE-DESCRIPTION:Line one\\nLine two \\\\ end\\n\\nClient: Ana\\nEmail: an",
        " a@example.com",
        "X-MARAPLACE-LOCATION:Marienplatz 1\\, München",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:Consultation\\; first\\, long",
        "TRIGGER:-PT10M",
        "X-MARAPLACE-REMINDER:10",
        "END:VALARM",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:Consultation\\; first\\, long",
        "TRIGGER:-PT60M",
        "X-MARAPLACE-REMINDER:60",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
      ].join("\r\n"),
    );
  });

  test("leaves out what the booking doesn't have", () => {
    const bare = { ...booking, description: null, location: null, clientName: null, clientEmail: null };
    expect(bookingCalendar({ ...bare, reminderMinutes: [] }, version)).not.toMatch(
      /DESCRIPTION|LOCATION|ALARM/,
    );
  });

  test("holds any text in lines of at most 75 octets, and the text is read back", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 200 });
    fc.assert(
      fc.property(text, text, (title, description) => {
        const given = { ...booking, title, description, clientName: null, clientEmail: null };
        const written = bookingCalendar(given, version);
        expect(written).not.toMatch(/(?<!\r)\n|\r(?!\n)/);
        for (const line of written.split("\r\n")) {
          expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
        }
        const event = parsed(written);
        expect(event.get("summary")).toBe(title);
        expect(event.get("description") ?? "").toBe(description);
      }),
    );
  });

  test("stays whole whatever line breaks and control characters a text holds", () => {
    const title = "a\r\nEND:VEVENT\rATTENDEE:mailto:x@example.com\u0000\u001b b";
    const event = parsed(bookingCalendar({ ...booking, title }, version));
    expect(event.get("summary")).toBe("a\nEND:VEVENT\nATTENDEE:mailto:x@example.com b");
    expect(event.has("attendee")).toBe(false);
  });

  test.each([
    ["Europe/Berlin", "2026-03-29T00:30:00Z"],
    ["Europe/Berlin", "2026-03-29T01:00:00Z"],
    ["Europe/Berlin", "2026-10-25T00:30:00Z"],
    ["Europe/Berlin", "2026-10-25T01:00:00Z"],
    ["Australia/Lord_Howe", "2026-10-03T15:30:00Z"],
    ["Africa/Casablanca", "2026-03-22T02:00:00Z"],
    ["Asia/Kolkata", "2026-07-01T10:00:00Z"],
  ])("L29: reads back the same at the clock change in %s at %s, in both kinds of time", (timeZone, start) => {
    const at = Date.parse(start);
    for (const times of ["utc", "local"] as const) {
      const written = bookingCalendar(
        { ...booking, timeZone, startsAt: at, endsAt: at + HOUR_MS / 2 },
        { ...version, times },
      );
      const named = readBack(written, at);
      expect(named).toEqual([
        {
          key: "b.ics",
          seriesKey: "b.ics",
          startsAt: at,
          endsAt: at + HOUR_MS / 2,
          allDay: false,
          status: "busy",
          bookingId: "bk_7",
        },
      ]);
      // The VTIMEZONE alone means the same, under an unknown name.
      expect(readBack(written.replaceAll(timeZone, "Nowhere"), at)).toEqual(named);
    }
  });
});

describe("the mark", () => {
  test("names the booking by UID alone, for any id that isn't too long", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1, maxLength: 15 }), async (bookingId) => {
        const uid = await bookingUid("/work", { bookingId, agentId: "ag_1" }, 0);
        const encodable = new TextEncoder().encode(bookingId).length <= 90;
        expect(markedBooking(undefined, uid)).toBe(encodable ? bookingId : null);
      }),
    );
  });

  test("is the same each time, differs by calendar and id version, and fits into a file name", async () => {
    const identity = { bookingId: "bk_7", agentId: "ag_1" };
    const uid = await bookingUid("/work", identity, 0);
    expect(await bookingUid("/work", identity, 0)).toBe(uid);
    expect(await bookingUid("/work", identity, 1)).not.toBe(uid);
    expect(await bookingUid("/work", { ...identity, agentId: "ag_2" }, 0)).not.toBe(uid);
    expect(await bookingUid("/home", identity, 0)).not.toBe(uid);
    const long = await bookingUid("/work", { ...identity, bookingId: "ü".repeat(200) }, 0);
    for (const name of [uid, long]) {
      expect(name).toMatch(/^[A-Za-z0-9_-]+@bookings\.maraplace\.invalid$/);
      expect(name.length).toBeLessThan(230);
    }
    expect(markedBooking(undefined, long)).toBeNull();
  });

  test("is read from the property first, and never from a foreign event", () => {
    expect(
      markedBooking("bk_1", "mp-0123456789abcdef0123456789abcdef-YmtfNw@bookings.maraplace.invalid"),
    ).toBe("bk_1");
    expect(markedBooking(" ", "u1")).toBeNull();
    expect(markedBooking(undefined, undefined)).toBeNull();
    expect(markedBooking(undefined, `mp-${"0".repeat(32)}-_w@bookings.maraplace.invalid`)).toBeNull();
  });
});
