// Booking objects: a booking's objects in a calendar, by their UID and by their name.

import type { BookingIdentity } from "../booking-event.ts";
import { attempt, ProviderError } from "../error.ts";
import { uidIn } from "../icalendar/holds.ts";
import { bookingUid } from "../icalendar/mark.ts";
import type { Asked } from "../webdav/listing.ts";
import { memberUrl } from "../webdav/places.ts";
import type { DavApi } from "./api.ts";
import { chunksOf } from "./cursor.ts";
import { type CalendarObject, pathOf } from "./wire.ts";

/** How many names in a row must be empty before a booking counts as missing. A deleted event leaves no trace. */
const MAX_GAPS = 4;

/**
 * In a calendar with more objects than this they aren't all read for one event: that takes 20 requests, each time the
 * event is written. It counts as missing then.
 */
const MOST_READ_THROUGH = 1_000;

/** A calendar in which bookings are looked for. */
export interface BookingCalendar {
  readonly api: DavApi;
  /** The calendar's collection. */
  readonly url: URL;
  /**
   * The server may take a UID twice, so what is there is looked for before an event is made. And it may store an object
   * under another name than it was sent to. iCloud does neither.
   */
  readonly mayTakeDoubles: boolean;
}

/** An object of the calendar. */
export interface Found extends CalendarObject {
  readonly name: string;
}

/**
 * The events with a UID, under any name. An event that was moved away and back, restored or imported keeps its UID
 * and gets another name. Servers that refuse to search are asked for likely names.
 * @param wasThere whether the event is known to have been there. Where names find nothing then, all objects are read,
 *   because some servers choose names (C43)
 */
export async function search(
  calendar: BookingCalendar,
  uid: string,
  { wasThere }: { wasThere: boolean },
): Promise<Found[]> {
  // A `bug` is an answer that is too large, because some servers ignore the filter.
  const answered = await attempt(calendar.api.search(calendar.url, uid), ["unsupported", "bug"]);
  if (!(answered instanceof ProviderError)) return withUid(answered, [uid]);
  const found = await lookUp(calendar, [uid]);
  return found.length === 0 && wasThere && calendar.mayTakeDoubles ? readThrough(calendar, uid) : found;
}

/** The events with a UID among all objects; none where there are too many. */
async function readThrough(calendar: BookingCalendar, uid: string): Promise<Found[]> {
  const members = [...(await calendar.api.members(calendar.url))];
  const names = members.flatMap(([name, { certainty }]) => (certainty === "certain" ? [name] : []));
  if (names.length > MOST_READ_THROUGH) return [];
  for (const chunk of chunksOf(names)) {
    const found = withUid(await objectsOf(calendar, chunk), [uid]);
    if (found.length > 0) return found;
  }
  return [];
}

/** The events with these UIDs under the names that we or people's own apps give them. */
export async function lookUp(calendar: BookingCalendar, uids: readonly string[]): Promise<Found[]> {
  const names = uids.flatMap((uid) => [objectName(uid), `${encodeURIComponent(uid)}.ics`]);
  return withUid(await objectsOf(calendar, names), uids);
}

/** The object of this name; null where it isn't in the calendar. In a calendar that is gone it throws `gone`. */
export async function objectIn(calendar: BookingCalendar, name: string): Promise<Found | null> {
  const object = (await objectsOf(calendar, [name])).get(name);
  return object == null ? null : { ...object, name };
}

async function objectsOf(
  calendar: BookingCalendar,
  names: readonly string[],
): Promise<ReadonlyMap<string, CalendarObject | null>> {
  const asked = names.map((name): Asked => ({ name, href: memberUrl(calendar.url, name).pathname }));
  const objects = await calendar.api.multiget(calendar.url, asked);
  for (const name of names) {
    // An answer that leaves an object out proves nothing about it.
    if (!objects.has(name)) objects.set(name, await objectOrNull(calendar, name));
  }
  return objects;
}

const withUid = (objects: ReadonlyMap<string, CalendarObject | null>, uids: readonly string[]): Found[] =>
  [...objects].flatMap(([name, object]) =>
    object !== null && uids.includes(uidIn(object.text)) ? [{ ...object, name }] : [],
  );

/** The object of this name; null where it is gone. In a calendar that is gone that proves nothing. */
export async function objectOrNull(
  { api, url }: BookingCalendar,
  name: string,
): Promise<CalendarObject | null> {
  const object = await attempt(api.get(memberUrl(url, name)), ["gone"]);
  if (!(object instanceof ProviderError)) return object;
  // C11: the object exists, but this person may not read it.
  if (object.status === 403) throw object;
  return null;
}

/** By the decoded path without its host, because servers move people between hosts (C33) and encodings vary. */
export const uidOf = (collection: URL, identity: BookingIdentity, idVersion: number): Promise<string> =>
  bookingUid(pathOf(identity.markedAs ?? collection.href, collection), identity, idVersion);

/** The next UIDs, from an id version on. */
export async function uidsOf(
  collection: URL,
  identity: BookingIdentity,
  first: number,
): Promise<readonly [string, ...string[]]> {
  const later = Array.from({ length: MAX_GAPS - 1 }, (_, gap) =>
    uidOf(collection, identity, first + gap + 1),
  );
  return [await uidOf(collection, identity, first), ...(await Promise.all(later))];
}

/** The UID's part before the "@". It fits into a file name and has no letters that a server refuses. */
export const objectName = (uid: string): string => `${uid.slice(0, uid.indexOf("@"))}.ics`;
