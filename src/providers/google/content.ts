// Content of a booking's event in Google: what is written, and what of it an event says already.
import { formatInstant } from "../../domain/instant.ts";
import type { BookingEvent } from "../booking-event.ts";
import { descriptionOf } from "../description.ts";
import { noteOf, noteOfKept, standingOf } from "../shared-fields.ts";
import { BOOKING_PROPERTY, NOTE_PROPERTY, type OwnEvent } from "./wire.ts";

/** The most that Google allows for one event. */
const MAX_REMINDERS = 5;

/** The event as Google should hold it. */
export async function contentOf(booking: BookingEvent) {
  const description = descriptionOf(booking);
  const location = booking.location ?? "";
  const note = await noteOf({ description, location, reminders: reminderMinutesOf(booking).join() });
  return {
    status: "confirmed",
    summary: booking.title,
    description,
    location,
    start: { dateTime: formatInstant(booking.startsAt), timeZone: booking.timeZone },
    end: { dateTime: formatInstant(booking.endsAt), timeZone: booking.timeZone },
    transparency: "opaque",
    visibility: "private",
    reminders: {
      useDefault: false,
      overrides: reminderMinutesOf(booking).map((minutes) => ({ method: "popup", minutes })),
    },
    extendedProperties: { private: { [BOOKING_PROPERTY]: booking.bookingId, [NOTE_PROPERTY]: note } },
  };
}

/**
 * What an update changes in an event. The patch leaves what the person put into the fields that they use too. Its
 * nulls undo an all-day date and a recurrence that the person set (A.6.2).
 * @param current the event; null for the version that our own write made
 */
export async function revisionOf(booking: BookingEvent, current: OwnEvent | null) {
  const content = await contentOf(booking);
  const noted = current?.extendedProperties?.private?.[NOTE_PROPERTY] ?? null;
  const { description, location, reminders, summary, extendedProperties, ...ours } = content;
  const whole = extendedProperties.private[NOTE_PROPERTY] ?? "";
  const note = booking.keepsTexts === true ? noteOfKept(noted, whole) : whole;
  const standing = standingOf(noted, note, saysShared(current, content));
  const patch = {
    ...ours,
    ...(booking.keepsTexts !== true && { summary }),
    extendedProperties: { private: { ...extendedProperties.private, [NOTE_PROPERTY]: note } },
    ...(standing.isNew.has("description") && { description }),
    ...(standing.isNew.has("location") && { location }),
    ...(standing.isNew.has("reminders") && { reminders }),
    start: { ...content.start, date: null },
    end: { ...content.end, date: null },
    recurrence: null,
  };
  return {
    patch,
    isDone: current !== null && standing.isDone && saysOurs(current, booking, content),
    keepsAdded: standing.keepsAdded,
  };
}

type Content = Awaited<ReturnType<typeof contentOf>>;

function saysShared(event: OwnEvent | null, wanted: Content) {
  const minutesOf = (overrides: readonly { readonly minutes: number }[] = []) =>
    overrides
      .map(({ minutes }) => minutes)
      .sort((a, b) => a - b)
      .join();
  const { useDefault, overrides } = event?.reminders ?? {};
  return {
    description: (event?.description ?? "").trim() === wanted.description.trim(),
    location: (event?.location ?? "") === wanted.location,
    reminders: useDefault !== true && minutesOf(overrides) === minutesOf(wanted.reminders.overrides),
  };
}

/** Whether the fields that are ours alone are right. Google may write other offsets and leave defaults out. */
const saysOurs = (event: OwnEvent, booking: BookingEvent, wanted: Content): boolean =>
  (event.status ?? "confirmed") === wanted.status &&
  (booking.keepsTexts === true || (event.summary ?? "") === wanted.summary) &&
  Date.parse(event.start?.dateTime ?? "") === booking.startsAt &&
  Date.parse(event.end?.dateTime ?? "") === booking.endsAt &&
  (event.transparency ?? "opaque") === wanted.transparency &&
  (event.recurrence ?? []).length === 0 &&
  event.visibility === wanted.visibility &&
  event.extendedProperties?.private?.[BOOKING_PROPERTY] === booking.bookingId;

const reminderMinutesOf = (booking: BookingEvent): number[] =>
  [...new Set(booking.reminderMinutes)].sort((a, b) => a - b).slice(0, MAX_REMINDERS);
