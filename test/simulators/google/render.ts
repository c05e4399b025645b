// Render: event resources in Google's JSON (`docs/providers/google.md` A.5, E.1.3).
import { instantOf, renderTime } from "./event-time.ts";
import type { Instance } from "./instances.ts";
import { type EventRecord, type EventTime, etagOf, type SimulatedCalendar } from "./state.ts";

/** One caller's view of a calendar. */
export interface Viewpoint {
  readonly calendar: SimulatedCalendar;
  /** The zone in which times are written. */
  readonly zone: string;
  /** Only times, for free/busy readers. */
  readonly timesOnly: boolean;
  /** Whether private events show their details. */
  readonly seesPrivate: boolean;
  readonly maxAttendees: number | null;
}

/** One row of a listing: a record, an instance of one, or a stub of a cancelled one. */
export interface Row {
  readonly record: EventRecord;
  /** Set when `record` is a master and the row is one of its instances. */
  readonly instance:
    | (Pick<Instance, "id" | "originalStart"> & Partial<Pick<Instance, "start" | "end">>)
    | null;
  readonly cancelled: boolean;
}

type Json = Record<string, unknown>;

const iso = (at: number): string => new Date(at).toISOString();

function head(row: Row): Json {
  const id = row.instance?.id ?? row.record.id;
  const status = row.cancelled ? "cancelled" : row.record.status;
  return { kind: "calendar#event", etag: etagOf(row.record.revision), id, status };
}

function seriesFields(row: Row, zone: string): Json {
  const original: EventTime | null = row.instance?.originalStart ?? row.record.originalStart;
  if (original === null) return {};
  const recurringEventId = row.instance === null ? row.record.recurringEventId : row.record.id;
  return { recurringEventId, originalStartTime: renderTime(original, zone) };
}

/** A cancelled row with only the fields that A.4.2 guarantees, unless `detailed`. */
function renderStub(row: Row, view: Viewpoint, detailed: boolean): Json {
  const stub = { ...head(row), ...seriesFields(row, view.zone) };
  return detailed ? { ...renderLive(row, view), ...stub } : stub;
}

function renderPerson(person: { email: string; displayName?: string | undefined }, calendarId: string): Json {
  const name = person.displayName === undefined ? {} : { displayName: person.displayName };
  return { email: person.email, ...name, ...(person.email === calendarId ? { self: true } : {}) };
}

function renderAttendees(attendees: unknown, view: Viewpoint, organizer: string): Json {
  if (!Array.isArray(attendees)) return {};
  const all = attendees.map((attendee: Json): Json => {
    const { self: _, ...sent } = attendee;
    return {
      responseStatus: "needsAction",
      ...sent,
      ...(attendee["email"] === organizer ? { organizer: true } : {}),
      ...(attendee["email"] === view.calendar.id ? { self: true } : {}),
    };
  });
  if (view.maxAttendees === null || all.length <= view.maxAttendees) return { attendees: all };
  const own = all.filter((attendee) => attendee["self"] === true);
  return { attendees: own.length > 0 ? own : all.slice(0, view.maxAttendees), attendeesOmitted: true };
}

function renderDetails(record: EventRecord, view: Viewpoint): Json {
  const { attendees, transparency, visibility, reminders, eventType, ...rest } = record.details as Json & {
    reminders?: { useDefault?: boolean; overrides?: unknown[] };
  };
  const overrides = reminders?.overrides?.length ? { overrides: reminders.overrides } : {};
  return {
    ...rest,
    ...renderAttendees(attendees, view, record.organizer.email),
    // Google leaves defaults out of the JSON.
    ...(transparency === "transparent" ? { transparency } : {}),
    ...(visibility === undefined || visibility === "default" ? {} : { visibility }),
    reminders: { useDefault: reminders === undefined ? true : (reminders.useDefault ?? false), ...overrides },
    eventType: eventType ?? "default",
  };
}

function renderLive(row: Row, view: Viewpoint): Json {
  const { record, instance } = row;
  const { zone, calendar } = view;
  const times = {
    start: renderTime(instance?.start ?? record.start, zone),
    end: renderTime(instance?.end ?? record.end, zone),
    ...seriesFields(row, zone),
    iCalUID: record.iCalUID,
    sequence: record.sequence,
  };
  const common = { ...head(row), created: iso(record.createdAt), updated: iso(record.updatedAt) };
  const secret =
    record.details["visibility"] === "private" || record.details["visibility"] === "confidential";
  if (view.timesOnly || (secret && !view.seesPrivate)) {
    const free = record.details["transparency"] === "transparent" ? { transparency: "transparent" } : {};
    return { ...common, ...times, ...free, visibility: "private" };
  }
  return {
    ...common,
    htmlLink: `https://www.google.com/calendar/event?eid=${btoa(`${row.instance?.id ?? record.id} ${calendar.id}`)}`,
    creator: renderPerson(record.creator, calendar.id),
    organizer: renderPerson(record.organizer, calendar.id),
    ...times,
    ...(record.recurrence !== null && instance === null ? { recurrence: record.recurrence } : {}),
    ...renderDetails(record, view),
  };
}

/** A row as the API shows it. Cancelled ones are stubs unless `detailed`. */
export function renderRow(row: Row, view: Viewpoint, detailed = false): Json {
  return row.cancelled ? renderStub(row, view, detailed) : renderLive(row, view);
}

/** A record in the form in which clients write it: the base of a PATCH. */
export function writableForm(record: EventRecord, calendar: SimulatedCalendar): Json {
  const zone = calendar.timeZone ?? "UTC";
  return {
    ...record.details,
    status: record.status,
    sequence: record.sequence,
    start: renderTime(record.start, zone),
    end: renderTime(record.end, zone),
    ...(record.recurrence === null ? {} : { recurrence: record.recurrence }),
  };
}

/** Start and end of a row as instants; null for a stub without times. */
export function rowBounds(row: Row, zone: string): { start: number; end: number } | null {
  const start = row.instance === null ? row.record.start : (row.instance.start ?? row.instance.originalStart);
  const end = row.instance === null ? row.record.end : (row.instance.end ?? start);
  return start === null || end === undefined
    ? null
    : { start: instantOf(start, zone), end: instantOf(end, zone) };
}
