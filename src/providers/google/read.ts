// Reading Google: the calendar list, pulls, and the rule by which events occupy time.
import * as z from "zod";
import type { EventStatus } from "../../domain/busy.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import { type Interval, overlaps } from "../../domain/interval.ts";
import { isTimeZone, startOfDate } from "../../domain/zone.ts";
import { ProviderError } from "../error.ts";
import type { BusyEvent, CalendarRef, Page, RemoteCalendar } from "../provider.ts";
import type { GoogleApi } from "./api.ts";
import {
  BOOKING_PROPERTY,
  type CalendarListPage,
  type EventsPage,
  LISTED_FIELDS,
  type ListedEvent,
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
  }),
  z.strictObject({ v: z.literal(1), syncToken: z.string(), pageToken: z.string().nullable() }),
]);
type Position = z.infer<typeof Position>;

/** All calendars of the account, hidden ones too, because hiding one in Google's sidebar doesn't free its time. */
export async function listCalendars(api: GoogleApi): Promise<RemoteCalendar[]> {
  const calendars: RemoteCalendar[] = [];
  let pageToken: string | undefined;
  do {
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
): AsyncGenerator<Page> {
  let position = cursor === null ? startOfListing(window) : readCursor(cursor);
  const liveSeries = new Set<string>();
  for (let last = false; !last; ) {
    const answer = await api.listEvents(operationOf(position), calendar.calendarId, queryOf(position));
    const mode = "syncToken" in position ? "delta" : "snapshot";
    position = after(position, answer);
    last = answer.nextPageToken === undefined;
    const timeZone = knownZone(answer.timeZone);
    const place = { window, timeZone: timeZone ?? calendar.fallbackTimeZone };
    const rows = rowsOf(answer.items, place, liveSeries);
    yield { mode, ...rows, next: JSON.stringify(position), last, timeZone };
  }
}

/**
 * The time that an event takes inside the window; null when it takes none (`docs/providers/google.md` A.5.1).
 * @param place.timeZone the calendar's zone, which all-day dates go by (L27)
 */
export function busyEventOf(
  event: ListedEvent,
  place: { window: Interval; timeZone: string },
): BusyEvent | null {
  const status = statusOf(event);
  const startsAt = instantOf(event.start, place.timeZone);
  const endsAt = instantOf(event.end, place.timeZone);
  if (status === null || startsAt === null || endsAt === null || startsAt >= endsAt) return null;
  // Both bounds count: an event that began before the window and still runs takes time in it (L4).
  if (!overlaps({ startsAt, endsAt }, place.window)) return null;
  return {
    key: event.id,
    seriesKey: event.recurringEventId ?? null,
    startsAt,
    endsAt,
    allDay: event.start?.date !== undefined,
    status,
    bookingId: event.extendedProperties?.private?.[BOOKING_PROPERTY] ?? null,
  };
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

/**
 * The instant of an event's start or end; null where it has none.
 * @param timeZone the calendar's zone, for dates
 */
export function instantOf(time: ListedEvent["start"], timeZone: string): Instant | null {
  if (time?.dateTime !== undefined) return Date.parse(time.dateTime);
  return time?.date === undefined ? null : startOfDate(time.date, timeZone);
}

/**
 * The rows of a page. Of a row repeated within the page the last one counts.
 * @param liveSeries the series of which the round showed living occurrences; this function adds to it
 */
function rowsOf(
  events: readonly ListedEvent[],
  place: { window: Interval; timeZone: string },
  liveSeries: Set<string>,
): Pick<Page, "upserts" | "removedKeys" | "removedSeries"> {
  const upserts = new Map<string, BusyEvent>();
  const removedKeys = new Set<string>();
  const removedSeries = new Set<string>();
  for (const event of events) {
    const busy = busyEventOf(event, place);
    if (busy === null) {
      // This includes events that moved out of the window or became free: they may have a row (L5, G38, G39).
      upserts.delete(event.id);
      removedKeys.add(event.id);
    } else {
      removedKeys.delete(event.id);
      upserts.set(event.id, busy);
    }
    const { recurringEventId: series } = event;
    if (event.status !== "cancelled") {
      if (series !== undefined) liveSeries.add(series);
    } else if (series === undefined && !liveSeries.has(event.id)) {
      // A deleted series may come as one stub under the series' own id (A.4.2). So may a single event that was made
      // recurring. Then the occurrences in the same round count.
      removedSeries.add(event.id);
    }
  }
  return { upserts: [...upserts.values()], removedKeys: [...removedKeys], removedSeries: [...removedSeries] };
}

function startOfListing(window: Interval): Position {
  return {
    v: 1,
    timeMin: formatInstant(window.startsAt),
    timeMax: formatInstant(window.endsAt),
    pageToken: null,
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

function queryOf({ v: _, pageToken, ...from }: Position) {
  return { ...LISTING, ...from, ...(pageToken !== null && { pageToken }) };
}

function after(position: Position, answer: EventsPage): Position {
  if (answer.nextPageToken !== undefined) return { ...position, pageToken: answer.nextPageToken };
  if (answer.nextSyncToken !== undefined) return { v: 1, syncToken: answer.nextSyncToken, pageToken: null };
  throw new ProviderError({ kind: "retry", code: "sync_token_missing" });
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
