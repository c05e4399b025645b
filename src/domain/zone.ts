// Zones: converts between instants and wall-clock times in IANA time zones, across their clock changes.
//
// A wall-clock time is a number here, like an instant: the milliseconds from 1970-01-01T00:00 on that clock. The
// polyfill of Temporal says which instants it means. In the bundle it does so even where the runtime has a Temporal:
// `[define]` in wrangler.toml hides that one.
import * as PlainDate from "temporal-polyfill/fns/PlainDate";
import * as PlainDateTime from "temporal-polyfill/fns/PlainDateTime";
import * as ZonedDateTime from "temporal-polyfill/fns/ZonedDateTime";
import { EngineError } from "./errors.ts";
import { DAY_MS, formatDay, formatInstant, type Instant, parseDay } from "./instant.ts";
import type { Interval } from "./interval.ts";
import type { Weekday } from "./settings.ts";

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/;
/** Where the milliseconds of a local time end. */
const MILLISECONDS = "YYYY-MM-DDTHH:MM:SS.mmm".length;
const END_OF_DAY = /^24:00(?::00)?$/;

/**
 * A stretch of time within one local date in which the zone's offset stays the same. So wall-clock time is plain
 * arithmetic: minute `m` of the date is the instant `midnightAt + m * MINUTE_MS`.
 */
export interface LocalStretch extends Interval {
  readonly weekday: Weekday;
  /** The date as a day number: days since 1970-01-01. */
  readonly day: number;
  /** The instant of 00:00 of the date by this stretch's offset. It may lie outside the stretch. */
  readonly midnightAt: Instant;
}

/** Is this an IANA zone name that this runtime knows? Fixed offsets ("+01:00") aren't: they have no clock changes. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    ZonedDateTime.create(0n, name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The instant at which wall clocks show this date and time. A time that they show twice means the first one. "24:00"
 * is the end of the date.
 * @param input.date YYYY-MM-DD
 * @param input.time HH:MM or HH:MM:SS
 * @throws EngineError `invalid_time`, `invalid_time_zone`, or `time_skipped_by_dst` when the clocks never show it
 */
export function resolveLocal(input: { date: string; time: string; timeZone: string }): Instant {
  const { date, time, timeZone } = input;
  const midnight = parseDate(date);
  assertTimeZone(timeZone);
  if (END_OF_DAY.test(time)) return dateStart(midnight + DAY_MS, timeZone);
  if (!TIME.test(time)) {
    throw new EngineError(
      "invalid_time",
      `"${time.slice(0, 20)}" is no time of day. Send HH:MM or HH:MM:SS.`,
    );
  }
  const wanted = Date.parse(`${date}T${time}Z`);
  const { startsAt, endsAt } = readingsOf(wanted, timeZone);
  if (shownAt(startsAt, timeZone) === wanted) return startsAt;
  const later = formatInstant(shownAt(endsAt, timeZone));
  throw new EngineError(
    "time_skipped_by_dst",
    `${date} ${time} doesn't exist in ${timeZone}: the clocks are put forward over it. ` +
      `Send a time outside the gap, for example ${later.slice(0, 10)} ${later.slice(11, 16)}.`,
  );
}

/**
 * The first and the last instant that a local time may mean. They differ where clocks show it twice, or skip it. The
 * zone must be valid.
 * @param local YYYY-MM-DDTHH:MM, with seconds and fractions or without
 * @throws RangeError where it is no time, or its date doesn't exist
 */
export function localReadings(local: string, timeZone: string): Interval {
  const shown = LOCAL.test(local) ? Date.parse(`${local}Z`) : Number.NaN;
  // February 30 is read as a day in March, and 24:00 as the next day.
  if (Number.isNaN(shown) || !formatInstant(shown).startsWith(local.slice(0, MILLISECONDS))) {
    throw new RangeError("A local time must be YYYY-MM-DDTHH:MM on a date that exists.");
  }
  return readingsOf(shown, timeZone);
}

function readingsOf(shown: number, timeZone: string): Interval {
  const on = new Date(shown);
  const local = PlainDateTime.create(
    on.getUTCFullYear(),
    on.getUTCMonth() + 1,
    on.getUTCDate(),
    on.getUTCHours(),
    on.getUTCMinutes(),
    on.getUTCSeconds(),
    on.getUTCMilliseconds(),
  );
  const read = (disambiguation: "earlier" | "later") =>
    PlainDateTime.toZonedDateTime(local, timeZone, { disambiguation }).epochMilliseconds;
  return { startsAt: read("earlier"), endsAt: read("later") };
}

/**
 * The first instant of a local date. Where clocks skip midnight or the whole date, it is the instant at which they
 * jump over it.
 * @throws EngineError `invalid_time` or `invalid_time_zone`
 */
export function startOfDate(date: string, timeZone: string): Instant {
  const midnight = parseDate(date);
  assertTimeZone(timeZone);
  return dateStart(midnight, timeZone);
}

function dateStart(midnight: number, timeZone: string): Instant {
  const on = new Date(midnight);
  const date = PlainDate.create(on.getUTCFullYear(), on.getUTCMonth() + 1, on.getUTCDate());
  return PlainDate.toZonedDateTime(date, timeZone).epochMilliseconds;
}

/** The range, cut at local midnights and at clock changes, in order and without gaps. The zone must be valid. */
export function* localStretches(range: Interval, timeZone: string): Generator<LocalStretch> {
  let at = range.startsAt;
  let offsetMs = offsetAt(at, timeZone);
  while (at < range.endsAt) {
    const shown = at + offsetMs;
    const midnightAt = at - sinceMidnight(shown);
    let end = midnightAt + DAY_MS;
    let nextOffsetMs = offsetAt(end, timeZone);
    if (nextOffsetMs !== offsetMs) {
      end = Math.min(end, nextTransition(at, timeZone));
      nextOffsetMs = offsetAt(end, timeZone);
    }
    const endsAt = Math.min(end, range.endsAt);
    yield { startsAt: at, endsAt, weekday: weekdayOf(shown), day: Math.floor(shown / DAY_MS), midnightAt };
    at = end;
    offsetMs = nextOffsetMs;
  }
}

/** The local date that holds the instant, as days since 1970-01-01. The zone must be valid. */
export const dayNumberAt = (at: Instant, timeZone: string): number =>
  Math.floor(shownAt(at, timeZone) / DAY_MS);

/** The local date that holds the instant, from its first instant to that of the next one. The zone must be valid. */
export const dayAround = (at: Instant, timeZone: string): Interval =>
  days(dayNumberAt(at, timeZone), 1, timeZone);

/** So many local dates, from the one that holds the instant. The zone must be valid. */
export function datesFrom(at: Instant, count: number, timeZone: string): Interval[] {
  const dates: Interval[] = [];
  for (let next = at; dates.length < count; next = dates.at(-1)?.endsAt ?? next)
    dates.push(dayAround(next, timeZone));
  return dates;
}

/** The local week that holds the instant, from Monday to Sunday. The zone must be valid. */
export function weekAround(at: Instant, timeZone: string): Interval {
  const day = dayNumberAt(at, timeZone);
  return days(day - weekdayOf(day * DAY_MS) + 1, 7, timeZone);
}

const days = (first: number, count: number, timeZone: string): Interval => ({
  startsAt: dateStart(first * DAY_MS, timeZone),
  endsAt: dateStart((first + count) * DAY_MS, timeZone),
});

/**
 * The stretch around `at` in which the zone keeps one offset, `offsetMs` ahead of UTC. It is infinite on a side that
 * has no clock change. The zone must be valid.
 */
export function offsetStretch(at: Instant, timeZone: string): Interval & { readonly offsetMs: number } {
  // "previous" finds only earlier changes. From just after `at` it also finds a change at `at` itself.
  const previous = ZonedDateTime.getTimeZoneTransition(zoned(at + 1, timeZone), "previous");
  return {
    startsAt: previous?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    endsAt: nextTransition(at, timeZone),
    offsetMs: offsetAt(at, timeZone),
  };
}

/**
 * The instant so many days later at the same wall-clock time, and then so many milliseconds later.
 * @throws EngineError `time_skipped_by_dst` when the clocks never show that time
 */
export function shiftLocal(at: Instant, shift: { days: number; ms: number }, timeZone: string): Instant {
  if (shift.days === 0) return at + shift.ms;
  const shown = formatInstant(shownAt(at, timeZone) + shift.days * DAY_MS);
  return resolveLocal({ date: shown.slice(0, 10), time: shown.slice(11, 19), timeZone }) + shift.ms;
}

function parseDate(date: string): number {
  const day = DATE.test(date) ? parseDay(date) : Number.NaN;
  // February 30 is read as a day in March.
  if (!Number.isNaN(day) && formatDay(day) === date) return day * DAY_MS;
  throw new EngineError(
    "invalid_time",
    `"${date.slice(0, 20)}" is no date. Send YYYY-MM-DD, for example 2026-03-01.`,
  );
}

function assertTimeZone(timeZone: string): void {
  if (isTimeZone(timeZone)) return;
  throw new EngineError(
    "invalid_time_zone",
    `"${timeZone.slice(0, 60)}" is no time zone. Send an IANA name, for example Europe/Berlin.`,
  );
}

const zoned = (at: Instant, timeZone: string) =>
  ZonedDateTime.create(BigInt(Math.floor(at)) * 1_000_000n, timeZone);

const offsetAt = (at: Instant, timeZone: string): number =>
  ZonedDateTime.offsetNanoseconds(zoned(at, timeZone)) / 1_000_000;

const shownAt = (at: Instant, timeZone: string): number => at + offsetAt(at, timeZone);

const nextTransition = (at: Instant, timeZone: string): Instant =>
  ZonedDateTime.getTimeZoneTransition(zoned(at, timeZone), "next")?.epochMilliseconds ??
  Number.POSITIVE_INFINITY;

/** `shown` is an instant plus the offset, so that UTC arithmetic on it gives local time. */
const sinceMidnight = (shown: number): number => ((shown % DAY_MS) + DAY_MS) % DAY_MS;

const weekdayOf = (shown: number): Weekday => (new Date(shown).getUTCDay() || 7) as Weekday;
