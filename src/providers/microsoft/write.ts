// Bookings in Graph: one event per booking, created under transaction ids which make a repeat find the first.
import { formatInstant, type Instant } from "../../domain/instant.ts";
import { descriptionOf } from "../description.ts";
import { ProviderError } from "../error.ts";
import type { BookingEvent, BookingIdentity, CalendarRef, CopyState, KnownEvent } from "../provider.ts";
import type { GraphApi } from "./api.ts";
import {
  BOOKING_PROPERTY,
  bookingIdOf,
  boundOf,
  byIdentity,
  byUid,
  IDENTITY_PROPERTY,
  identityOf,
  instantOf,
  type OwnEvent,
  transactionIdOf,
} from "./wire.ts";

/** How often a write is decided anew because somebody changed the event in between (`providers.md` D, REREAD). */
const MAX_REREADS = 3;

/** Characters of a subject that Exchange takes. */
const MAX_SUBJECT = 255;

/** How many burnt transaction ids in a row are stepped over. More than one is rare. */
const MAX_GENERATIONS = 8;

/** See `ProviderAccount.putBooking`. */
export async function putBooking(
  api: GraphApi,
  calendarId: string,
  booking: BookingEvent,
  known: KnownEvent | null,
): Promise<KnownEvent> {
  if (known === null) {
    // How long Graph remembers a transaction id isn't known (B.6.2); the mark of an event written long ago stays.
    const [written] = await findOwn(api, calendarId, booking);
    const adopted = written === undefined ? null : await takeOver(api, calendarId, written, booking);
    return adopted ?? create(api, calendarId, booking, 0);
  }
  // The id of a deleted event's creation is used up as far as anybody knows (B.6.2).
  return (
    (await change(api, calendarId, booking, known)) ?? create(api, calendarId, booking, known.generation + 1)
  );
}

/** See `ProviderAccount.removeBooking`. What isn't where it was left is searched by its mark. */
export async function removeBooking(
  api: GraphApi,
  calendarId: string,
  identity: BookingIdentity,
  known: KnownEvent | null,
): Promise<void> {
  if (known !== null && (await removed(api, known.externalId))) return;
  for (const eventId of await findOwn(api, calendarId, identity)) {
    await removed(api, eventId);
  }
}

/** See `ProviderAccount.readBooking`. A series answers under its own id with its first occurrence's times. */
export async function readBooking(
  api: GraphApi,
  { calendarId, fallbackTimeZone }: CalendarRef,
  known: KnownEvent,
): Promise<CopyState | null> {
  const event = await lookAt(api, calendarId, known.externalId);
  if (event === null || event.isCancelled === true) return null;
  const { start, end, isAllDay } = event;
  if (start == null || end == null) throw new ProviderError({ kind: "retry", code: "times_missing" });
  return {
    ...known,
    startsAt: boundOf(start, isAllDay === true, fallbackTimeZone),
    endsAt: boundOf(end, isAllDay === true, fallbackTimeZone),
    etag: event["@odata.etag"] ?? null,
  };
}

/** The event, if it is in this calendar. */
async function lookAt(api: GraphApi, calendarId: string, eventId: string): Promise<OwnEvent | null> {
  try {
    const event = await api.lookAtEvent(calendarId, eventId);
    return (await isListed(api, "look", calendarId, event)) ? event : null;
  } catch (error) {
    if (!(error instanceof ProviderError && error.status === 404 && error.kind === "gone")) throw error;
    // Only a calendar that can be read can miss an event.
    await api.lookAtCalendar(calendarId);
    return null;
  }
}

/**
 * Is the event in this calendar? Its immutable id leads to it also in Deleted Items and in another calendar (B.2),
 * maybe whichever calendar the path names: what the calendar itself lists decides.
 */
async function isListed(
  api: GraphApi,
  operation: "find" | "look",
  calendarId: string,
  { id, iCalUId }: OwnEvent,
): Promise<boolean> {
  if (iCalUId == null) throw new ProviderError({ kind: "retry", code: "uid_missing" });
  return (await api.findEvents(operation, calendarId, byUid(iCalUId))).includes(id);
}

/** The calendar's events of a booking, by their mark. */
const findOwn = async (api: GraphApi, calendarId: string, identity: BookingIdentity): Promise<string[]> =>
  api.findEvents("find", calendarId, byIdentity(await identityOf(calendarId, identity)));

/** Under which of the booking's transaction ids the event was created. */
async function generationOf(calendarId: string, identity: BookingIdentity, event: OwnEvent): Promise<number> {
  for (let generation = 0; generation < MAX_GENERATIONS; generation++) {
    if ((await transactionIdOf(calendarId, identity, generation)) === event.transactionId) return generation;
  }
  return 0;
}

/** Creates the event; what was created before under its transaction id is taken over (M27). */
async function create(
  api: GraphApi,
  calendarId: string,
  booking: BookingEvent,
  first: number,
): Promise<KnownEvent> {
  const content = await contentOf(calendarId, booking);
  for (let generation = first; generation < first + MAX_GENERATIONS; generation++) {
    const transactionId = await transactionIdOf(calendarId, booking, generation);
    const created = await api.createEvent(calendarId, { ...content, transactionId });
    if ("event" in created) return knownOf(created.event, generation);
    const taken = created.takenBy ?? (await findOwn(api, calendarId, booking))[0];
    const adopted = taken === undefined ? null : await takeOver(api, calendarId, taken, booking);
    if (adopted !== null) return adopted;
  }
  throw new ProviderError({ kind: "bug", code: "no_free_transaction_id" });
}

/** Makes an event created earlier the booking's. Null: it is deleted or moved away, its transaction id used up. */
async function takeOver(
  api: GraphApi,
  calendarId: string,
  eventId: string,
  booking: BookingEvent,
): Promise<KnownEvent | null> {
  const current = await unlessGone(api.getEvent(eventId));
  if (current === null || !(await isListed(api, "find", calendarId, current))) return null;
  const known = knownOf(current, await generationOf(calendarId, booking, current));
  return holds(current, booking) ? known : change(api, calendarId, booking, known);
}

/** Brings a known event to the booking's state. Null: it is deleted, by whoever (M29). */
async function change(
  api: GraphApi,
  calendarId: string,
  booking: BookingEvent,
  known: KnownEvent,
): Promise<KnownEvent | null> {
  const content = await contentOf(calendarId, booking);
  let etag = known.etag;
  for (let reread = 0; ; reread++) {
    try {
      const patched = await unlessGone(api.patchEvent(known.externalId, content, etag));
      return patched && knownOf(patched, known.generation);
    } catch (error) {
      if (!(error instanceof ProviderError && error.kind === "reread") || reread === MAX_REREADS) throw error;
    }
    const current = await unlessGone(api.getEvent(known.externalId));
    if (current === null) return null;
    if (holds(current, booking)) return knownOf(current, known.generation);
    etag = current["@odata.etag"] ?? null;
  }
}

/** True: it was there and isn't any more (M30). */
async function removed(api: GraphApi, eventId: string): Promise<boolean> {
  return (await unlessGone(api.deleteEvent(eventId).then(() => true))) ?? false;
}

/** The event as Graph should hold it. In UTC: a wall-clock time without offset can mean two instants. */
async function contentOf(calendarId: string, booking: BookingEvent) {
  const reminder = reminderOf(booking);
  return {
    subject: subjectOf(booking),
    body: { contentType: "text", content: descriptionOf(booking) },
    location: { displayName: booking.location ?? "" },
    start: timeOf(booking.startsAt),
    end: timeOf(booking.endsAt),
    isAllDay: false,
    // What the person made recur or last all day is one appointment again.
    recurrence: null,
    showAs: "busy",
    sensitivity: "private",
    isReminderOn: reminder !== null,
    ...(reminder !== null && { reminderMinutesBeforeStart: reminder }),
    responseRequested: false,
    singleValueExtendedProperties: [
      { id: BOOKING_PROPERTY, value: booking.bookingId },
      { id: IDENTITY_PROPERTY, value: await identityOf(calendarId, booking) },
    ],
  };
}

/** Does the event say what the booking says? Compared as Outlook may write it: bodies are wrapped anew. */
function holds(event: OwnEvent, booking: BookingEvent): boolean {
  const reminder = event.isReminderOn === true ? (event.reminderMinutesBeforeStart ?? null) : null;
  return (
    (event.subject ?? "") === subjectOf(booking) &&
    wordsOf(event.body?.content ?? "") === wordsOf(descriptionOf(booking)) &&
    (event.location?.displayName ?? "") === (booking.location ?? "") &&
    event.isAllDay !== true &&
    event.recurrence == null &&
    event.start != null &&
    event.end != null &&
    instantOf(event.start) === booking.startsAt &&
    instantOf(event.end) === booking.endsAt &&
    event.showAs === "busy" &&
    event.sensitivity === "private" &&
    reminder === reminderOf(booking) &&
    bookingIdOf(event) === booking.bookingId
  );
}

/** Cut to what Outlook takes, and not through the middle of a character. */
const subjectOf = ({ title }: BookingEvent): string =>
  title.slice(0, MAX_SUBJECT).replace(/[\uD800-\uDBFF]$/, "");

const timeOf = (at: Instant) => ({ dateTime: formatInstant(at).slice(0, -1), timeZone: "UTC" });

const wordsOf = (text: string): string => text.split(/\s+/).filter(Boolean).join(" ");

/** Outlook keeps one reminder per event. The one nearest to the booking is the one to keep. */
const reminderOf = ({ reminderMinutes }: BookingEvent): number | null =>
  reminderMinutes.length === 0 ? null : Math.min(...reminderMinutes);

const knownOf = (event: OwnEvent, generation: number): KnownEvent => ({
  externalId: event.id,
  etag: event["@odata.etag"] ?? null,
  generation,
});

/** The call's result, or null where the event isn't there. Access lost (403) isn't event gone. */
async function unlessGone<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ProviderError && error.kind === "gone") return null;
    throw error;
  }
}
