// Calendar list: the caller's list, single entries, and calendars themselves (`docs/providers/google.md` A.3).
import { Hono } from "hono";
import { apiCall, type Call, calendarOf, readFlag, readMaxResults } from "./call.ts";
import { badRequest, fullSyncRequired, invalid, notFound } from "./errors.ts";
import { etagOf, type GoogleState, type ListEntry, type SimulatedCalendar } from "./state.ts";
import { readPageToken, readSyncToken, writePageToken, writeSyncToken } from "./tokens.ts";

const ROLES: readonly string[] = [
  "freeBusyReader",
  "reader",
  "writerWithoutPrivateAccess",
  "writer",
  "owner",
];

function renderEntry(calendar: SimulatedCalendar, entry: ListEntry, user: string): Record<string, unknown> {
  const common = { kind: "calendar#calendarListEntry", etag: etagOf(entry.revision), id: calendar.id };
  if (entry.deleted) return { ...common, deleted: true };
  return {
    ...common,
    summary: calendar.summary,
    ...(entry.summaryOverride === null ? {} : { summaryOverride: entry.summaryOverride }),
    ...(calendar.timeZone === null ? {} : { timeZone: calendar.timeZone }),
    colorId: "14",
    backgroundColor: "#9fe1e7",
    foregroundColor: "#000000",
    ...(entry.hidden ? { hidden: true } : {}),
    ...(entry.selected ? { selected: true } : {}),
    accessRole: entry.role,
    defaultReminders: entry.role === "owner" ? [{ method: "popup", minutes: 10 }] : [],
    ...(calendar.primaryOf === null && calendar.ownerEmail !== null
      ? { dataOwner: calendar.ownerEmail }
      : {}),
    conferenceProperties: { allowedConferenceSolutionTypes: ["hangoutsMeet"] },
    ...(calendar.primaryOf === user ? { primary: true } : {}),
  };
}

function sinceOf(call: Call): number | null {
  const text = call.query.get("syncToken");
  if (text === null) return null;
  if (call.state.knobs.take("sync.expire", { user: call.user, operation: call.operation }))
    throw fullSyncRequired();
  const token = readSyncToken(text);
  if (token === null || token.of !== call.user) throw invalid("Invalid sync token value.");
  const clash = ["minAccessRole", "showOwnOrganizationOnly"].find((name) => call.query.has(name));
  if (clash !== undefined)
    throw badRequest(`Sync token cannot be used with request parameter ${clash}.`, clash);
  return token.revision;
}

function minimumRole(call: Call): number {
  const text = call.query.get("minAccessRole");
  if (text === null) return 0;
  const rank = ROLES.indexOf(text);
  if (rank < 0 || text === "writerWithoutPrivateAccess") throw badRequest("Invalid value.", "minAccessRole");
  return rank;
}

function entriesOf(call: Call, since: number | null): { calendar: SimulatedCalendar; entry: ListEntry }[] {
  const least = minimumRole(call);
  const showHidden = since !== null || readFlag(call.query, "showHidden");
  const showDeleted = since !== null || readFlag(call.query, "showDeleted");
  const found: { calendar: SimulatedCalendar; entry: ListEntry }[] = [];
  for (const calendar of call.state.calendars.values()) {
    const entry = calendar.entries.get(call.user);
    if (entry === undefined || (since !== null && entry.revision <= since)) continue;
    if ((entry.hidden && !showHidden) || (entry.deleted && !showDeleted)) continue;
    if (ROLES.indexOf(entry.role) >= least) found.push({ calendar, entry });
  }
  return found;
}

function list(call: Call): Record<string, unknown> {
  const { state, user, query } = call;
  const since = sinceOf(call);
  const all = entriesOf(call, since);
  const size = readMaxResults(query, 100, 250);
  const text = query.get("pageToken");
  const token = text === null ? { after: [0], asOf: state.revision, page: 0 } : readPageToken(text);
  if (token === null || (text !== null && readPageToken(text)?.of !== user))
    throw invalid("Invalid page token value.");
  const offset = token.after[0] ?? 0;
  const end = offset + size;
  const next =
    end < all.length
      ? {
          nextPageToken: writePageToken({
            of: user,
            params: "",
            asOf: token.asOf,
            after: [end],
            page: token.page + 1,
          }),
        }
      : { nextSyncToken: writeSyncToken({ of: user, revision: token.asOf, params: "" }) };
  return {
    kind: "calendar#calendarList",
    etag: etagOf(state.revision),
    ...next,
    items: all.slice(offset, end).map(({ calendar, entry }) => renderEntry(calendar, entry, user)),
  };
}

function getEntry(call: Call, calendarId: string): Record<string, unknown> {
  const { calendar, entry } = calendarOf(call, calendarId);
  return renderEntry(calendar, entry, call.user);
}

function getCalendar(call: Call, calendarId: string): Record<string, unknown> {
  const { calendar } = calendarOf(call, calendarId);
  const zone = calendar.timeZone === null ? {} : { timeZone: calendar.timeZone };
  const etag = etagOf(calendar.revision);
  return { kind: "calendar#calendar", etag, id: calendar.id, summary: calendar.summary, ...zone };
}

const LIST_PARAMETERS = [
  ...[
    "maxResults",
    "pageToken",
    "showHidden",
    "showDeleted",
    "minAccessRole",
    "showOwnOrganizationOnly",
    "syncToken",
  ],
];

/** Routes under `/calendar/v3` for calendars and the calendar list. */
export function calendarRoutes(state: GoogleState): Hono {
  return new Hono()
    .get(
      "/users/me/calendarList",
      apiCall(state, { operation: "calendarList.list", parameters: LIST_PARAMETERS, answer: list }),
    )
    .get(
      "/users/me/calendarList/:calendarId",
      apiCall(state, {
        operation: "calendarList.get",
        answer: (call, context) => getEntry(call, context.req.param("calendarId") ?? ""),
      }),
    )
    .get(
      "/calendars/:calendarId",
      apiCall(state, {
        operation: "calendars.get",
        answer: (call, context) => {
          const calendarId = context.req.param("calendarId");
          if (calendarId === undefined) throw notFound();
          return getCalendar(call, calendarId);
        },
      }),
    );
}
