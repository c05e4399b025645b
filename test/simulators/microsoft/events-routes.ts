// Events routes: create, read, update, delete, views (`docs/providers/microsoft.md` B.5, B.6).
import { type Context, Hono } from "hono";
import { type Call, type CallSpec, calendarOf, checkWritable, eventOf, graphCall } from "./call.ts";
import { DELTA_OPTIONS, delta } from "./delta.ts";
import { badRequest, graphError, irresolvableConflict, itemNotFound, quotaExceeded } from "./errors.ts";
import { checkFields, readEvent } from "./event-body.ts";
import { listEvents, listInstances, listView } from "./events-list.ts";
import { type Found, findInCalendar, occurrencesOf, recordOf } from "./instances.ts";
import { patched } from "./patch.ts";
import { EVENT_LIST_OPTIONS, ONE_EVENT_OPTIONS, VIEW_OPTIONS, viewpoint } from "./query-options.ts";
import { foundIds, idIn, renderEvent, spanOf } from "./render.ts";
import {
  type EventRecord,
  etagOf,
  type MicrosoftState,
  type SentMail,
  type SimulatedCalendar,
} from "./state.ts";
import { deleteEvent, insertEvent, materialise, replaceEvent } from "./write.ts";

const placeOf = (call: Call, calendar: SimulatedCalendar) => ({
  user: call.user.email,
  calendar: calendar.id,
  operation: call.operation,
});

function checkRoom(call: Call, calendar: SimulatedCalendar): void {
  const full = call.state.knobs.take("mailbox.full", placeOf(call, calendar));
  if (full !== undefined) throw quotaExceeded(full === true ? 507 : full);
}

/** Mails the guests of an event that this person organises. */
function mail(call: Call, record: EventRecord, kind: SentMail["kind"]): void {
  const guests = (record.details["attendees"] ?? []) as { emailAddress: { address: string } }[];
  const foreign = record.details["organizer"] !== undefined;
  const to = guests
    .map(({ emailAddress }) => emailAddress.address)
    .filter((address) => address !== call.user.email);
  if (to.length === 0 || foreign) return;
  call.state.mails.push({ at: call.state.now(), from: call.user.email, to, kind, eventId: record.id });
}

function shown(call: Call, calendar: SimulatedCalendar, found: Found, status: 200 | 201): Response {
  const view = viewpoint(call);
  const body = {
    "@odata.context": `https://graph.microsoft.com/v1.0/$metadata#users('${call.user.graphId}')/events/$entity`,
    ...renderEvent(call.state, calendar, found, view),
  };
  const location = `https://graph.microsoft.com/v1.0/users('${call.user.graphId}')/events('${idIn(view, foundIds(found))}')`;
  return Response.json(body, { status, headers: status === 201 ? { location } : {} });
}

function duplicate(call: Call, calendar: SimulatedCalendar, existingId: string) {
  const setting = call.state.knobs.take("create.dupStatus", placeOf(call, calendar)) ?? 409;
  const { status, place } =
    typeof setting === "number" ? { status: setting, place: "error" as const } : setting;
  const found = findInCalendar(call.state, calendar, existingId);
  const id = found === null ? existingId : idIn(viewpoint(call), foundIds(found));
  const message =
    "Your request can't be completed. The TransactionId specified in the request has already been used to create a different event.";
  return graphError(status, "ErrorDuplicateTransactionId", message, {
    [place]: { "@event.existingEventId": id },
  });
}

function create(call: Call, calendarId: string | undefined): Response {
  const { state } = call;
  const calendar = calendarOf(call, calendarId);
  checkWritable(call, calendar);
  checkRoom(call, calendar);
  const content = readEvent(call.body, "create");
  const earlier = state.knobs.take("create.duplicate", placeOf(call, calendar));
  const taken = calendar.transactions.get(content.transactionId ?? "");
  if (taken !== undefined) throw duplicate(call, calendar, taken);
  const record = insertEvent(state, calendar, content);
  mail(call, record, "invitation");
  if (earlier === "deleted") deleteEvent(state, calendar, { kind: "record", record });
  if (earlier !== undefined) throw duplicate(call, calendar, record.id);
  return shown(call, calendar, { kind: "record", record }, 201);
}

/** Makes the user's edits just before a write arrives, as the knobs of M28 and M29 say. */
function meddle(call: Call, calendar: SimulatedCalendar, found: Found): void {
  const { state } = call;
  const place = placeOf(call, calendar);
  if (state.knobs.take("event.remove", place)) {
    deleteEvent(state, calendar, found);
    throw itemNotFound();
  }
  const touched = state.knobs.take("event.touch", place);
  if (touched === undefined) return;
  const record = materialise(state, found);
  replaceEvent(state, calendar, record, readEvent(patched(record, {}), "owner"));
  if (touched === 409) throw irresolvableConflict(409);
}

function writeTarget(call: Call, calendarId: string | undefined, eventId: string) {
  const { calendar, found } = eventOf(call, eventId, calendarId);
  checkWritable(call, calendar);
  meddle(call, calendar, found);
  const match = call.header("if-match");
  if (match !== undefined && match !== "*" && match !== etagOf(recordOf(found).revision)) {
    throw irresolvableConflict(412);
  }
  return { calendar, found };
}

/** An occurrence can't pass its neighbours (M31). */
function checkBoundary(
  call: Call,
  calendar: SimulatedCalendar,
  record: EventRecord,
  content: Pick<EventRecord, "start" | "end">,
): void {
  const crossing = () =>
    graphError(
      400,
      "ErrorOccurrenceCrossingBoundary",
      "Modified occurrence is crossing or overlapping adjacent occurrence.",
    );
  if (call.state.knobs.take("event.crossing", placeOf(call, calendar))) throw crossing();
  const master = record.masterId === null ? undefined : calendar.events.get(record.masterId);
  if (master === undefined) return;
  const span = spanOf({ kind: "record", record: { ...record, ...content } });
  for (const occurrence of occurrencesOf(call.state, master)) {
    const neighbour = spanOf({ kind: "occurrence", master, occurrence });
    const before = occurrence.day < (record.originalDay ?? "") && span.start < neighbour.end;
    const after = occurrence.day > (record.originalDay ?? "") && span.end > neighbour.start;
    if (before || after) throw crossing();
  }
}

function update(call: Call, calendarId: string | undefined, eventId: string): Response {
  const { state } = call;
  const { calendar, found } = writeTarget(call, calendarId, eventId);
  checkRoom(call, calendar);
  if ("transactionId" in call.body) throw badRequest("The property 'transactionId' can't be changed.");
  checkFields(call.body, "patch");
  const record = materialise(state, found);
  if (record.masterId !== null && call.body["recurrence"]) {
    throw badRequest("The recurrence of an occurrence can't be changed.", "ErrorPropertyValidationFailure");
  }
  const content = readEvent(patched(record, { ...call.body }), "owner");
  checkBoundary(call, calendar, record, content);
  replaceEvent(state, calendar, record, content);
  mail(call, record, "update");
  return shown(call, calendar, { kind: "record", record }, 200);
}

function remove(call: Call, calendarId: string | undefined, eventId: string): null {
  const { calendar, found } = writeTarget(call, calendarId, eventId);
  mail(call, recordOf(found), "cancellation");
  deleteEvent(call.state, calendar, found);
  return null;
}

function get(call: Call, calendarId: string | undefined, eventId: string): Response {
  const { calendar, found } = eventOf(call, eventId, calendarId);
  return shown(call, calendar, found, 200);
}

type Answer = (call: Call, calendarId: string | undefined, eventId: string) => unknown;

/** Routes below a calendar, or below `/me` for the default one. */
export function eventRoutes(state: MicrosoftState): Hono {
  const route = (operation: CallSpec["operation"], options: readonly string[], answer: Answer) =>
    graphCall(state, {
      ...{ operation, options, outlook: true },
      answer: (call, context: Context) =>
        answer(call, context.req.param("calendarId"), context.req.param("eventId") ?? ""),
    });
  const one = "/events/:eventId";
  return new Hono()
    .get("/calendarView", route("calendarView.list", VIEW_OPTIONS, listView))
    .get("/calendarView/delta", route("calendarView.delta", DELTA_OPTIONS, delta))
    .get("/events", route("events.list", EVENT_LIST_OPTIONS, listEvents))
    .post("/events", route("events.create", [], create))
    .get(`${one}/instances`, route("events.instances", VIEW_OPTIONS, listInstances))
    .get(one, route("events.get", ONE_EVENT_OPTIONS, get))
    .patch(one, route("events.update", ONE_EVENT_OPTIONS, update))
    .delete(one, route("events.delete", [], remove));
}
