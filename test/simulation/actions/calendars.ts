// Calendar actions: people edit their own calendars, and providers misbehave.

import { FORGETFUL_KNOBS, LATE_KNOBS, LATEST_MS } from "../plan/knobs.ts";
import type { Place } from "../world/cast.ts";
import { MINUTE, type OutsideEvent, occurrenceAt } from "../world/outside-event.ts";
import { BOOKING_TITLE } from "../world/truth.ts";
import type { World } from "../world/world.ts";
import { type ActionOf, placeOf } from "./client.ts";

const chosen = (place: Place, pick: number, fits: (event: OutsideEvent) => boolean = () => true) => {
  const fitting = place.events.filter(fits);
  return fitting[pick % Math.max(1, fitting.length)];
};

/** The agent moves or deletes the event of a booking in their own calendar. */
export function changeBookingEvent(
  world: World,
  action: ActionOf<"move-booking-event" | "remove-booking-event">,
): void {
  const { calendar, truth } = placeOf(world, action);
  const bookingEvents = calendar.bookingEvents(BOOKING_TITLE);
  const event = bookingEvents[action.pick % Math.max(1, bookingEvents.length)];
  if (event === undefined) return;
  if (action.do === "remove-booking-event") calendar.removeBookingEvent(event.native);
  else {
    // At its own second, so that no other event has the same time.
    const by = action.minutes * MINUTE + action.id * 1_000;
    calendar.moveBookingEvent(event.native, event.startsAt + by, event.endsAt + by);
  }
  truth.noteBookingEvents();
}

/** Puts a new event into a calendar. */
export function add(world: World, action: ActionOf<"add">): void {
  const { calendar, truth, events, zone } = placeOf(world, action);
  if (truth.goneSince !== null) return;
  const { id, spec } = action;
  const event: OutsideEvent = { id: `e${id}`, native: "", spec, zone, exceptions: new Map() };
  event.native = calendar.add(event);
  events.push(event);
  truth.record(event);
}

/** Replaces the time and status of an event that doesn't recur, or makes any event unreadable. */
export function change(world: World, action: ActionOf<"change">): void {
  const place = placeOf(world, action);
  // Elsewhere a series and a single event have rows of different names, so none of a series could stay in doubt.
  const keepsName = place.provider === "APPLE" || place.provider === "CALDAV";
  const mayRecur = keepsName && action.spec.broken !== null;
  const event = chosen(place, action.pick, ({ spec }) => spec.repeat === null || mayRecur);
  if (event === undefined) return;
  event.exceptions.clear();
  event.spec = { ...action.spec, repeat: null };
  event.zone = place.zone;
  place.calendar.change(event);
  place.truth.record(event);
}

/** Deletes an event, or a whole series. */
export function remove(world: World, action: ActionOf<"remove">): void {
  const place = placeOf(world, action);
  const event = chosen(place, action.pick);
  if (event === undefined) return;
  place.calendar.remove(event);
  place.events.splice(place.events.indexOf(event), 1);
  place.truth.forget(event);
}

/** Moves or cancels one occurrence of a series. */
export function except(world: World, action: ActionOf<"except">): void {
  const place = placeOf(world, action);
  const event = chosen(place, action.pick, ({ spec }) => spec.repeat !== null);
  if (event === undefined) return;
  const index = action.index % (event.spec.repeat?.count ?? 1);
  if (event.exceptions.get(index) === "cancelled") return;
  const moved = action.moveMinutes;
  const original = occurrenceAt(event.spec, index, event.zone);
  event.exceptions.set(index, moved === null ? "cancelled" : original + moved * MINUTE + action.id * 1_000);
  place.calendar.except(event, index);
  place.truth.record(event);
}

/** Changes a calendar's zone. Only at Google do all-day events follow it. */
export function rezone(world: World, action: ActionOf<"rezone">): void {
  const { provider, calendarId, truth, events } = placeOf(world, action);
  if (provider !== "GOOGLE") return;
  world.simulators.google.changeCalendar(calendarId, { timeZone: action.zone });
  truth.rezone(action.zone, events);
}

/** The owner deletes the calendar with all its events. */
export function lose(world: World, action: ActionOf<"lose">): void {
  const { calendar, truth, events } = placeOf(world, action);
  if (truth.goneSince !== null) return;
  calendar.destroy();
  events.splice(0);
  truth.end();
}

/** The provider gives the calendar another id. */
export function giveNewId(world: World, action: ActionOf<"give-new-id">): void {
  const { calendar, truth } = placeOf(world, action);
  if (truth.goneSince === null) calendar.giveNewId();
}

/** Makes a provider misbehave. */
export function turnKnob(world: World, action: ActionOf<"knob">): void {
  // Each simulator has its own board. The plan names only knobs of that board.
  const { knobs } = world.simulators[action.at_] as World["simulators"]["google"];
  const { times, operation } = action;
  knobs.set(
    action.name as never,
    action.value as never,
    operation === null ? { times } : { times, operation },
  );
  for (const { truth } of world.places) truth.forgotten ||= FORGETFUL_KNOBS.includes(action.name);
  if (!LATE_KNOBS.includes(action.name)) return;
  for (const { truth } of world.places) truth.lateMs = LATEST_MS;
}
