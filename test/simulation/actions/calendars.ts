// Calendar deeds: what people do to events in their own calendars, and how their providers behave.

import { LATE_KNOBS, LATEST_MS } from "../plan/knobs.ts";
import type { Place } from "../world/cast.ts";
import { MINUTE, type OutsideEvent, occurrenceAt } from "../world/outside-event.ts";
import { BOOKING_TITLE } from "../world/truth.ts";
import type { World } from "../world/world.ts";
import { type Deed, placeOf } from "./client.ts";

const chosen = (place: Place, pick: number, fits: (event: OutsideEvent) => boolean = () => true) => {
  const fitting = place.events.filter(fits);
  return fitting[pick % Math.max(1, fitting.length)];
};

/** The agent moves or deletes a booking's event in their own calendar. */
export function tamper(world: World, deed: Deed<"copy-move" | "copy-remove">): void {
  const { calendar, truth } = placeOf(world, deed);
  const copies = calendar.copies(BOOKING_TITLE);
  const copy = copies[deed.pick % Math.max(1, copies.length)];
  if (copy === undefined) return;
  if (deed.do === "copy-remove") calendar.removeCopy(copy.native);
  else {
    // At a second of its own, so that nobody else's time is taken for it.
    const by = deed.minutes * MINUTE + deed.id * 1_000;
    calendar.moveCopy(copy.native, copy.startsAt + by, copy.endsAt + by);
  }
  truth.look();
}

/** Puts a new event into a calendar. */
export function add(world: World, deed: Deed<"add">): void {
  const { calendar, truth, events, zone } = placeOf(world, deed);
  if (truth.goneSince !== null) return;
  const { id, spec } = deed;
  const event: OutsideEvent = { id: `e${id}`, native: "", spec, zone, exceptions: new Map() };
  event.native = calendar.add(event);
  events.push(event);
  truth.record(event);
}

/** Makes another event of a single one. */
export function change(world: World, deed: Deed<"change">): void {
  const place = placeOf(world, deed);
  const event = chosen(place, deed.pick, ({ spec }) => spec.repeat === null);
  if (event === undefined) return;
  event.spec = { ...deed.spec, repeat: null };
  event.zone = place.zone;
  place.calendar.change(event);
  place.truth.record(event);
}

/** Deletes an event, or a whole series. */
export function remove(world: World, deed: Deed<"remove">): void {
  const place = placeOf(world, deed);
  const event = chosen(place, deed.pick);
  if (event === undefined) return;
  place.calendar.remove(event);
  place.events.splice(place.events.indexOf(event), 1);
  place.truth.forget(event);
}

/** Moves or cancels one occurrence of a series. */
export function except(world: World, deed: Deed<"except">): void {
  const place = placeOf(world, deed);
  const event = chosen(place, deed.pick, ({ spec }) => spec.repeat !== null);
  if (event === undefined) return;
  const index = deed.index % (event.spec.repeat?.count ?? 1);
  if (event.exceptions.get(index) === "cancelled") return;
  const moved = deed.moveMinutes;
  const original = occurrenceAt(event.spec, index, event.zone);
  event.exceptions.set(index, moved === null ? "cancelled" : original + moved * MINUTE + deed.id * 1_000);
  place.calendar.except(event, index);
  place.truth.record(event);
}

/** The calendar's days begin elsewhere. Only Google's calendars have a zone that their days follow. */
export function rezone(world: World, deed: Deed<"rezone">): void {
  const { provider, calendarId, truth, events } = placeOf(world, deed);
  if (provider !== "GOOGLE") return;
  world.simulators.google.changeCalendar(calendarId, { timeZone: deed.zone });
  truth.rezone(deed.zone, events);
}

/** The owner deletes the calendar with all that is in it, for good. */
export function lose(world: World, deed: Deed<"lose">): void {
  const { calendar, truth, events } = placeOf(world, deed);
  if (truth.goneSince !== null) return;
  calendar.destroy();
  truth.end(events.splice(0));
}

/** Makes a provider misbehave. */
export function turnKnob(world: World, deed: Deed<"knob">): void {
  // Each simulator has a board of its own; which knobs it knows, the plan knows.
  const { knobs } = world.simulators[deed.at_] as World["simulators"]["google"];
  const { times, operation } = deed;
  knobs.set(deed.name as never, deed.value as never, operation === null ? { times } : { times, operation });
  if (!LATE_KNOBS.includes(deed.name)) return;
  for (const { truth } of world.places) truth.lateMs = LATEST_MS;
}
