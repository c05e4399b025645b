// Bookings by CalDAV: one object for each booking, under a computed UID, so that a repeated write finds the first.
import { type Instant, MINUTE_MS } from "../../domain/instant.ts";
import { attempt, ProviderError } from "../error.ts";
import { bookingCalendar } from "../icalendar/compose.ts";
import { holds, uidIn } from "../icalendar/holds.ts";
import { bookingUid } from "../icalendar/mark.ts";
import { standingOf } from "../icalendar/standing.ts";
import { UnreadableCalendar } from "../icalendar/unreadable.ts";
import type { BookingEvent, BookingIdentity, CalendarRef, EventState, KnownEvent } from "../provider.ts";
import { memberUrl, nameIn } from "../webdav/places.ts";
import type { DavApi } from "./api.ts";
import { type CalendarObject, pathOf } from "./wire.ts";

/** How often a write reads and decides again because somebody changed the event meanwhile (C21). */
const MAX_REREADS = 3;

/** How many UIDs in a row are tried. More than one burnt UID is rare. */
const MAX_ID_VERSIONS = 8;

/** How many names in a row must be empty before a booking counts as missing. A deleted event leaves no trace. */
const MAX_GAPS = 4;

/** The calendar that bookings are written to. */
export interface Target {
  readonly api: DavApi;
  /** The calendar's collection. */
  readonly url: URL;
  now(): Instant;
}

/** See `ProviderAccount.putBooking`. */
export async function putBooking(
  target: Target,
  booking: BookingEvent,
  known: KnownEvent | null,
): Promise<KnownEvent> {
  if (known === null) return create(target, booking, 0);
  const { idVersion, externalId: name, etag } = known;
  const place = { name, uid: await uidOf(target.url, booking, idVersion), idVersion };
  return (
    (await change(target, booking, place, etag)) ??
    // Some servers take a UID twice.
    (await takeOverFound(target, booking, place, name)) ??
    create(target, booking, idVersion)
  );
}

/** See `ProviderAccount.removeBooking`. The event goes, whatever the person changed in it. */
export async function removeBooking(
  target: Target,
  identity: BookingIdentity,
  known: KnownEvent | null,
): Promise<void> {
  const uids = await uidsOf(target.url, identity, known?.idVersion ?? 0);
  const [uid] = uids;
  if (await removed(target, known?.externalId ?? nameOf(uid))) return;
  // In a calendar that is gone every object is a 404. So an event is missing only where the calendar can be read.
  const found = await search(target, uid);
  for (const { name } of found.length > 0 ? found : await lookUp(target, uids)) {
    if (!(await removed(target, name))) throw new ProviderError({ kind: "retry", code: "still_there" });
  }
}

/** False where it isn't there. */
async function removed({ api, url }: Target, name: string): Promise<boolean> {
  const refusal = await attempt(api.remove(memberUrl(url, name), null), ["gone", "reread"]);
  return !(refusal instanceof ProviderError);
}

/**
 * See `ProviderAccount.readBooking`. It asks the calendar and not the object, because in a calendar that is gone every
 * object is a 404.
 */
export async function readBooking(
  target: Target,
  { fallbackTimeZone }: CalendarRef,
  identity: BookingIdentity,
  known: KnownEvent,
): Promise<EventState | null> {
  const found =
    (await readKnown(target, known)) ??
    (await readElsewhere(target, await uidOf(target.url, identity, known.idVersion), known));
  if (found === null) return null;
  try {
    const stretch = standingOf(found.text, fallbackTimeZone);
    return stretch && { ...known, ...stretch, externalId: found.name, etag: found.etag };
  } catch (error) {
    if (!(error instanceof UnreadableCalendar)) throw error;
    throw new ProviderError({ kind: "retry", code: "unreadable_object" });
  }
}

/** An object of the calendar. */
interface Found extends CalendarObject {
  readonly name: string;
}

async function readKnown({ api, url }: Target, { externalId: name }: KnownEvent): Promise<Found | null> {
  const listed = (await api.multiget(url, [askedBy(url, name)])).get(name);
  // The answer left this object out, which proves nothing about it.
  const object = listed === undefined ? await objectOrNull(api, memberUrl(url, name)) : listed;
  return object && { ...object, name };
}

async function readElsewhere(target: Target, uid: string, { externalId }: KnownEvent): Promise<Found | null> {
  const found = await search(target, uid);
  const elsewhere = found.find(({ name }) => name !== externalId);
  if (elsewhere !== undefined || found.length === 0) return elsewhere ?? null;
  // The multiget found nothing there: the search is late, or the server spells the address otherwise.
  const object = await objectOrNull(target.api, memberUrl(target.url, externalId));
  return object && { ...object, name: externalId };
}

/**
 * The events with a UID, under any name. An event that was moved away and back, restored or imported keeps its UID
 * and gets another name. Servers that refuse to search are asked for likely names.
 */
async function search(target: Target, uid: string): Promise<Found[]> {
  // A `bug` is an answer that is too large, because some servers ignore the filter.
  const answered = await attempt(target.api.search(target.url, uid), ["unsupported", "bug"]);
  return answered instanceof ProviderError ? lookUp(target, [uid]) : withUid(answered, [uid]);
}

/** The events with these UIDs under the names that we or people's own apps give them. */
async function lookUp({ api, url }: Target, uids: readonly string[]): Promise<Found[]> {
  const names = uids.flatMap((uid) => [nameOf(uid), `${encodeURIComponent(uid)}.ics`]);
  const asked = names.map((name) => askedBy(url, name));
  return withUid(await api.multiget(url, asked), uids);
}

const withUid = (objects: ReadonlyMap<string, CalendarObject | null>, uids: readonly string[]): Found[] =>
  [...objects].flatMap(([name, object]) =>
    object !== null && uids.includes(uidIn(object.text)) ? [{ ...object, name }] : [],
  );

async function objectOrNull(api: DavApi, url: URL): Promise<CalendarObject | null> {
  const object = await attempt(api.get(url), ["gone"]);
  if (!(object instanceof ProviderError)) return object;
  // C11: the object exists, but this person may not read it.
  if (object.status === 403) throw object;
  return null;
}

/** The object of a booking's event: its UID, and the version of that UID. */
interface Place {
  readonly name: string;
  readonly uid: string;
  readonly idVersion: number;
}

/** Writes the first object under a free UID. An event of ours that has the UID is taken over (C20, C22). */
async function create(target: Target, booking: BookingEvent, first: number): Promise<KnownEvent> {
  const { api, url } = target;
  for (let idVersion = first; idVersion < first + MAX_ID_VERSIONS; idVersion++) {
    const uid = await uidOf(target.url, booking, idVersion);
    const place = { name: nameOf(uid), uid, idVersion };
    const created = await api.create(memberUrl(url, place.name), textOf(target, booking, uid, 0));
    if (!("takenBy" in created)) return knownOf(target, place, created.etag);
    const adopted = await takeOver(target, booking, place, created.takenBy);
    if (adopted !== null) return adopted;
    if (created.refusal.kind !== "adopt") throw created.refusal;
  }
  throw new ProviderError({ kind: "bug", code: "no_free_uid" });
}

/** Null where the object in the way isn't ours, or can't be seen because it lies in a bin. */
async function takeOver(
  target: Target,
  booking: BookingEvent,
  place: Place,
  takenBy: URL | null,
): Promise<KnownEvent | null> {
  if (takenBy === null) return takeOverFound(target, booking, place, null);
  const name = nameIn(target.url, takenBy);
  // It is in another calendar, or in a bin.
  if (name === null) return null;
  const current = await read(target, { ...place, name });
  return current !== null && uidIn(current.text) === place.uid
    ? bring(target, booking, { ...place, name }, current)
    : takeOverFound(target, booking, place, name);
}

/**
 * Takes over the event with the UID, under any name. Null where there is none.
 * @param missed a name where it isn't, though a late listing may still show it there (C35)
 */
async function takeOverFound(
  target: Target,
  booking: BookingEvent,
  place: Place,
  missed: string | null,
): Promise<KnownEvent | null> {
  const found = (await search(target, place.uid)).find(({ name }) => name !== missed);
  return found === undefined ? null : bring(target, booking, { ...place, name: found.name }, found);
}

/** Updates an object that was read, if it differs from the booking. Null where it was deleted meanwhile. */
async function bring(
  target: Target,
  booking: BookingEvent,
  place: Place,
  current: CalendarObject,
): Promise<KnownEvent | null> {
  return holds(current.text, booking, place.uid)
    ? knownOf(target, place, current.etag)
    : change(target, booking, place, current.etag);
}

/** Updates an object to the booking. Null where it was deleted. */
async function change(
  target: Target,
  booking: BookingEvent,
  place: Place,
  known: string | null,
): Promise<KnownEvent | null> {
  let etag = known;
  for (let reread = 0; ; reread++) {
    // Nobody is invited, so no other calendar compares the sequence. It only has to grow, and the clock grows.
    const text = textOf(target, booking, place.uid, Math.floor(target.now() / MINUTE_MS));
    const updated = await attempt(target.api.update(memberUrl(target.url, place.name), text, etag), [
      "gone",
      "reread",
    ]);
    if (!(updated instanceof ProviderError)) return knownOf(target, place, updated);
    if (updated.kind === "gone") return null;
    if (reread === MAX_REREADS) throw updated;
    const current = await read(target, place);
    if (current === null) return null;
    if (holds(current.text, booking, place.uid)) return knownOf(target, place, current.etag);
    etag = current.etag;
  }
}

async function read({ api, url }: Target, { name }: Place): Promise<CalendarObject | null> {
  const current = await attempt(api.get(memberUrl(url, name)), ["gone"]);
  return current instanceof ProviderError ? null : current;
}

/** Asks for the etag where the answer had none, because the server may have changed the object (C26). */
async function knownOf({ api, url }: Target, place: Place, etag: string | null): Promise<KnownEvent> {
  const { name: externalId, idVersion } = place;
  const stored = etag ?? (await attempt(api.etag(memberUrl(url, externalId)), ["gone"]));
  return { externalId, etag: stored instanceof ProviderError ? null : stored, idVersion };
}

/** By the decoded path without its host, because servers move people between hosts (C33) and encodings vary. */
const uidOf = (collection: URL, identity: BookingIdentity, idVersion: number): Promise<string> =>
  bookingUid(pathOf(identity.markedAs ?? collection.href, collection), identity, idVersion);

/** The next UIDs, from an id version on. */
async function uidsOf(
  collection: URL,
  identity: BookingIdentity,
  first: number,
): Promise<readonly [string, ...string[]]> {
  const later = Array.from({ length: MAX_GAPS - 1 }, (_, gap) =>
    uidOf(collection, identity, first + gap + 1),
  );
  return [await uidOf(collection, identity, first), ...(await Promise.all(later))];
}

const textOf = (target: Target, booking: BookingEvent, uid: string, sequence: number): string =>
  bookingCalendar(booking, { uid, sequence, stampedAt: target.now(), times: "utc" });

/** The UID's part before the "@". It fits into a file name and has no letters that a server refuses. */
const nameOf = (uid: string): string => `${uid.slice(0, uid.indexOf("@"))}.ics`;

const askedBy = (collection: URL, name: string) => ({ name, href: memberUrl(collection, name).pathname });
