// Events list: events.list and events.instances with pages and sync tokens (`docs/providers/google.md` A.4).

import { isZone } from "../shared/zoned-time.ts";
import { type Call, calendarOf, readFlag } from "./call.ts";
import { badRequest, fullSyncRequired, invalid, timeRangeEmpty, updatedMinTooLongAgo } from "./errors.ts";
import { instantOf } from "./event-time.ts";
import { cutPage, ordered, pageStart } from "./paging.ts";
import { type Row, renderRow, type Viewpoint } from "./render.ts";
import { listRows, type PlacedRow, type RowQuery } from "./rows.ts";
import { etagOf, type SimulatedCalendar } from "./state.ts";
import { readSyncToken, writePageToken, writeSyncToken } from "./tokens.ts";

/** Parameters that must be the same in every request of a sync (A.4). */
const CONSTANT = [
  "maxResults",
  "singleEvents",
  "eventTypes",
  "maxAttendees",
  "showHiddenInvitations",
  "timeZone",
];
/** Not allowed beside a sync token. All but the time bounds also keep a listing from getting a token. */
const FILTERS = [
  "orderBy",
  "q",
  "iCalUID",
  "privateExtendedProperty",
  "sharedExtendedProperty",
  "updatedMin",
];
const FORBIDDEN_WITH_TOKEN = [...FILTERS, "timeMin", "timeMax"];

export const LIST_PARAMETERS = [
  ...CONSTANT,
  ...FORBIDDEN_WITH_TOKEN,
  "pageToken",
  "syncToken",
  "showDeleted",
];
export const LIST_REPEATABLE = ["eventTypes", "privateExtendedProperty", "sharedExtendedProperty"];

const DAY_MS = 86_400_000;
const UPDATED_MIN_REACH_MS = 28 * DAY_MS;

function fingerprint(query: URLSearchParams, names: readonly string[]): string {
  const pairs = names.flatMap((name) => query.getAll(name).map((value) => `${name}=${value}`));
  return pairs.sort().join("&");
}

function readTimeParameter(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null) return null;
  const valid = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i.test(text);
  if (!valid || Number.isNaN(Date.parse(text))) throw badRequest("Bad Request", name);
  return Date.parse(text);
}

function sinceOf(call: Call, calendar: SimulatedCalendar): number | null {
  const { state, query, user } = call;
  const text = query.get("syncToken");
  if (text === null) return null;
  const place = { user, calendar: calendar.id, operation: call.operation };
  if (state.knobs.take("sync.expire", place)) throw fullSyncRequired();
  if (state.knobs.take("sync.paramMismatch", place)) throw badRequest("Bad Request");
  const token = readSyncToken(text);
  if (token === null || token.of !== calendar.id) throw invalid("Invalid sync token value.");
  const clash = FORBIDDEN_WITH_TOKEN.find((name) => query.has(name));
  if (clash !== undefined)
    throw badRequest(`Sync token cannot be used with request parameter ${clash}.`, clash);
  if (query.get("showDeleted") === "false") throw badRequest("showDeleted must not be false.", "showDeleted");
  if (token.params !== fingerprint(query, CONSTANT))
    throw badRequest("Parameters differ from the initial request.");
  if (token.revision < calendar.syncFloor) throw fullSyncRequired();
  return token.revision;
}

function checkUpdatedMin(call: Call, calendar: SimulatedCalendar): number | null {
  const updatedMin = readTimeParameter(call.query, "updatedMin");
  if (updatedMin === null) return null;
  const place = { user: call.user, calendar: calendar.id };
  const tooOld = updatedMin < call.state.now() - UPDATED_MIN_REACH_MS;
  if (tooOld || call.state.knobs.take("sync.updatedMinOld", place)) throw updatedMinTooLongAgo();
  return updatedMin;
}

/** The caller's view of this calendar. */
export function viewpoint(call: Call, calendar: SimulatedCalendar, role: string): Viewpoint {
  const zone = call.query.get("timeZone") ?? calendar.timeZone ?? "UTC";
  if (!isZone(zone)) throw badRequest("Invalid time zone.", "timeZone");
  const most = call.query.get("maxAttendees");
  if (most !== null && !/^[1-9]\d*$/.test(most)) throw badRequest("Invalid value.", "maxAttendees");
  const freeBusyScope = call.access.scopes.some((scope) => scope.endsWith("calendar.events.freebusy"));
  const otherScope = call.access.scopes.some((scope) =>
    /\/calendar(\.readonly|\.events(?!\.freebusy).*)?$/.test(scope),
  );
  return {
    calendar,
    zone,
    timesOnly: role === "freeBusyReader" || (freeBusyScope && !otherScope),
    seesPrivate: role === "writer" || role === "owner",
    maxAttendees: most === null ? null : Number(most),
  };
}

function matches(row: Row, query: URLSearchParams, updatedMin: number | null): boolean {
  const { record } = row;
  const types = query.getAll("eventTypes");
  const type = record.details["eventType"] ?? "default";
  if (types.length > 0 && !types.some((wanted) => wanted === type)) return false;
  if (updatedMin !== null && record.updatedAt < updatedMin) return false;
  if (query.has("iCalUID") && query.get("iCalUID") !== record.iCalUID) return false;
  const text = query.get("q")?.toLowerCase();
  const searched = [record.details["summary"], record.details["description"], record.details["location"]];
  if (text !== undefined && !searched.join("\n").toLowerCase().includes(text)) return false;
  // The schema of the body made it a record of records of text.
  const extended = record.details["extendedProperties"] as Record<string, Record<string, string>> | undefined;
  const holds = (side: "private" | "shared") => (pair: string) => {
    const cut = pair.indexOf("=");
    return cut > 0 && extended?.[side]?.[pair.slice(0, cut)] === pair.slice(cut + 1);
  };
  return (
    query.getAll("privateExtendedProperty").every(holds("private")) &&
    query.getAll("sharedExtendedProperty").every(holds("shared"))
  );
}

function rowQuery(call: Call, calendar: SimulatedCalendar, since: number | null): RowQuery {
  const { query, state } = call;
  const place = { user: call.user, calendar: calendar.id };
  const timeMin = readTimeParameter(query, "timeMin");
  const timeMax = readTimeParameter(query, "timeMax");
  if (timeMin !== null && timeMax !== null && timeMax <= timeMin) throw timeRangeEmpty();
  const reach = state.knobs.take("sync.seriesReach", place);
  const stray = state.knobs.take("list.strayCancelled", place) !== undefined;
  return {
    singleEvents: readFlag(query, "singleEvents"),
    since,
    showDeleted: readFlag(query, "showDeleted") || query.has("updatedMin") || stray,
    timeMin,
    timeMax,
    masterStub: state.knobs.take("sync.masterStub", place) !== undefined,
    namedUntil: reach === undefined ? null : state.now() + reach * DAY_MS,
  };
}

/** What a row shows that can't be read (G43). */
const BROKEN = {
  start: { start: { dateTime: "soon" } },
  end: { end: { dateTime: "later" } },
  row: { start: "soon", end: [], attendees: "nobody" },
} as const;

/** The page of `rows` that a call asks for, as the API answers it. */
function answerPage(
  call: Call,
  calendar: SimulatedCalendar,
  role: string,
  rows: readonly PlacedRow[],
  params: string,
): Record<string, unknown> {
  const start = pageStart(call, calendar, params);
  const { rows: page, next } = cutPage(call, calendar, rows, start);
  const view = viewpoint(call, calendar, role);
  const place = { user: call.user, calendar: calendar.id };
  const detailed = call.state.knobs.take("list.cancelledDetails", place) !== undefined;
  const broken = call.state.knobs.take("list.broken", place);
  const syncable = call.operation === "events.list" && !FILTERS.some((name) => call.query.has(name));
  const tokens =
    next !== null
      ? { nextPageToken: writePageToken({ of: calendar.id, params, ...next, after: [...next.after] }) }
      : syncable && call.state.knobs.take("list.noSyncToken", place) === undefined
        ? {
            nextSyncToken: writeSyncToken({
              of: calendar.id,
              revision: start.asOf,
              params: fingerprint(call.query, CONSTANT),
            }),
          }
        : {};
  return {
    kind: "calendar#events",
    etag: etagOf(calendar.revision),
    summary: calendar.summary,
    updated: new Date(calendar.updatedAt).toISOString(),
    ...(calendar.timeZone === null ? {} : { timeZone: calendar.timeZone }),
    accessRole: role,
    defaultReminders: [],
    ...tokens,
    items: page.map(({ row }) => {
      const shown = renderRow(row, view, detailed);
      const part = broken ?? call.state.broken.get(row.record.recurringEventId ?? row.record.id);
      return part === undefined || row.cancelled ? shown : { ...shown, ...BROKEN[part] };
    }),
  };
}

/** events.list. */
export function listEvents(call: Call, calendarId: string): Record<string, unknown> {
  const { calendar, entry } = calendarOf(call, calendarId);
  const since = sinceOf(call, calendar);
  const updatedMin = checkUpdatedMin(call, calendar);
  const asked = rowQuery(call, calendar, since);
  const found = listRows(call.state, calendar, asked).filter(({ row }) =>
    matches(row, call.query, updatedMin),
  );
  const rows = ordered(found, call.query.get("orderBy"), asked.singleEvents, calendar.timeZone ?? "UTC");
  const names = [...LIST_PARAMETERS.filter((name) => name !== "pageToken")];
  return answerPage(call, calendar, entry.role, rows, fingerprint(call.query, names));
}

export const INSTANCES_PARAMETERS = [
  ...[
    "timeMin",
    "timeMax",
    "maxResults",
    "pageToken",
    "showDeleted",
    "originalStart",
    "timeZone",
    "maxAttendees",
  ],
];

/** events.instances: the same rows of one series. */
export function listInstances(call: Call, calendarId: string, masterId: string): Record<string, unknown> {
  const { calendar, entry } = calendarOf(call, calendarId);
  const zone = calendar.timeZone ?? "UTC";
  const asked = { ...rowQuery(call, calendar, null), singleEvents: true };
  const original = readTimeParameter(call.query, "originalStart");
  const rows = listRows(call.state, calendar, asked).filter(({ row }) => {
    const start = row.instance?.originalStart ?? row.record.originalStart;
    const ofSeries = row.instance === null ? row.record.recurringEventId : row.record.id;
    return (
      ofSeries === masterId && (original === null || (start !== null && instantOf(start, zone) === original))
    );
  });
  const names = INSTANCES_PARAMETERS.filter((name) => name !== "pageToken");
  return answerPage(call, calendar, entry.role, rows, `${masterId}?${fingerprint(call.query, names)}`);
}
