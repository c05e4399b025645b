// Write: create, update, delete and move of events in the store, for the API and the control methods alike.
import type { EventContent } from "./event-body.ts";
import { dayOf, instantOf } from "./event-time.ts";
import { newImmutableId, newRegularId, newUuid, occurrenceIds } from "./ids.ts";
import { exceptionsOf, type Found, idsOf, occurrencesOf } from "./instances.ts";
import { notifyChange } from "./notifications.ts";
import {
  type EventRecord,
  type MicrosoftState,
  nextRevision,
  type SimulatedCalendar,
  type Tombstone,
} from "./state.ts";

/** Gives the record a new revision. */
function touch(state: MicrosoftState, record: EventRecord): void {
  record.revision = nextRevision(state);
  record.revisions.push(record.revision);
  record.updatedAt = state.now();
}

/** Stores the record under a new revision of the calendar. */
function stamp(state: MicrosoftState, calendar: SimulatedCalendar, record: EventRecord): void {
  touch(state, record);
  calendar.events.set(record.id, record);
  calendar.gone.delete(record.id);
  calendar.revision = record.revision;
}

/** Adds an event. Its transaction id stays taken, even after the event is deleted. */
export function insertEvent(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  content: EventContent,
): EventRecord {
  state.order += 1;
  const record: EventRecord = {
    ...content,
    id: newImmutableId(state.random),
    regularId: newRegularId(state.random),
    order: state.order,
    masterId: null,
    originalDay: null,
    originalStart: null,
    cancelledDays: new Set(),
    iCalUId: `040000008200E00074C5B7101A82E008${newUuid(state.random).replaceAll("-", "").toUpperCase()}`,
    createdAt: state.now(),
    updatedAt: state.now(),
    revision: 0,
    revisions: [],
  };
  if (content.recurrence !== null) alignWithPattern(state, record);
  stamp(state, calendar, record);
  if (content.transactionId !== null) calendar.transactions.set(content.transactionId, record.id);
  notifyChange(state, calendar, "created", record);
  return record;
}

/** A series begins on the first day of its pattern. */
function alignWithPattern(state: MicrosoftState, record: EventRecord): void {
  const first = occurrencesOf(state, record)[0];
  if (first === undefined || first.day === dayOf(record.start)) return;
  record.start = first.start;
  record.end = first.end;
}

/** A derived occurrence as a record of its own, so that it can differ from its series. The next write stores it. */
export function materialise(state: MicrosoftState, found: Found): EventRecord {
  if (found.kind === "record") return found.record;
  const { master, occurrence } = found;
  state.order += 1;
  return {
    ...master,
    revisions: [],
    id: occurrence.ids.immutable,
    regularId: occurrence.ids.regular,
    order: state.order,
    start: occurrence.start,
    end: occurrence.end,
    recurrence: null,
    masterId: master.id,
    originalDay: occurrence.day,
    originalStart: occurrence.start,
    cancelledDays: new Set(),
    transactionId: null,
    iCalUId: `${master.iCalUId}${occurrence.day.replaceAll("-", "")}`,
  };
}

/** Drops the exceptions that the series no longer has. A new pattern or time of day drops all of them. */
function settleExceptions(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  master: EventRecord,
  reshaped: boolean,
): void {
  if (reshaped) master.cancelledDays.clear();
  const days = new Set(occurrencesOf(state, master).map(({ day }) => day));
  for (const exception of exceptionsOf(calendar, master.id)) {
    if (reshaped || !days.has(exception.originalDay ?? "")) calendar.events.delete(exception.id);
  }
}

const shapeOf = ({ start, end, recurrence }: Pick<EventRecord, "start" | "end" | "recurrence">): string =>
  JSON.stringify([start, end, recurrence?.pattern ?? null]);

/**
 * Replaces an event's content. Occurrences that a series no longer has leave no trace (B.5.4). An event in Deleted Items
 * is changed there, and the calendar doesn't show it.
 */
export function replaceEvent(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  record: EventRecord,
  content: EventContent,
): void {
  const reshaped = shapeOf(record) !== shapeOf(content);
  record.start = content.start;
  record.end = content.end;
  record.recurrence = content.recurrence;
  record.details = content.details;
  record.extended = content.extended;
  if (calendar.bin.has(record.id)) {
    touch(state, record);
    return;
  }
  stamp(state, calendar, record);
  if (record.masterId === null) settleExceptions(state, calendar, record, reshaped);
  notifyChange(state, calendar, "updated", record);
}

function tombstoneOf(state: MicrosoftState, calendar: SimulatedCalendar, record: EventRecord): Tombstone {
  const exceptions = new Map(exceptionsOf(calendar, record.id).map((each) => [each.id, each]));
  const occurrences = occurrencesOf(state, record).map(({ ids, start, end }) => {
    const exception = exceptions.get(ids.immutable);
    return { ids, start: instantOf(exception?.start ?? start), end: instantOf(exception?.end ?? end) };
  });
  return { ids: idsOf(record), order: record.order, revision: nextRevision(state), occurrences };
}

/** Removes a whole event or series from a calendar and leaves a tombstone. */
function takeOut(state: MicrosoftState, calendar: SimulatedCalendar, record: EventRecord): EventRecord[] {
  const exceptions = exceptionsOf(calendar, record.id);
  const tombstone = tombstoneOf(state, calendar, record);
  for (const exception of exceptions) calendar.events.delete(exception.id);
  calendar.events.delete(record.id);
  calendar.gone.set(record.id, tombstone);
  calendar.revision = tombstone.revision;
  return exceptions;
}

/** Deletes an event, a series, or one occurrence (no tombstone, B.5.4). From Deleted Items it is deleted for good. */
export function deleteEvent(state: MicrosoftState, calendar: SimulatedCalendar, found: Found): void {
  const record = materialise(state, found);
  if (calendar.bin.delete(record.id)) return;
  if (record.masterId === null) {
    takeOut(state, calendar, record);
    calendar.bin.set(record.id, record);
    notifyChange(state, calendar, "deleted", record);
    return;
  }
  calendar.events.delete(record.id);
  const master = calendar.events.get(record.masterId);
  if (master === undefined || record.originalDay === null) return;
  master.cancelledDays.add(record.originalDay);
  stamp(state, calendar, master);
  notifyChange(state, calendar, "updated", master);
}

/** Restores an event or series from Deleted Items, as a single event or a series without exceptions. */
export function restoreEvent(state: MicrosoftState, calendar: SimulatedCalendar, record: EventRecord): void {
  calendar.bin.delete(record.id);
  stamp(state, calendar, record);
  notifyChange(state, calendar, "created", record);
}

/** Moves an event or series to another calendar of the mailbox. Its regular id changes (B.2). */
export function moveEvent(
  state: MicrosoftState,
  from: SimulatedCalendar,
  record: EventRecord,
  to: SimulatedCalendar,
): void {
  const exceptions = takeOut(state, from, record);
  notifyChange(state, from, "deleted", record);
  record.regularId = newRegularId(state.random);
  stamp(state, to, record);
  for (const exception of exceptions) {
    exception.regularId = occurrenceIds(idsOf(record), exception.originalDay ?? "").regular;
    stamp(state, to, exception);
  }
  notifyChange(state, to, "created", record);
}

/**
 * Exports an event, or a series without exceptions, and imports it again: another item with the same content. Its old
 * ids no longer find anything (B.2). Returns the new immutable id.
 */
export function reimportEvent(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  record: EventRecord,
): string {
  takeOut(state, calendar, record);
  notifyChange(state, calendar, "deleted", record);
  state.order += 1;
  const ids = { id: newImmutableId(state.random), regularId: newRegularId(state.random) };
  const imported: EventRecord = { ...record, ...ids, order: state.order, revisions: [] };
  stamp(state, calendar, imported);
  notifyChange(state, calendar, "created", imported);
  return imported.id;
}
