// Reading Graph: pulls, and the rule by which events occupy time.
//
// A round has two halves. The first half reads Graph's delta to its end. It takes single events from it, and of
// recurring events only the ids of their series: such rows lack almost all fields (B.5.3) and don't say which
// occurrences are gone (B.5.4). The second half lists each of these series whole, which replaces its old rows. The
// cursor holds the series that must still be listed, so a round can go on from any of its pages.
import * as z from "zod";
import type { EventStatus } from "../../domain/busy.ts";
import type { Interval } from "../../domain/interval.ts";
import { identityDigest } from "../../encoding/digest.ts";
import { attempt, ProviderError } from "../error.ts";
import type { BusyEvent, CalendarRef, Page, Unread, UnreadableObject } from "../provider.ts";
import {
  BAD_ROW,
  joined,
  NOTHING,
  type Place,
  type Reading,
  readingOrNull,
  spanOf,
} from "../written-span.ts";
import { dateBound, readingsOf } from "../written-time.ts";
import { type GraphApi, PLACES } from "./api.ts";
import { type EventsPage, isOurTransaction, type ListedEvent, type Row } from "./wire.ts";

/** Rows per page of a delta. Rows come with their bodies, and these can be long. */
const PAGE_SIZE = 100;
/** Rows per page where a page is too large for Graph (M19) or for us. */
const SMALL_PAGE_SIZE = 10;

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
});
type Position = z.infer<typeof Position>;

type Rows = Pick<Page, "upserts" | "removedKeys" | "removedSeries" | "unreadable">;

/** See `ProviderAccount.pull`. It reads on after empty pages (M24). */
export async function* pull(
  api: GraphApi,
  calendar: CalendarRef,
  cursor: string | null,
  window: Interval,
): AsyncGenerator<Page> {
  let position = cursor === null ? startOf(window) : readCursor(cursor);
  for (let last = false; !last; ) {
    const place = { window: position, timeZone: calendar.fallbackTimeZone };
    const { mode } = position;
    const step =
      position.half === "changes"
        ? await readChanges(api, calendar.calendarId, position, place)
        : await readSeries(api, calendar.calendarId, position, place);
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
): Promise<{ rows: Rows; next: Position }> {
  const page = await listChanges(api, calendarId, position.link ?? place.window);
  const changes = changesOf(page.value, place);
  const marks = await api.listMarks(calendarId, changes.candidates);
  const upserts = changes.upserts.map((busy) => ({ ...busy, bookingId: marks.get(busy.key) ?? null }));
  const series = [...new Set([...position.series, ...changes.series])];
  return {
    rows: {
      upserts,
      removedKeys: changes.removedKeys,
      // A series that must still be listed is replaced then and not emptied now. A snapshot deletes by absence.
      removedSeries: position.mode === "snapshot" ? [] : changes.ended.filter((id) => !series.includes(id)),
      unreadable: changes.unreadable,
    },
    next: after({ ...position, series }, page),
  };
}

/** Lists some of the series that the round named. Each that can be read whole replaces its old rows. */
async function readSeries(
  api: GraphApi,
  calendarId: string,
  position: Position,
  place: Place,
): Promise<{ rows: Rows; next: Position }> {
  const series = position.series.slice(0, PLACES);
  const listed = await Promise.all(series.map((masterId) => occurrencesOf(api, calendarId, masterId, place)));
  const unread = await Promise.all(listed.map((occurrences) => unreadSeries(occurrences, position)));
  const whole = series.filter((_, index) => unread[index]?.extent !== "unknown");
  return {
    rows: {
      upserts: listed.flatMap(({ upserts }) => upserts),
      // While the event was single, its row had the key that is now the series' id.
      removedKeys: whole,
      removedSeries: whole,
      unreadable: unread.flatMap((object) => object ?? []),
    },
    next: { ...position, series: position.series.slice(PLACES) },
  };
}

/** The occurrences of one series. */
interface Occurrences {
  readonly masterId: string;
  readonly upserts: readonly BusyEvent[];
  /** The occurrences that couldn't be read to the end; null: the series isn't there to be listed. */
  readonly unread: readonly (Unread & { readonly etag: string })[] | null;
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
): Promise<Occurrences> {
  const events = await attempt(api.listOccurrences(calendarId, masterId, place.window), ["gone"]);
  if (events instanceof ProviderError) return { masterId, upserts: [], unread: null };
  const rows = events.map((event) => ({ event, ...rowOf(event, place) }));
  // Of a repeated row the last one counts.
  const upserts = new Map(rows.flatMap(({ busy }) => (busy === null ? [] : [[busy.key, busy] as const])));
  return {
    masterId,
    upserts: [...upserts.values()].map((busy) => ({ ...busy, seriesKey: masterId })),
    unread: rows.flatMap(({ event, unread }) =>
      unread === null ? [] : [{ ...unread, etag: event["@odata.etag"] ?? event.id }],
    ),
  };
}

const MISSING: Unread = { reason: "series_missing", extent: "unknown", startsAt: null, endsBy: null };

/**
 * A series that couldn't be read to the end; null where it was. Its version are those of its unread occurrences. A
 * series that can't be listed has that of the round which named it, because a change names it again.
 */
async function unreadSeries(
  { masterId: key, unread }: Occurrences,
  { link }: Position,
): Promise<UnreadableObject | null> {
  if (unread === null) return { ...MISSING, key, version: await identityDigest(link ?? "") };
  const whole = joined(unread.map(({ etag: _, ...part }) => part));
  const version = await identityDigest(...unread.map(({ etag }) => etag));
  return whole === null ? null : { ...whole, key, version };
}

/** Asks again for a smaller page where a page was too large (M19). */
async function listChanges(api: GraphApi, calendarId: string, from: Interval | string): Promise<EventsPage> {
  try {
    return await api.listChanges(calendarId, from, PAGE_SIZE);
  } catch (error) {
    const tooMuch =
      error instanceof ProviderError && (error.status === 504 || error.code === "answer_too_large");
    if (!tooMuch) throw error;
    return api.listChanges(calendarId, from, SMALL_PAGE_SIZE);
  }
}

/** The changes in one page. Of a repeated row the last one counts (M23). */
function changesOf(events: readonly Row[], place: Place) {
  const singles = new Map<string, { event: Row; busy: BusyEvent | null; unread: Unread | null }>();
  const series = new Set<string>();
  for (const event of events) {
    const isRemoved = event["@removed"] !== undefined;
    const masterId = event.type === "seriesMaster" ? event.id : event.seriesMasterId;
    // A removal is checked first, because it has no times (L9) and may lie outside the window (M20).
    if (!isRemoved && masterId != null) {
      series.add(masterId);
      // Occurrences stay as they are until their series is listed.
      if (masterId !== event.id) continue;
    }
    singles.set(event.id, { event, ...(isRemoved ? NOTHING : rowOf(event, place)) });
  }
  const all = [...singles.values()];
  const unreadable = all.flatMap(({ event, unread }) =>
    unread === null ? [] : [{ key: event.id, version: event["@odata.etag"] ?? "", ...unread }],
  );
  return {
    upserts: all.flatMap(({ busy }) => busy ?? []),
    candidates: all.flatMap(({ event, busy }) => (busy !== null && mayBeOurs(event) ? [event.id] : [])),
    removedKeys: all.flatMap(({ event, busy, unread }) => ((busy ?? unread) === null ? [event.id] : [])),
    /** The ids under which no series exists any longer: it was deleted, or became a single event. */
    ended: all.flatMap(({ event, unread }) =>
      series.has(event.id) || unread?.extent === "unknown" ? [] : [event.id],
    ),
    unreadable,
    series: [...series],
  };
}

/**
 * A delta has no marks, and a mark costs a request. So only events that may be ours are asked for it (B.6.3): those
 * with a transaction id of ours, and private ones without a transaction id, because ours are private.
 */
function mayBeOurs({ transactionId, sensitivity }: Row): boolean {
  if (transactionId === undefined) return sensitivity === "private";
  return isOurTransaction(transactionId);
}

/**
 * The time that an event takes inside the window; `busy` is null when it takes none that can be read. The mark isn't
 * read here. What couldn't be read is in `unread`. It costs this row only, and not the page.
 */
export function rowOf(event: Row, place: Place): Reading {
  if (event.isBroken) return { busy: null, unread: BAD_ROW };
  const status = statusOf(event);
  if (status === null) return NOTHING;
  const allDay = event.isAllDay === true;
  const bound = (time: ListedEvent["start"]) =>
    time == null ? null : readingOrNull(() => (allDay ? dateBound(time, place.timeZone) : readingsOf(time)));
  const { span, unread } = spanOf(bound(event.start), bound(event.end), place.window);
  if (span === null) return { busy: null, unread };
  const seriesKey = event.seriesMasterId ?? null;
  return { busy: { key: event.id, seriesKey, ...span, allDay, status, bookingId: null }, unread };
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
  if (deltaLink !== undefined) return { ...position, link: deltaLink, half: "series" };
  throw new ProviderError({ kind: "retry", code: "delta_link_missing" });
}
