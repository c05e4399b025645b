// Length: how long an entry lasts, and when an occurrence of that length ends.
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import { startOfDate } from "../../domain/zone.ts";
import type { Clocks } from "./clock.ts";
import { midnightOf } from "./days.ts";
import type { Duration, Moment, Span } from "./model.ts";

/** The clocks that turn moments into instants. */
export interface Zones {
  readonly clocks: Clocks;
  readonly fallbackTimeZone: string;
}

/** The moment's instant. A date begins with its first instant, even where the clocks skip midnight (L27). */
export function instantOf({ wall, clock }: Moment, { clocks, fallbackTimeZone }: Zones): Instant {
  const at = clocks(clock).toInstant(wall);
  if (clock !== "date" || clocks(clock).toWall(at) === wall) return at;
  const date = new Date(wall).toISOString();
  // Years beyond four digits have another form, and no laws about clocks.
  return /^\d/.test(date) ? startOfDate(date.slice(0, 10), fallbackTimeZone) : at;
}

/**
 * The length of every occurrence of the span (RFC 5545 3.8.5.3). From start to end it is exact; the days of a
 * duration go by the local clock. Of both, which no object may have, the longer one counts. Without both, a date lasts
 * one day and a time takes none. A date that ends on itself lasts one day too, because calendars show it so.
 */
export function lengthOf(span: Span, zones: Zones): Duration {
  const { end, duration } = span;
  const length = lengthBy(span, zones);
  if (end === null || duration === null) return length;
  const other = lengthBy({ ...span, end: null }, zones);
  return atMost(other) > atMost(length) ? other : length;
}

function lengthBy({ start, end, duration }: Span, zones: Zones): Duration {
  const wholeDays = start.clock === "date";
  if (end !== null && wholeDays) {
    const days = Math.ceil((end.wall - start.wall) / DAY_MS);
    return { days: days === 0 ? 1 : days, ms: 0 };
  }
  if (end !== null) {
    // An end of another kind than the start goes by the start's clock.
    const local = end.clock === "date" || end.clock === "floating";
    const endsAt = instantOf(local ? { wall: end.wall, clock: start.clock } : end, zones);
    return { days: 0, ms: endsAt - instantOf(start, zones) };
  }
  if (duration === null) return { days: wholeDays ? 1 : 0, ms: 0 };
  return wholeDays ? { days: duration.days + Math.ceil(duration.ms / DAY_MS), ms: 0 } : duration;
}

/** The end of an occurrence of this length that starts at `start`, whose instant is `at`. */
export function endOf(start: Moment, at: Instant, { days, ms }: Duration, zones: Zones): Instant {
  if (days === 0) return at + ms;
  const day = { wall: start.wall + days * DAY_MS, clock: start.clock };
  return instantOf(day, zones) + ms;
}

/** The longest that an occurrence of this length can take, in milliseconds, whatever the clocks do. */
export const atMost = ({ days, ms }: Duration): number => Math.max(0, (days + 1) * DAY_MS + ms);

/** The moment with a date's wall at midnight. Other moments stay as they are. */
export const inKind = (moment: Moment): Moment =>
  moment.clock === "date" ? { wall: midnightOf(moment.wall), clock: "date" } : moment;
