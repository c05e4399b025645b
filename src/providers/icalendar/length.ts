// Length: how long an entry lasts, and when an occurrence of that length ends.
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import { startOfDate } from "../../domain/zone.ts";
import { LEAST_MS } from "../least-length.ts";
import type { Clocks } from "./clock.ts";
import { midnightOf } from "./days.ts";
import type { Duration, Moment, Span } from "./model.ts";
import type { Doubt } from "./unreadable.ts";

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

/** The length of an event whose end can't be read. */
export const LEAST: Duration = { days: 0, ms: LEAST_MS };

/**
 * The length of every occurrence of the span (RFC 5545 3.8.5.3). From start to end it is exact; the days of a
 * duration go by the local clock. Of both, which no object may have, the longer one counts. Without both, a date lasts
 * one day and a time takes none. A date that ends on itself lasts one day too, because calendars show it so.
 * @param doubts receives a doubt where the span ends before it starts
 * @param least the length then; by default a date lasts one day and a time an hour
 */
export function lengthOf(
  span: Span,
  zones: Zones,
  doubts: Doubt[],
  least: Duration = span.start.clock === "date" ? { days: 1, ms: 0 } : LEAST,
): Duration {
  const { end, duration } = span;
  const both = end !== null && duration !== null;
  const lengths = both
    ? [lengthBy({ ...span, duration: null }, zones), lengthBy({ ...span, end: null }, zones)]
    : [lengthBy(span, zones)];
  const [first, other] = lengths.filter(({ days, ms }) => days * DAY_MS + ms >= 0);
  if (first === undefined) {
    // Listed and no more: a series would hold its calendar up for as long as it goes on.
    doubts.push({ reason: "bad_end", extent: "known" });
    const meant = unsignedOf(lengths.at(-1) ?? least, duration !== null);
    return atMost(meant) > atMost(least) ? meant : least;
  }
  return other !== undefined && atMost(other) > atMost(first) ? other : first;
}

/**
 * What a length below zero may have meant. Some programs read a duration without its sign. An end less than a day before
 * the start is on the next day, or stands in the place of the start: the shorter of both counts. An end farther away
 * says nothing.
 */
function unsignedOf({ days, ms }: Duration, isDuration: boolean): Duration {
  const unsigned = { days: -days + 0, ms: -ms + 0 };
  return isDuration ? unsigned : { days: 0, ms: Math.max(0, Math.min(unsigned.ms, DAY_MS - unsigned.ms)) };
}

function lengthBy({ start, end, duration }: Span, zones: Zones): Duration {
  if (start.clock === "date") {
    const days =
      end === null
        ? (duration?.days ?? 1) + Math.ceil((duration?.ms ?? 0) / DAY_MS)
        : Math.ceil((end.wall - start.wall) / DAY_MS);
    return { days: days === 0 ? 1 : days, ms: 0 };
  }
  if (end === null) return duration ?? { days: 0, ms: 0 };
  // An end of another kind than the start goes by the start's clock. A day on which it starts is its last one.
  const local = end.clock === "date" || end.clock === "floating";
  const isOwnDay = end.clock === "date" && end.wall === midnightOf(start.wall);
  const wall = isOwnDay ? end.wall + DAY_MS : end.wall;
  const endsAt = instantOf(local ? { wall, clock: start.clock } : end, zones);
  return { days: 0, ms: endsAt - instantOf(start, zones) };
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
