// Our mark on a booking's event: a property of ours, and a UID that says the same where the property gets lost.
import type { BookingEvent } from "../provider.ts";

/** Holds the booking's id. Servers may drop properties they don't know; a UID they must keep. */
export const BOOKING_PROPERTY = "X-MARAPLACE-BOOKING";

const DOMAIN = "bookings.maraplace.invalid";
const UID = /^mp-[0-9a-f]{32}(?:-([A-Za-z0-9_-]+))?@bookings\.maraplace\.invalid$/i;

/** UIDs become file names, and those have limits. A longer id is left to the property. */
const MAX_ENCODED_ID = 120;

/**
 * The UID of a booking's event: the same whenever it is asked for, and different for each calendar, because some
 * servers want UIDs unique over all calendars of a person (`providers.md` C.7.1). URL-safe before the "@".
 * @param calendar names the calendar for as long as it exists
 * @param generation raised when a UID is burnt
 */
export async function bookingUid(
  calendar: string,
  { bookingId, agentId }: Pick<BookingEvent, "bookingId" | "agentId">,
  generation: number,
): Promise<string> {
  // Joined as JSON so that no two identities run into the same text.
  const identity = new TextEncoder().encode(JSON.stringify([agentId, calendar, bookingId, generation]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", identity));
  const hash = Array.from(digest.slice(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const encoded = encode(bookingId);
  return `mp-${hash}${encoded.length <= MAX_ENCODED_ID ? `-${encoded}` : ""}@${DOMAIN}`;
}

/** The booking an event is of, by its property or else by its UID; null when it isn't ours. */
export function markedBooking(property: string | undefined, uid: string | undefined): string | null {
  const text = property?.replace(/\\([\\;,])/g, "$1").trim();
  if (text !== undefined && text !== "") return text;
  const encoded = UID.exec(uid?.trim() ?? "")?.[1];
  return encoded === undefined ? null : decode(encoded);
}

function encode(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decode(encoded: string): string | null {
  try {
    const bytes = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)),
    );
  } catch {
    return null;
  }
}
