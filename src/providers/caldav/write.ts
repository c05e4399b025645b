// Bookings by CalDAV: one object for each booking, under a computed UID, so that a repeated write finds the first.
import type { Instant } from "../../domain/instant.ts";
import type { BookingEvent, BookingIdentity, EventState, KnownEvent } from "../booking-event.ts";
import { attempt, ProviderError } from "../error.ts";
import { bookingCalendar } from "../icalendar/compose.ts";
import { holds, uidIn } from "../icalendar/holds.ts";
import { nextSequence, ownUidIn, withTextsIn } from "../icalendar/own-event.ts";
import { revisedCalendar } from "../icalendar/revise.ts";
import { standingOf } from "../icalendar/standing.ts";
import { UnreadableCalendar } from "../icalendar/unreadable.ts";
import type { CalendarRef } from "../provider.ts";
import { memberUrl, nameIn } from "../webdav/places.ts";
import {
  type BookingCalendar,
  type Found,
  lookUp,
  objectIn,
  objectName,
  objectOrNull,
  search,
  uidOf,
  uidsOf,
} from "./booking-objects.ts";
import type { CalendarObject } from "./wire.ts";

/** How often a write reads and decides again because somebody changed the event meanwhile (C21). */
const MAX_REREADS = 3;

/** How many UIDs in a row are tried. More than one burnt UID is rare. */
const MAX_ID_VERSIONS = 8;

/** The calendar that bookings are written to. */
export interface Target extends BookingCalendar {
  now(): Instant;
}

/** See `ProviderAccount.putBooking`. */
export const putBooking = (
  target: Target,
  booking: BookingEvent,
  known: KnownEvent | null,
): Promise<KnownEvent> =>
  inCalendar(target, async () => {
    const idVersion = known?.idVersion ?? 0;
    const uid = await uidOf(target.url, booking, idVersion);
    const place = { name: known?.externalId ?? objectName(uid), uid, idVersion };
    if (known === null && !target.mayTakeDoubles) return create(target, booking, idVersion);
    return (
      (known && (await bring(target, booking, place))) ??
      // Some servers take a UID twice (C43).
      (await takeOverFound(target, booking, place, {
        missed: known?.externalId ?? null,
        wasThere: known !== null,
      })) ??
      (known === null ? await takeOverLater(target, booking) : null) ??
      create(target, booking, idVersion)
    );
  });

/** Takes over an event that a write without an answer made under a later UID, when the first one was taken (C22). */
async function takeOverLater(target: Target, booking: BookingEvent): Promise<KnownEvent | null> {
  const uids = await uidsOf(target.url, booking, 0);
  const [found] = await lookUp(target, uids.slice(1));
  if (found === undefined) return null;
  const uid = uidIn(found.text);
  return bring(target, booking, { name: found.name, uid, idVersion: uids.indexOf(uid) }, found);
}

/** See `ProviderAccount.removeBooking`. The event goes, whatever the person changed in it. */
export const removeBooking = (
  target: Target,
  identity: BookingIdentity,
  known: KnownEvent | null,
): Promise<void> =>
  inCalendar(target, async () => {
    const uids = await uidsOf(target.url, identity, known?.idVersion ?? 0);
    const [uid] = uids;
    if (await removed(target, known?.externalId ?? objectName(uid))) return;
    // In a calendar that is gone every object is a 404. So an event is missing only where the calendar can be read.
    const found = await search(target, uid, { wasThere: known !== null });
    for (const { name } of found.length > 0 ? found : await lookUp(target, uids)) {
      if (!(await removed(target, name))) throw new ProviderError({ kind: "retry", code: "still_there" });
    }
  });

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
  const found = (await objectIn(target, known.externalId)) ?? (await readElsewhere(target, identity, known));
  if (found === null) return null;
  try {
    const stretch = standingOf(found.text, fallbackTimeZone);
    return stretch && { ...known, ...stretch, externalId: found.name, etag: found.etag };
  } catch (error) {
    if (!(error instanceof UnreadableCalendar)) throw error;
    throw new ProviderError({ kind: "retry", code: "unreadable_object" });
  }
}

async function readElsewhere(
  target: Target,
  identity: BookingIdentity,
  { externalId, idVersion }: KnownEvent,
): Promise<Found | null> {
  const found = await search(target, await uidOf(target.url, identity, idVersion), { wasThere: true });
  const elsewhere = found.find(({ name }) => name !== externalId);
  if (elsewhere !== undefined || found.length === 0) return elsewhere ?? null;
  // The multiget found nothing there: the search is late, or the server spells the address otherwise.
  const object = await objectOrNull(target, externalId);
  return object && { ...object, name: externalId };
}

/**
 * Does a write. Where it is refused as a whole, the calendar itself is asked whether it is still there, because some
 * servers refuse a write into a missing calendar as they refuse a person without rights or a bad object (C44).
 */
async function inCalendar<T>({ api, url }: Target, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const isRefused = error instanceof ProviderError && (error.kind === "read-only" || error.kind === "bug");
    if (isRefused && error.status !== null) await api.inspect(url);
    throw error;
  }
}

/** False where it isn't there. */
async function removed({ api, url }: Target, name: string): Promise<boolean> {
  const refusal = await attempt(api.remove(memberUrl(url, name)), ["gone", "reread"]);
  return !(refusal instanceof ProviderError);
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
    const place = { name: objectName(uid), uid, idVersion };
    const version = { uid, sequence: 0, stampedAt: target.now(), times: "utc" } as const;
    const created = await api.create(memberUrl(url, place.name), bookingCalendar(booking, version));
    if (!("takenBy" in created)) {
      const name = created.storedAt && nameIn(url, created.storedAt);
      return knownOf(target, { ...place, name: name ?? place.name }, created.etag);
    }
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
  if (takenBy === null) return takeOverFound(target, booking, place, { missed: null, wasThere: true });
  const name = nameIn(target.url, takenBy);
  // It is in another calendar, or in a bin.
  if (name === null) return null;
  const current = await objectOrNull(target, name);
  const isOurs = (text: string) =>
    uidIn(text) === place.uid || ownUidIn(text, place.uid, booking.bookingId) !== null;
  return current !== null && isOurs(current.text)
    ? bring(target, booking, { ...place, name }, current)
    : takeOverFound(target, booking, place, { missed: name, wasThere: true });
}

/**
 * Takes over the event with the UID, under any name. Null where there is none.
 * @param how.missed a name where it isn't, though a late listing may still show it there (C35)
 * @param how.wasThere see `search`
 */
async function takeOverFound(
  target: Target,
  booking: BookingEvent,
  place: Place,
  { missed, wasThere }: { missed: string | null; wasThere: boolean },
): Promise<KnownEvent | null> {
  const all = await search(target, place.uid, { wasThere });
  const found = all.find(({ name }) => name !== missed);
  return found === undefined ? null : bring(target, booking, { ...place, name: found.name }, found);
}

/**
 * Updates an object to the booking, if it differs. Null where it isn't there. It is read first, because an update
 * changes our properties in it and leaves all others as they are (C.7.1).
 * @param read the object, where it has been read
 */
async function bring(
  target: Target,
  booking: BookingEvent,
  place: Place,
  read?: CalendarObject,
): Promise<KnownEvent | null> {
  const { api, url } = target;
  const { name } = place;
  let refused: CalendarObject | null = null;
  let refusals = 0;
  for (let reread = 0; ; reread++) {
    const current: CalendarObject | null =
      (reread === 0 ? read : undefined) ?? (await objectOrNull(target, name));
    if (current === null) return null;
    const uid = ownUidIn(current.text, place.uid, booking.bookingId) ?? place.uid;
    const wanted = booking.keepsTexts === true ? withTextsIn(current.text, booking, uid) : booking;
    if (holds(current.text, wanted, uid)) return knownOf(target, place, current.etag);
    refusals = refused?.text === current.text && refused.etag === current.etag ? refusals + 1 : 0;
    const stampedAt = target.now();
    const version = { uid, sequence: nextSequence(current.text, uid, stampedAt), stampedAt };
    const text = revisedCalendar(current.text, wanted, { ...version, times: "utc" });
    const written = api.update(memberUrl(url, name), text, conditionOf(current, refusals));
    const updated = await attempt(written, ["gone", "reread"]);
    if (!(updated instanceof ProviderError)) return knownOf(target, place, updated);
    if (updated.kind === "gone") return null;
    if (reread === MAX_REREADS) throw updated;
    refused = current;
  }
}

/**
 * The condition under which a version is replaced: its etag as it came, then as the standard writes it. Servers that
 * refuse both, though a fresh read shows that nobody changed the object, are written to without a condition (C36, C45).
 */
function conditionOf({ etag, writtenEtag }: CalendarObject, refusals: number): string | null {
  if (refusals > 1) return null;
  return (refusals === 0 ? (writtenEtag ?? etag) : etag) ?? "*";
}

/** Asks for the etag where the answer had none, because the server may have changed the object (C26). */
async function knownOf({ api, url }: Target, place: Place, etag: string | null): Promise<KnownEvent> {
  const { name: externalId, idVersion } = place;
  const stored = etag ?? (await attempt(api.etag(memberUrl(url, externalId)), ["gone"]));
  return { externalId, etag: stored instanceof ProviderError ? null : stored, idVersion };
}
