// Feed: an agent's bookings as one calendar, for programs that subscribe to it.
import type { Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import { shortDigestOf } from "../../encoding/digest.ts";
import { folded } from "./fold.ts";
import { BOOKING_PROPERTY, DOMAIN } from "./mark.ts";
import { escaped } from "./texts.ts";
import { basic, timeZoneLines } from "./time-zone.ts";

/** A booking as a feed shows it. */
export interface FeedEvent extends Interval {
  readonly agentId: string;
  readonly bookingId: string;
  readonly revision: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** Null: only its time is shown. */
  readonly texts: { readonly title: string; readonly description: string; readonly location: string } | null;
}

/** How often a program should look. Google and Outlook look when they like, which is hours later. */
const REFRESH = "PT1H";

/** A line with a text of any length; none for an empty one. */
const textLine = (name: string, text: string): string =>
  text === "" ? "" : folded(`${name}:${escaped(text)}`);

/**
 * A UID of its own, which says nothing about the booking. The booking's id stands in a property, by which the engine
 * knows its own booking where a calendar keeps the property. Google and Outlook drop it from feeds that they show, so
 * such a calendar mustn't be connected.
 */
const uidOf = ({ agentId, bookingId }: FeedEvent): string =>
  `feed-${shortDigestOf(JSON.stringify([agentId, bookingId]))}@${DOMAIN}`;

/** The lines of an event. They are short, but for those with texts, so nothing else needs folding. */
function eventLines(event: FeedEvent): string {
  const { texts } = event;
  // The time of the booking's last change, so that the same bookings always make the same text.
  const changedAt = basic(event.updatedAt);
  const shown =
    texts === null
      ? "SUMMARY:Busy\r\n"
      : folded(`SUMMARY:${escaped(texts.title)}`) +
        textLine("DESCRIPTION", texts.description) +
        textLine("LOCATION", texts.location) +
        folded(`${BOOKING_PROPERTY}:${escaped(event.bookingId)}`);
  return (
    `BEGIN:VEVENT\r\nUID:${uidOf(event)}\r\n` +
    `DTSTAMP:${changedAt}Z\r\nCREATED:${basic(event.createdAt)}Z\r\nLAST-MODIFIED:${changedAt}Z\r\n` +
    `SEQUENCE:${event.revision - 1}\r\n` +
    `DTSTART:${basic(event.startsAt)}Z\r\nDTEND:${basic(event.endsAt)}Z\r\n` +
    `${shown}STATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\n`
  );
}

/** A calendar must have a component (RFC 5545 3.6). One without events has this, which changes nothing. */
const NO_EVENTS = timeZoneLines("UTC", { startsAt: 0, endsAt: 0 });

/**
 * The text of a feed (RFC 5545, RFC 7986). Its times are in UTC, which means the same everywhere and needs no
 * VTIMEZONE. It invites nobody and rings no alarm. It has no METHOD, which would demand an ORGANIZER (RFC 5546 3.2.1),
 * and no CLASS: Google shows a private event of a feed as "Busy". The secret address decides who reads it.
 */
export function feedCalendar(name: string, events: readonly FeedEvent[]): string {
  const head = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//MaraPlace//Calendar Sync//EN",
    "CALSCALE:GREGORIAN",
    `NAME:${escaped(name)}`,
    `X-WR-CALNAME:${escaped(name)}`,
    `REFRESH-INTERVAL;VALUE=DURATION:${REFRESH}`,
    `X-PUBLISHED-TTL:${REFRESH}`,
    ...(events.length === 0 ? NO_EVENTS : []),
  ];
  // Added up as they come: a list of 7,000 lines took longer to make and to join.
  let text = head.map(folded).join("");
  for (const event of events) text += eventLines(event);
  return `${text}END:VCALENDAR\r\n`;
}
