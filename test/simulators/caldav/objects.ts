// Objects: GET, PUT and DELETE with their preconditions (`docs/providers/caldav.md` C.7).
import {
  badRequest,
  DavRefusal,
  htmlPage,
  needPrivileges,
  notFound,
  precondition,
  preconditionFailed,
  uidConflict,
  unsupportedMediaType,
} from "./errors.ts";
import { asStored, checkObject, uidOf } from "./icalendar-check.ts";
import { CALDAV, DAV, document, el } from "./markup.ts";
import type { Place } from "./places.ts";
import { type Asker, statusOf } from "./properties.ts";
import { type Profile, type Resource, record, type SimulatedCalendar } from "./state.ts";

/** A call about one object. */
export interface ObjectCall extends Asker {
  readonly place: Extract<Place, { kind: "resource" }>;
  readonly request: Request;
  readonly body: string;
}

const at = ({ user, place }: ObjectCall, operation: string) => ({
  user: user.email,
  calendar: place.calendar.path,
  operation,
});

export function getObject(call: ObjectCall): Response {
  const fails = call.state.knobs.take("object.fails", at(call, "GET"));
  if (fails?.name === call.place.name) throw new DavRefusal(fails.status, {});
  const resource = call.place.calendar.resources.get(call.place.name);
  if (resource === undefined) throw notFound();
  return new Response(resource.text, {
    status: 200,
    headers: { etag: writtenEtag(call, resource.etag), "content-type": "text/calendar; charset=utf-8" },
  });
}

/** The etag in a header (C36). */
const writtenEtag = (call: ObjectCall, etag: string): string =>
  call.state.knobs.take("etag.bare", at(call, "etag")) ? etag.replaceAll('"', "") : etag;

/** An edit that somebody else makes just before a write. */
function meddle(call: ObjectCall, operation: string): void {
  const { state, place } = call;
  const resource = place.calendar.resources.get(place.name);
  if (resource === undefined) return;
  if (state.knobs.take("event.touch", at(call, operation))) {
    record(state, place.calendar, place.name, resource.text.replace(/^SEQUENCE:\d+/m, "SEQUENCE:7"));
  }
  if (state.knobs.take("event.remove", at(call, operation))) record(state, place.calendar, place.name, null);
}

function mayWrite(call: ObjectCall, operation: string): void {
  if (!call.place.calendar.writable || call.state.knobs.take("cal.readonly", at(call, operation))) {
    throw needPrivileges();
  }
}

/** Refuses by `If-Match` and `If-None-Match`. Weak etags never match (RFC 9110 13.1.1). */
function checkConditions(call: ObjectCall, resource: Resource | undefined, missing: () => Error): void {
  const { request, state } = call;
  const match = request.headers.get("if-match");
  const noneMatch = request.headers.get("if-none-match");
  if (noneMatch !== null && noneMatch !== "*") throw new DavRefusal(400);
  if (noneMatch === "*" && resource !== undefined) throw preconditionFailed();
  if (match === null) return;
  if (state.knobs.take("put.ifMatch", at(call, "put"))) throw preconditionFailed();
  if (resource !== undefined && match === writtenEtag(call, resource.etag)) return;
  if (!/^(?:\*|"[^"]*")$/.test(match)) throw preconditionFailed();
  if (resource === undefined) throw missing();
  if (match !== "*" && match !== resource.etag) throw preconditionFailed();
}

/** How each server refuses a UID that another object has. Few servers name that object. */
const UID_REFUSALS: Readonly<Record<Profile, (holder: string) => Error>> = {
  icloud: (holder) => uidConflict(403, holder),
  sabre: badRequest,
  radicale: () => precondition(409, CALDAV, "no-uid-conflict"),
  minimal: () => new DavRefusal(409),
};

/** C22, and sabre's trash (C.9). */
function checkUid(call: ObjectCall): void {
  const { state, user, place, body } = call;
  const { calendar, name } = place;
  const uid = uidOf(body) ?? "";
  const holder = [...calendar.resources.values()].find(
    (other) => other.name !== name && uidOf(other.text) === uid,
  );
  const forced = state.knobs.take("uid.conflict", at(call, "put"));
  if (forced !== undefined) throw uidConflict(forced, calendar.path + (holder?.name ?? "somebody-elses.ics"));
  const elsewhere = [...state.calendars.values()].find(
    (other) =>
      other.owner === user.email &&
      other !== calendar &&
      [...other.resources.values()].some(({ text }) => uidOf(text) === uid),
  );
  if (elsewhere !== undefined && state.knobs.take("uid.unique", at(call, "put"))) {
    throw uidConflict(403, `${elsewhere.path}${name}`, "unique-scheduling-object-resource");
  }
  if (holder !== undefined && !state.knobs.take("uid.twice", at(call, "put"))) {
    throw UID_REFUSALS[user.profile](calendar.path + holder.name);
  }
  if (
    calendar.trash.has(uid) &&
    !calendar.resources.has(name) &&
    state.knobs.take("uid.trash", { user: user.email })
  ) {
    if (user.profile !== "sabre") throw uidConflict(403, `${calendar.path}.trash/${name}`);
    throw badRequest();
  }
}

function givesEtag(call: ObjectCall): boolean {
  return (
    call.user.profile !== "minimal" && call.state.knobs.take("put.noEtag", at(call, "put")) === undefined
  );
}

export function putObject(call: ObjectCall): Response {
  const { state, user, place, request, body } = call;
  const { calendar, name } = place;
  if (!/^text\/calendar\b/i.test(request.headers.get("content-type") ?? "")) throw unsupportedMediaType();
  mayWrite(call, "put");
  meddle(call, "put");
  const before = calendar.resources.get(name);
  // For a write to an object that is gone iCloud answers 404 (C28); the others say that the condition failed.
  checkConditions(call, before, user.profile === "icloud" ? notFound : preconditionFailed);
  checkObject(body, user.profile);
  checkUid(call);
  const full = state.knobs.take("put.507", at(call, "put"));
  if (full !== undefined) throw new DavRefusal(full);
  const renames = before === undefined ? state.knobs.take("put.renames", at(call, "put")) : undefined;
  const stored = renames ? `server-${state.etags}.EML` : name;
  const location = renames === "Location" ? { location: stored } : {};
  const isNamed = before === undefined && state.knobs.take("put.newUid", at(call, "put"));
  const text = isNamed ? body.replace(/^UID:.*(?:\r\n[ \t].*)*/m, `UID:server-${state.etags}`) : body;
  const resource = record(state, calendar, stored, asStored(text, user.profile));
  const headers: Record<string, string> =
    resource !== null && givesEtag(call) ? { etag: writtenEtag(call, resource.etag) } : {};
  const status = before === undefined ? 201 : 204;
  const page = before === undefined && state.knobs.take("put.page", at(call, "put"));
  return new Response(page ? htmlPage(201) : null, {
    status,
    headers: { ...headers, ...location, ...(page && { "content-type": "text/html" }) },
  });
}

/** Deletes an object, whoever asks. Its UID goes to the trash. */
export function discard(call: Pick<Asker, "state">, calendar: SimulatedCalendar, name: string): void {
  const resource = calendar.resources.get(name);
  if (resource === undefined) return;
  calendar.trash.add(uidOf(resource.text) ?? "");
  record(call.state, calendar, name, null);
}

export function deleteObject(call: ObjectCall): Response {
  const { user, place } = call;
  const { calendar, name } = place;
  mayWrite(call, "delete");
  meddle(call, "delete");
  const radicale = user.profile === "radicale";
  const resource = calendar.resources.get(name);
  checkConditions(call, resource, radicale ? preconditionFailed : notFound);
  if (resource === undefined) throw notFound();
  discard(call, calendar, name);
  if (!radicale) return new Response(null, { status: 204 });
  const body = document(el(DAV, "multistatus", statusOf(calendar.path + name, "200 OK")), user.profile);
  return new Response(body, { status: 200, headers: { "content-type": "application/xml; charset=utf-8" } });
}
