// Edits: how the owner of a simulated calendar changes it without the API.

import type { EventJson } from "../shared/event-controls.ts";
import { localText } from "../shared/zoned-time.ts";
import { notFound } from "./errors.ts";
import { readEventBody } from "./event-body.ts";
import { instantOf } from "./event-time.ts";
import { type Found, findEvent, instancesOf } from "./instances.ts";
import { mergePatch } from "./merge-patch.ts";
import { renderRow, type Viewpoint, writableForm } from "./render.ts";
import { listRows } from "./rows.ts";
import type { GoogleState, SimulatedCalendar } from "./state.ts";
import { claimId, insertEvent, materialise, replaceEvent } from "./write.ts";

function ownerView(calendar: SimulatedCalendar): Viewpoint {
  const zone = calendar.timeZone ?? "UTC";
  return { calendar, zone, timesOnly: false, seesPrivate: true, maxAttendees: null };
}

/** An existing calendar; 404 otherwise. */
export function calendarById(state: GoogleState, calendarId: string): SimulatedCalendar {
  const calendar = state.calendars.get(calendarId);
  if (calendar === undefined) throw notFound();
  return calendar;
}

/** An event as its owner sees it, cancelled ones with details; null when the calendar never had it. */
export function showEvent(
  state: GoogleState,
  calendar: SimulatedCalendar,
  eventId: string,
): EventJson | null {
  const found = findEvent(state, calendar, eventId);
  if (found === null) return null;
  const view = ownerView(calendar);
  const record = found.kind === "record" ? found.record : found.master;
  const instance = found.kind === "record" ? null : found.instance;
  return renderRow({ record, instance, cancelled: record.status === "cancelled" }, view, true);
}

function shown(state: GoogleState, calendar: SimulatedCalendar, eventId: string): EventJson {
  const event = showEvent(state, calendar, eventId);
  if (event === null) throw notFound();
  return event;
}

/** The person creates an event. */
export function addEvent(state: GoogleState, calendarId: string, event: EventJson): EventJson {
  const calendar = calendarById(state, calendarId);
  const content = readEventBody(event, calendar);
  const organizer = content.organizer;
  const creator = organizer ?? { email: calendar.ownerEmail ?? calendar.id };
  const { id } = insertEvent(state, calendar, content, {
    id: claimId(state, calendar, content),
    creator,
    organizer,
  });
  return shown(state, calendar, id);
}

/** An event or instance by id; 404 otherwise. */
export function findOrRefuse(state: GoogleState, calendar: SimulatedCalendar, eventId: string): Found {
  const found = findEvent(state, calendar, eventId);
  if (found === null) throw notFound();
  return found;
}

/** The person edits an event, a series or one instance. */
export function patchEvent(
  state: GoogleState,
  calendarId: string,
  eventId: string,
  change: EventJson,
): EventJson {
  const calendar = calendarById(state, calendarId);
  const record = materialise(state, findOrRefuse(state, calendar, eventId));
  const merged = mergePatch(writableForm(record, calendar), change);
  replaceEvent(state, calendar, record, readEventBody(merged, calendar));
  return shown(state, calendar, eventId);
}

/** The id of the instance that originally starts at an instant or a date. */
export function instanceId(
  state: GoogleState,
  calendarId: string,
  masterId: string,
  originalStart: string,
): string {
  const calendar = calendarById(state, calendarId);
  const master = calendar.events.get(masterId);
  const zone = calendar.timeZone ?? "UTC";
  const at = originalStart.length === 10 ? null : Date.parse(originalStart);
  const instances = master === undefined ? [] : instancesOf(state, master);
  const instance = instances.find(({ originalStart: start }) =>
    at === null ? start.kind === "date" && start.date === originalStart : instantOf(start, zone) === at,
  );
  if (instance === undefined) throw notFound();
  return instance.id;
}

/** Ends a series before `from` and begins another there. */
export function splitSeries(
  state: GoogleState,
  calendarId: string,
  masterId: string,
  from: string,
  change: EventJson,
): EventJson {
  const calendar = calendarById(state, calendarId);
  const master = calendar.events.get(masterId);
  if (master?.recurrence === null || master === undefined) throw notFound();
  const first = findOrRefuse(state, calendar, instanceId(state, calendarId, masterId, from));
  const base = writableForm(materialise(state, first), calendar);
  const ends = Date.parse(from) - 1000;
  const stamp = `${new Date(ends).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const until = master.start.kind === "date" ? stamp.slice(0, 8) : stamp;
  const rest = master.recurrence.map((line) => line.replace(/;(COUNT|UNTIL)=[^;]+/g, ""));
  const bounded = rest.map((line) => (line.startsWith("RRULE:") ? `${line};UNTIL=${until}` : line));
  patchEvent(state, calendarId, masterId, { recurrence: bounded });
  const content = readEventBody(mergePatch({ ...base, recurrence: rest }, change), calendar);
  const local = master.start.kind === "date" ? from : localText(Date.parse(from), "UTC");
  const id = `${masterId}_R${local.replaceAll(/[-:]/g, "")}`;
  insertEvent(state, calendar, content, { id, creator: master.creator, organizer: master.organizer });
  return shown(state, calendar, id);
}

/** The live events, series expanded. */
export function liveEvents(
  state: GoogleState,
  calendarId: string,
  range?: { from: number; to: number },
): EventJson[] {
  const calendar = calendarById(state, calendarId);
  const view = ownerView(calendar);
  const query = {
    singleEvents: true,
    since: null,
    showDeleted: false,
    masterStub: false,
    namedUntil: null,
    timeMin: range?.from ?? null,
    timeMax: range?.to ?? null,
  };
  return listRows(state, calendar, query).map(({ row }) => renderRow(row, view));
}
