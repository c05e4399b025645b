// Written span: the time between an event's start and end, as far as they can be read.
import { HOUR_MS, type Instant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import { ProviderError } from "./error.ts";
import type { Unread } from "./provider.ts";
import { UNREADABLE_TIME, WIDEST_OFFSET_MS } from "./written-time.ts";

/** Nobody knows how long an event is whose end can't be read, and one of no length would block nothing. */
const LEAST_MS = HOUR_MS;

/** A row that isn't one, except for its key. */
export const BAD_ROW: Unread = { reason: "bad_row", extent: "unknown", startsAt: null, endsBy: null };

/** The time between a start and an end, and what of it couldn't be read. */
export interface SpanReading {
  /** Null where the start can't be read. */
  readonly span: Interval | null;
  /** Null where everything was read. */
  readonly unread: Unread | null;
}

/**
 * The time from the first reading of a start to the last reading of an end.
 * @param start null where it is missing or can't be read; `end` alike
 */
export function spanOf(start: Interval | null, end: Interval | null): SpanReading {
  if (start === null) {
    const endsBy = end?.endsAt ?? null;
    return { span: null, unread: { reason: "bad_time", extent: "unknown", startsAt: null, endsBy } };
  }
  const { startsAt } = start;
  if (end === null) {
    const span = { startsAt, endsAt: start.endsAt + LEAST_MS };
    return { span, unread: { reason: "bad_end", extent: "unknown", startsAt, endsBy: null } };
  }
  const { endsAt } = end;
  const isWidened = [start, end].some((at) => at.endsAt - at.startsAt >= WIDEST_OFFSET_MS);
  const unread = { reason: "bad_zone", extent: "known", startsAt, endsBy: endsAt } as const;
  return { span: { startsAt, endsAt }, unread: isWidened ? unread : null };
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
