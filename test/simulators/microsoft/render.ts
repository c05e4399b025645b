// Render: event resources in Graph's JSON (`docs/providers/microsoft.md` B.4, B.5.3, E.2.3).
import { instantOf, renderTime } from "./event-time.ts";
import { exceptionsOf, type Found, idsOf } from "./instances.ts";
import { renderPattern } from "./pattern.ts";
import {
  changeKeyOf,
  type EventIds,
  type EventRecord,
  type EventTime,
  etagOf,
  type MicrosoftState,
  type SimulatedCalendar,
  type SimulatedUser,
} from "./state.ts";
import { windowsZone } from "./zones.ts";

export type Json = Record<string, unknown>;

/** One caller's options for events. */
export interface Viewpoint {
  readonly user: SimulatedUser;
  /** The zone under the name that the caller used. */
  readonly zone: string;
  /** What of the event can't be read. */
  readonly broken?: "start" | "end" | "row" | undefined;
  readonly immutable: boolean;
  /** The requested fields; null for all. */
  readonly select: readonly string[] | null;
  /** The requested extended properties. */
  readonly properties: readonly string[];
  readonly exceptions: boolean;
  /** Calendars.ReadBasic: no subject, body or place. */
  readonly basic: boolean;
}

const iso = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z");

export const idIn = (view: Pick<Viewpoint, "immutable">, ids: EventIds): string =>
  view.immutable ? ids.immutable : ids.regular;

const NO_TIME = "0001-01-01T00:00:00Z";
const EMPTY_PLACE = {
  displayName: "",
  locationType: "default",
  uniqueIdType: "unknown",
  address: {},
  coordinates: {},
};

/** Every field of an event that `$select` may name. */
export const EVENT_FIELDS: readonly string[] = [
  ...["id", "changeKey", "createdDateTime", "lastModifiedDateTime", "categories", "transactionId"],
  ...[
    "originalStartTimeZone",
    "originalEndTimeZone",
    "iCalUId",
    "reminderMinutesBeforeStart",
    "isReminderOn",
  ],
  ...["hasAttachments", "subject", "bodyPreview", "importance", "sensitivity", "isAllDay", "isCancelled"],
  ...["isOrganizer", "responseRequested", "seriesMasterId", "showAs", "type", "webLink", "onlineMeetingUrl"],
  ...["isOnlineMeeting", "onlineMeetingProvider", "allowNewTimeProposals", "isDraft", "hideAttendees"],
  ...[
    "responseStatus",
    "body",
    "start",
    "end",
    "location",
    "locations",
    "recurrence",
    "attendees",
    "organizer",
  ],
  ...["onlineMeeting", "originalStart", "cancelledOccurrences", "exceptionOccurrences"],
];

/** The times at which a found event begins and ends. */
function boundsOf(found: Found): { start: EventTime; end: EventTime } {
  return found.kind === "record" ? found.record : found.occurrence;
}

/** The same times as instants. */
export function spanOf(found: Found): { start: number; end: number } {
  const { start, end } = boundsOf(found);
  return { start: instantOf(start), end: instantOf(end) };
}

/** The ids of a found event. */
export const foundIds = (found: Found): EventIds =>
  found.kind === "record" ? idsOf(found.record) : found.occurrence.ids;

function typeOf(found: Found): string {
  if (found.kind === "occurrence") return "occurrence";
  if (found.record.masterId !== null) return "exception";
  return found.record.recurrence === null ? "singleInstance" : "seriesMaster";
}

function masterIdIn(view: Viewpoint, calendar: SimulatedCalendar, found: Found): string | null {
  if (found.kind === "occurrence") return idIn(view, idsOf(found.master));
  const master = found.record.masterId === null ? undefined : calendar.events.get(found.record.masterId);
  return master === undefined ? null : idIn(view, idsOf(master));
}

/** The person's answer, and how the time is shown when the body doesn't say so. */
function standing(record: EventRecord, user: SimulatedUser): Json {
  const { organizer, isOrganizer, responseStatus, showAs } = record.details as {
    organizer?: { emailAddress: { address: string } };
    isOrganizer?: boolean;
    responseStatus?: { response: string };
    showAs?: string;
  };
  const own = isOrganizer ?? (organizer === undefined || organizer.emailAddress.address === user.email);
  const response = responseStatus?.response ?? (own ? "organizer" : "notResponded");
  const unsure = response === "notResponded" || response === "tentativelyAccepted";
  return {
    isOrganizer: own,
    organizer: organizer ?? { emailAddress: { name: user.name, address: user.email } },
    responseStatus: { time: NO_TIME, ...responseStatus, response },
    showAs: showAs ?? (unsure ? "tentative" : "busy"),
  };
}

function attendeesOf(record: EventRecord): Json[] {
  const sent = (record.details["attendees"] ?? []) as { emailAddress: { name?: string; address: string } }[];
  return sent.map((attendee) => ({
    type: "required",
    status: { response: "none", time: NO_TIME },
    ...attendee,
    emailAddress: { name: attendee.emailAddress.address, ...attendee.emailAddress },
  }));
}

function detailsOf(record: EventRecord, view: Viewpoint): Json {
  const { details } = record;
  const body = details["body"] as { content: string; contentType: string } | undefined;
  const location = details["location"] as Json | undefined;
  const secret = view.basic
    ? { subject: "", body: undefined, location: undefined }
    : { subject: details["subject"], body, location };
  return {
    categories: [],
    importance: "normal",
    sensitivity: "normal",
    isReminderOn: true,
    reminderMinutesBeforeStart: 15,
    responseRequested: true,
    allowNewTimeProposals: true,
    hideAttendees: false,
    isCancelled: false,
    isDraft: false,
    isOnlineMeeting: false,
    onlineMeetingProvider: "unknown",
    ...details,
    onlineMeetingUrl: null,
    onlineMeeting: null,
    hasAttachments: false,
    subject: secret.subject ?? "",
    bodyPreview: (secret.body?.content ?? "").replace(/<[^>]*>/g, "").slice(0, 255),
    body: {
      contentType: (secret.body?.contentType ?? "html").toLowerCase(),
      content: secret.body?.content ?? "",
    },
    location: { ...EMPTY_PLACE, ...secret.location },
    locations: secret.location === undefined ? [] : [{ ...EMPTY_PLACE, ...secret.location }],
    attendees: attendeesOf(record),
    ...standing(record, view.user),
  };
}

/** What an event shows that can't be read (M53). */
const BROKEN = {
  start: { start: { dateTime: "soon", timeZone: "UTC" } },
  end: { end: { dateTime: "later", timeZone: "UTC" } },
  row: { start: "soon", end: [] },
} as const;

function timesOf(state: MicrosoftState, found: Found, view: Viewpoint): Json {
  const record = found.kind === "record" ? found.record : found.master;
  const broken = view.broken ?? state.broken.get(record.masterId ?? record.id);
  const { start, end } = boundsOf(found);
  const original = found.kind === "occurrence" ? start : found.record.originalStart;
  return {
    isAllDay: start.kind === "date",
    start: renderTime(start, view.zone),
    end: renderTime(end, view.zone),
    ...(broken === undefined ? {} : BROKEN[broken]),
    originalStartTimeZone: windowsZone(start.timeZone),
    originalEndTimeZone: windowsZone(end.timeZone),
    ...(original === null ? {} : { originalStart: iso(instantOf(original)) }),
  };
}

function expansions(state: MicrosoftState, calendar: SimulatedCalendar, found: Found, view: Viewpoint): Json {
  const { extended } = found.kind === "record" ? found.record : found.master;
  const values = view.properties.flatMap((id) => {
    const value = extended.get(id);
    return value === undefined ? [] : [{ id, value }];
  });
  const properties = values.length === 0 ? {} : { singleValueExtendedProperties: values };
  if (found.kind !== "record" || found.record.recurrence === null) return properties;
  const inner = { ...view, select: null, exceptions: false, properties: [] };
  const exceptions = () =>
    exceptionsOf(calendar, found.record.id).map((record) =>
      renderEvent(state, calendar, { kind: "record", record }, inner),
    );
  const cancelled = () =>
    [...found.record.cancelledDays].sort().map((day) => `OID.${idIn(view, idsOf(found.record))}.${day}`);
  return {
    ...properties,
    ...(view.exceptions ? { exceptionOccurrences: exceptions() } : {}),
    ...(view.select?.includes("cancelledOccurrences") ? { cancelledOccurrences: cancelled() } : {}),
  };
}

/** An event with all its fields, or the requested ones. `@odata.etag` and `id` always come. */
export function renderEvent(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  found: Found,
  view: Viewpoint,
): Json {
  const record = found.kind === "record" ? found.record : found.master;
  const id = idIn(view, foundIds(found));
  const occurrence = found.kind === "occurrence";
  const all: Json = {
    id,
    createdDateTime: iso(record.createdAt),
    lastModifiedDateTime: iso(record.updatedAt),
    changeKey: changeKeyOf(record.revision),
    ...(record.transactionId === null || occurrence ? {} : { transactionId: record.transactionId }),
    iCalUId: occurrence ? `${record.iCalUId}${found.occurrence.day.replaceAll("-", "")}` : record.iCalUId,
    seriesMasterId: masterIdIn(view, calendar, found),
    type: typeOf(found),
    webLink: `https://outlook.office365.com/owa/?itemid=${encodeURIComponent(id)}&exvsurl=1&path=/calendar/item`,
    ...detailsOf(record, view),
    ...timesOf(state, found, view),
    recurrence:
      occurrence || record.recurrence === null
        ? null
        : renderPattern(record.recurrence, windowsZone(record.start.timeZone)),
  };
  const kept =
    view.select === null
      ? all
      : Object.fromEntries(Object.entries(all).filter(([name]) => view.select?.includes(name)));
  return { "@odata.etag": etagOf(record.revision), id, ...kept, ...expansions(state, calendar, found, view) };
}

/** An occurrence as calendarView/delta shows it: only its times and its series (B.5.3). */
export function renderSparse(calendar: SimulatedCalendar, found: Found, view: Viewpoint): Json {
  const record = found.kind === "record" ? found.record : found.master;
  const { start, end } = boundsOf(found);
  return {
    "@odata.type": "#microsoft.graph.event",
    "@odata.etag": etagOf(record.revision),
    seriesMasterId: masterIdIn(view, calendar, found),
    type: typeOf(found),
    id: idIn(view, foundIds(found)),
    start: renderTime(start, view.zone),
    end: renderTime(end, view.zone),
  };
}
