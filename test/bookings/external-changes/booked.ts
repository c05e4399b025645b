// Booked: how tests of external changes begin, with the booking "b-1" and its event in the agent's calendar.
import { createBooking } from "../../../src/bookings/create.ts";
import { getBooking } from "../../../src/bookings/get.ts";
import type { World, WorldOptions } from "../../support/world.ts";
import {
  type ConnectedCalendar,
  connectAt,
  HOUR,
  type Kind,
  patientWorld,
  setExternalChangePolicy,
  settled,
} from "../one-calendar-each.ts";
import { bookingRequest, SLOT } from "../requests.ts";

/** The kinds of the notices about external changes. */
export const EXTERNAL_CHANGES = ["booking.moved_outside", "booking.removed_outside"] as const;

/** Where the booking's event stands at first. */
export const BOOKED = { startsAt: SLOT.start, endsAt: SLOT.end };

/** So many hours after BOOKED. */
export const later = (hours: number) => ({
  startsAt: BOOKED.startsAt + hours * HOUR,
  endsAt: BOOKED.endsAt + hours * HOUR,
});

/** What happens when the agent changes a booking's event. */
export type Policy = "keep" | "follow";

interface Beginning {
  readonly kind: Kind;
  readonly onExternalChange: Policy;
  /** More calendars of the agent, in which the booking's event stands as well. */
  readonly others?: readonly Kind[];
  readonly options?: WorldOptions;
}

/** A world with the booking, whose event was written just now. */
export async function bookedNow(
  databaseUrl: string,
  { kind, onExternalChange, others = [], options = {} }: Beginning,
) {
  const world = patientWorld(databaseUrl, options);
  const calendar = await connectAt(world, kind);
  const further: ConnectedCalendar[] = [];
  for (const other of others) further.push(await connectAt(world, other));
  await setExternalChangePolicy(world, onExternalChange);
  await createBooking(world.deps, bookingRequest(world));
  await world.drain();
  return { world, calendar, others: further, eventId: eventOf(calendar).eventId };
}

/** The same, with an event written so long ago that external changes are believed at once (C35). */
export async function bookedBefore(databaseUrl: string, beginning: Beginning) {
  const booked = await bookedNow(databaseUrl, beginning);
  await settled(booked.world);
  return booked;
}

/** The only event of a booking in the calendar. */
export function eventOf(calendar: ConnectedCalendar) {
  const [event, ...more] = calendar.written();
  if (event === undefined || more.length > 0) throw new Error(`${more.length} events too many, or none`);
  return event;
}

/** The booking as MaraPlace reads it. */
export const bookingOf = async (world: World, bookingId = "b-1") =>
  (await getBooking(world.deps, { agentId: world.agentId, bookingId })).booking;
