// Outside event: an event in a person's own calendar, and the time that it takes, computed without the engine.
import { Temporal } from "temporal-polyfill/implementation";

/** The status of an event. `free` takes no time. */
export type OutsideStatus = "busy" | "tentative" | "free";

/** The time of an event: a stretch of time, or whole days. */
export type Span =
  | { readonly kind: "timed"; readonly startsAt: number; readonly minutes: number }
  /** `date` as YYYY-MM-DD in the calendar's zone. */
  | { readonly kind: "days"; readonly date: string; readonly days: number };

/** The contents of an event. Instants are epoch milliseconds. */
export interface EventSpec {
  readonly span: Span;
  readonly status: OutsideStatus;
  /** Only for timed events: each occurrence has the same time of day in the zone. */
  readonly repeat: { readonly every: "day" | "week"; readonly count: number } | null;
  /** What of it nobody can read; null: all can be read. Only for timed events that don't recur otherwise. */
  readonly broken: BrokenPart | null;
}

/**
 * - `rule`: it recurs by a rule that can't be read, so only its first occurrence is known.
 * - `end`: it takes time from its start on, and nobody knows how long.
 * - `start`, `row`: nobody knows when it is. Of a `row` nobody knows even whether it takes time.
 */
export type BrokenPart = "rule" | "end" | "start" | "row";

/** One event in one calendar. */
export interface OutsideEvent {
  /** The simulation's id. */
  readonly id: string;
  /** The provider's id. */
  native: string;
  spec: EventSpec;
  /** The zone in which it recurs. */
  zone: string;
  /** By index of the occurrence: the instant to which it was moved, or cancelled. */
  readonly exceptions: Map<number, number | "cancelled">;
}

/** The time that one occurrence takes, in epoch milliseconds. */
export interface Occupied {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly status: "busy" | "tentative";
  readonly allDay: boolean;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** How long an event blocks at least whose end can't be read. */
const UNKNOWN_MS = HOUR;

const zoned = (at: number, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);

/** The instant at which a date begins in a zone. */
const midnight = (date: string, zone: string): number =>
  Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds;

/** A date some days later. */
export const laterDate = (date: string, days: number): string =>
  Temporal.PlainDate.from(date).add({ days }).toString();

/** An instant by the wall clock of a zone: YYYY-MM-DDTHH:MM:SS. */
export const wallClock = (at: number, zone: string): string =>
  zoned(at, zone).toPlainDateTime().toString({ smallestUnit: "second" });

/** The instant at which an occurrence begins without an exception. */
export function occurrenceAt({ span, repeat }: EventSpec, index: number, zone: string): number {
  if (span.kind === "days") return midnight(span.date, zone);
  if (repeat === null || index === 0) return span.startsAt;
  const days = index * (repeat.every === "day" ? 1 : 7);
  return zoned(span.startsAt, zone).add({ days }).epochMilliseconds;
}

/**
 * The time that each occurrence of an event takes; null for an occurrence that takes none.
 * @param calendarZone the zone in which the days of the calendar begin
 */
export function occupiedBy(event: OutsideEvent, calendarZone: string): (Occupied | null)[] {
  const { span, status, repeat } = event.spec;
  if (event.spec.broken === "start" || event.spec.broken === "row" || status === "free") return [null];
  if (span.kind === "days") {
    const startsAt = midnight(span.date, calendarZone);
    const endsAt = midnight(laterDate(span.date, span.days), calendarZone);
    return [{ startsAt, endsAt, status, allDay: true }];
  }
  if (event.spec.broken === "end")
    return [{ startsAt: span.startsAt, endsAt: span.startsAt + UNKNOWN_MS, status, allDay: false }];
  return Array.from({ length: repeat?.count ?? 1 }, (_, index) => {
    const exception = event.exceptions.get(index);
    if (exception === "cancelled") return null;
    const startsAt = exception ?? occurrenceAt(event.spec, index, event.zone);
    return { startsAt, endsAt: startsAt + span.minutes * MINUTE, status, allDay: false };
  });
}
