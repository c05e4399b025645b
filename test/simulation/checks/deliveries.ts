// Delivery checks: at rest, each booking has its event in each receiving calendar.

import type { Place } from "../world/cast.ts";
import type { BookingEvent } from "../world/outside-calendar.ts";
import { type BookingRow, readBookings } from "../world/sales.ts";
import { BOOKING_TITLE } from "../world/truth.ts";
import type { World } from "../world/world.ts";
import { type Accuse, type ConnectionRow, placeOfConnection, readConnections, spell } from "./cache.ts";
import type { ExternalChangeChecks } from "./external-changes.ts";

interface DeliveryRow {
  readonly connection_id: string;
  readonly booking_id: string;
  readonly agent_id: string;
  readonly state: string;
  readonly wanted_revision: number;
  readonly delivered_revision: number;
  readonly lease_id: string | null;
  readonly lease_until: number;
  readonly look_due_at: number | null;
  readonly failure_kind: string | null;
  readonly failure_code: string | null;
}

/** Kinds of failures that the engine doesn't retry (`domain/booking.ts`). */
const FOR_GOOD: readonly (string | null)[] = ["bug", "gone", "read-only", "ignore"];

/** A connected calendar with its events of bookings, and the deliveries to it. */
interface ConnectedCalendar {
  readonly place: Place;
  readonly who: string;
  readonly row: ConnectionRow;
  readonly events: readonly BookingEvent[];
  readonly deliveries: readonly DeliveryRow[];
  /** The agent's bookings. */
  readonly bookings: readonly BookingRow[];
  /** The titles of all agents' bookings, because agents may share a mailbox. */
  readonly known: ReadonlySet<string>;
}

/** All connected calendars. */
export function connectedCalendars(world: World): ConnectedCalendar[] {
  const bookings = readBookings(world);
  const deliveries = world.database.query<DeliveryRow>("SELECT * FROM deliveries");
  return readConnections(world).flatMap((row) => {
    const place: Place | undefined = row.closing_at === null ? placeOfConnection(world, row) : undefined;
    if (place === undefined) return [];
    const own = bookings.filter(({ agent_id }) => agent_id === row.agent_id);
    return {
      place,
      who: `${place.provider} calendar ${place.index}`,
      row,
      events: place.calendar.bookingEvents(BOOKING_TITLE),
      deliveries: deliveries.filter(({ connection_id }) => connection_id === row.id),
      bookings: own,
      known: new Set(bookings.map(({ title }) => title)),
    };
  });
}

/** A confirmed booking has one event with the newest time and text. A cancelled booking has none. */
function expectShown({ who, events }: ConnectedCalendar, booking: BookingRow, accuse: Accuse): void {
  const own = events.filter(({ title }) => title === booking.title);
  const wanted = booking.state === "confirmed" ? 1 : 0;
  if (own.length !== wanted) {
    accuse("P3", `${booking.booking_id} (${booking.state}) has ${own.length} events in ${who}`);
    return;
  }
  const [event] = own;
  if (event === undefined) return;
  if (event.startsAt !== booking.starts_at || event.endsAt !== booking.ends_at) {
    accuse(
      "P3",
      `${booking.booking_id} stands at ${spell(event)} in ${who}, not at ${spell({ startsAt: booking.starts_at, endsAt: booking.ends_at })}`,
    );
  }
  if (booking.description !== null && !event.text.includes(booking.description)) {
    accuse("P3", `${booking.booking_id} in ${who} doesn't say "${booking.description}"`);
  }
}

function expectDelivery(
  world: World,
  calendar: ConnectedCalendar,
  delivery: DeliveryRow,
  externalChanges: Pick<ExternalChangeChecks, "isTouched">,
  accuse: Accuse,
): void {
  const { who, row, bookings } = calendar;
  const now = world.scheduler.now();
  const booking = bookings.find(({ booking_id }) => booking_id === delivery.booking_id);
  const what = `${delivery.booking_id} in ${who}`;
  if (booking === undefined) {
    accuse("P3", `${what} must be delivered and is no booking`);
    return;
  }
  world.faults.count(
    `end ${delivery.state} ${delivery.failure_kind ?? ""} ${delivery.failure_code ?? ""}`.trim(),
  );
  const receiving = row.is_active === 1 && row.receives_bookings === 1 && row.gone_at === null;
  if (delivery.lease_id !== null && delivery.lease_until > now) accuse("P3", `${what} is still leased`);
  if (delivery.state === "pending" && receiving) {
    accuse("P3", `${what} is still pending (${delivery.failure_code ?? "never tried"})`);
  }
  if (delivery.look_due_at !== null && receiving && booking.ends_at > now && delivery.state === "delivered") {
    accuse("P3", `${what} is still due to be reconciled`);
  }
  if (delivery.state === "failed" && !FOR_GOOD.includes(delivery.failure_kind)) {
    accuse("P3", `${what} failed for ${delivery.failure_kind} ${delivery.failure_code}`);
  }
  // The engine doesn't write to a calendar that is switched off. It doesn't see an external change in a calendar that
  // isn't synced or beyond the window, and ignores one after the booking has ended.
  const settled =
    delivery.state === "delivered" && receiving && delivery.delivered_revision === booking.revision;
  const seen =
    booking.starts_at >= (row.window_starts_at ?? 0) && booking.ends_at <= (row.window_ends_at ?? 0);
  const cared = row.sync_enabled === 1 && booking.ends_at > now && seen;
  const mayVanish = world.plan.actions.some((each) => each.do === "knob" && each.name === "event.race");
  const isGone = calendar.place.truth.goneSince !== null;
  if (
    settled &&
    (cared || !(mayVanish || isGone || externalChanges.isTouched(calendar.place, booking.title)))
  ) {
    expectShown(calendar, booking, accuse);
  }
}

/** P3: each booking is in each calendar that should have it, once, and in no other calendar. */
export function checkDeliveries(
  world: World,
  externalChanges: Pick<ExternalChangeChecks, "isTouched">,
  accuse: Accuse,
): void {
  const now = world.scheduler.now();
  for (const calendar of connectedCalendars(world)) {
    const { who, row, events, deliveries, bookings, known } = calendar;
    for (const delivery of deliveries) expectDelivery(world, calendar, delivery, externalChanges, accuse);
    const titles = events.map(({ title }) => title);
    for (const title of new Set(titles)) {
      if (!known.has(title)) accuse("P3", `${who} shows ${title}, which was never booked`);
      if (titles.filter((other) => other === title).length > 1)
        accuse("P3", `${who} shows ${title} more than once`);
    }
    if (row.is_active === 0 || row.receives_bookings === 0 || row.role !== "writer") continue;
    for (const booking of bookings) {
      const listed = deliveries.some(({ booking_id }) => booking_id === booking.booking_id);
      if (booking.state === "confirmed" && booking.ends_at > now && !listed) {
        accuse("P3", `${booking.booking_id} has no delivery to ${who}`);
      }
    }
  }
}
