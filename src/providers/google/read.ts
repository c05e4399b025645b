// Reading Google: the calendar list, pulls, and the rule by which events occupy time.
import * as z from "zod";
import type { EventStatus } from "../../domain/busy.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import { isTimeZone } from "../../domain/zone.ts";
import { ProviderError } from "../error.ts";
import { readChangesOr } from "../failing-part.ts";
import { expectEnd } from "../http.ts";
import type { CalendarRef, Page, PullManner, RemoteCalendar, Way } from "../provider.ts";
import { BAD_ROW, NOTHING, type Place, type Reading, readingOrNull, spanOf } from "../written-span.ts";
import { dateBound, endOfDate, readingsOf } from "../written-time.ts";
import type { GoogleApi } from "./api.ts";
import {
  BOOKING_PROPERTY,
  type CalendarListPage,
  type EventsPage,
  LISTED_FIELDS,
  type ListedEvent,
  type Row,
  type Time,
} from "./wire.ts";

/**
 * The parameters of every listing of events, first or later. Google refuses a sync token together with parameters
 * other than those it was made with. With `orderBy` no sync token comes (`docs/providers/google.md` A.4).
 */
const LISTING = { singleEvents: true, maxResults: 2500, fields: LISTED_FIELDS } as const;

/** The cursor of a pull: within the listing of a window, or at or within a round of changes. */
const Position = z.union([
  z.strictObject({
    v: z.literal(1),
    timeMin: z.string(),
    timeMax: z.string(),
    pageToken: z.string().nullable(),
    /**
     * `plain`: no sync token is wanted. `again`: it is read once more, because no token will tell what changed between
     * its pages. `missed`: it is read once more, because no token came.
     */
    reading: z.enum(["plain", "again", "missed"]).optional(),
  }),
  z.strictObject({ v: z.literal(1), syncToken: z.string(), pageToken: z.string().nullable() }),
]);
type Position = z.infer<typeof Position>;

/** All calendars of the account, hidden ones too, because hiding one in Google's sidebar doesn't free its time. */
export async function listCalendars(api: GoogleApi): Promise<RemoteCalendar[]> {
  const calendars: RemoteCalendar[] = [];
  let pageToken: string | undefined;
  let pages = 0;
  do {
    expectEnd(pages);
    pages += 1;
    const page = await api.listCalendars({
      maxResults: 250,
      showHidden: true,
      ...(pageToken !== undefined && { pageToken }),
    });
    calendars.push(...page.items.filter((entry) => entry.deleted !== true).map(calendarOf));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return calendars;
}

/** See `ProviderAccount.pull`. It reads on after short and empty pages (G37). */
export async function* pull(
  api: GoogleApi,
  calendar: CalendarRef,
  cursor: string | null,
  window: Interval,
  { way, leavesFailing }: PullManner = { way: "changes", leavesFailing: false },
): AsyncGenerator<Page> {
  let position: Position | null = cursor === null ? startOfListing(window, way) : readCursor(cursor);
  const liveSeries = new Set<string>();
  while (position !== null) {
    const at = position;
    const mode = "syncToken" in at ? "delta" : "snapshot";
    const answer: EventsPage = await readChangesOr(
      () => api.listEvents(operationOf(at), calendar.calendarId, queryOf(at)),
      () => api.listCalendars({ maxResults: 1 }),
      leavesFailing && mode === "delta",
    );
    const { next, last } = after(at, answer);
    const timeZone = knownZone(answer.timeZone);
    const place = { window, timeZone: timeZone ?? calendar.fallbackTimeZone };
    const rows = rowsOf(answer.items, place, liveSeries);
    yield { mode, ...rows, next: next === null ? null : JSON.stringify(next), last, timeZone };
    position = last ? null : next;
  }
}

/**
 * The time that an event takes inside the window; `busy` is null when it takes none that can be read
 * (`docs/providers/google.md` A.5.1). What couldn't be read is in `unread`.
 * @param place.timeZone the calendar's zone, which all-day dates go by (L27)
 */
export function rowOf(event: Row, place: Place): Reading {
  if (event.isBroken) return { busy: null, unread: BAD_ROW };
  const status = statusOf(event);
  if (status === null) return NOTHING;
  const bound = (time: Time | undefined) => readingOrNull(() => readingsIn(time, place.timeZone));
  const day = event.start?.date;
  const dayEnds =
    day === undefined ? null : readingOrNull(() => endOfDate({ dateTime: day }, place.timeZone));
  const { span, unread } = spanOf(
    bound(event.start),
    bound(event.end),
    place.window,
    dayEnds?.startsAt ?? null,
  );
  if (span === null) return { busy: null, unread };
  const busy = {
    key: event.id,
    seriesKey: event.recurringEventId ?? null,
    ...span,
    allDay: day !== undefined,
    status,
    bookingId: event.extendedProperties?.private?.[BOOKING_PROPERTY] ?? null,
  };
  return { busy, unread };
}

/** How an event occupies time; null when it takes none. Unknown types and answers count as busy. */
function statusOf(event: ListedEvent): EventStatus | null {
  if (event.status === "cancelled" || event.transparency === "transparent") return null;
  if (event.eventType === "workingLocation" || event.eventType === "birthday") return null;
  const answer = event.attendees?.find((attendee) => attendee.self === true)?.responseStatus;
  if (answer === "declined") return null;
  if (event.eventType === "outOfOffice") return "out_of_office";
  if (answer === "needsAction") return "unanswered";
  return answer === "tentative" || event.status === "tentative" ? "tentative" : "busy";
}

/** The readings of an event's start or end; null where it has none. @throws ProviderError `bug`/`unexpected_time` */
function readingsIn(time: Time | undefined, timeZone: string): Interval | Instant | null {
  if (time?.dateTime !== undefined) return readingsOf({ dateTime: time.dateTime, timeZone: time.timeZone });
  return time?.date === undefined ? null : dateBound({ dateTime: time.date }, timeZone);
}

/**
 * The instant of an event's start or end; null where it has none that can be read.
 * @param timeZone the calendar's zone, for dates
 */
export const instantOf = (time: Time | undefined, timeZone: string): Instant | null =>
  readingOrNull(() => readingsIn(time, timeZone))?.startsAt ?? null;

/**
 * The rows of a page. Of a row repeated within the page the last one counts.
 * @param liveSeries the series of which the round showed living occurrences; this function adds to it
 */
function rowsOf(
  events: readonly Row[],
  place: Place,
  liveSeries: Set<string>,
): Pick<Page, "upserts" | "removedKeys" | "removedSeries" | "unreadable"> {
  const rows = new Map(events.map((event) => [event.id, { event, ...rowOf(event, place) }]));
  const removedSeries = new Set<string>();
  for (const event of events) {
    if (event.isBroken) continue;
    const { recurringEventId: series } = event;
    if (event.status !== "cancelled") {
      if (series !== undefined) liveSeries.add(series);
    } else if (series === undefined && !liveSeries.has(event.id)) {
      // A deleted series may come as one stub under the series' own id (A.4.2). So may a single event that was made
      // recurring. Then the occurrences in the same round count.
      removedSeries.add(event.id);
    }
  }
  const all = [...rows.values()];
  return {
    upserts: all.flatMap(({ busy }) => busy ?? []),
    // This includes events that moved out of the window or became free: they may have a row (L5, G38, G39).
    removedKeys: all.flatMap(({ event, busy, unread }) => ((busy ?? unread) === null ? [event.id] : [])),
    removedSeries: [...removedSeries],
    unreadable: all.flatMap(({ event, unread }) =>
      unread === null ? [] : [{ key: event.id, version: event.etag ?? "", ...unread }],
    ),
  };
}

function startOfListing(window: Interval, way: Way): Position {
  return {
    v: 1,
    timeMin: formatInstant(window.startsAt),
    timeMax: formatInstant(window.endsAt),
    pageToken: null,
    ...(way === "listings" && { reading: "plain" as const }),
  };
}

function readCursor(cursor: string): Position {
  try {
    return Position.parse(JSON.parse(cursor));
  } catch {
    throw new ProviderError({ kind: "resync", code: "unreadable_cursor" });
  }
}

function operationOf(position: Position): "list" | "list-page" | "list-delta" {
  if ("syncToken" in position) return "list-delta";
  return position.pageToken === null ? "list" : "list-page";
}

function queryOf(position: Position) {
  const { pageToken } = position;
  const from =
    "syncToken" in position
      ? { syncToken: position.syncToken }
      : { timeMin: position.timeMin, timeMax: position.timeMax };
  return { ...LISTING, ...from, ...(pageToken !== null && { pageToken }) };
}

/**
 * Where the pull goes on. Null: no sync token leads to what changes from now on. An answer without any token may be a
 * fault, so a listing is believed without one the second time (A.4.1).
 */
function after(position: Position, answer: EventsPage): { next: Position | null; last: boolean } {
  const { nextPageToken, nextSyncToken: syncToken } = answer;
  if (nextPageToken !== undefined) return { next: { ...position, pageToken: nextPageToken }, last: false };
  const reading = "syncToken" in position ? "delta" : position.reading;
  const once = { ...position, pageToken: null };
  if (reading === "again") return { next: null, last: true };
  if (reading === "plain") {
    const isWhole = position.pageToken === null;
    return isWhole ? { next: null, last: true } : { next: { ...once, reading: "again" }, last: false };
  }
  if (syncToken !== undefined) return { next: { v: 1, syncToken, pageToken: null }, last: true };
  return reading === undefined
    ? { next: { ...once, reading: "missed" }, last: false }
    : { next: null, last: true };
}

/** Null for a zone that this runtime doesn't know, because no date can be placed in it. */
const knownZone = (name: string | undefined): string | null =>
  name !== undefined && isTimeZone(name) ? name : null;

function calendarOf(entry: CalendarListPage["items"][number]): RemoteCalendar {
  return {
    calendarId: entry.id,
    name: entry.summaryOverride ?? entry.summary ?? entry.id,
    timeZone: knownZone(entry.timeZone),
    // `writerWithoutPrivateAccess` can't read the private events that the engine writes (A.3).
    role: entry.accessRole === "owner" || entry.accessRole === "writer" ? "writer" : "reader",
    primary: entry.primary === true,
    // Its id is the account's address and may change with it. All other ids stay (A.2).
    ...(entry.primary === true && { recognisedBy: "primary" }),
  };
}
