// Truth: the contents of calendars at their providers at every instant, recorded with every edit.
import type { BookingEvent, EditableCalendar } from "./outside-calendar.ts";
import { MINUTE, type Occupied, type OutsideEvent, occupiedBy } from "./outside-event.ts";

/** Time that an event took in a calendar, from the instant `from` until the instant `to`. */
export interface Taken extends Occupied {
  /** The occurrence, or the title of the booking. */
  readonly what: string;
  readonly from: number;
  to: number;
}

/** An event that couldn't be read to the end in one version, from the instant `from` until the instant `to`. */
export interface Unreadable {
  readonly event: OutsideEvent;
  readonly from: number;
  to: number;
  /** When it has ended by any reading; null: nobody knows. */
  readonly endsBy: number | null;
}

/** A calendar's past and present. */
export interface CalendarTruth {
  /** All that there ever was, except the events of bookings. */
  readonly taken: Taken[];
  /** All events of bookings that there ever were; `what` is the title. */
  readonly bookingEvents: Taken[];
  /** Each version that couldn't be read to the end. */
  readonly unreadable: Unreadable[];
  /** Time that an event took before it couldn't be read. It may take it still, so it isn't forgotten. */
  readonly doubtful: Taken[];
  /** Records the time that an event takes from now on. */
  record(event: OutsideEvent): void;
  forget(event: OutsideEvent): void;
  /** Changes the calendar's zone. From now on its all-day events begin at another midnight. */
  rezone(zone: string, events: readonly OutsideEvent[]): void;
  /** Records the calendar's events of bookings. Called after each write there. */
  noteBookingEvents(): void;
  /** Records that the calendar is deleted now. Its time stays taken: only the agent can say that it is free. */
  end(): void;
  /** When the calendar was deleted, in epoch milliseconds; null: it exists. */
  goneSince: number | null;
  /** The provider may report changes this many ms late. */
  lateMs: number;
  /** The provider may leave out what is gone. */
  forgotten: boolean;
}

const same = (a: Occupied, b: Occupied) =>
  a.startsAt === b.startsAt && a.endsAt === b.endsAt && a.status === b.status && a.allDay === b.allDay;

/** An event that takes no time is in no doubt, where that can be read. */
const isUnreadable = ({ spec: { broken, status } }: OutsideEvent): boolean =>
  broken === "row" || (broken !== null && status !== "free");

/** The end of an event where all that can't be read of it is its start; null: it may take time for ever. */
const endsByOf = ({ spec: { broken, span } }: OutsideEvent): number | null =>
  broken === "start" && span.kind === "timed" ? span.startsAt + span.minutes * MINUTE : null;

/** The beginning of each booking's title. */
export const BOOKING_TITLE = "Booking ";

/** The history of a calendar that is empty now. */
export function createTruth(
  calendar: EditableCalendar,
  zoneAtFirst: string,
  now: () => number,
): CalendarTruth {
  let zone = zoneAtFirst;
  const current = new Map<string, Taken>();
  const currentBookingEvents = new Map<string, Taken>();
  const truth: CalendarTruth = {
    ...{ taken: [], bookingEvents: [], unreadable: [], doubtful: [] },
    ...{ goneSince: null, lateMs: 0, forgotten: false },
    ...{ record, forget, rezone, noteBookingEvents, end },
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
  const bookingEvents = { all: truth.bookingEvents, current: currentBookingEvents };

  const isOf = (event: OutsideEvent, what: string) => what.startsWith(`${event.id}#`);

  function record(event: OutsideEvent): void {
    noteUnreadable(event);
    const occurrences = new Map(
      occupiedBy(event, zone).map((occupied, index) => [`${event.id}#${index}`, occupied]),
    );
    for (const [key, occupied] of occurrences) set(events, key, key, occupied);
    for (const key of [...current.keys()]) {
      if (isOf(event, key) && !occurrences.has(key)) set(events, key, key, null);
    }
  }

  /** Of a version that can't be read, the time of the versions before it stays in doubt. */
  function noteUnreadable(event: OutsideEvent): void {
    const before = [...current.values()].filter(({ what }) => isOf(event, what));
    endUnreadable(event);
    if (isUnreadable(event)) {
      truth.unreadable.push({ event, from: now(), to: Number.POSITIVE_INFINITY, endsBy: endsByOf(event) });
      // The cache may have missed the version before and hold the time of an earlier one. It needn't.
      const earlier = truth.taken.filter(({ what, to }) => isOf(event, what) && to <= now());
      truth.doubtful.push(
        ...before.map((taken) => ({ ...taken })),
        ...earlier.map((taken) => ({ ...taken, from: now(), to: Number.POSITIVE_INFINITY })),
      );
    } else endDoubt(event);
  }

  function endUnreadable(event: OutsideEvent): void {
    for (const each of truth.unreadable) if (each.event === event) each.to = Math.min(each.to, now());
  }

  function endDoubt(event: OutsideEvent): void {
    for (const each of truth.doubtful) if (isOf(event, each.what)) each.to = Math.min(each.to, now());
  }

  function forget(event: OutsideEvent): void {
    for (const key of [...current.keys()]) if (isOf(event, key)) set(events, key, key, null);
    endUnreadable(event);
    endDoubt(event);
  }

  function rezone(wanted: string, kept: readonly OutsideEvent[]): void {
    zone = wanted;
    for (const event of kept) record(event);
  }

  function noteBookingEvents(): void {
    const seen = new Map<string, BookingEvent>(
      calendar.bookingEvents(BOOKING_TITLE).map((copy) => [copy.native, copy]),
    );
    for (const native of [...currentBookingEvents.keys()])
      if (!seen.has(native)) set(bookingEvents, native, "", null);
    for (const [native, { title, startsAt, endsAt }] of seen) {
      set(bookingEvents, native, title, { startsAt, endsAt, status: "busy", allDay: false });
    }
  }

  function end(): void {
    truth.goneSince = now();
    for (const { event } of truth.unreadable) endUnreadable(event);
    noteBookingEvents();
  }

  return truth;
}

/** Was it there, unchanged, during all the time between two instants? */
export const lasted = (taken: Pick<Taken, "from" | "to">, from: number, to: number): boolean =>
  taken.from <= from && taken.to > to;

/** Was it there at any time between two instants? */
export const wasThere = (taken: Pick<Taken, "from" | "to">, from: number, to: number): boolean =>
  taken.from <= to && taken.to >= from;
