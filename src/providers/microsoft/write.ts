// Bookings in Graph: one event for each booking, under a transaction id by which a repeated create finds the first.

import type { BookingEvent, BookingIdentity, EventState, KnownEvent } from "../booking-event.ts";
import { attempt, ProviderError } from "../error.ts";
import type { CalendarRef } from "../provider.ts";
import type { GraphApi } from "./api.ts";
import { contentOf, revisionOf } from "./content.ts";
import { byIdentity, byUid, identityOf, isOurTransaction, transactionIdOf } from "./marks.ts";
import { boundOf, type ListedEvent, type OwnEvent, twinsOf } from "./wire.ts";

/** How often a write reads and decides again after a change by somebody else (`docs/providers/README.md` D, REREAD). */
const MAX_REREADS = 3;

/** How many transaction ids in a row are tried. More than one burnt id is rare. */
const MAX_ID_VERSIONS = 8;

/** See `ProviderAccount.putBooking`. */
export async function putBooking(
  api: GraphApi,
  calendarId: string,
  booking: BookingEvent,
  known: KnownEvent | null,
): Promise<KnownEvent> {
  const own = await findOwn(api, "find", calendarId, booking);
  const eventId = chosenOf(own, known);
  if (eventId !== null) {
    const isKnown = known !== null && holdsId(own, known.externalId);
    const written = isKnown
      ? await change(api, calendarId, booking, known)
      : await takeOver(api, calendarId, eventId, booking);
    if (written !== null) {
      for (const twin of twinsOf(own, written.externalId)) await remove(api, calendarId, twin);
      return written;
    }
  }
  // The transaction id of a deleted event counts as used up, because nobody knows when Graph frees it (B.6.2).
  return create(api, calendarId, booking, known === null ? 0 : known.idVersion + 1);
}

/**
 * See `ProviderAccount.removeBooking`. The known event is removed in any calendar, and with it the events that we wrote
 * in its place. A duplicate that the person made of an event that still exists is theirs and stays.
 */
export async function removeBooking(
  api: GraphApi,
  calendarId: string,
  identity: BookingIdentity,
  known: KnownEvent | null,
): Promise<void> {
  const own = await findOwn(api, "find", calendarId, identity);
  const isKnown = known !== null && holdsId(own, known.externalId);
  const others = isKnown ? twinsOf(own, known.externalId) : own.map(({ id }) => id);
  // What isn't here may have been moved to another calendar of the mailbox.
  if (known !== null && !(await remove(api, calendarId, known.externalId))) {
    await remove(api, null, known.externalId);
  }
  for (const eventId of others) await remove(api, calendarId, eventId);
}

/** See `ProviderAccount.readBooking`. Graph answers a series with the times of its first occurrence. */
export async function readBooking(
  api: GraphApi,
  { calendarId, fallbackTimeZone }: CalendarRef,
  identity: BookingIdentity,
  known: KnownEvent,
): Promise<EventState | null> {
  // This also proves that the calendar can be read. Only then can an event be missing in it.
  const own = await findOwn(api, "inspect", calendarId, identity);
  const eventId = chosenOf(own, known) ?? known.externalId;
  const event = await lookAt(api, calendarId, eventId);
  if (event === null || event.isCancelled === true) return null;
  if (!holdsId(own, eventId) && !(await isListed(api, "inspect", calendarId, event))) return null;
  const { start, end, isAllDay } = event;
  if (start == null || end == null) throw new ProviderError({ kind: "retry", code: "times_missing" });
  const isKnown = event.id === known.externalId;
  const found = knownOf(event, isKnown ? known.idVersion : await idVersionOf(calendarId, identity, event));
  return {
    ...found,
    // A version that we didn't write may hold what the person added, so the next write must read it first.
    etag: isKnown && found.etag === known.etag ? known.etag : null,
    startsAt: boundOf(start, isAllDay === true, fallbackTimeZone),
    endsAt: boundOf(end, isAllDay === true, fallbackTimeZone),
  };
}

async function lookAt(api: GraphApi, calendarId: string, eventId: string): Promise<OwnEvent | null> {
  const event = await attempt(api.getEventTimes(calendarId, eventId), ["gone"]);
  if (event instanceof ProviderError && event.status !== 404) throw event;
  return event instanceof ProviderError ? null : event;
}

/**
 * The calendar's events of a booking, by their mark. An event that may be a duplicate made by the person comes last.
 * Asked before any write: an immutable id leads to its event even in Deleted Items or in another calendar, and to
 * nothing after an export and import (B.2). Nobody knows how long Graph remembers a transaction id (B.6.2).
 */
async function findOwn(
  api: GraphApi,
  operation: "find" | "inspect",
  calendarId: string,
  identity: BookingIdentity,
): Promise<ListedEvent[]> {
  const filter = byIdentity(await identityOf(calendarId, identity));
  const rank = ({ transactionId }: ListedEvent) => (isOurTransaction(transactionId) ? 0 : 1);
  return (await api.findEvents(operation, calendarId, filter)).sort((a, b) => rank(a) - rank(b));
}

const holdsId = (own: readonly ListedEvent[], eventId: string): boolean =>
  own.some(({ id }) => id === eventId);

/** The booking's event, or the one that may be it: an event whose mark an app removed is known by its id. */
function chosenOf(own: readonly ListedEvent[], known: KnownEvent | null): string | null {
  if (known !== null && holdsId(own, known.externalId)) return known.externalId;
  return own[0]?.id ?? known?.externalId ?? null;
}

/** Whether the event is in this calendar, by the calendar's own list, because any calendar's path may lead to it. */
async function isListed(
  api: GraphApi,
  operation: "find" | "inspect",
  calendarId: string,
  { id, iCalUId }: OwnEvent,
): Promise<boolean> {
  if (iCalUId == null) throw new ProviderError({ kind: "retry", code: "uid_missing" });
  return (await api.findEvents(operation, calendarId, byUid(iCalUId))).some((found) => found.id === id);
}

/** The event; null if it isn't in this calendar. */
async function getListed(api: GraphApi, calendarId: string, eventId: string): Promise<OwnEvent | null> {
  const event = await unlessGone(api.getEvent(calendarId, eventId));
  return event !== null && (await isListed(api, "find", calendarId, event)) ? event : null;
}

/** The id version of the transaction id that created the event. */
async function idVersionOf(calendarId: string, identity: BookingIdentity, event: OwnEvent): Promise<number> {
  for (let idVersion = 0; idVersion < MAX_ID_VERSIONS; idVersion++) {
    if ((await transactionIdOf(calendarId, identity, idVersion)) === event.transactionId) return idVersion;
  }
  return 0;
}

/** Creates the event. An event that its transaction id created before is taken over (M27). */
async function create(
  api: GraphApi,
  calendarId: string,
  booking: BookingEvent,
  first: number,
): Promise<KnownEvent> {
  const content = await contentOf(calendarId, booking);
  for (let idVersion = first; idVersion < first + MAX_ID_VERSIONS; idVersion++) {
    const transactionId = await transactionIdOf(calendarId, booking, idVersion);
    const created = await api.createEvent(calendarId, { ...content, transactionId });
    if ("event" in created) return knownOf(created.event, idVersion);
    const taken = created.takenBy ?? (await findOwn(api, "find", calendarId, booking))[0]?.id;
    const adopted = taken === undefined ? null : await takeOver(api, calendarId, taken, booking);
    if (adopted !== null) return adopted;
  }
  throw new ProviderError({ kind: "bug", code: "no_free_transaction_id" });
}

/** Makes an earlier event the booking's. Null where it is deleted or moved away and its transaction id used up. */
async function takeOver(
  api: GraphApi,
  calendarId: string,
  eventId: string,
  booking: BookingEvent,
): Promise<KnownEvent | null> {
  const current = await getListed(api, calendarId, eventId);
  if (current === null) return null;
  const known = knownOf(current, await idVersionOf(calendarId, booking, current));
  return change(api, calendarId, booking, known, current);
}

/**
 * Updates an event of this calendar to the booking. Null where it was deleted or moved away (M29). The version that
 * our own write made is replaced unseen; any other is read first, because it may hold what the person added.
 * @param read the event, where it has been read
 */
async function change(
  api: GraphApi,
  calendarId: string,
  booking: BookingEvent,
  known: KnownEvent,
  read: OwnEvent | null = null,
): Promise<KnownEvent | null> {
  let current = read;
  for (let reread = 0; ; reread++) {
    if (reread > 0 || (current === null && known.etag === null)) {
      current = await getListed(api, calendarId, known.externalId);
      if (current === null) return null;
    }
    const { isDone, patch, keepsAdded } = await revisionOf(calendarId, booking, current);
    if (current !== null && isDone) return knownOf(current, known.idVersion, keepsAdded);
    const etag = current === null ? known.etag : (current["@odata.etag"] ?? null);
    try {
      const patched = await unlessGone(api.patchEvent(calendarId, known.externalId, patch, etag));
      return patched && knownOf(patched, known.idVersion, keepsAdded);
    } catch (error) {
      if (!(error instanceof ProviderError && error.kind === "reread") || reread === MAX_REREADS) throw error;
    }
  }
}

/** Removes an event. False: it isn't there, which is a success too (M30). */
const remove = async (api: GraphApi, calendarId: string | null, eventId: string): Promise<boolean> =>
  !((await attempt(api.deleteEvent(calendarId, eventId), ["gone"])) instanceof ProviderError);

/** An event that holds what the person added has no etag for the next write, which then reads it first. */
const knownOf = (event: OwnEvent, idVersion: number, keepsAdded = false): KnownEvent => ({
  externalId: event.id,
  etag: keepsAdded ? null : (event["@odata.etag"] ?? null),
  idVersion,
});

/** The call's result; null where the event isn't there. Lost access (403) doesn't mean that the event is gone. */
async function unlessGone<T>(call: Promise<T>): Promise<T | null> {
  const result = await attempt(call, ["gone"]);
  return result instanceof ProviderError ? null : result;
}
