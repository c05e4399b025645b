// Instances: the expansion of a series, and how events are found by id.
import { localInstant, localText } from "../shared/zoned-time.ts";
import { instantOf } from "./event-time.ts";
import { isImmutableId, occurrenceIds, splitOccurrenceId } from "./ids.ts";
import { dayNumber, dayText, seriesDays } from "./pattern.ts";
import {
  calendarsOf,
  type EventIds,
  type EventRecord,
  type EventTime,
  isOwn,
  type MicrosoftState,
  type SimulatedCalendar,
} from "./state.ts";

/** One occurrence of a series by its pattern, not deleted, whether or not an exception replaces it. */
export interface Occurrence {
  readonly day: string;
  readonly ids: EventIds;
  readonly start: EventTime;
  readonly end: EventTime;
}

interface Shape {
  readonly key: string;
  readonly all: readonly Occurrence[];
}

interface Expansion {
  readonly shape: Shape;
  readonly cancelled: number;
  readonly occurrences: readonly Occurrence[];
  readonly byDay: ReadonlyMap<string, Occurrence>;
}

const SHAPES = new WeakMap<EventRecord, Shape>();
const EXPANSIONS = new WeakMap<EventRecord, Expansion>();

export const idsOf = (record: EventRecord): EventIds => ({ immutable: record.id, regular: record.regularId });

/** Where endless series stop: the end of a year some years ahead. */
function expansionEnd(state: MicrosoftState): string {
  const year = new Date(state.now()).getUTCFullYear() + (state.options.expansionYears ?? 3);
  return `${year + 1}-01-01`;
}

/** The bounds of the series' occurrence on a day, with the same time of day and length. */
function boundsOn(master: EventRecord, day: string): { start: EventTime; end: EventTime } {
  const { start, end } = master;
  if (start.kind === "date" && end.kind === "date") {
    const length = dayNumber(end.date) - dayNumber(start.date);
    return { start: { ...start, date: day }, end: { ...end, date: dayText(dayNumber(day) + length) } };
  }
  const clock = localText(instantOf(start), start.timeZone).slice(10);
  const at = localInstant(day + clock, start.timeZone);
  const length = instantOf(end) - instantOf(start);
  return {
    start: { kind: "dateTime", at, timeZone: start.timeZone },
    end: { kind: "dateTime", at: at + length, timeZone: end.timeZone },
  };
}

/** All occurrences by the pattern, deleted ones too. Cached until the series changes its shape. */
function shapeOf(state: MicrosoftState, master: EventRecord): Shape {
  const { start, end, recurrence, regularId } = master;
  const until = expansionEnd(state);
  const key = JSON.stringify([start, end, recurrence, regularId, until]);
  const known = SHAPES.get(master);
  if (known?.key === key) return known;
  const days = recurrence === null ? [] : seriesDays(recurrence, until);
  const all = days.map((day) => ({ day, ids: occurrenceIds(idsOf(master), day), ...boundsOn(master, day) }));
  const shape = { key, all };
  SHAPES.set(master, shape);
  return shape;
}

function expand(state: MicrosoftState, master: EventRecord): Expansion {
  const shape = shapeOf(state, master);
  const known = EXPANSIONS.get(master);
  // Days are only added to the deleted ones. They are all forgotten when the shape changes.
  if (known?.shape === shape && known.cancelled === master.cancelledDays.size) return known;
  const occurrences = shape.all.filter(({ day }) => !master.cancelledDays.has(day));
  const byDay = new Map(occurrences.map((each) => [each.day, each]));
  const expansion = { shape, cancelled: master.cancelledDays.size, occurrences, byDay };
  EXPANSIONS.set(master, expansion);
  return expansion;
}

/** The occurrences of a series without the deleted ones. Empty for an event that doesn't recur. */
export function occurrencesOf(state: MicrosoftState, master: EventRecord): readonly Occurrence[] {
  return expand(state, master).occurrences;
}

/** An event found by id: a record of its own, or an occurrence that only its series describes. */
export type Found =
  | { readonly kind: "record"; readonly record: EventRecord }
  | { readonly kind: "occurrence"; readonly master: EventRecord; readonly occurrence: Occurrence };

/** The record with the fields of the found event. */
export const recordOf = (found: Found): EventRecord =>
  found.kind === "record" ? found.record : found.master;

/** Finds an event, an exception or an occurrence by either form of its id. Ids are case-sensitive. */
export function findInCalendar(state: MicrosoftState, calendar: SimulatedCalendar, id: string): Found | null {
  const direct = calendar.events.get(id) ?? byRegularId(calendar, id);
  if (direct !== undefined) return { kind: "record", record: direct };
  const parts = splitOccurrenceId(id);
  if (parts === null) return null;
  const master = calendar.events.get(parts.masterId) ?? byRegularId(calendar, parts.masterId);
  const occurrence = master === undefined ? undefined : expand(state, master).byDay.get(parts.day);
  return master === undefined || occurrence === undefined ? null : { kind: "occurrence", master, occurrence };
}

function byRegularId(calendar: SimulatedCalendar, id: string): EventRecord | undefined {
  if (isImmutableId(id)) return undefined;
  for (const record of calendar.events.values()) if (record.regularId === id) return record;
  return undefined;
}

/** Does the same in the person's own calendars. A path without a calendar doesn't reach those of others (B.3). */
export function findInMailbox(
  state: MicrosoftState,
  email: string,
  id: string,
): { calendar: SimulatedCalendar; found: Found } | null {
  for (const calendar of calendarsOf(state, email).filter(isOwn)) {
    const found = findInCalendar(state, calendar, id);
    if (found !== null) return { calendar, found };
  }
  return null;
}

/** The exceptions of a series. */
export function exceptionsOf(calendar: SimulatedCalendar, masterId: string): EventRecord[] {
  return [...calendar.events.values()].filter((record) => record.masterId === masterId);
}
