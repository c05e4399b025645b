// Delta: rounds of pages, the window in the token, how a round is lost (`docs/providers/microsoft.md` B.5.2-B.5.5).
import { type Call, calendarOf } from "./call.ts";
import { type DeltaRow, deltaRows, type Place } from "./delta-rows.ts";
import {
  readDeltaToken,
  readSkipToken,
  type SkipToken,
  writeDeltaToken,
  writeSkipToken,
} from "./delta-token.ts";
import { badRequest, graphError, type MicrosoftError } from "./errors.ts";
import { newImmutableId } from "./ids.ts";
import { brokenOf, readWindow, zoneOf } from "./query-options.ts";
import type { Json, Viewpoint } from "./render.ts";
import { etagOf, type MicrosoftState, type SimulatedCalendar } from "./state.ts";

const DAY_MS = 86_400_000;
const DEFAULT_PAGE = 10;
const UNSUPPORTED = ["$select", "$expand", "$filter", "$orderby", "$search", "$top", "$skip"];

/** All options that a caller may try. Unsupported ones are refused below in Graph's words. */
export const DELTA_OPTIONS = [...UNSUPPORTED, "startDateTime", "endDateTime", "$skiptoken", "$deltatoken"];

/** One request for a page. */
interface Asking {
  readonly call: Call;
  readonly calendar: SimulatedCalendar;
  /** Path of the function, without the base. */
  readonly path: string;
  readonly pageSize: number;
}

const placeOf = ({ call, calendar }: Asking) => ({
  user: call.user.email,
  calendar: calendar.id,
  operation: call.operation,
});

const GENERATION = "The sync state generation is not found; continuing may result in missing changes.";

function syncStateLost(
  asking: Asking,
  token: { from: number; to: number } | null,
  setting = { location: true, body: true },
): MicrosoftError {
  const { call, path } = asking;
  const iso = (at: number) => new Date(at).toISOString().replace(".000Z", "Z");
  const window = token === null ? "" : `startDateTime=${iso(token.from)}&endDateTime=${iso(token.to)}&`;
  const headers = setting.location ? { location: `${call.base}${path}?${window}$deltatoken=` } : {};
  const error = graphError(410, setting.body ? "SyncStateNotFound" : "", setting.body ? GENERATION : "", {
    headers,
  });
  return error;
}

const STATUS_OF: Readonly<Record<string, 400 | 404 | 410>> = {
  SyncStateNotFound: 404,
  syncStateNotFound: 410,
  syncStateInvalid: 400,
  resyncRequired: 410,
  ErrorInvalidUrlQuery: 400,
  BadRequest: 400,
};

/** The failures of D.2 that concern a stored link. */
function checkTokenKnobs(asking: Asking, token: { from: number; to: number } | null): void {
  const { knobs } = asking.call.state;
  const gone = knobs.take("delta.gone", placeOf(asking));
  if (gone !== undefined) throw syncStateLost(asking, token, gone === true ? undefined : gone);
  const setting = knobs.take("delta.code", placeOf(asking));
  if (setting === undefined) return;
  const { status, code, inner } =
    typeof setting === "string"
      ? { status: STATUS_OF[setting] ?? 410, code: setting, inner: undefined }
      : setting;
  throw graphError(
    status,
    code,
    GENERATION,
    inner === undefined ? {} : { error: { innerError: { code: inner } } },
  );
}

function checkSize(asking: Asking, window: { from: number; to: number }): void {
  const knob = asking.call.state.knobs.take("delta.504", placeOf(asking));
  if (knob === undefined) return;
  const bounds = knob === true ? { overPageSize: 0, overDays: 0 } : knob;
  const large =
    (bounds.overPageSize !== undefined && asking.pageSize > bounds.overPageSize) ||
    (bounds.overDays !== undefined && (window.to - window.from) / DAY_MS > bounds.overDays);
  if (large) throw graphError(504, "UnknownError", "");
}

/** The newest revision that readers see: the newest of all, or the newest that is old enough. */
function visibleRevision(state: MicrosoftState, asking: Asking): number {
  const late = state.knobs.take("delta.lateMs", placeOf(asking));
  if (late === undefined) return state.revision;
  const until = state.now() - late;
  return state.history.findLast(({ at }) => at <= until)?.revision ?? 0;
}

function firstPage(asking: Asking, window: { from: number; to: number }, since: number | null): SkipToken {
  const { state } = asking.call;
  const across = since !== null && state.knobs.take("delta.repeatAcross", placeOf(asking)) !== undefined;
  return {
    calendar: asking.calendar.id,
    ...window,
    since,
    across,
    asOf: visibleRevision(state, asking),
    after: null,
  };
}

/** Where the page begins: in a first round, after a stored link, or further on in a round. */
function startOf(asking: Asking): SkipToken {
  const { query } = asking.call;
  const skip = query.get("$skiptoken");
  const delta = query.get("$deltatoken");
  if (!skip && !delta) return firstPage(asking, readWindow(query), null);
  if ([...query.keys()].length > 1) {
    throw badRequest("The link of a round can't be combined with other options.", "ErrorInvalidUrlQuery");
  }
  const token = skip ? readSkipToken(skip) : readDeltaToken(delta ?? "");
  checkTokenKnobs(asking, token);
  if (token === null || token.calendar !== asking.calendar.id) {
    throw badRequest("The token in the URL is malformed.", "ErrorInvalidUrlQuery");
  }
  if ((token.since ?? asking.calendar.syncFloor) < asking.calendar.syncFloor)
    throw syncStateLost(asking, token);
  return "asOf" in token ? token : firstPage(asking, token, token.since);
}

const isAfter = (place: Place, after: Place | null): boolean =>
  after === null || place[0] > after[0] || (place[0] === after[0] && place[1] > after[1]);

/** A stale version of a row under an etag that looks newer. Only the last row of an id is true (M23). */
function stale(row: Json, revision: number): Json {
  const shift = (time: unknown): unknown => {
    const { dateTime, timeZone } = time as { dateTime: string; timeZone: string };
    const at = new Date(Date.parse(`${dateTime.slice(0, 19)}Z`) - DAY_MS);
    return { dateTime: `${at.toISOString().slice(0, 19)}.0000000`, timeZone };
  };
  return {
    ...row,
    "@odata.etag": etagOf(revision + 1000),
    start: shift(row["start"]),
    end: shift(row["end"]),
  };
}

function rendered(asking: Asking, rows: readonly DeltaRow[]): Json[] {
  const { state } = asking.call;
  const place = placeOf(asking);
  const value = rows.map((row) => row.render());
  if (state.knobs.take("delta.repeat", place)) {
    value.unshift(...rows.filter(({ full }) => full).map((row) => stale(row.render(), state.revision)));
  }
  if (state.knobs.take("delta.outOfWindow", place)) {
    const id = newImmutableId(state.random);
    value.push({ "@odata.type": "#microsoft.graph.event", id, "@removed": { reason: "deleted" } });
  }
  return value;
}

/** The link, unless a knob points it to another host. */
function link(asking: Asking, name: "nextLink" | "deltaLink", option: string): Json {
  const { call, path } = asking;
  const evil = call.state.knobs.take("delta.evilLink", placeOf(asking));
  const host = evil === true ? "graph.microsoft.com.evil.example" : evil;
  const base = host === undefined ? call.base : `https://${host}/v1.0`;
  return { [`@odata.${name}`]: `${base}${path}?${option}` };
}

/** Where the next series is that is larger than a page, if the knob makes the round stand still there; else null. */
function stallingOrder(asking: Asking, rows: readonly DeltaRow[]): number | null {
  const most = asking.call.state.knobs.take("delta.stall", placeOf(asking));
  if (most === undefined) return null;
  const sizes = new Map<number, number>();
  for (const { place } of rows) sizes.set(place[0], (sizes.get(place[0]) ?? 0) + 1);
  const limit = most === true ? asking.pageSize : Math.min(asking.pageSize, most);
  const [order = null] = [...sizes].find(([, size]) => size > limit) ?? [];
  return order;
}

function page(asking: Asking, start: SkipToken, view: Viewpoint): Json {
  const { call, calendar } = asking;
  const { state } = call;
  const place = placeOf(asking);
  const context = { "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Collection(event)" };
  if (state.knobs.take("delta.emptyPage", place)) {
    return { ...context, ...link(asking, "nextLink", `$skiptoken=${writeSkipToken(start)}`), value: [] };
  }
  const rows = deltaRows(state, calendar, view, start, place).filter((row) =>
    isAfter(row.place, start.after),
  );
  const order = stallingOrder(asking, rows);
  if (order !== null && order === rows[0]?.place[0]) {
    const step = start.after?.[1] ?? 0;
    const next = writeSkipToken({ ...start, after: [order, Math.min(step, -1e7) - 1] });
    return {
      ...context,
      ...link(asking, "nextLink", `$skiptoken=${next}`),
      value: rendered(
        asking,
        rows.filter(({ place: [each] }) => each === order),
      ),
    };
  }
  // What comes before the series is given first: a round that stands still, and then goes on, forgets nothing.
  const before = order === null ? rows.length : rows.findIndex((row) => row.place[0] === order);
  const short = state.knobs.take("delta.shortPage", place) ?? asking.pageSize;
  const size = Math.min(asking.pageSize, short, before);
  const cut = rows.slice(0, size);
  const last = cut.at(-1);
  const value = rendered(asking, cut);
  if (last !== undefined && rows.length > cut.length) {
    const next = writeSkipToken({ ...start, after: [...last.place] });
    return { ...context, ...link(asking, "nextLink", `$skiptoken=${next}`), value };
  }
  const { calendar: id, from, to, asOf } = start;
  const token = writeDeltaToken({ calendar: id, from, to, since: asOf });
  return { ...context, ...link(asking, "deltaLink", `$deltatoken=${token}`), value };
}

/** calendarView/delta of a calendar, or of the default one. */
export function delta(call: Call, calendarId: string | undefined): Json {
  const calendar = calendarOf(call, calendarId);
  const used = UNSUPPORTED.filter((name) => call.query.has(name));
  if (used.length > 0) {
    const message = `The following parameters are not supported with change tracking over the 'CalendarView' resource: '${used.join(", ")}'.`;
    throw graphError(400, "ErrorInvalidUrlQuery", message);
  }
  const path = `${calendarId === undefined ? "/me" : `/me/calendars/${encodeURIComponent(calendarId)}`}/calendarView/delta`;
  const asking = { call, calendar, path, pageSize: call.prefer.pageSize ?? DEFAULT_PAGE };
  if (calendarId !== undefined && call.state.knobs.take("delta.noCalendarPath", placeOf(asking))) {
    throw graphError(400, "ErrorInvalidRequest", "Change tracking is not supported on this resource.");
  }
  const start = startOf(asking);
  checkSize(asking, start);
  const { user, prefer } = call;
  const view = {
    user,
    zone: zoneOf(call),
    broken: brokenOf(call),
    immutable: prefer.immutable,
    select: null,
    properties: [],
    exceptions: false,
  };
  const basic = !call.access.scopes.some((scope) => /^Calendars\.Read(Write)?(\.Shared)?$/.test(scope));
  return page(asking, start, { ...view, basic });
}
