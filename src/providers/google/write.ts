// Bookings in Google: one event for each booking, under a computed id, so that a repeated write finds the first.
import { formatInstant } from "../../domain/instant.ts";
import { identityDigest } from "../../encoding/digest.ts";
import { descriptionOf } from "../description.ts";
import { attempt, ProviderError } from "../error.ts";
import type { BookingEvent, BookingIdentity, CalendarRef, EventState, KnownEvent } from "../provider.ts";
import type { EventAddress, GoogleApi } from "./api.ts";
import { instantOf } from "./read.ts";
import { BOOKING_PROPERTY, type OwnEvent } from "./wire.ts";

/** How often a write reads and decides again after a change by somebody else (`docs/providers/README.md` D, REREAD). */
const MAX_REREADS = 3;

/** How many ids in a row are tried. More than one burnt id is rare. */
const MAX_ID_VERSIONS = 8;

/** The most that Google allows for one event. */
const MAX_REMINDERS = 5;

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
  return { ...known, startsAt, endsAt, etag: event.etag ?? null };
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
    const body = { id: place.eventId, ...contentOf(booking) };
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
  if (current.status !== "cancelled" && holds(current, booking)) return knownOf(current, place.idVersion);
  if (current.status === "cancelled") {
    // A write without an answer may have made the next event when this one couldn't be revived (G19).
    const next = await placeOf(place.calendarId, booking, place.idVersion + 1);
    const later = await takeOverLive(api, next, booking);
    if (later !== null) return later;
  }
  const patch = api.patchEvent(place, patchOf(booking), null);
  // An event in the bin may be lost for good. A live event that can't be changed must not be doubled.
  const burnt = ["gone", "adopt", "ignore", "bug"] as const;
  const revived = await attempt(patch, current.status === "cancelled" ? burnt : ["gone"]);
  return revived instanceof ProviderError || revived.status === "cancelled"
    ? null
    : knownOf(revived, place.idVersion);
}

/** Takes over the first live event under the next ids. Null where none is live before an id that was never used. */
async function takeOverLive(api: GoogleApi, place: Place, booking: BookingEvent): Promise<KnownEvent | null> {
  const current = await attempt(api.getEvent(place), ["gone"]);
  if (current instanceof ProviderError) return null;
  if (current.status !== "cancelled") {
    const known = knownOf(current, place.idVersion);
    return holds(current, booking) ? known : change(api, place.calendarId, booking, known);
  }
  const next = await placeOf(place.calendarId, booking, place.idVersion + 1);
  return next.idVersion < MAX_ID_VERSIONS ? takeOverLive(api, next, booking) : null;
}

/** Updates a known event to the booking. Null where it was deleted. */
async function change(
  api: GoogleApi,
  calendarId: string,
  booking: BookingEvent,
  known: KnownEvent,
): Promise<KnownEvent | null> {
  const address = { calendarId, eventId: known.externalId };
  let etag = known.etag;
  for (let reread = 0; ; reread++) {
    const patched = await attempt(api.patchEvent(address, patchOf(booking), etag), ["gone", "reread"]);
    if (!(patched instanceof ProviderError)) {
      return patched.status === "cancelled" ? null : knownOf(patched, known.idVersion);
    }
    if (patched.kind === "gone") return null;
    if (reread === MAX_REREADS) throw patched;
    const current = await attempt(api.getEvent(address), ["gone"]);
    if (current instanceof ProviderError || current.status === "cancelled") return null;
    if (holds(current, booking)) return knownOf(current, known.idVersion);
    etag = current.etag ?? null;
  }
}

/** The event as Google should hold it. */
function contentOf(booking: BookingEvent) {
  return {
    status: "confirmed",
    summary: booking.title,
    description: descriptionOf(booking),
    location: booking.location ?? "",
    start: { dateTime: formatInstant(booking.startsAt), timeZone: booking.timeZone },
    end: { dateTime: formatInstant(booking.endsAt), timeZone: booking.timeZone },
    transparency: "opaque",
    visibility: "private",
    reminders: {
      useDefault: false,
      overrides: reminderMinutesOf(booking).map((minutes) => ({ method: "popup", minutes })),
    },
    extendedProperties: { private: { [BOOKING_PROPERTY]: booking.bookingId } },
  };
}

/** `contentOf` for a patch. The nulls undo an all-day date and a recurrence that the person set (A.6.2). */
function patchOf(booking: BookingEvent) {
  const content = contentOf(booking);
  return {
    ...content,
    start: { ...content.start, date: null },
    end: { ...content.end, date: null },
    recurrence: null,
  };
}

/** Whether the event says the same as the booking. Google may write other offsets and leave defaults out. */
function holds(event: OwnEvent, booking: BookingEvent): boolean {
  const wanted = contentOf(booking);
  const minutes = (event.reminders?.overrides ?? []).map((reminder) => reminder.minutes);
  return (
    (event.status ?? "confirmed") === wanted.status &&
    (event.summary ?? "") === wanted.summary &&
    (event.description ?? "").trim() === wanted.description.trim() &&
    (event.location ?? "") === wanted.location &&
    Date.parse(event.start?.dateTime ?? "") === booking.startsAt &&
    Date.parse(event.end?.dateTime ?? "") === booking.endsAt &&
    (event.transparency ?? "opaque") === wanted.transparency &&
    (event.recurrence ?? []).length === 0 &&
    event.visibility === wanted.visibility &&
    event.reminders?.useDefault !== true &&
    minutes.sort((a, b) => a - b).join() === reminderMinutesOf(booking).join() &&
    event.extendedProperties?.private?.[BOOKING_PROPERTY] === booking.bookingId
  );
}

const reminderMinutesOf = (booking: BookingEvent): number[] =>
  [...new Set(booking.reminderMinutes)].sort((a, b) => a - b).slice(0, MAX_REMINDERS);

const knownOf = (event: OwnEvent, idVersion: number): KnownEvent => ({
  externalId: event.id,
  etag: event.etag ?? null,
  idVersion,
});
