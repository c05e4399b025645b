// Events routes: get, insert, patch, update, delete (`docs/providers/google.md` A.6).
import { type Context, Hono } from "hono";
import { apiCall, type Call, calendarOf, writableCalendarOf } from "./call.ts";
import {
  apiError,
  badRequest,
  conditionNotMet,
  conflict,
  deleted,
  duplicate,
  forbidden,
  invalid,
  notFound,
  notOrganizer,
} from "./errors.ts";
import { type EventContent, readEventBody } from "./event-body.ts";
import {
  INSTANCES_PARAMETERS,
  LIST_PARAMETERS,
  LIST_REPEATABLE,
  listEvents,
  listInstances,
  viewpoint,
} from "./events-list.ts";
import { type Found, findEvent } from "./instances.ts";
import { mergePatch } from "./merge-patch.ts";
import { type Row, renderRow, writableForm } from "./render.ts";
import { type EventRecord, etagOf, type GoogleState, type SimulatedCalendar } from "./state.ts";
import { cancelEvent, claimId, insertEvent, materialise, replaceEvent } from "./write.ts";

const WRITE_PARAMETERS = [
  "sendUpdates",
  "sendNotifications",
  "conferenceDataVersion",
  "supportsAttachments",
  "maxAttendees",
];
/** The fields that every guest may change in their own event. */
const OWN_FIELDS = new Set([
  "attendees",
  "reminders",
  "transparency",
  "colorId",
  "extendedProperties",
  "visibility",
]);

function checkSendUpdates(query: URLSearchParams): void {
  const value = query.get("sendUpdates");
  if (value !== null && !["all", "externalOnly", "none"].includes(value))
    throw badRequest("Invalid value.", "sendUpdates");
}

function rowOf(found: Found): Row {
  if (found.kind === "record") {
    return { record: found.record, instance: null, cancelled: found.record.status === "cancelled" };
  }
  return { record: found.master, instance: found.instance, cancelled: found.master.status === "cancelled" };
}

const recordOf = (found: Found): EventRecord => (found.kind === "record" ? found.record : found.master);

interface Target {
  readonly calendar: SimulatedCalendar;
  readonly found: Found;
}

/** Makes the user's edits just before a write arrives, as the knobs of G22, G23 and G25 say. */
function meddle(
  state: GoogleState,
  target: Target,
  place: { user: string; calendar: string; operation: string },
): void {
  const { calendar, found } = target;
  const removed = state.knobs.take("event.remove", place);
  if (removed !== undefined) cancelEvent(state, calendar, found);
  if (removed === 404) calendar.events.delete(recordOf(found).id);
  if (state.knobs.take("event.foreign", place))
    recordOf(found).organizer = { email: "someone-else@example.net" };
  if (state.knobs.take("event.touch", place)) {
    const record = recordOf(found);
    replaceEvent(state, calendar, record, readEventBody(writableForm(record, calendar), calendar));
  }
}

function find(call: Call, calendar: SimulatedCalendar, eventId: string): Found {
  const found = findEvent(call.state, calendar, eventId);
  if (found === null) throw notFound();
  return found;
}

function writeTarget(call: Call, calendarId: string, eventId: string): Target {
  checkSendUpdates(call.query);
  const calendar = writableCalendarOf(call, calendarId);
  const place = { user: call.user, calendar: calendar.id, operation: call.operation };
  if (call.state.knobs.take("write.conflict", place)) throw conflict();
  meddle(call.state, { calendar, found: find(call, calendar, eventId) }, place);
  const found = find(call, calendar, eventId);
  const match = call.header("if-match");
  if (match !== undefined && match !== "*" && match !== etagOf(recordOf(found).revision))
    throw conditionNotMet();
  return { calendar, found };
}

function shown(call: Call, calendar: SimulatedCalendar, found: Found): Response {
  const body = renderRow(rowOf(found), viewpoint(call, calendar, "owner"));
  return Response.json(body, { headers: { etag: etagOf(recordOf(found).revision) } });
}

function insert(call: Call, calendarId: string): Response {
  checkSendUpdates(call.query);
  const { state, user } = call;
  const calendar = writableCalendarOf(call, calendarId);
  const place = { user, calendar: calendar.id, operation: call.operation };
  if (state.knobs.take("write.conflict", place)) throw conflict();
  const content = readEventBody(call.body, calendar);
  if (content.details["eventType"] === "fromGmail") throw invalid("Event type cannot be created by the API.");
  const id = claimId(state, calendar, content);
  const earlier = state.knobs.take("insert.duplicate", place);
  const record = insertEvent(state, calendar, content, { id, creator: { email: user }, organizer: null });
  if (earlier === "cancelled") cancelEvent(state, calendar, { kind: "record", record });
  if (earlier !== undefined) throw duplicate();
  return shown(call, calendar, { kind: "record", record });
}

function checkRevival(call: Call, calendar: SimulatedCalendar, content: { status?: unknown }): void {
  if (content.status !== "confirmed" && content.status !== "tentative") throw deleted();
  const place = { user: call.user, calendar: calendar.id, operation: call.operation };
  if (call.state.knobs.take("event.reviveFails", place)) throw forbidden();
}

function checkIdentity(call: Call, record: EventRecord, content: EventContent): void {
  const before = record.details["eventType"] ?? "default";
  const after = content.details["eventType"] ?? "default";
  if (before !== after) {
    throw apiError({
      status: 400,
      domain: "calendar",
      reason: "eventTypeRestriction",
      message: "Event type cannot be changed.",
    });
  }
  if (content.id !== null && content.id !== record.id) throw invalid("Invalid resource id value.");
  if (call.operation === "events.update" && content.sequence !== null && content.sequence < record.sequence) {
    throw invalid(
      "Invalid sequence value. The specified sequence number is below the current sequence number.",
    );
  }
}

function store(call: Call, { calendar, found }: Target, content: EventContent): Response {
  const record = materialise(call.state, found);
  checkIdentity(call, record, content);
  if (content.status === "cancelled") cancelEvent(call.state, calendar, found);
  else replaceEvent(call.state, calendar, record, content);
  return shown(call, calendar, { kind: "record", record });
}

function change(call: Call, calendarId: string, eventId: string): Response {
  const target = writeTarget(call, calendarId, eventId);
  const { calendar, found } = target;
  if (rowOf(found).cancelled) checkRevival(call, calendar, call.body);
  const record = recordOf(found);
  const shared = Object.keys(call.body).some((name) => !OWN_FIELDS.has(name));
  if (record.organizer.email !== calendar.id && shared) throw notOrganizer();
  const merging = call.operation === "events.patch";
  const base = writableForm(materialise(call.state, found), calendar);
  return store(call, target, readEventBody(merging ? mergePatch(base, call.body) : call.body, calendar));
}

function remove(call: Call, calendarId: string, eventId: string): null {
  const { calendar, found } = writeTarget(call, calendarId, eventId);
  if (rowOf(found).cancelled) throw deleted();
  cancelEvent(call.state, calendar, found);
  return null;
}

function get(call: Call, calendarId: string, eventId: string): Response {
  const { calendar } = calendarOf(call, calendarId);
  const found = find(call, calendar, eventId);
  const etag = etagOf(recordOf(found).revision);
  if (call.header("if-none-match") === etag) return new Response(null, { status: 304, headers: { etag } });
  return shown(call, calendar, found);
}

/** Routes under `/calendar/v3/calendars/:calendarId/events`. */
export function eventRoutes(state: GoogleState): Hono {
  const calendar = (context: Context) => context.req.param("calendarId") ?? "";
  const event = (context: Context) => context.req.param("eventId") ?? "";
  const one = "/:eventId";
  return new Hono()
    .get(
      "/",
      apiCall(state, {
        operation: "events.list",
        parameters: LIST_PARAMETERS,
        repeatable: LIST_REPEATABLE,
        answer: (call, context) => listEvents(call, calendar(context)),
      }),
    )
    .post(
      "/",
      apiCall(state, {
        operation: "events.insert",
        parameters: WRITE_PARAMETERS,
        answer: (call, context) => insert(call, calendar(context)),
      }),
    )
    .get(
      one,
      apiCall(state, {
        operation: "events.get",
        parameters: ["timeZone", "maxAttendees"],
        answer: (call, context) => get(call, calendar(context), event(context)),
      }),
    )
    .patch(
      one,
      apiCall(state, {
        operation: "events.patch",
        parameters: WRITE_PARAMETERS,
        answer: (call, context) => change(call, calendar(context), event(context)),
      }),
    )
    .put(
      one,
      apiCall(state, {
        operation: "events.update",
        parameters: WRITE_PARAMETERS,
        answer: (call, context) => change(call, calendar(context), event(context)),
      }),
    )
    .delete(
      one,
      apiCall(state, {
        operation: "events.delete",
        parameters: ["sendUpdates", "sendNotifications"],
        answer: (call, context) => remove(call, calendar(context), event(context)),
      }),
    )
    .get(
      `${one}/instances`,
      apiCall(state, {
        operation: "events.instances",
        parameters: INSTANCES_PARAMETERS,
        answer: (call, context) => listInstances(call, calendar(context), event(context)),
      }),
    );
}
