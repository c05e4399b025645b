// Holds: whether a stored object still says the same as its booking.
import { MINUTE_MS } from "../../domain/instant.ts";
import type { BookingEvent } from "../booking-event.ts";
import { bookingCalendar } from "./compose.ts";
import { eventsOf } from "./events.ts";
import { alarmsOf, eventIn, textFor, textIn } from "./own-event.ts";
import { type SourceBlock, sourceOf } from "./source.ts";
import { copyOf, SHARED_TEXTS, unescaped } from "./texts.ts";

/**
 * Whether the object says the same as the booking. Compared by meaning, because servers add, reorder and rewrite
 * lines, and the agent may add to it (`docs/providers/caldav.md` C.7.1).
 */
export function holds(text: string, booking: BookingEvent, uid: string): boolean {
  const wanted = bookingCalendar(booking, { uid, sequence: 0, stampedAt: 0, times: "utc" });
  const [said, meant] = [text, wanted].map((each) => eventIn(sourceOf(each) ?? [], uid));
  if (said === undefined || meant === undefined) return false;
  return saysTexts(said, meant) && rings(said, booking) && standsAt(text, booking, uid);
}

/** The UID of the event; empty where there is none. */
export function uidIn(text: string): string {
  const unfolded = text.replace(/\r?\n[ \t]/g, "");
  const [, event = ""] = /^BEGIN:VEVENT[ \t]*\r?$([\s\S]*?)^(?:BEGIN|END):/im.exec(unfolded) ?? [];
  return unescaped(/^UID(?:;(?:"[^"]*"|[^":\r\n])*)?:(.*)$/im.exec(event)?.[1] ?? "");
}

function saysTexts(said: SourceBlock, meant: SourceBlock): boolean {
  const same = (name: string) => textIn(said, name) === textIn(meant, name);
  const isKept = (copy: string) => textIn(said, copy) === null || same(copy);
  return (
    ["SUMMARY", "CLASS"].every(same) &&
    SHARED_TEXTS.every((name) => {
      const should = textFor(said, name, textIn(meant, name) ?? "");
      return (textIn(said, name) ?? "") === should && isKept(copyOf(name));
    })
  );
}

/** Whether all reminders are there, and none of ours is there that the booking no longer has. */
function rings(said: SourceBlock, { reminderMinutes }: BookingEvent): boolean {
  const alarms = alarmsOf(said);
  const wanted = reminderMinutes.map((minutes) => -minutes * MINUTE_MS);
  return (
    wanted.every((distance) => alarms.some(({ distanceMs }) => distanceMs === distance)) &&
    alarms.every(({ isOurs, distanceMs }) => !isOurs || wanted.includes(distanceMs))
  );
}

/** Whether the object takes the booking's time, and no other. */
export function standsAt(text: string, booking: BookingEvent, uid: string): boolean {
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
      event.bookingId === booking.bookingId
    );
  } catch {
    return false;
  }
}
