// Ended: when a resource that can't be read to the end has ended by any reading of it.
import { DAY_MS, HOUR_MS, type Instant } from "../../domain/instant.ts";
import { type Component, componentsIn, propertiesOf, propertyOf } from "./components.ts";
import type { Property } from "./lines.ts";
import { UnreadableCalendar } from "./unreadable.ts";
import { durationOf, momentOf, untilOf } from "./values.ts";
import { listOf } from "./zones.ts";

/** How far a local time is behind UTC at most, with room to spare. */
const FARTHEST_BEHIND_MS = 14 * HOUR_MS;

/** An event whose end isn't written lasts a day at most. */
const UNWRITTEN_MS = DAY_MS;

const DATE_FIRST = /^\s*(\d{4}-?\d{2}-?\d{2})/;

/** An instant after which no event of the resource takes time, however its parts are read. Null: none is certain. */
export function endsByOf(text: string): Instant | null {
  try {
    const ends: (Instant | null)[] = [];
    const onFault = () => ends.push(null);
    for (const component of componentsIn(text, undefined, onFault)) {
      if (component.name === "VEVENT") ends.push(endOf(component));
    }
    return ends.length === 0 ? null : latest(ends);
  } catch (error) {
    if (error instanceof UnreadableCalendar) return null;
    throw error;
  }
}

function endOf(event: Component): Instant | null {
  const rules = propertiesOf(event, "RRULE").filter(({ value }) => value !== "");
  const dates = propertiesOf(event, "RDATE").flatMap(({ value }) => listOf(value));
  // One that moves all later occurrences lasts as long as its series.
  const shifts = propertyOf(event, "RECURRENCE-ID")?.parameters["RANGE"] !== undefined;
  // An extra period has a length of its own.
  if (shifts || dates.some((date) => date.includes("/"))) return null;
  const written = propertiesOf(event, "DTEND");
  const starts = [...propertiesOf(event, "DTSTART"), ...propertiesOf(event, "RECURRENCE-ID")].map(momentIn);
  const end = latest(written.map(momentIn));
  // An end before the start says nothing about the end.
  const isEnd = written.length > 0 && starts.every((start) => start === null || end === null || start <= end);
  if (rules.length + dates.length === 0 && isEnd) return end;
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

/** The last reading of a rule's end; null where it has none that can be placed on a day. */
function untilIn({ value }: Property): Instant | null {
  const [, until] = /(?:^|;)\s*UNTIL\s*=([^;]*)/i.exec(value) ?? [];
  if (until === undefined) return null;
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
