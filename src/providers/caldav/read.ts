// Reading CalDAV: pulls by sync token, or by ctag and etags where there is no token.
import type { Interval } from "../../domain/interval.ts";
import { ProviderError } from "../error.ts";
import { readChangesOr } from "../failing-part.ts";
import { eventsOf, reduce } from "../icalendar/events.ts";
import { UnreadableCalendar } from "../icalendar/unreadable.ts";
import type { BusyEvent, CalendarRef, Page, PullManner, StoredSeries } from "../provider.ts";
import type { DavApi } from "./api.ts";
import { fetchObjects, listedOf, stillFailing } from "./fetch.ts";
import {
  type CalendarObject,
  type EtagsPosition,
  type Listed,
  type Position,
  readCollection,
  readCursor,
  type SyncPosition,
  zoneOf,
} from "./wire.ts";

/** How many objects are fetched at a time (`docs/providers/caldav.md` C.6.1). */
const OBJECTS_AT_A_TIME = 50;

/** The calendar, window and connection of one pull. */
interface Pull {
  readonly api: DavApi;
  readonly url: URL;
  readonly window: Interval;
  readonly fallbackTimeZone: string;
  readonly ownAddresses: readonly string[];
  readonly leavesFailing: boolean;
}

/** See `ProviderAccount.pull`. */
export async function* pull(
  access: Pick<Pull, "api" | "url" | "ownAddresses">,
  calendar: CalendarRef,
  cursor: string | null,
  window: Interval,
  { way, leavesFailing }: PullManner = { way: "changes", leavesFailing: false },
): AsyncGenerator<Page> {
  const round: Pull = { ...access, window, fallbackTimeZone: calendar.fallbackTimeZone, leavesFailing };
  if (cursor !== null) {
    yield* goOn(round, readCursor(cursor));
    return;
  }
  const row = readCollection(await round.api.inspect(round.url));
  const zone = zoneOf(row);
  const start = { v: 1 as const, mode: "snapshot" as const, zone, failing: {} };
  const byEtags: Position = { ...start, how: "etags", tagged: row.ctag !== null, ctag: null, known: {} };
  if (!row.syncs || way === "listings") {
    yield* pullEtags(round, byEtags);
    return;
  }
  try {
    yield* pullSync(round, { ...start, how: "sync", from: null, until: null, after: null });
  } catch (error) {
    // C14, C10: the server promised sync-collection and can't do it, or refuses it without any token of ours.
    if (!(error instanceof ProviderError && (error.kind === "unsupported" || error.kind === "resync"))) {
      throw error;
    }
    yield* pullEtags(round, byEtags);
  }
}

/** See `ProviderAccount.expand`. */
export function expand(
  { fallbackTimeZone }: CalendarRef,
  kept: readonly StoredSeries[],
  window: Interval,
): BusyEvent[] {
  return kept.flatMap(({ seriesKey, reduced }) => {
    const place = { key: seriesKey, window, fallbackTimeZone, ownAddresses: [] };
    return readable(() => eventsOf(reduced, place).events) ?? [];
  });
}

async function* goOn(round: Pull, position: Position): AsyncGenerator<Page> {
  if (position.how === "etags") {
    yield* pullEtags(round, position);
    return;
  }
  try {
    yield* pullSync(round, position);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== "unsupported") throw error;
    // The server no longer supports it, so a new listing goes by etags.
    throw new ProviderError({ kind: "resync", code: error.code, status: error.status });
  }
}

async function* pullSync(round: Pull, start: SyncPosition): AsyncGenerator<Page> {
  let position = start;
  for (let last = false; !last; ) {
    const { from, mode, zone } = position;
    const changes = await readChangesOr(
      () => round.api.sync(round.url, from),
      () => round.api.inspect(round.url),
      round.leavesFailing,
    );
    const until = position.until ?? changes.token;
    // After going on from the middle, changes made meanwhile are known only from `until` on.
    const more = changes.truncated || until !== changes.token;
    if (more && until === from) throw new ProviderError({ kind: "unsupported", code: "sync_stuck" });
    const after = position.after ?? "";
    const again = more ? [] : listedOf(position, changes.removed);
    const listed = [...new Map([...again, ...changes.changed])].filter(([name]) => name > after).sort(byName);
    const next = {
      ...position,
      mode: more ? mode : ("delta" as const),
      from: until,
      until: null,
      after: null,
    };
    const chunks = chunksOf(listed);
    for (const [index, chunk] of chunks.entries()) {
      const isLast = index === chunks.length - 1;
      const removed = index === 0 ? changes.removed : [];
      const { content, failing } = await readChunk(round, position, chunk, removed);
      position = isLast
        ? { ...next, failing }
        : { ...position, until, after: chunk.at(-1)?.[0] ?? after, failing };
      last = isLast && !more;
      yield pageOf({ mode, zone, content, next: position, last });
    }
  }
}

async function* pullEtags(round: Pull, start: EtagsPosition): AsyncGenerator<Page> {
  const { api, url } = round;
  const { mode, zone, tagged } = start;
  const ctag = tagged ? readCollection(await api.inspect(url)).ctag : null;
  if (ctag !== null && ctag === start.ctag && Object.keys(start.failing).length === 0) {
    yield pageOf({ mode, zone, content: NOTHING, next: start, last: true });
    return;
  }
  const members = await api.members(url);
  const known = { ...start.known };
  const removed = Object.keys(known).filter((name) => !members.has(name));
  for (const name of removed) delete known[name];
  const changed = [...members]
    .filter(([name, { etag }]) => etag === null || known[name] !== etag)
    .sort(byName);
  const chunks = chunksOf(changed);
  let failing = start.failing;
  for (const [index, chunk] of chunks.entries()) {
    const read = await readChunk(round, { zone, failing }, chunk, index === 0 ? removed : []);
    failing = read.failing;
    // An object that wasn't fetched is known to be there, and counts as changed the next time.
    for (const [name, { etag }] of chunk) known[name] = name in failing ? "" : (etag ?? "");
    const last = index === chunks.length - 1;
    const next: EtagsPosition = {
      ...start,
      mode: last ? "delta" : mode,
      ctag: last ? ctag : null,
      known: { ...known },
      failing,
    };
    yield pageOf({ mode, zone, content: read.content, next, last });
  }
}

type Content = Required<Pick<Page, "upserts" | "removedKeys" | "removedSeries" | "unreadable" | "kept">>;

const NOTHING: Content = { upserts: [], removedKeys: [], removedSeries: [], unreadable: [], kept: [] };

/** Reads the listed objects. Members that vanished are removed (C18). Unreadable ones stay as they were (C19). */
async function readChunk(
  round: Pull,
  { zone, failing }: Pick<Position, "zone" | "failing">,
  chunk: readonly (readonly [string, Listed])[],
  removed: readonly string[],
): Promise<{ content: Content; failing: Position["failing"] }> {
  const objects = await fetchObjects(round, chunk, failing);
  const readings = chunk.map(([name]) => readObject(round, zone, name, objects.get(name)));
  const gone = chunk.flatMap(([name]) => (objects.get(name) === null ? [name] : []));
  // An object that takes time nobody can know keeps its older rows beside those that can be read (P2).
  const namesOf = (wholly: boolean) =>
    chunk.flatMap(([name], index) => ((readings[index]?.readWhole ?? false) === wholly ? [name] : []));
  const content = {
    upserts: readings.flatMap((reading) => reading?.events ?? []),
    removedKeys: [...removed, ...gone],
    removedSeries: [...removed, ...namesOf(true)],
    unreadable: namesOf(false),
    kept: readings.flatMap((reading) => reading?.kept ?? []),
  };
  return { content, failing: stillFailing(failing, chunk, objects, removed) };
}

/** Null where the object's times can't be known. */
function readObject(
  { window, fallbackTimeZone, ownAddresses }: Pull,
  zone: string | null,
  name: string,
  object: CalendarObject | null | undefined,
): { events: BusyEvent[]; kept: StoredSeries[]; readWhole: boolean } | null {
  if (object === undefined) return null;
  if (object === null) return { events: [], kept: [], readWhole: true };
  return readable(() => {
    const place = { key: name, window, fallbackTimeZone: zone ?? fallbackTimeZone, ownAddresses };
    const { events, reach, unreadable } = eventsOf(object.text, place);
    const goesOn = reach === null || reach > window.endsAt;
    return {
      events,
      kept: goesOn ? [{ seriesKey: name, reduced: reduce(object.text, ownAddresses) }] : [],
      readWhole: unreadable.every(({ extent }) => extent === "known"),
    };
  });
}

function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableCalendar) return null;
    throw error;
  }
}

function pageOf(page: {
  mode: Page["mode"];
  zone: string | null;
  content: Content;
  next: Position;
  last: boolean;
}): Page {
  const { mode, zone, content, next, last } = page;
  return { mode, ...content, next: JSON.stringify(next), last, timeZone: zone };
}

/** At least one chunk, so that a round without changes ends in a page (L8). */
function chunksOf<T>(items: readonly T[]): T[][] {
  const chunks: T[][] = [items.slice(0, OBJECTS_AT_A_TIME)];
  for (let at = OBJECTS_AT_A_TIME; at < items.length; at += OBJECTS_AT_A_TIME) {
    chunks.push(items.slice(at, at + OBJECTS_AT_A_TIME));
  }
  return chunks;
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
