// Our mark on a booking's event: a property of ours, and a UID that says the same where the property gets lost.
import { fromBase64url, toBase64url } from "../../encoding/base64url.ts";
import { identityDigest } from "../../encoding/digest.ts";
import type { BookingIdentity } from "../provider.ts";

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

/** The booking an event is of, by its property or else by its UID; null when it isn't ours. */
export function markedBooking(property: string | undefined, uid: string | undefined): string | null {
  const text = property?.replace(/\\([\\;,])/g, "$1").trim();
  if (text !== undefined && text !== "") return text;
  const encoded = UID.exec(uid?.trim() ?? "")?.[1];
  return encoded === undefined ? null : fromBase64url(encoded);
}
