// Content of a booking's event in Graph: what is written, and whether an event says it already.
import { descriptionOf } from "../description.ts";
import type { BookingEvent } from "../provider.ts";
import { BOOKING_PROPERTY, IDENTITY_PROPERTY, identityOf } from "./marks.ts";
import { bookingIdOf, instantOf, type OwnEvent, reminderOf, subjectOf, timeOf } from "./wire.ts";

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
    ],
  };
}

/** Whether the event says the same as the booking. Outlook wraps bodies anew, so their words are compared. */
export function holds(event: OwnEvent, booking: BookingEvent): boolean {
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

const wordsOf = (text: string): string => text.split(/\s+/).filter(Boolean).join(" ");
