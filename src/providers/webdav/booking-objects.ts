// Booking objects: a booking's objects in a calendar, by their UID and by their name.
import { attempt, ProviderError } from "../error.ts";
import { uidIn } from "../icalendar/holds.ts";
import { bookingUid } from "../icalendar/mark.ts";
import type { BookingIdentity } from "../provider.ts";
import { decoded } from "./multistatus.ts";

/** A stored object. */
export interface StoredObject {
  readonly text: string;
  readonly etag: string | null;
}

/** The calls that find objects. */
interface ObjectCalls {
  /** The objects with this UID, by name, and others that the server adds. Throws `unsupported` where it refuses. */
  search(collection: URL, uid: string): Promise<ReadonlyMap<string, StoredObject | null>>;
  /** The objects under these hrefs, by name; null for those that are gone. */
  multiget(collection: URL, hrefs: readonly string[]): Promise<ReadonlyMap<string, StoredObject | null>>;
  /** Throws `gone` where there is none. */
  get(object: URL): Promise<StoredObject>;
}

/** A calendar in which bookings are looked for. */
export interface BookingCalendar {
  readonly api: ObjectCalls;
  /** The calendar's collection. */
  readonly url: URL;
}

/** An object of the calendar. */
export interface Found extends StoredObject {
  readonly name: string;
}

/**
 * The events with a UID, under any name. An event that was moved away and back, restored or imported keeps its UID
 * and gets another name. Servers that refuse to search are asked for likely names.
 */
export async function search(calendar: BookingCalendar, uid: string): Promise<Found[]> {
  // A `bug` is an answer that is too large, because some servers ignore the filter.
  const answered = await attempt(calendar.api.search(calendar.url, uid), ["unsupported", "bug"]);
  return answered instanceof ProviderError ? lookUp(calendar, [uid]) : withUid(answered, [uid]);
}

/** The events with these UIDs under the names that we or people's own apps give them. */
export async function lookUp(calendar: BookingCalendar, uids: readonly string[]): Promise<Found[]> {
  const names = uids.flatMap((uid) => [nameOf(uid), `${encodeURIComponent(uid)}.ics`]);
  const found: Found[] = [];
  const { api, url } = calendar;
  const listed = await api.multiget(
    url,
    names.map((name) => objectUrl(url, name).pathname),
  );
  for (const name of names) {
    // An answer that leaves an object out proves nothing about it.
    const object = listed.has(name) ? listed.get(name) : await objectOrNull(calendar, name);
    if (object != null) found.push({ ...object, name });
  }
  return found.filter(({ text }) => uids.includes(uidIn(text)));
}

const withUid = (objects: ReadonlyMap<string, StoredObject | null>, uids: readonly string[]): Found[] =>
  [...objects].flatMap(([name, object]) =>
    object !== null && uids.includes(uidIn(object.text)) ? [{ ...object, name }] : [],
  );

/** The object of this name; null where it is gone. */
export async function objectOrNull(
  { api, url }: BookingCalendar,
  name: string,
): Promise<StoredObject | null> {
  const object = await attempt(api.get(objectUrl(url, name)), ["gone"]);
  if (!(object instanceof ProviderError)) return object;
  // C11: the object exists, but this person may not read it.
  if (object.status === 403) throw object;
  return null;
}

/** By the decoded path without its host, because servers move people between hosts (C33) and encodings vary. */
export const uidOf = (collection: URL, identity: BookingIdentity, idVersion: number): Promise<string> =>
  bookingUid(decoded(collection.pathname).replace(/\/$/, ""), identity, idVersion);

/** The UID's part before the "@". It fits into a file name and has no letters that a server refuses. */
export const nameOf = (uid: string): string => `${uid.slice(0, uid.indexOf("@"))}.ics`;

export const objectUrl = (collection: URL, name: string): URL =>
  new URL(collection.pathname.replace(/\/?$/, "/") + name, collection);
