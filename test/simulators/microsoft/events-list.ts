// Events lists: of a calendar, of a window, of a series (`docs/providers/microsoft.md` B.5.1).
import { type Call, calendarOf, eventOf } from "./call.ts";
import { badRequest, graphError } from "./errors.ts";
import { type Found, recordOf } from "./instances.ts";
import { listFound, overlaps } from "./listing.ts";
import { ordered, page, readFilter, readWindow, viewpoint } from "./query-options.ts";
import { type Json, renderEvent } from "./render.ts";
import { calendarsOf, type SimulatedCalendar } from "./state.ts";

interface Placed {
  readonly calendar: SimulatedCalendar;
  readonly found: Found;
}

function answer(call: Call, path: string, rows: readonly Placed[]): Json {
  const view = viewpoint(call);
  const test = readFilter(call.query);
  const homes = new Map(rows.map(({ calendar, found }) => [found, calendar]));
  const kept = ordered(rows.map(({ found }) => found).filter(test), call.query);
  const cut = page(call, path, kept);
  return {
    "@odata.context": `https://graph.microsoft.com/v1.0/$metadata#users('${call.user.graphId}')/events`,
    ...(call.query.get("$count") === "true" ? { "@odata.count": kept.length } : {}),
    ...(cut.next === null ? {} : { "@odata.nextLink": cut.next }),
    value: cut.rows.flatMap((found) => {
      const calendar = homes.get(found);
      return calendar === undefined ? [] : [renderEvent(call.state, calendar, found, view)];
    }),
  };
}

function rowsOf(call: Call, calendar: SimulatedCalendar, expanded: boolean): Placed[] {
  return [...listFound(call.state, calendar, expanded)].map((found) => ({ calendar, found }));
}

const pathOf = (calendarId: string | undefined): string =>
  calendarId === undefined ? "/me" : `/me/calendars/${encodeURIComponent(calendarId)}`;

/** Single events and series masters of one calendar, or of the mailbox's default one. */
export function listEvents(call: Call, calendarId: string | undefined): Json {
  const calendars =
    calendarId === undefined
      ? calendarsOf(call.state, call.user.email).filter(({ isDefault }) => isDefault)
      : [calendarOf(call, calendarId)];
  const rows = calendars.flatMap((calendar) => rowsOf(call, calendar, false));
  return answer(call, `${pathOf(calendarId)}/events`, rows);
}

/** Everything that overlaps a window, with series expanded. */
export function listView(call: Call, calendarId: string | undefined): Json {
  const calendar = calendarOf(call, calendarId);
  const { from, to } = readWindow(call.query);
  const rows = rowsOf(call, calendar, true).filter(({ found }) => overlaps(found, from, to));
  return answer(call, `${pathOf(calendarId)}/calendarView`, rows);
}

/** The occurrences and exceptions of one series in a window. */
export function listInstances(call: Call, calendarId: string | undefined, eventId: string): Json {
  const { calendar, found } = eventOf(call, eventId, calendarId);
  const fails = call.state.knobs.take("series.fails", { calendar: calendar.id });
  if (fails?.id === eventId) throw graphError(fails.status, "ErrorInternalServerError", "The series failed.");
  const master = recordOf(found);
  if (found.kind !== "record" || master.recurrence === null) {
    throw badRequest("The event isn't a series master.", "ErrorInvalidRequest");
  }
  const { from, to } = readWindow(call.query);
  const ofSeries = (each: Found) =>
    each.kind === "occurrence" ? each.master === master : each.record.masterId === master.id;
  const rows = rowsOf(call, calendar, true).filter(
    (row) => ofSeries(row.found) && overlaps(row.found, from, to),
  );
  return answer(call, `/me/events/${encodeURIComponent(eventId)}/instances`, rows);
}
