// Outside events: what people put into their own calendars, and which time that takes, worked out here on its own.
import { Temporal } from "temporal-polyfill/implementation";

/** How an event is marked. `free` takes no time. */
export type OutsideStatus = "busy" | "tentative" | "free";

/** When an event is: a stretch of time, or whole days. */
export type Span =
  | { readonly kind: "timed"; readonly startsAt: number; readonly minutes: number }
  /** `date` as YYYY-MM-DD in the calendar's zone. */
  | { readonly kind: "days"; readonly date: string; readonly days: number };

/** An event as its owner meant it. */
export interface EventSpec {
  readonly span: Span;
  readonly status: OutsideStatus;
  /** Only of timed events: the same time of day in the calendar's zone. */
  readonly repeat: { readonly every: "day" | "week"; readonly count: number } | null;
}

/** One event in one calendar. */
export interface OutsideEvent {
  /** Ours. */
  readonly id: string;
  /** The provider's. */
  native: string;
  spec: EventSpec;
  /** By whose wall clock it recurs. */
  zone: string;
  /** By the number of the occurrence: moved to an instant, or cancelled. */
  readonly exceptions: Map<number, number | "cancelled">;
}

/** Time that an event takes; one for each occurrence. */
export interface Occupied {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly status: "busy" | "tentative";
  readonly allDay: boolean;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const zoned = (at: number, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);

/** Midnight at the beginning of a date in a zone. */
export const midnight = (date: string, zone: string): number =>
  Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds;

/** A date some days later. */
export const laterDate = (date: string, days: number): string =>
  Temporal.PlainDate.from(date).add({ days }).toString();

/** The wall clock of a zone: YYYY-MM-DDTHH:MM:SS. */
export const wallClock = (at: number, zone: string): string =>
  zoned(at, zone).toPlainDateTime().toString({ smallestUnit: "second" });

/** The instant at which an occurrence would begin had nobody touched it. */
export function occurrenceAt({ span, repeat }: EventSpec, index: number, zone: string): number {
  if (span.kind === "days") return midnight(span.date, zone);
  if (repeat === null || index === 0) return span.startsAt;
  const days = index * (repeat.every === "day" ? 1 : 7);
  return zoned(span.startsAt, zone).add({ days }).epochMilliseconds;
}

/**
 * The time an event takes, by occurrence; null where it takes none.
 * @param calendarZone where the days of the calendar begin
 */
export function occupiedBy(event: OutsideEvent, calendarZone: string): (Occupied | null)[] {
  const { span, status, repeat } = event.spec;
  if (status === "free") return [null];
  if (span.kind === "days") {
    const startsAt = midnight(span.date, calendarZone);
    const endsAt = midnight(laterDate(span.date, span.days), calendarZone);
    return [{ startsAt, endsAt, status, allDay: true }];
  }
  return Array.from({ length: repeat?.count ?? 1 }, (_, index) => {
    const exception = event.exceptions.get(index);
    if (exception === "cancelled") return null;
    const startsAt = exception ?? occurrenceAt(event.spec, index, event.zone);
    return { startsAt, endsAt: startsAt + span.minutes * MINUTE, status, allDay: false };
  });
}
