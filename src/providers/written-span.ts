// Written span: the time between an event's start and end, as far as they can be read.
import { DAY_MS, type Instant } from "../domain/instant.ts";
import { type Interval, overlaps } from "../domain/interval.ts";
import { ProviderError } from "./error.ts";
import { LEAST_MS } from "./least-length.ts";
import type { BusyEvent, Unread } from "./provider.ts";
import { UNREADABLE_TIME, WIDEST_OFFSET_MS } from "./written-time.ts";

/** A row that isn't one, except for its key. */
export const BAD_ROW: Unread = { reason: "bad_row", extent: "unknown", startsAt: null, endsBy: null };

/** Stands for the keys of rows that don't even have one. All of them are one unreadable object. */
export const NAMELESS = { id: "(without id)", isBroken: true } as const;

/** The window and zone for reading events. Events outside the window take no time. */
export interface Place {
  readonly window: Interval;
  /** For all-day events, which are dates (L27). */
  readonly timeZone: string;
}

/** The time that an event takes in the window, and what of it couldn't be read. */
export interface Reading {
  readonly busy: BusyEvent | null;
  readonly unread: Unread | null;
}

/** The reading of an event that takes no time. */
export const NOTHING: Reading = { busy: null, unread: null };

/**
 * The time from the first reading of a start to the last reading of an end, in a window. Both bounds count: an event
 * that began before the window and still runs takes time in it (L4).
 * @param start null where it is missing or can't be read; `end` alike
 * @param dayEndsAt the end of the day with which an all-day event begins; null for any other event
 * @returns a null `span` where the event takes no time there that can be read
 */
export function spanOf(
  start: Interval | null,
  end: Interval | null,
  window: Interval,
  dayEndsAt: Instant | null,
): { span: Interval | null; unread: Unread | null } {
  const within = (span: Interval) => (span.startsAt < span.endsAt && overlaps(span, window) ? span : null);
  if (start === null) {
    const endsBy = end?.endsAt ?? null;
    return { span: null, unread: { reason: "bad_time", extent: "unknown", startsAt: null, endsBy } };
  }
  const { startsAt } = start;
  if (end === null) {
    const span = within({ startsAt, endsAt: dayEndsAt ?? start.endsAt + LEAST_MS });
    return { span, unread: { reason: "bad_end", extent: "unknown", startsAt, endsBy: null } };
  }
  // A date that ends on itself lasts its day, as calendars show it.
  const endsAt = dayEndsAt !== null && end.endsAt === startsAt ? dayEndsAt : end.endsAt;
  // An end before the start says nothing about the end, and an event of no length would block nothing.
  if (endsAt < startsAt) {
    const span = within({ startsAt, endsAt: dayEndsAt ?? start.endsAt + LEAST_MS });
    return {
      span,
      unread: { reason: "bad_end", extent: "unknown", startsAt, endsBy: start.endsAt + DAY_MS },
    };
  }
  const isWidened = [start, end].some((at) => at.endsAt - at.startsAt >= WIDEST_OFFSET_MS);
  const unread = { reason: "bad_zone", extent: "known", startsAt, endsBy: endsAt } as const;
  return { span: within({ startsAt, endsAt }), unread: isWidened ? unread : null };
}

/** The doubts about several parts as one: the worst reason, the first start and the last end. Null: there is none. */
export function joined(parts: readonly Unread[]): Unread | null {
  const [worst = parts[0]] = parts.filter(({ extent }) => extent === "unknown");
  if (worst === undefined) return null;
  const starts = parts.flatMap(({ startsAt }) => startsAt ?? []);
  const ends = parts.flatMap(({ endsBy }) => endsBy ?? []);
  return {
    ...worst,
    startsAt: starts.length === 0 ? null : Math.min(...starts),
    endsBy: ends.length < parts.length ? null : Math.max(...ends),
  };
}

/** The readings of a start or an end; null where it can't be read. */
export function readingOrNull(read: () => Interval | Instant | null): Interval | null {
  try {
    const found = read();
    return typeof found === "number" ? { startsAt: found, endsAt: found } : found;
  } catch (error) {
    if (error instanceof ProviderError && error.code === UNREADABLE_TIME) return null;
    throw error;
  }
}
