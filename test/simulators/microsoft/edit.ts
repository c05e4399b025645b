// Edits: how the owner of a simulated calendar changes it without the API.
import type { EventJson } from "../shared/event-controls.ts";
import { itemNotFound } from "./errors.ts";
import { readEvent } from "./event-body.ts";
import { dayOf, instantOf } from "./event-time.ts";
import { type Found, findInCalendar, occurrencesOf } from "./instances.ts";
import { listFound, overlaps } from "./listing.ts";
import { patched } from "./patch.ts";
import { dayNumber, dayText } from "./pattern.ts";
import { type Json, renderEvent, spanOf, type Viewpoint } from "./render.ts";
import type { MicrosoftState, SimulatedCalendar } from "./state.ts";
import { insertEvent, materialise, replaceEvent } from "./write.ts";

/** An existing calendar; 404 otherwise. */
export function calendarById(state: MicrosoftState, calendarId: string): SimulatedCalendar {
  const calendar = state.calendars.get(calendarId);
  if (calendar === undefined) throw itemNotFound();
  return calendar;
}

/** An event by either form of its id; 404 otherwise. */
export function findOrRefuse(state: MicrosoftState, calendar: SimulatedCalendar, eventId: string): Found {
  const found = findInCalendar(state, calendar, eventId);
  if (found === null) throw itemNotFound();
  return found;
}

/** An event as its owner sees it: in UTC, under its immutable id, extended properties included. */
function show(state: MicrosoftState, calendar: SimulatedCalendar, found: Found): EventJson {
  const user = state.users.get(calendar.userEmail);
  if (user === undefined) throw itemNotFound();
  const view: Viewpoint = {
    ...{ user, zone: "UTC", immutable: true, select: null, properties: [], exceptions: false, basic: false },
  };
  const { extended } = found.kind === "record" ? found.record : found.master;
  const properties: Json =
    extended.size === 0
      ? {}
      : { singleValueExtendedProperties: [...extended].map(([id, value]) => ({ id, value })) };
  return { ...renderEvent(state, calendar, found, view), ...properties };
}

/** One event by id; null when it doesn't exist or no longer does. */
export function showEvent(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  eventId: string,
): EventJson | null {
  const found = findInCalendar(state, calendar, eventId);
  return found === null ? null : show(state, calendar, found);
}

/** The person creates an event, or receives an invitation. */
export function addEvent(state: MicrosoftState, calendarId: string, event: EventJson): EventJson {
  const calendar = calendarById(state, calendarId);
  const record = insertEvent(state, calendar, readEvent(event, "owner"));
  return show(state, calendar, { kind: "record", record });
}

/** The person edits an event, a series or one occurrence. The given fields are replaced. */
export function patchEvent(
  state: MicrosoftState,
  calendarId: string,
  eventId: string,
  change: EventJson,
): EventJson {
  const calendar = calendarById(state, calendarId);
  const record = materialise(state, findOrRefuse(state, calendar, eventId));
  replaceEvent(state, calendar, record, readEvent(patched(record, { ...change }), "owner"));
  return show(state, calendar, { kind: "record", record });
}

/** The id of the occurrence that originally starts at an instant (RFC 3339) or on a date. */
export function occurrenceId(
  state: MicrosoftState,
  calendarId: string,
  masterId: string,
  originalStart: string,
): string {
  const found = findOrRefuse(state, calendarById(state, calendarId), masterId);
  const master = found.kind === "record" ? found.record : found.master;
  const hit = occurrencesOf(state, master).find(({ start, day }) =>
    originalStart.length === 10 ? day === originalStart : instantOf(start) === Date.parse(originalStart),
  );
  if (hit === undefined) throw itemNotFound();
  return hit.ids.immutable;
}

/** "This and following": the series ends before `from`, and another begins there with `change` applied. */
export function splitSeries(
  state: MicrosoftState,
  calendarId: string,
  masterId: string,
  from: string,
  change: EventJson,
): EventJson {
  const calendar = calendarById(state, calendarId);
  const first = findOrRefuse(state, calendar, occurrenceId(state, calendarId, masterId, from));
  const master =
    first.kind === "occurrence" ? first.master : calendar.events.get(first.record.masterId ?? "");
  if (master === undefined || master.recurrence === null) throw itemNotFound();
  const day =
    first.kind === "occurrence"
      ? first.occurrence.day
      : (first.record.originalDay ?? dayOf(first.record.start));
  const { pattern, range } = master.recurrence;
  const earlier = occurrencesOf(state, master).filter((each) => each.day < day).length;
  const left = (range.numberOfOccurrences ?? 0) - earlier - master.cancelledDays.size;
  const rest = {
    ...range,
    startDate: day,
    ...(range.type === "numbered" ? { numberOfOccurrences: left } : {}),
  };
  const base = patched(materialise(state, first), { recurrence: { pattern, range: rest } });
  const ending = { type: "endDate", startDate: range.startDate, endDate: dayText(dayNumber(day) - 1) };
  patchEvent(state, calendarId, master.id, { recurrence: { pattern, range: ending } });
  const record = insertEvent(state, calendar, readEvent({ ...base, ...change }, "owner"));
  return show(state, calendar, { kind: "record", record });
}

/** The live events, series expanded, by start. */
export function liveEvents(
  state: MicrosoftState,
  calendarId: string,
  range?: { from: number; to: number },
): EventJson[] {
  const calendar = calendarById(state, calendarId);
  return [...listFound(state, calendar, true)]
    .filter((found) => range === undefined || overlaps(found, range.from, range.to))
    .sort((a, b) => spanOf(a).start - spanOf(b).start)
    .map((found) => show(state, calendar, found));
}
