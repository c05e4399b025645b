// Content of a booking's event in Graph: what is written, and whether an event says it already.

import type { BookingEvent } from "../booking-event.ts";
import { descriptionOf } from "../description.ts";
import { noteOf, noteOfKept, standingOf } from "../shared-fields.ts";
import { BOOKING_PROPERTY, IDENTITY_PROPERTY, identityOf, NOTE_PROPERTY } from "./marks.ts";
import { bookingIdOf, instantOf, noteIn, type OwnEvent, reminderOf, subjectOf, timeOf } from "./wire.ts";

/** The event as Graph should hold it. In UTC, because a local time without offset can mean two instants. */
export async function contentOf(calendarId: string, booking: BookingEvent) {
  const reminder = reminderOf(booking);
  return {
    subject: subjectOf(booking),
    body: { contentType: "text", content: descriptionOf(booking) },
    location: { displayName: booking.location ?? "" },
    start: timeOf(booking.startsAt),
    end: timeOf(booking.endsAt),
    isAllDay: false,
    // An event that the person made recurring or all-day becomes a single timed one again.
    recurrence: null,
    showAs: "busy",
    sensitivity: "private",
    isReminderOn: reminder !== null,
    ...(reminder !== null && { reminderMinutesBeforeStart: reminder }),
    responseRequested: false,
    singleValueExtendedProperties: [
      { id: BOOKING_PROPERTY, value: booking.bookingId },
      { id: IDENTITY_PROPERTY, value: await identityOf(calendarId, booking) },
      { id: NOTE_PROPERTY, value: await noteFor(booking) },
    ],
  };
}

const noteFor = (booking: BookingEvent): Promise<string> =>
  noteOf({
    description: descriptionOf(booking),
    location: booking.location ?? "",
    reminders: String(reminderOf(booking)),
  });

/**
 * What an update changes in an event. The patch leaves what the person put into the fields that they use too: a body
 * that we replace would lose the link of an online meeting.
 * @param current the event; null for the version that our own write made
 */
export async function revisionOf(calendarId: string, booking: BookingEvent, current: OwnEvent | null) {
  const content = await contentOf(calendarId, booking);
  const { subject, body, location, isReminderOn, reminderMinutesBeforeStart, ...ours } = content;
  const noted = current && noteIn(current);
  const whole = await noteFor(booking);
  const note = booking.keepsTexts === true ? noteOfKept(noted, whole) : whole;
  const standing = standingOf(noted, note, saysShared(current, booking));
  const patch = {
    ...ours,
    ...(booking.keepsTexts !== true && { subject }),
    singleValueExtendedProperties: content.singleValueExtendedProperties.map((mark) =>
      mark.id === NOTE_PROPERTY ? { ...mark, value: note } : mark,
    ),
    ...(standing.isNew.has("description") && { body }),
    ...(standing.isNew.has("location") && { location }),
    ...(standing.isNew.has("reminders") && {
      isReminderOn,
      ...(reminderMinutesBeforeStart !== undefined && { reminderMinutesBeforeStart }),
    }),
  };
  return {
    patch,
    isDone: current !== null && standing.isDone && saysOurs(current, booking),
    keepsAdded: standing.keepsAdded,
  };
}

/** Outlook wraps bodies anew, so their words are compared. */
const saysShared = (event: OwnEvent | null, booking: BookingEvent) => ({
  description: wordsOf(event?.body?.content ?? "") === wordsOf(descriptionOf(booking)),
  location: (event?.location?.displayName ?? "") === (booking.location ?? ""),
  reminders:
    (event?.isReminderOn === true ? (event.reminderMinutesBeforeStart ?? null) : null) ===
    reminderOf(booking),
});

/** Whether the fields that are ours alone are right. */
const saysOurs = (event: OwnEvent, booking: BookingEvent): boolean =>
  (booking.keepsTexts === true || (event.subject ?? "") === subjectOf(booking)) &&
  event.isAllDay !== true &&
  event.recurrence == null &&
  event.start != null &&
  event.end != null &&
  instantOf(event.start) === booking.startsAt &&
  instantOf(event.end) === booking.endsAt &&
  event.showAs === "busy" &&
  event.sensitivity === "private" &&
  bookingIdOf(event) === booking.bookingId;

const wordsOf = (text: string): string => text.split(/\s+/).filter(Boolean).join(" ");
