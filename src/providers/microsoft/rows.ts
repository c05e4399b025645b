// Rows of Graph: the time that each takes, what can't be read of it, and the changes that a page of a delta holds.

import type { EventStatus } from "../../domain/busy.ts";
import type { BusyEvent, UnreadableObject } from "../provider.ts";
import { BAD_ROW, NOTHING, type Place, type Reading, readingOrNull, spanOf } from "../written-span.ts";
import { dateBound, endOfDate, readingsOf } from "../written-time.ts";
import { isOurTransaction } from "./marks.ts";
import type { ListedEvent, Row } from "./wire.ts";

/** A row with its reading. */
export interface ReadRow extends Reading {
  readonly event: Row;
}

/** The changes in one page. Of a repeated row the last one counts (M23). */
export function changesOf(events: readonly Row[], place: Place) {
  const singles = new Map<string, ReadRow>();
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
  return {
    ...contentOf(all),
    candidates: candidatesOf(all),
    /** The ids under which no series exists any longer: it was deleted, or became a single event. */
    ended: all.flatMap(({ event, unread }) =>
      series.has(event.id) || unread?.extent === "unknown" ? [] : [event.id],
    ),
    series: [...series],
  };
}

/** What rows say of their events. The marks aren't read here. */
export function contentOf(rows: readonly ReadRow[]): {
  upserts: BusyEvent[];
  removedKeys: string[];
  unreadable: UnreadableObject[];
} {
  return {
    upserts: rows.flatMap(({ busy }) => busy ?? []),
    removedKeys: rows.flatMap(({ event, busy, unread }) => ((busy ?? unread) === null ? [event.id] : [])),
    unreadable: rows.flatMap(({ event, unread }) =>
      unread === null ? [] : [{ key: event.id, version: event["@odata.etag"] ?? "", ...unread }],
    ),
  };
}

/**
 * The ids of single events that may be ours. A delta has no marks, and a mark costs a request. So only events with a
 * transaction id of ours are asked for it, and private ones without a transaction id, because ours are private (B.6.3).
 */
export const candidatesOf = (rows: readonly ReadRow[]): string[] =>
  rows.flatMap(({ event, busy }) =>
    busy !== null && event.seriesMasterId == null && mayBeOurs(event) ? [event.id] : [],
  );

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
  // Midnights of another zone are times in the zone of the answer, and no dates of it (M49).
  const areDates = allDay && ![event.start, event.end].some((time) => /T.*[1-9]/.test(time?.dateTime ?? ""));
  const bound = (time: ListedEvent["start"]) =>
    time == null
      ? null
      : readingOrNull(() => (areDates ? dateBound(time, place.timeZone) : readingsOf(time)));
  const day = areDates ? event.start : null;
  const dayEnds = day == null ? null : readingOrNull(() => endOfDate(day, place.timeZone));
  const { span, unread } = spanOf(
    bound(event.start),
    bound(event.end),
    place.window,
    dayEnds?.startsAt ?? null,
  );
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
