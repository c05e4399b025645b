// Reading CalDAV: the calendars, and pulls by sync token, or by ctag and etags where there is no token.
import type { Interval } from "../../domain/interval.ts";
import { ProviderError } from "../error.ts";
import { eventsOf, reduce } from "../icalendar/events.ts";
import { UnreadableCalendar } from "../icalendar/unreadable.ts";
import type { BusyEvent, CalendarRef, Page, RemoteCalendar, StoredSeries } from "../provider.ts";
import { type DavRow, decoded } from "../webdav/multistatus.ts";
import type { DavApi } from "./api.ts";
import {
  type CalendarObject,
  type EtagsPosition,
  eventCalendars,
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
}

/** All event calendars in the homes. */
export async function readCalendars(api: DavApi, homes: readonly URL[]): Promise<RemoteCalendar[]> {
  const rows: DavRow[] = [];
  for (const home of homes) rows.push(...(await api.list(home)));
  const found = eventCalendars(rows);
  const first = found.findIndex(({ writable }) => writable !== false);
  return found.map((row, index) => ({
    calendarId: row.url.origin === homes[0]?.origin ? row.url.pathname : row.url.href,
    name: row.name ?? decoded(row.url.pathname.split("/").filter(Boolean).at(-1) ?? ""),
    timeZone: zoneOf(row),
    // Where a server states no rights, the engine assumes that people may write.
    role: row.writable === false ? "reader" : "writer",
    // CalDAV has no main calendar, so the first writable one is taken.
    primary: index === first,
  }));
}

/** See `ProviderAccount.pull`. */
export async function* pull(
  access: Omit<Pull, "window" | "fallbackTimeZone">,
  calendar: CalendarRef,
  cursor: string | null,
  window: Interval,
): AsyncGenerator<Page> {
  const round: Pull = { ...access, window, fallbackTimeZone: calendar.fallbackTimeZone };
  if (cursor !== null) {
    yield* goOn(round, readCursor(cursor));
    return;
  }
  const row = readCollection(await round.api.inspect(round.url));
  const zone = zoneOf(row);
  const byEtags: Position = {
    ...{ v: 1, how: "etags", mode: "snapshot", zone, tagged: row.ctag !== null, ctag: null, known: {} },
  };
  if (!row.syncs) {
    yield* pullEtags(round, byEtags);
    return;
  }
  try {
    yield* pullSync(round, {
      v: 1,
      how: "sync",
      mode: "snapshot",
      zone,
      from: null,
      until: null,
      after: null,
    });
  } catch (error) {
    // C14: the server promised sync-collection and can't do it. It refuses only the first request so.
    if (!(error instanceof ProviderError) || error.kind !== "unsupported") throw error;
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
    const changes = await round.api.sync(round.url, from);
    const until = position.until ?? changes.token;
    // After going on from the middle, changes made meanwhile are known only from `until` on.
    const more = changes.truncated || until !== changes.token;
    if (more && until === from) throw new ProviderError({ kind: "retry", code: "sync_stuck" });
    const after = position.after ?? "";
    const listed = [...changes.changed].filter(([name]) => name > after).sort(byName);
    const next: SyncPosition = {
      v: 1,
      how: "sync",
      mode: more ? mode : "delta",
      zone,
      from: until,
      until: null,
      after: null,
    };
    const chunks = chunksOf(listed);
    for (const [index, chunk] of chunks.entries()) {
      const isLast = index === chunks.length - 1;
      const content = await readChunk(round, zone, chunk, index === 0 ? changes.removed : []);
      position = isLast ? next : { ...position, until, after: chunk.at(-1)?.[0] ?? after };
      last = isLast && !more;
      yield pageOf({ mode, zone, content, next: position, last });
    }
  }
}

async function* pullEtags(round: Pull, start: EtagsPosition): AsyncGenerator<Page> {
  const { api, url } = round;
  const { mode, zone, tagged } = start;
  const ctag = tagged ? readCollection(await api.inspect(url)).ctag : null;
  if (ctag !== null && ctag === start.ctag) {
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
  for (const [index, chunk] of chunks.entries()) {
    const content = await readChunk(round, zone, chunk, index === 0 ? removed : []);
    for (const [name, { etag }] of chunk) known[name] = etag ?? "";
    const last = index === chunks.length - 1;
    const next: EtagsPosition = {
      ...start,
      mode: last ? "delta" : mode,
      ctag: last ? ctag : null,
      known: { ...known },
    };
    yield pageOf({ mode, zone, content, next, last });
  }
}

type Content = Required<Pick<Page, "upserts" | "removedKeys" | "removedSeries" | "unreadable" | "kept">>;

const NOTHING: Content = { upserts: [], removedKeys: [], removedSeries: [], unreadable: [], kept: [] };

/** Fetches the listed objects. Members that vanished are removed (C18). Unreadable ones stay as they were (C19). */
async function readChunk(
  round: Pull,
  zone: string | null,
  chunk: readonly (readonly [string, Listed])[],
  removed: readonly string[],
): Promise<Content> {
  const hrefs = chunk.map(([, { href }]) => href);
  const objects: Map<string, CalendarObject | null> =
    hrefs.length === 0 ? new Map() : await round.api.multiget(round.url, hrefs);
  for (const [name, { href }] of chunk) {
    if (objects.has(name)) continue;
    // The answer left this object out, which proves nothing about it.
    const object = await getOrNull(round, href);
    if (object !== undefined) objects.set(name, object);
  }
  const readings = chunk.map(([name]) => readObject(round, zone, name, objects.get(name)));
  const gone = chunk.flatMap(([name]) => (objects.get(name) === null ? [name] : []));
  // An object that takes time nobody can know keeps its older rows beside those that can be read (P2).
  const namesOf = (wholly: boolean) =>
    chunk.flatMap(([name], index) => ((readings[index]?.readWhole ?? false) === wholly ? [name] : []));
  return {
    upserts: readings.flatMap((reading) => reading?.events ?? []),
    removedKeys: [...removed, ...gone],
    removedSeries: [...removed, ...namesOf(true)],
    unreadable: namesOf(false),
    kept: readings.flatMap((reading) => reading?.kept ?? []),
  };
}

/** Null where it is gone. Undefined where only this object is refused, which proves nothing about the calendar. */
async function getOrNull({ api, url }: Pull, href: string): Promise<CalendarObject | null | undefined> {
  try {
    return await api.get(new URL(href, url));
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== "gone") throw error;
    return error.status === 403 ? undefined : null;
  }
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
