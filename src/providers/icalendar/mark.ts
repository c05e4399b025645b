// Mark: the booking's id in its event, as a property and again in the UID, in case the property gets lost.
import { fromBase64url, toBase64url } from "../../encoding/base64url.ts";
import { identityDigest } from "../../encoding/digest.ts";
import type { BookingIdentity } from "../booking-event.ts";

/** Holds the booking's id. A server may drop properties that it doesn't know, but must keep a UID. */
export const BOOKING_PROPERTY = "X-MARAPLACE-BOOKING";

/** Ends the UIDs that we make. It exists nowhere else. */
export const DOMAIN = "bookings.maraplace.invalid";
const UID = /^mp-[0-9a-f]{32}(?:-([A-Za-z0-9_-]+))?@bookings\.maraplace\.invalid$/i;

/** The longest id in a UID, because UIDs become file names. Only the property holds a longer id. */
const MAX_ENCODED_ID = 120;

/**
 * The UID of a booking's event. It is the same each time, and another one in each calendar, because some servers want
 * UIDs unique over all calendars of a person (`docs/providers/caldav.md` C.7.1). It is URL-safe before the "@".
 * @param calendar names the calendar for as long as it exists
 * @param idVersion raised when a UID is burnt
 */
export async function bookingUid(
  calendar: string,
  { bookingId, agentId }: BookingIdentity,
  idVersion: number,
): Promise<string> {
  const digest = await identityDigest(agentId, calendar, bookingId, idVersion);
  const encoded = toBase64url(bookingId);
  return `mp-${digest.slice(0, 32)}${encoded.length <= MAX_ENCODED_ID ? `-${encoded}` : ""}@${DOMAIN}`;
}

/** The booking id of an event, from its property or else from its UID; null when the event isn't ours. */
export function markedBooking(property: string | undefined, uid: string | undefined): string | null {
  const text = property?.replace(/\\([\\;,])/g, "$1").trim();
  if (text !== undefined && text !== "") return text;
  const encoded = UID.exec(uid?.trim() ?? "")?.[1];
  return encoded === undefined ? null : fromBase64url(encoded);
}
