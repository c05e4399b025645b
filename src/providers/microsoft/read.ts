// Reading Graph: pulls, and the rule by which events occupy time.
//
// A round has two halves. The first half reads Graph's delta to its end. It takes single events from it, and of
// recurring events only the ids of their series: such rows lack almost all fields (B.5.3) and don't say which
// occurrences are gone (B.5.4). The second half lists each of these series whole, which replaces its old rows. The
// cursor holds the series that must still be listed, so a round can go on from any of its pages.
import * as z from "zod";
import type { EventStatus } from "../../domain/busy.ts";
import { type Interval, overlaps } from "../../domain/interval.ts";
import { attempt, ProviderError } from "../error.ts";
import { readChangesOr, readOrLeave } from "../failing-part.ts";
import type { BusyEvent, CalendarRef, Page } from "../provider.ts";
import { UNREADABLE_TIME } from "../written-time.ts";
import { type GraphApi, PLACES } from "./api.ts";
import { listChanges } from "./pages.ts";
import { type EventsPage, isOurTransaction, type ListedEvent, widestSpan } from "./wire.ts";

/** The cursor of a pull. Graph's links fix the window, so it is stored with them. */
const Position = z.strictObject({
  v: z.literal(1),
  mode: z.enum(["snapshot", "delta"]),
  startsAt: z.number(),
  endsAt: z.number(),
  /** The link where Graph's delta goes on; null at the beginning. */
  link: z.string().nullable(),
  /** `changes`: the delta is being read. `series`: it is read to its end, and `link` is for the next round. */
  half: z.enum(["changes", "series"]),
  /** Masters of the series that this round has named and hasn't listed yet. */
  series: z.array(z.string()),
  /** Masters of series that couldn't be listed. Each round tries them again. */
  failing: z.array(z.string()).default([]),
});
type Position = z.infer<typeof Position>;

type Rows = Pick<Page, "upserts" | "removedKeys" | "removedSeries" | "unreadable" | "named">;

/** The window and zone for reading events. Events outside the window take no time. */
export interface Place {
  readonly window: Interval;
  /** For all-day events, which are dates (L27). */
  readonly timeZone: string;
}

/** A pull by deltas. It reads on after empty pages (M24). */
export async function* pullChanges(
  api: GraphApi,
  calendar: CalendarRef,
  cursor: string | null,
  window: Interval,
  leavesFailing: boolean,
): AsyncGenerator<Page> {
  let position = cursor === null ? startOf(window) : readCursor(cursor);
  for (let last = false; !last; ) {
    const place = { window: position, timeZone: calendar.fallbackTimeZone };
    const { mode } = position;
    const step =
      position.half === "changes"
        ? await readChanges(api, calendar.calendarId, position, place, leavesFailing)
        : await readSeries(api, calendar.calendarId, position, place, leavesFailing);
    position = step.next;
    last = position.half === "series" && position.series.length === 0;
    if (last) position = { ...position, mode: "delta", half: "changes" };
    yield { mode, ...step.rows, next: JSON.stringify(position), last, timeZone: null };
  }
}

/** One page of the delta. */
async function readChanges(
  api: GraphApi,
  calendarId: string,
  position: Position,
  place: Place,
  leavesFailing: boolean,
): Promise<{ rows: Rows; next: Position }> {
  const list = () => listChanges(api, calendarId, place.window, position.link);
  const page = await readChangesOr(list, api.listCalendars, leavesFailing);
  const changes = changesOf(page.value, place);
  const marks = await api.listMarks(calendarId, changes.candidates);
  const upserts = changes.upserts.map((busy) => ({ ...busy, bookingId: marks.get(busy.key) ?? null }));
  const series = [...new Set([...position.series, ...changes.series])];
  const failing = position.failing.filter((id) => !changes.ended.includes(id));
  return {
    rows: {
      upserts,
      removedKeys: changes.removedKeys,
      // A series that must still be listed is replaced then and not emptied now. A snapshot deletes by absence.
      removedSeries: position.mode === "snapshot" ? [] : changes.ended.filter((id) => !series.includes(id)),
      unreadable: changes.unreadable,
      named: page.value.map(({ id }) => id),
    },
    next: after({ ...position, series, failing }, page),
  };
}

/** Lists some of the series that the round named. Each that can be read whole replaces its old rows. */
async function readSeries(
  api: GraphApi,
  calendarId: string,
  position: Position,
  place: Place,
  leavesFailing: boolean,
): Promise<{ rows: Rows; next: Position }> {
  const series = position.series.slice(0, PLACES);
  const listed = await Promise.all(
    series.map((masterId) =>
      occurrencesOf(api, calendarId, masterId, place, leavesFailing || position.failing.includes(masterId)),
    ),
  );
  const unlisted = listed.filter(({ isListed }) => !isListed).map(({ masterId }) => masterId);
  const failing = [...position.failing.filter((id) => !series.includes(id)), ...unlisted];
  const whole = listed.filter(({ isWhole }) => isWhole).map(({ masterId }) => masterId);
  return {
    rows: {
      upserts: listed.flatMap(({ upserts }) => upserts),
      // While the event was single, its row had the key that is now the series' id.
      removedKeys: whole,
      removedSeries: whole,
      unreadable: series.filter((masterId) => !whole.includes(masterId)),
    },
    next: { ...position, series: position.series.slice(PLACES), failing },
  };
}

/** The occurrences of one series. */
interface Occurrences {
  readonly masterId: string;
  readonly upserts: readonly BusyEvent[];
  /** Every occurrence could be read. */
  readonly isWhole: boolean;
  /** False: nothing is known of the series now. */
  readonly isListed: boolean;
}

/**
 * Lists a series. The delta has just named it, so an answer that it isn't there proves nothing (M50). A series that
 * was deleted meanwhile is named as removed by the next round.
 */
async function occurrencesOf(
  api: GraphApi,
  calendarId: string,
  masterId: string,
  place: Place,
  mayBeLeft: boolean,
): Promise<Occurrences> {
  const list = () => attempt(api.listOccurrences(calendarId, masterId, place.window), ["gone"]);
  const events = mayBeLeft ? await readOrLeave(list, api.listCalendars) : await list();
  if (events === null || events instanceof ProviderError) {
    return { masterId, upserts: [], isWhole: false, isListed: false };
  }
  const upserts = new Map<string, BusyEvent>();
  let isWhole = true;
  for (const event of events) {
    const busy = readRow(event, place);
    if (busy === UNREADABLE) isWhole = false;
    else if (busy !== null) upserts.set(busy.key, { ...busy, seriesKey: masterId });
  }
  return { masterId, upserts: [...upserts.values()], isWhole, isListed: true };
}

/** The changes in one page. Of a repeated row the last one counts (M23). */
function changesOf(events: readonly ListedEvent[], place: Place) {
  const singles = new Map<string, { busy: BusyEvent; mayBeOurs: boolean } | typeof UNREADABLE | null>();
  const series = new Set<string>();
  for (const event of events) {
    const masterId = event.type === "seriesMaster" ? event.id : event.seriesMasterId;
    // A removal is checked first, because it has no times (L9) and may lie outside the window (M20).
    if (event["@removed"] === undefined && masterId != null) {
      series.add(masterId);
      // Occurrences stay as they are until their series is listed.
      if (masterId !== event.id) continue;
    }
    const busy = event["@removed"] === undefined ? readRow(event, place) : null;
    const isTimed = busy !== null && busy !== UNREADABLE;
    singles.set(event.id, isTimed ? { busy, mayBeOurs: mayBeOurs(event) } : busy);
  }
  const found = [...singles.values()].filter((single) => single !== null && single !== UNREADABLE);
  const unreadable = [...singles].filter(([, single]) => single === UNREADABLE).map(([id]) => id);
  return {
    upserts: found.map(({ busy }) => busy),
    candidates: found.filter(({ mayBeOurs: candidate }) => candidate).map(({ busy }) => busy.key),
    removedKeys: [...singles].filter(([, single]) => single === null).map(([id]) => id),
    /** The ids under which no series exists any longer: it was deleted, or became a single event. */
    ended: [...singles.keys()].filter((id) => !series.has(id) && !unreadable.includes(id)),
    /** Events whose times can't be read. Their rows stay. */
    unreadable,
    series: [...series],
  };
}

/**
 * A delta has no marks, and a mark costs a request. So only events that may be ours are asked for it (B.6.3): those
 * with a transaction id of ours, and private ones without a transaction id, because ours are private.
 */
export function mayBeOurs({ transactionId, sensitivity }: ListedEvent): boolean {
  if (transactionId === undefined) return sensitivity === "private";
  return isOurTransaction(transactionId);
}

/** Stands for an event whose times can't be read. */
export const UNREADABLE = "unreadable";

/** A row as `busyEventOf` reads it. One that can't be read costs itself only, and not the page. */
export function readRow(event: ListedEvent, place: Place): BusyEvent | typeof UNREADABLE | null {
  try {
    return busyEventOf(event, place);
  } catch (error) {
    if (error instanceof ProviderError && error.code === UNREADABLE_TIME) return UNREADABLE;
    throw error;
  }
}

/**
 * The time that an event takes inside the window; null when it takes none. The mark isn't read here.
 * @throws ProviderError `bug`/`unexpected_time`
 */
export function busyEventOf(event: ListedEvent, place: Place): BusyEvent | null {
  const status = statusOf(event);
  if (status === null) return null;
  const { startsAt, endsAt } = widestSpan(event, place.timeZone);
  // Both bounds count: an event that began before the window and still runs takes time in it (L4).
  if (startsAt >= endsAt || !overlaps({ startsAt, endsAt }, place.window)) return null;
  return {
    key: event.id,
    seriesKey: event.seriesMasterId ?? null,
    startsAt,
    endsAt,
    allDay: event.isAllDay === true,
    status,
    bookingId: null,
  };
}

/** How an event occupies time; null: not at all (`docs/providers/microsoft.md` B.4.1). Unknown values are busy. */
export function statusOf(event: ListedEvent): EventStatus | null {
  const answer = event.responseStatus?.response;
  if (event.type === "seriesMaster" || event.isCancelled === true || answer === "declined") return null;
  if (event.showAs === "free") return null;
  if (event.showAs === "workingElsewhere") return "working_elsewhere";
  if (event.showAs === "oof") return "out_of_office";
  if (answer === "notResponded") return "unanswered";
  return event.showAs === "tentative" || answer === "tentativelyAccepted" ? "tentative" : "busy";
}

const startOf = (window: Interval): Position => ({
  v: 1,
  mode: "snapshot",
  startsAt: window.startsAt,
  endsAt: window.endsAt,
  link: null,
  half: "changes",
  series: [],
  failing: [],
});

function readCursor(cursor: string): Position {
  try {
    return Position.parse(JSON.parse(cursor));
  } catch {
    throw new ProviderError({ kind: "resync", code: "unreadable_cursor" });
  }
}

function after(position: Position, page: EventsPage): Position {
  const { "@odata.nextLink": nextLink, "@odata.deltaLink": deltaLink } = page;
  if (nextLink !== undefined) return { ...position, link: nextLink };
  if (deltaLink === undefined) throw new ProviderError({ kind: "unsupported", code: "delta_link_missing" });
  const series = [...new Set([...position.series, ...position.failing])];
  return { ...position, link: deltaLink, half: "series", series };
}
