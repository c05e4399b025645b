// Ended: when a resource that can't be read to the end has ended by any reading of it.
import { DAY_MS, HOUR_MS, type Instant } from "../../domain/instant.ts";
import { type Component, componentsIn, propertiesOf, propertyOf, textOf } from "./components.ts";
import type { Property } from "./lines.ts";
import { partsOf } from "./rule.ts";
import { UnreadableCalendar } from "./unreadable.ts";
import { durationOf, momentOf, untilOf } from "./values.ts";
import { listOf } from "./zones.ts";

/** How far a local time is behind UTC at most, with room to spare. */
const FARTHEST_BEHIND_MS = 14 * HOUR_MS;

/** An event whose end isn't written lasts a day at most. */
const UNWRITTEN_MS = DAY_MS;

/**
 * How long an override of later occurrences stays in doubt whose series isn't there. Nobody knows when that ends, but
 * an invitation of years ago must not keep a calendar from being sold for ever.
 */
const LONE_SHIFT_MS = 2 * 366 * DAY_MS;

const DATE_FIRST = /^\s*(\d{4}-?\d{2}-?\d{2})/;

/**
 * An instant after which no event of the resource takes time, however its parts are read. Later occurrences of a series
 * that isn't there count for two years. Null: none is certain.
 */
export function endsByOf(text: string): Instant | null {
  try {
    let isWhole = true;
    const onFault = () => {
      isWhole = false;
    };
    const events = [...componentsIn(text, undefined, onFault)].filter(({ name }) => name === "VEVENT");
    const masters = new Set(
      events.filter((event) => !propertyOf(event, "RECURRENCE-ID")).map((event) => textOf(event, "UID")),
    );
    const ends = events.map((event) => lastEndOf(event, masters.has(textOf(event, "UID"))));
    return isWhole && ends.length > 0 ? latest(ends) : null;
  } catch (error) {
    if (error instanceof UnreadableCalendar) return null;
    throw error;
  }
}

function lastEndOf(event: Component, hasMaster: boolean): Instant | null {
  const shifts = propertyOf(event, "RECURRENCE-ID")?.parameters["RANGE"] !== undefined;
  // One that moves all later occurrences lasts as long as its series.
  if (shifts && hasMaster) return null;
  const end = writtenEndOf(event);
  return end === null || !shifts ? end : end + LONE_SHIFT_MS;
}

/** The last end by what the event itself says. */
function writtenEndOf(event: Component): Instant | null {
  const rules = propertiesOf(event, "RRULE").filter(({ value }) => value !== "");
  const dates = propertiesOf(event, "RDATE").flatMap(({ value }) => listOf(value));
  // An extra period has a length of its own.
  if (dates.some((date) => date.includes("/"))) return null;
  const written = propertiesOf(event, "DTEND");
  const starts = [...propertiesOf(event, "DTSTART"), ...propertiesOf(event, "RECURRENCE-ID")].map(momentIn);
  const end = latest(written.map(momentIn));
  // An end before the start says nothing about the end.
  const isEnd = written.length > 0 && starts.every((start) => start === null || end === null || start <= end);
  const isOnly = rules.length + dates.length + propertiesOf(event, "DURATION").length === 0;
  // What ends on a date may take that day: where it also begins there.
  if (isOnly && isEnd) return end === null ? null : end + (written.some(isDate) ? DAY_MS : 0);
  const last = latest([...starts, ...dates.map(lastReading), ...rules.map(untilIn)]);
  const lengthMs = longestOf(event);
  return starts.length === 0 || last === null || lengthMs === null ? null : last + lengthMs;
}

/** Null where the end or the start can't be placed on a day, or the duration can't be read. */
function longestOf(event: Component): number | null {
  const [start, ...others] = propertiesOf(event, "DTSTART");
  const ends = propertiesOf(event, "DTEND");
  const durations = propertiesOf(event, "DURATION").map(({ value }) => durationOf(value));
  if (others.length > 0 || durations.includes(null)) return null;
  const lengths = durations.map((duration) => (duration?.days ?? 0) * DAY_MS + (duration?.ms ?? 0));
  for (const end of ends) {
    const [from, to] = [start && momentIn(start), momentIn(end)];
    if (from == null || to === null) return null;
    // Each may be read up to two days earlier than its last reading.
    lengths.push(to - from + 2 * DAY_MS);
  }
  const isBackward = lengths.some((length) => length < 0);
  return lengths.length === 0 || isBackward
    ? Math.max(UNWRITTEN_MS, ...lengths.map(Math.abs))
    : Math.max(...lengths);
}

const momentIn = ({ value }: Property): Instant | null => lastReading(value);

const isDate = ({ value }: Property): boolean => momentOf(value, "floating")?.clock === "date";

/** The last reading of a rule's end; null where it has none that can be placed on a day, or a count that may be later. */
function untilIn({ value }: Property): Instant | null {
  const parts = partsOf(value);
  const untils = parts.get("UNTIL") ?? [];
  // A count of zero is none.
  const counts = (parts.get("COUNT") ?? []).filter((count) => !(Number(count) <= 0));
  return counts.length > 0 || untils.length === 0 ? null : latest(untils.map(lastUntil));
}

function lastUntil(until: string): Instant | null {
  const moment = untilOf(until);
  // UNTIL as a date, or beside a date, includes its whole day.
  return moment === null ? lastReading(until) : moment.wall + DAY_MS + FARTHEST_BEHIND_MS;
}

/** The last instant that a date or time may mean; null where it can't even be placed on a day. */
function lastReading(value: string): Instant | null {
  const moment = momentOf(value, "floating");
  if (moment !== null) return moment.clock === "UTC" ? moment.wall : moment.wall + FARTHEST_BEHIND_MS;
  const day = momentOf(DATE_FIRST.exec(value)?.[1] ?? "", "floating");
  return day === null ? null : day.wall + DAY_MS + FARTHEST_BEHIND_MS;
}

/** Null where one of them is null. */
const latest = (ends: readonly (Instant | null)[]): Instant | null =>
  ends.reduce((last, end) => (last === null || end === null ? null : Math.max(last, end)), -Infinity);
