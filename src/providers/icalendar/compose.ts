// Compose: a booking written as a calendar resource.
import type { Instant } from "../../domain/instant.ts";
import type { BookingEvent } from "../booking-event.ts";
import { descriptionOf } from "../description.ts";
import { ianaClock } from "./clocks.ts";
import { folded } from "./fold.ts";
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
