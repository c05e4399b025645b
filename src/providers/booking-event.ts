// Booking event: a booking as its event in a calendar shows it, and how that event is recognised again.
import type { BookingDetails } from "../domain/booking.ts";
import type { Interval } from "../domain/interval.ts";

/** A booking as its event should show it to the agent. */
export interface BookingEvent extends BookingDetails {
  readonly bookingId: string;
  /**
   * Whose booking it is. Agent id, booking id and calendar id make the event's identity at the provider. It
   * outlives the connection: after the calendar is connected again, its events are found and not doubled.
   */
  readonly agentId: string;
  /** The calendar id in that identity, where the calendar has another one by now. */
  readonly markedAs?: string | null;
  /** The booking's texts were forgotten: those of an event that is there stay. Only a new one gets the given texts. */
  readonly keepsTexts?: boolean;
  readonly reminderMinutes: readonly number[];
}

/** Together with the calendar's id this identifies an event of ours. */
export type BookingIdentity = Pick<BookingEvent, "bookingId" | "agentId" | "markedAs">;

/** Where a booking's event is after the last write. */
export interface KnownEvent {
  readonly externalId: string;
  /** The version that our own write made; null where the next write must read the event before it changes it. */
  readonly etag: string | null;
  /** Raised when an id is burnt (the id of a deleted event stays taken) and another one is chosen. */
  readonly idVersion: number;
}

/** When a booking's event is, in which version, and where: it may have another id by now. */
export type EventState = Interval & KnownEvent;
