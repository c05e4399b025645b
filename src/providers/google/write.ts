// Bookings in Google: one event for each booking, under a computed id, so that a repeated write finds the first.
import { identityDigest } from "../../encoding/digest.ts";
import type { BookingEvent, BookingIdentity, EventState, KnownEvent } from "../booking-event.ts";
import { attempt, ProviderError } from "../error.ts";
import type { CalendarRef } from "../provider.ts";
import type { EventAddress, GoogleApi } from "./api.ts";
import { contentOf, revisionOf } from "./content.ts";
import { instantOf } from "./read.ts";
import type { OwnEvent } from "./wire.ts";

/** How often a write reads and decides again after a change by somebody else (`docs/providers/README.md` D, REREAD). */
const MAX_REREADS = 3;

/** How many ids in a row are tried. More than one burnt id is rare. */
const MAX_ID_VERSIONS = 8;

/** See `ProviderAccount.putBooking`. */
export async function putBooking(
  api: GoogleApi,
  calendarId: string,
  booking: BookingEvent,
  known: KnownEvent | null,
): Promise<KnownEvent> {
  if (known === null) return create(api, calendarId, booking, 0);
  return (await change(api, calendarId, booking, known)) ?? create(api, calendarId, booking, known.idVersion);
}

/**
 * See `ProviderAccount.removeBooking`. It goes on past burnt ids, because a write whose answer was lost may have
 * taken the next id version.
 */
export async function removeBooking(
  api: GoogleApi,
  calendarId: string,
  identity: BookingIdentity,
  known: KnownEvent | null,
): Promise<void> {
  const first = known?.idVersion ?? 0;
  for (let idVersion = first; idVersion < first + MAX_ID_VERSIONS; idVersion++) {
    const eventId =
      known !== null && idVersion === first
        ? known.externalId
        : await eventIdOf(calendarId, identity, idVersion);
    const refusal = await attempt(api.deleteEvent({ calendarId, eventId }), ["gone"]);
    if (!(refusal instanceof ProviderError)) return;
    // Lost access doesn't mean that the event is gone.
    if (refusal.status === 403) throw refusal;
    // 410 means that it was there once. 404 means that it never was, or that Google has forgotten it.
    const wasThere = refusal.status === 410 || (known !== null && idVersion === first);
    if (!wasThere) return expectReadable(api, calendarId);
  }
}

/** See `ProviderAccount.readBooking`. Google answers a series with the times of its first occurrence. */
export async function readBooking(
  api: GoogleApi,
  { calendarId, fallbackTimeZone }: CalendarRef,
  known: KnownEvent,
): Promise<EventState | null> {
  const event = await lookAt(api, { calendarId, eventId: known.externalId });
  if (event === null || event.status === "cancelled") return null;
  const startsAt = instantOf(event.start, fallbackTimeZone);
  const endsAt = instantOf(event.end, fallbackTimeZone);
  if (startsAt === null || endsAt === null) throw new ProviderError({ kind: "retry", code: "times_missing" });
  // A version that we didn't write may hold what the person added, so the next write must read it first.
  return { ...known, startsAt, endsAt, etag: event.etag === known.etag ? known.etag : null };
}

async function lookAt(api: GoogleApi, address: EventAddress): Promise<OwnEvent | null> {
  const event = await attempt(api.getEvent(address), ["gone"]);
  if (!(event instanceof ProviderError)) return event;
  if (event.status !== 404 && event.status !== 410) throw event;
  await expectReadable(api, address.calendarId);
  return null;
}

/** A calendar that is gone gets the answer of a missing event (A.11), so the calendar must be readable. */
async function expectReadable(api: GoogleApi, calendarId: string): Promise<void> {
  await api.listEvents("list", calendarId, { maxResults: 1, fields: "timeZone" });
}

/** The event's id at Google, in lower-case hex, which its alphabet includes (`docs/providers/google.md` A.6.1). */
export const eventIdOf = (
  calendarId: string,
  { agentId, bookingId, markedAs }: BookingIdentity,
  idVersion: number,
): Promise<string> => identityDigest(agentId, markedAs ?? calendarId, bookingId, idVersion);

/** An event of a booking: its id, and the version of that id. */
interface Place extends EventAddress {
  readonly idVersion: number;
}

async function placeOf(calendarId: string, identity: BookingIdentity, idVersion: number): Promise<Place> {
  return { calendarId, eventId: await eventIdOf(calendarId, identity, idVersion), idVersion };
}

/** Inserts the event. An event that has its id already is taken over (G19). */
async function create(
  api: GoogleApi,
  calendarId: string,
  booking: BookingEvent,
  first: number,
): Promise<KnownEvent> {
  for (let idVersion = first; idVersion < first + MAX_ID_VERSIONS; idVersion++) {
    const place = await placeOf(calendarId, booking, idVersion);
    const body = { id: place.eventId, ...(await contentOf(booking)) };
    const inserted = await attempt(api.insertEvent(calendarId, body), ["adopt"]);
    if (!(inserted instanceof ProviderError)) return knownOf(inserted, idVersion);
    const adopted = await takeOver(api, place, booking);
    if (adopted !== null) return adopted;
  }
  throw new ProviderError({ kind: "bug", code: "no_free_event_id" });
}

/** Makes the event under a taken id the booking's, even out of the bin. Null where this id is burnt. */
async function takeOver(api: GoogleApi, place: Place, booking: BookingEvent): Promise<KnownEvent | null> {
  const current = await attempt(api.getEvent(place), ["gone"]);
  if (current instanceof ProviderError) return null;
  const { isDone, patch, keepsAdded } = await revisionOf(booking, current);
  if (current.status !== "cancelled" && isDone) return knownOf(current, place.idVersion, keepsAdded);
  if (current.status === "cancelled") {
    // A write without an answer may have made the next event when this one couldn't be revived (G19).
    const next = await placeOf(place.calendarId, booking, place.idVersion + 1);
    const later = await takeOverLive(api, next, booking);
    if (later !== null) return later;
  }
  const patching = api.patchEvent(place, patch, null);
  // An event in the bin may be lost for good. A live event that can't be changed must not be doubled.
  const burnt = ["gone", "adopt", "ignore", "bug"] as const;
  const revived = await attempt(patching, current.status === "cancelled" ? burnt : ["gone"]);
  return revived instanceof ProviderError || revived.status === "cancelled"
    ? null
    : knownOf(revived, place.idVersion, keepsAdded);
}

/** Takes over the first live event under the next ids. Null where none is live before an id that was never used. */
async function takeOverLive(api: GoogleApi, place: Place, booking: BookingEvent): Promise<KnownEvent | null> {
  const current = await attempt(api.getEvent(place), ["gone"]);
  if (current instanceof ProviderError) return null;
  if (current.status !== "cancelled") {
    return change(api, place.calendarId, booking, knownOf(current, place.idVersion), current);
  }
  const next = await placeOf(place.calendarId, booking, place.idVersion + 1);
  return next.idVersion < MAX_ID_VERSIONS ? takeOverLive(api, next, booking) : null;
}

/**
 * Updates a known event to the booking. Null where it was deleted. The version that our own write made is replaced
 * unseen; any other is read first, because it may hold what the person added.
 * @param read the event, where it has been read
 */
async function change(
  api: GoogleApi,
  calendarId: string,
  booking: BookingEvent,
  known: KnownEvent,
  read: OwnEvent | null = null,
): Promise<KnownEvent | null> {
  const address = { calendarId, eventId: known.externalId };
  let current = read;
  for (let reread = 0; ; reread++) {
    if (reread > 0 || (current === null && known.etag === null)) {
      const found = await attempt(api.getEvent(address), ["gone"]);
      if (found instanceof ProviderError || found.status === "cancelled") return null;
      current = found;
    }
    const { isDone, patch, keepsAdded } = await revisionOf(booking, current);
    if (current !== null && isDone) return knownOf(current, known.idVersion, keepsAdded);
    const etag = current === null ? known.etag : (current.etag ?? null);
    const patched = await attempt(api.patchEvent(address, patch, etag), ["gone", "reread"]);
    if (!(patched instanceof ProviderError)) {
      return patched.status === "cancelled" ? null : knownOf(patched, known.idVersion, keepsAdded);
    }
    if (patched.kind === "gone") return null;
    if (reread === MAX_REREADS) throw patched;
  }
}

/** An event that holds what the person added has no etag for the next write, which then reads it first. */
const knownOf = (event: OwnEvent, idVersion: number, keepsAdded = false): KnownEvent => ({
  externalId: event.id,
  etag: keepsAdded ? null : (event.etag ?? null),
  idVersion,
});
