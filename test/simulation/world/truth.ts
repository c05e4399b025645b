// Truth: what calendars at their providers held at every instant, kept by whoever edits them.
import type { Copy, EditableCalendar } from "./outside-calendar.ts";
import { type Occupied, type OutsideEvent, occupiedBy } from "./outside-event.ts";

/** Time that was taken in a calendar from one instant until another. */
export interface Taken extends Occupied {
  /** The occurrence, or the copy of a booking. */
  readonly what: string;
  readonly from: number;
  to: number;
}

/** A calendar's past and present. */
export interface CalendarTruth {
  /** All that ever was, copies of bookings apart. */
  readonly taken: Taken[];
  /** Copies of bookings that ever were, by their title. */
  readonly copies: Taken[];
  /** Writes down what an event takes from now on. */
  record(event: OutsideEvent): void;
  forget(event: OutsideEvent): void;
  /** The calendar's days begin elsewhere from now on: for those events that are whole days. */
  rezone(zone: string, events: readonly OutsideEvent[]): void;
  /** Looks at the calendar's copies of bookings: somebody has just written there. */
  look(): void;
  /** The calendar is deleted now, and these events with it. */
  end(events: readonly OutsideEvent[]): void;
  /** Since when there is no such calendar; null: it is there. */
  goneSince: number | null;
  /** The calendar may tell of changes so much later. */
  lateMs: number;
}

const same = (a: Occupied, b: Occupied) =>
  a.startsAt === b.startsAt && a.endsAt === b.endsAt && a.status === b.status && a.allDay === b.allDay;

/** What a booking's title begins with. */
export const BOOKING_TITLE = "Booking ";

/** Begins the history of an empty calendar. */
export function createTruth(
  calendar: EditableCalendar,
  zoneAtFirst: string,
  now: () => number,
): CalendarTruth {
  let zone = zoneAtFirst;
  const current = new Map<string, Taken>();
  const currentCopies = new Map<string, Taken>();
  const truth: CalendarTruth = {
    ...{ taken: [], copies: [], goneSince: null, lateMs: 0 },
    ...{ record, forget, rezone, look, end },
  };

  function set(
    of: { all: Taken[]; current: Map<string, Taken> },
    key: string,
    what: string,
    occupied: Occupied | null,
  ): void {
    const before = of.current.get(key);
    if (before !== undefined && occupied !== null && before.what === what && same(before, occupied)) return;
    if (before !== undefined) before.to = now();
    of.current.delete(key);
    if (occupied === null) return;
    const taken = { ...occupied, what, from: now(), to: Number.POSITIVE_INFINITY };
    of.current.set(key, taken);
    of.all.push(taken);
  }

  const events = { all: truth.taken, current };
  const copies = { all: truth.copies, current: currentCopies };

  function record(event: OutsideEvent): void {
    for (const [index, occupied] of occupiedBy(event, zone).entries()) {
      set(events, `${event.id}#${index}`, `${event.id}#${index}`, occupied);
    }
  }

  function forget(event: OutsideEvent): void {
    for (const key of [...current.keys()]) {
      if (key.startsWith(`${event.id}#`)) set(events, key, key, null);
    }
  }

  function rezone(wanted: string, kept: readonly OutsideEvent[]): void {
    zone = wanted;
    for (const event of kept) record(event);
  }

  function look(): void {
    const seen = new Map<string, Copy>(calendar.copies(BOOKING_TITLE).map((copy) => [copy.native, copy]));
    for (const native of [...currentCopies.keys()]) if (!seen.has(native)) set(copies, native, "", null);
    for (const [native, { title, startsAt, endsAt }] of seen) {
      set(copies, native, title, { startsAt, endsAt, status: "busy", allDay: false });
    }
  }

  function end(kept: readonly OutsideEvent[]): void {
    truth.goneSince = now();
    for (const event of kept) forget(event);
    look();
  }

  return truth;
}

/** Was it there, unchanged, all the time between two instants? */
export const lasted = (taken: Taken, from: number, to: number): boolean =>
  taken.from <= from && taken.to > to;

/** Was it there at any time between two instants? */
export const wasThere = (taken: Taken, from: number, to: number): boolean =>
  taken.from <= to && taken.to >= from;
