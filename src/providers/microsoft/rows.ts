// Rows: the rule by which the events that Graph lists occupy time.
import type { EventStatus } from "../../domain/busy.ts";
import { type Interval, overlaps } from "../../domain/interval.ts";
import type { BusyEvent, Unread } from "../provider.ts";
import { BAD_ROW, readingOrNull, spanOf } from "../written-span.ts";
import { dateBound, readingsOf } from "../written-time.ts";
import type { ListedEvent, Row } from "./wire.ts";

/** The window and zone for reading events. Events outside the window take no time. */
export interface Place {
  readonly window: Interval;
  /** For all-day events, which are dates (L27). */
  readonly timeZone: string;
}

/** The time that a row takes, and what of it couldn't be read. */
export interface Reading {
  readonly busy: BusyEvent | null;
  readonly unread: Unread | null;
}

/** The reading of an event that takes no time. */
export const NOTHING: Reading = { busy: null, unread: null };

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
  const { span, unread } = spanOf(bound(event.start), bound(event.end));
  // Both bounds count: an event that began before the window and still runs takes time in it (L4).
  if (span === null || span.startsAt >= span.endsAt || !overlaps(span, place.window)) {
    return { busy: null, unread };
  }
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
