// Holds: whether a stored object still says the same as its booking.
import { DAY_MS } from "../../domain/instant.ts";
import type { BookingEvent } from "../provider.ts";
import { bookingCalendar } from "./compose.ts";
import { eventsOf } from "./events.ts";
import { durationOf } from "./values.ts";

/**
 * Whether the object says the same as the booking. Compared by meaning, because servers add, reorder and rewrite
 * lines (`docs/providers/caldav.md` C.7.1).
 */
export function holds(text: string, booking: BookingEvent, uid: string): boolean {
  const wanted = bookingCalendar(booking, { uid, sequence: 0, stampedAt: 0, times: "utc" });
  const [said, meant] = [sayingOf(text), sayingOf(wanted)];
  const place = { key: uid, window: booking, fallbackTimeZone: "UTC", ownAddresses: [] };
  try {
    const { events, recurs, unreadable } = eventsOf(text, place);
    const [event] = events;
    return (
      !recurs &&
      unreadable.length === 0 &&
      events.length === 1 &&
      event?.startsAt === booking.startsAt &&
      event.endsAt === booking.endsAt &&
      event.status === "busy" &&
      event.bookingId === booking.bookingId &&
      Object.entries(meant).every(([name, value]) => said[name] === value) &&
      Object.keys(said).every((name) => Object.hasOwn(meant, name))
    );
  } catch {
    return false;
  }
}

/** The UID of the event; empty where there is none. */
export const uidIn = (text: string): string => sayingOf(text)["UID"] ?? "";

const SAID = ["UID", "SUMMARY", "DESCRIPTION", "LOCATION", "CLASS"];

/** The event's texts and times by property. `TRIGGER` holds the distances of its alarms, sorted. */
function sayingOf(text: string): Record<string, string> {
  const said: Record<string, string> = {};
  const alarms: number[] = [];
  let inside = "";
  for (const line of text.replace(/\r?\n[ \t]/g, "").split(/\r?\n/)) {
    const [, name = "", value = ""] = /^([\w-]+)(?:;(?:"[^"]*"|[^":])*)?:(.*)$/.exec(line) ?? [];
    const property = name.toUpperCase();
    if (property === "BEGIN") inside = value.toUpperCase();
    else if (property === "END" && inside === "VALARM") inside = "VEVENT";
    else if (inside === "VALARM" && property === "TRIGGER") alarms.push(distanceOf(value));
    else if (inside === "VEVENT" && SAID.includes(property)) said[property] = unescaped(value).trim();
  }
  return { ...said, TRIGGER: alarms.sort((a, b) => a - b).join() };
}

/** An alarm's distance from its event in milliseconds; NaN for an alarm at a fixed time. */
function distanceOf(trigger: string): number {
  const distance = durationOf(trigger);
  return distance === null ? Number.NaN : distance.days * DAY_MS + distance.ms;
}

const unescaped = (text: string): string =>
  text.replace(/\\(.)/gs, (_, letter: string) => (/n/i.test(letter) ? "\n" : letter));
