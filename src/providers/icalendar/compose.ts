// Writing a booking as a calendar resource.
import type { Instant } from "../../domain/instant.ts";
import { descriptionOf } from "../description.ts";
import type { BookingEvent } from "../provider.ts";
import { ianaClock } from "./clocks.ts";
import { BOOKING_PROPERTY } from "./mark.ts";
import { basic, timeZoneLines } from "./time-zone.ts";

/** What a resource says of itself besides the booking. */
export interface Version {
  /** See `bookingUid`. */
  readonly uid: string;
  /** Raised with every change. */
  readonly sequence: number;
  /** When this version was made. */
  readonly stampedAt: Instant;
  /**
   * `utc` needs no VTIMEZONE and is read the same everywhere (L29). `local` writes times in the booking's zone
   * with a VTIMEZONE, for servers that insist on one; times that clocks show twice stay in UTC.
   */
  readonly times: "utc" | "local";
}

/**
 * The text of a booking's resource. It invites nobody, because an ATTENDEE line makes servers send mail
 * (`providers.md` C.7.3), and always has an end, without which iCloud answers 404 (C25).
 */
export function bookingCalendar(booking: BookingEvent, version: Version): string {
  const { startsAt, endsAt, timeZone } = booking;
  const clock = ianaClock(timeZone);
  const isClear = (at: Instant) => clock.toInstant(clock.toWall(at)) === at;
  const local = version.times === "local" && isClear(startsAt) && isClear(endsAt);
  const time = (name: string, at: Instant) =>
    local ? `${name};TZID=${timeZone}:${basic(clock.toWall(at))}` : `${name}:${basic(at)}Z`;
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//MaraPlace//Calendar Sync//EN",
    "CALSCALE:GREGORIAN",
    ...(local ? timeZoneLines(timeZone, { startsAt, endsAt }) : []),
    "BEGIN:VEVENT",
    `UID:${escaped(version.uid)}`,
    `DTSTAMP:${basic(version.stampedAt)}Z`,
    time("DTSTART", startsAt),
    time("DTEND", endsAt),
    `SUMMARY:${escaped(booking.title)}`,
    ...optional("DESCRIPTION", descriptionOf(booking)),
    ...optional("LOCATION", booking.location ?? ""),
    "STATUS:CONFIRMED",
    "TRANSP:OPAQUE",
    "CLASS:PRIVATE",
    `SEQUENCE:${version.sequence}`,
    `${BOOKING_PROPERTY}:${escaped(booking.bookingId)}`,
    ...[...new Set(booking.reminderMinutes)].flatMap((minutes) => alarm(minutes, booking.title)),
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join("");
}

const optional = (name: string, text: string): string[] => (text === "" ? [] : [`${name}:${escaped(text)}`]);

const alarm = (minutes: number, title: string): string[] => [
  "BEGIN:VALARM",
  "ACTION:DISPLAY",
  `DESCRIPTION:${escaped(title)}`,
  `TRIGGER:-PT${minutes}M`,
  "END:VALARM",
];

/** TEXT of RFC 5545 3.3.11; control characters, which it can't hold, are dropped. */
function escaped(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .replace(/[\\;,]/g, "\\$&")
    .replaceAll("\n", "\\n");
}

const MAX_OCTETS = 75;

/** Lines of at most 75 octets, never split within a character. */
function folded(line: string): string {
  let text = "";
  let octets = 0;
  for (const character of line) {
    const size = new TextEncoder().encode(character).length;
    if (octets + size > MAX_OCTETS) {
      text += "\r\n ";
      octets = 1;
    }
    text += character;
    octets += size;
  }
  return text;
}
