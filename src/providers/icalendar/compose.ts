// Compose: a booking written as a calendar resource.
import type { Instant } from "../../domain/instant.ts";
import type { BookingEvent } from "../booking-event.ts";
import { descriptionOf } from "../description.ts";
import { ianaClock } from "./clocks.ts";
import { BOOKING_PROPERTY } from "./mark.ts";
import { REMINDER_PROPERTY } from "./own-event.ts";
import { copyOf, escaped } from "./texts.ts";
import { basic, timeZoneLines } from "./time-zone.ts";

/** The parts of a resource that don't come from the booking. */
export interface Version {
  /** See `bookingUid`. */
  readonly uid: string;
  /** Raised with every change. */
  readonly sequence: number;
  /** The instant at which this version was made. */
  readonly stampedAt: Instant;
  /**
   * `utc` needs no VTIMEZONE and means the same everywhere (L29). `local` writes times in the booking's zone with a
   * VTIMEZONE, for servers that insist on one. A repeated local time stays in UTC.
   */
  readonly times: "utc" | "local";
}

/**
 * The text of a booking's resource. It invites nobody, because an ATTENDEE line makes servers send mail
 * (`docs/providers/caldav.md` C.7.3). It always has an end, because iCloud answers 404 to an event without one (C25).
 */
export function bookingCalendar(booking: BookingEvent, version: Version): string {
  const { startsAt, endsAt, timeZone } = booking;
  const clock = ianaClock(timeZone);
  const isClear = (at: Instant) => clock.toInstant(clock.toWall(at)) === at;
  const local = version.times === "local" && isClear(startsAt) && isClear(endsAt);
  const time = (name: string, at: Instant) =>
    local ? `${name};TZID=${timeZone}:${basic(clock.toWall(at))}` : `${name}:${basic(at)}Z`;
  const description = descriptionOf(booking);
  const location = booking.location ?? "";
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
    ...optional("DESCRIPTION", description),
    ...optional("LOCATION", location),
    "STATUS:CONFIRMED",
    "TRANSP:OPAQUE",
    "CLASS:PRIVATE",
    `SEQUENCE:${version.sequence}`,
    `${BOOKING_PROPERTY}:${escaped(booking.bookingId)}`,
    ...optional(copyOf("DESCRIPTION"), description),
    ...optional(copyOf("LOCATION"), location),
    ...[...new Set(booking.reminderMinutes)].flatMap((minutes) => alarm(minutes, booking.title)),
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return lines.map(folded).join("");
}

const optional = (name: string, text: string): string[] => (text === "" ? [] : [`${name}:${escaped(text)}`]);

const alarm = (minutes: number, title: string): string[] => [
  "BEGIN:VALARM",
  "ACTION:DISPLAY",
  `DESCRIPTION:${escaped(title)}`,
  `TRIGGER:-PT${minutes}M`,
  `${REMINDER_PROPERTY}:${minutes}`,
  "END:VALARM",
];

const MAX_OCTETS = 75;
/** The most that one unit of UTF-16 takes. */
const MOST_OCTETS = 3;

/** Text whose characters take one octet each. */
const ASCII = /^[\0-\x7f]*$/;

/** How many octets of UTF-8 a code point takes. Half of a surrogate pair becomes the replacement character. */
const octetsOf = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4;

/** Where the first character stands that doesn't fit into so many octets any longer. */
function endOf(line: string, from: number, octets: number): number {
  let at = from;
  // Counted instead of encoded: feeds have thousands of lines.
  for (let left = octets; at < line.length; ) {
    const size = octetsOf(line.codePointAt(at) ?? 0);
    left -= size;
    if (left < 0) break;
    at += size === 4 ? 2 : 1;
  }
  return at;
}

/** A content line in lines of at most 75 octets, never split within a character, with its line end. */
export function folded(line: string): string {
  if (line.length * MOST_OCTETS <= MAX_OCTETS) return `${line}\r\n`;
  // Where a character is an octet, nothing needs to be counted.
  const isAscii = ASCII.test(line);
  let text = "";
  let from = 0;
  for (let octets = MAX_OCTETS; ; octets = MAX_OCTETS - 1) {
    const to = isAscii ? from + octets : endOf(line, from, octets);
    text += `${line.slice(from, to)}\r\n`;
    if (to >= line.length) return text;
    text += " ";
    from = to;
  }
}
