// Drift: compares a whole listing of a calendar with its cache, and says what the cache lacks or has too much of. Pure.
import { clip, type Interval, merge, sameInterval, subtract } from "../domain/interval.ts";
import { isUnfetched } from "../providers/failing-part.ts";
import type { BusyEvent, Page, UnreadableObject } from "../providers/provider.ts";
import type { CachedEvents, CachedPiece, OwnEvent } from "../store/busy/cached-events.ts";
import type { RemovedRows } from "../store/busy/page-rows.ts";
import { cachedKey } from "../store/cached-key.ts";
import type { Listing } from "./listing.ts";

/** How a calendar's cache differs from its listing. */
export interface Drift {
  /** Events with time that the cache doesn't know: it could have been sold. */
  readonly missing: number;
  /** Events with time that is cached and that the calendar doesn't hold: sales were lost. */
  readonly extra: number;
  /** Events that differ, and that may have changed since they were listed. The next audit must decide. */
  readonly undecided: number;
  /** What heals the cache, as a page of changes. */
  readonly cure: Pick<Page, "upserts" | "removedKeys" | "removedSeries" | "kept" | "unreadable"> &
    RemovedRows;
}

/**
 * Compares a whole listing with the cache as it is after the changes since the last pull were applied.
 * @param input.changed keys of events and series that those changes named. They may have changed after they were
 *   listed, so what differs about them is no drift
 * @param input.window the stretch that was listed and that is cached
 */
export function driftOf(input: {
  listing: Pick<Listing, "events" | "kept" | "unreadable">;
  cached: CachedEvents;
  changed: ReadonlySet<string>;
  window: Interval;
}): Drift {
  const { listing, cached, changed, window } = input;
  const own = ownEvents(cached.own);
  // Rows in the cache have short keys, so all keys are compared in that form.
  const open = new Set([...changed, ...own.unsettled].map(cachedKey));
  const unread = new Set([...listing.unreadable.keys()].map(cachedKey));
  const isOpen = (cachedKeys: readonly (string | null)[]) =>
    cachedKeys.some((key) => key !== null && open.has(key));
  const pieces = groupByKey(cached.pieces);
  const counts = { missing: 0, extra: 0, undecided: 0 };
  const upserts: BusyEvent[] = [];
  const ghosts: string[] = [];
  for (const event of listing.events.values()) {
    const inside = own.stands(event) ? null : clip(event, window);
    const key = cachedKey(event.key);
    const had = pieces.get(key) ?? [];
    pieces.delete(key);
    // Older rows of what can't be read to the end are right to stay.
    const mayHaveMore = doubtOf(listing, event)?.extent === "unknown";
    const { missing, extra } = compare(event, inside, had, window, mayHaveMore);
    if (!missing && !extra) continue;
    if (isOpen([key, event.seriesKey && cachedKey(event.seriesKey)]) || own.isBeingWritten(event)) {
      counts.undecided += 1;
      continue;
    }
    counts.missing += missing ? 1 : 0;
    counts.extra += extra ? 1 : 0;
    upserts.push(event);
  }
  for (const [key, had] of pieces) {
    const seriesKey = had[0]?.seriesKey ?? null;
    const mayBeThere = unread.has(key) || (seriesKey !== null && unread.has(seriesKey));
    if (mayBeThere || had.every((piece) => clip(piece, window) === null)) continue;
    if (isOpen([key, seriesKey])) {
      counts.undecided += 1;
      continue;
    }
    counts.extra += 1;
    ghosts.push(key);
  }
  // A page names keys in full: bookings, stored series and unreadable objects are known by them.
  const { externalIds } = own;
  const inFull = new Map(
    [...externalIds, ...cached.unreadable, ...cached.kept.map(({ seriesKey }) => seriesKey)].map((key) => [
      cachedKey(key),
      key,
    ]),
  );
  const removedKeys = ghosts.flatMap((key) => inFull.get(key) ?? []);
  // A booking's own event has no row where it stands, so its absence is no drift. It must be reconciled.
  const listed = new Set(
    [...listing.events.values()].flatMap(({ key, seriesKey }) => [key, seriesKey ?? key]),
  );
  const isListed = (key: string) => listed.has(key) || listing.unreadable.has(key);
  const lost = own.expected.filter((key) => !isListed(key) && !changed.has(key));
  const isSettled = (key: string) => !isOpen([cachedKey(key)]);
  const doubts = doubtCure(listing, cached, isSettled);
  const series = seriesCure(
    listing,
    cached,
    [...upserts.map(({ seriesKey }) => seriesKey), ...doubts.ended],
    isSettled,
  );
  const ended = [...series.ended, ...doubts.ended];
  // The stored form of a single event has the event's key: its row goes with it, and comes back.
  const rewritten = ended.flatMap((key) => listing.events.get(key) ?? []);
  const cured = [...new Set([...upserts, ...rewritten])];
  return {
    ...counts,
    cure: {
      upserts: cured,
      removedKeys: [...new Set([...removedKeys, ...lost, ...ended])],
      removedSeries: [],
      unreadable: [...new Set([...doubts.found, ...cured.flatMap((event) => doubtOf(listing, event) ?? [])])],
      removedRows: ghosts,
      ...(series.kept !== null && { kept: series.kept }),
    },
  };
}

/** What of an event, or of its series, the listing couldn't read. */
const doubtOf = (
  { unreadable }: Pick<Listing, "unreadable">,
  { key, seriesKey }: Pick<BusyEvent, "key" | "seriesKey">,
) => unreadable.get(key) ?? (seriesKey === null ? undefined : unreadable.get(seriesKey));

/** What couldn't be read and isn't known, and the keys of what is known and can be read, or is gone. */
function doubtCure(
  { unreadable }: Pick<Listing, "unreadable">,
  cached: CachedEvents,
  isSettled: (key: string) => boolean,
): { found: UnreadableObject[]; ended: string[] } {
  const known = new Set(cached.unreadable);
  return {
    found: [...unreadable.values()].filter(
      (object) => !known.has(object.key) && isSettled(object.key) && !isUnfetched(object),
    ),
    ended: cached.unreadable.filter((key) => !unreadable.has(key) && isSettled(key)),
  };
}

/**
 * How the time of one event differs. Where the status differs, the cached time counts as another time.
 * @param mayHaveMore the event can't be read to the end, so older and busier time is right to stay
 */
function compare(
  event: BusyEvent,
  inside: Interval | null,
  had: readonly CachedPiece[],
  window: Interval,
  mayHaveMore: boolean,
): { missing: boolean; extra: boolean } {
  const isAlike = ({ status, allDay }: CachedPiece) =>
    (status === event.status || (mayHaveMore && status === "busy")) &&
    (allDay === event.allDay || (mayHaveMore && !allDay));
  const within = (pieces: readonly CachedPiece[]) => pieces.flatMap((piece) => clip(piece, window) ?? []);
  const known = within(had.filter(isAlike));
  const other = within(had.filter((piece) => !isAlike(piece)));
  const wanted = inside === null ? [] : [inside];
  return {
    missing: wanted.some((time) => subtract(time, known).length > 0),
    extra:
      !mayHaveMore && (other.length > 0 || merge(known).some((time) => subtract(time, wanted).length > 0)),
  };
}

/** The series to store, and those that go on no longer. A page that touches a series must bring its stored form. */
function seriesCure(
  listing: Pick<Listing, "kept" | "unreadable">,
  cached: CachedEvents,
  touchedKeys: readonly (string | null)[],
  isSettled: (key: string) => boolean,
): { kept: { seriesKey: string; reduced: string }[] | null; ended: string[] } {
  const { kept, unreadable } = listing;
  if (kept === null) return { kept: null, ended: [] };
  const stored = new Map(cached.kept.map(({ seriesKey, reduced }) => [seriesKey, reduced]));
  const touched = new Set(touchedKeys);
  return {
    kept: [...kept]
      .filter(([key, reduced]) => touched.has(key) || (isSettled(key) && stored.get(key) !== reduced))
      .map(([seriesKey, reduced]) => ({ seriesKey, reduced })),
    ended: [...stored.keys()].filter((key) => !kept.has(key) && !unreadable.has(key) && isSettled(key)),
  };
}

/** Questions about the events of bookings, by the rules of `store/busy/page-rows.ts`. */
function ownEvents(own: readonly OwnEvent[]) {
  const byExternalId = new Map(
    own.flatMap((event) => (event.externalId === null ? [] : [[event.externalId, event]])),
  );
  // The mark identifies an event only while its id isn't known.
  const byMark = new Map(
    own.flatMap((event) => (event.externalId === null ? [[event.bookingId, event]] : [])),
  );
  const found = ({ key, seriesKey, bookingId }: BusyEvent): OwnEvent[] =>
    [byExternalId.get(key), byExternalId.get(seriesKey ?? ""), byMark.get(bookingId ?? "")].filter(
      (event) => event !== undefined,
    );
  return {
    stands: (event: BusyEvent): boolean =>
      found(event).some(({ places }) => places.some((place) => sameInterval(place, event))),
    isBeingWritten: (event: BusyEvent): boolean => found(event).some(({ unsettled }) => unsettled),
    externalIds: [...byExternalId.keys()],
    unsettled: [...byExternalId].flatMap(([key, { unsettled }]) => (unsettled ? [key] : [])),
    expected: own.flatMap(({ expected, externalId }) =>
      expected && externalId !== null ? [externalId] : [],
    ),
  };
}

function groupByKey(pieces: readonly CachedPiece[]): Map<string, CachedPiece[]> {
  const groups = new Map<string, CachedPiece[]>();
  for (const piece of pieces) {
    const group = groups.get(piece.key);
    if (group === undefined) groups.set(piece.key, [piece]);
    else group.push(piece);
  }
  return groups;
}
