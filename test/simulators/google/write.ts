// Write: insert, update and delete of events in the store, for the API and the control methods alike.

import { duplicate, invalid } from "./errors.ts";
import type { EventContent } from "./event-body.ts";
import { type Found, instancesOf } from "./instances.ts";
import { notifyChange } from "./notifications.ts";
import { randomEventId } from "./random.ts";
import type { EventRecord, EventTime, GoogleState, Person, SimulatedCalendar } from "./state.ts";

/** Stores the record under a new revision of the calendar. */
function stamp(state: GoogleState, calendar: SimulatedCalendar, record: EventRecord): void {
  state.revision += 1;
  record.revision = state.revision;
  record.updatedAt = state.now();
  calendar.events.set(record.id, record);
  calendar.revision = state.revision;
  calendar.updatedAt = state.now();
}

/** The ids under which a record is listed with `singleEvents=true`, with the original start of instances. */
function listedIds(state: GoogleState, record: EventRecord): Map<string, EventTime | null> {
  if (record.recurrence === null) return new Map([[record.id, null]]);
  return new Map(instancesOf(state, record).map(({ id, originalStart }) => [id, originalStart]));
}

function rememberVanished(
  state: GoogleState,
  calendar: SimulatedCalendar,
  record: EventRecord,
  before: Map<string, EventTime | null>,
): void {
  const after = listedIds(state, record);
  for (const id of after.keys()) record.vanished.delete(id);
  for (const [id, originalStart] of before) {
    if (after.has(id)) continue;
    record.vanished.set(id, { id, originalStart, revision: record.revision });
    // An exception goes too when the rule no longer has its original start.
    if (id !== record.id) calendar.events.delete(id);
  }
}

const ID_PATTERN = /^[a-v0-9]{5,1024}$/;

/** Checks a client's id and refuses one that is taken. Ids of deleted events stay taken (A.6.1). */
export function claimId(state: GoogleState, calendar: SimulatedCalendar, content: EventContent): string {
  if (content.id === null) return randomEventId(state.random);
  if (!ID_PATTERN.test(content.id) || content.iCalUID !== null) throw invalid("Invalid resource id value.");
  if (calendar.events.has(content.id)) throw duplicate();
  return content.id;
}

/** Adds an event. `actor` is its creator. The calendar is the organizer unless the content names another. */
export function insertEvent(
  state: GoogleState,
  calendar: SimulatedCalendar,
  content: EventContent,
  input: { id: string; creator: Person; organizer: Person | null },
): EventRecord {
  state.order += 1;
  const record: EventRecord = {
    id: input.id,
    order: state.order,
    status: content.status,
    start: content.start,
    end: content.end,
    recurrence: content.recurrence,
    recurringEventId: null,
    originalStart: null,
    iCalUID: content.iCalUID ?? `${input.id}@google.com`,
    sequence: content.sequence ?? 0,
    createdAt: state.now(),
    updatedAt: state.now(),
    revision: 0,
    organizer: input.organizer ?? { email: calendar.id },
    creator: input.creator,
    details: content.details,
    vanished: new Map(),
  };
  stamp(state, calendar, record);
  notifyChange(state, calendar.id);
  return record;
}

/** A derived instance as a record of its own, so that it can differ from its series. The next write stores it. */
export function materialise(state: GoogleState, found: Found): EventRecord {
  if (found.kind === "record") return found.record;
  const { master, instance } = found;
  state.order += 1;
  return {
    ...master,
    id: instance.id,
    order: state.order,
    start: instance.start,
    end: instance.end,
    recurrence: null,
    recurringEventId: master.id,
    originalStart: instance.originalStart,
    vanished: new Map(),
  };
}

/** Replaces an event's content. Instances that the new rule no longer has are reported as cancelled. */
export function replaceEvent(
  state: GoogleState,
  calendar: SimulatedCalendar,
  record: EventRecord,
  content: EventContent,
): void {
  const before = listedIds(state, record);
  const moved = JSON.stringify([record.start, record.end]) !== JSON.stringify([content.start, content.end]);
  record.status = content.status;
  record.start = content.start;
  record.end = content.end;
  record.recurrence = content.recurrence;
  record.details = content.details;
  record.sequence = Math.max(content.sequence ?? 0, record.sequence + (moved ? 1 : 0));
  stamp(state, calendar, record);
  rememberVanished(state, calendar, record, before);
  notifyChange(state, calendar.id);
}

/** Deletes an event, a whole series with its exceptions, or one instance. Its id stays taken. */
export function cancelEvent(state: GoogleState, calendar: SimulatedCalendar, found: Found): EventRecord {
  const record = materialise(state, found);
  record.status = "cancelled";
  stamp(state, calendar, record);
  for (const exception of calendar.events.values()) {
    if (exception.recurringEventId !== record.id || exception.status === "cancelled") continue;
    exception.status = "cancelled";
    stamp(state, calendar, exception);
  }
  notifyChange(state, calendar.id);
  return record;
}
