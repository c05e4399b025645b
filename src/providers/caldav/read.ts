// Reading CalDAV: pulls by sync token, or by ctag and etags where there is no token.
import type { Interval } from "../../domain/interval.ts";
import { digestOf } from "../../encoding/digest.ts";
import { ProviderError } from "../error.ts";
import { readChangesOr } from "../failing-part.ts";
import { reduce } from "../icalendar/events.ts";
import { EMPTY, lost, type Reading, readText } from "../icalendar/reading.ts";
import type { CalendarRef, Page, PullManner, StoredSeries, UnreadableObject } from "../provider.ts";
import type { DavApi } from "./api.ts";
import {
  byName,
  chunksOf,
  type EtagsPosition,
  type Position,
  readCursor,
  type SyncPosition,
} from "./cursor.ts";
import { fetchObjects, listedOf, stillFailing } from "./fetch.ts";
import { type Changes, type Listed, readCollection, zoneOf } from "./wire.ts";

/** The calendar, window and connection of one pull. */
interface Pull {
  readonly api: DavApi;
  readonly url: URL;
  readonly window: Interval;
  readonly fallbackTimeZone: string;
  readonly ownAddresses: readonly string[];
  readonly leavesFailing: boolean;
}

/** What a page says about events. */
type Content = Required<Pick<Page, "upserts" | "removedKeys" | "removedSeries" | "unreadable" | "kept">>;

const NOTHING: Content = { upserts: [], removedKeys: [], removedSeries: [], unreadable: [], kept: [] };

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
    const changes = await changesSince(round, from);
    const isBegun = position.after !== null;
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
      yield pageOf({ mode, zone, content, next: position, last, goesOn: index > 0 || isBegun });
    }
  }
}

/** What changed since the token. Without one some servers name nothing of what is there, so that is asked for (C49). */
async function changesSince(round: Pull, token: string | null): Promise<Changes> {
  const changes = await readChangesOr(
    () => round.api.sync(round.url, token),
    () => round.api.inspect(round.url),
    round.leavesFailing,
  );
  const isComplete = token !== null || changes.changed.size > 0 || changes.truncated;
  return isComplete ? changes : { ...changes, changed: await round.api.members(round.url) };
}

async function* pullEtags(round: Pull, start: EtagsPosition): AsyncGenerator<Page> {
  const { api, url } = round;
  const { mode, zone, tagged } = start;
  const ctag = tagged ? readCollection(await api.inspect(url)).ctag : null;
  if (ctag !== null && ctag === start.ctag && Object.keys(start.failing).length === 0) {
    yield pageOf({ mode, zone, content: NOTHING, next: start, last: true, goesOn: false });
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
    yield pageOf({ mode, zone, content: read.content, next, last, goesOn: index > 0 });
  }
}

/** See `ProviderAccount.expand`. A stored series has no version of its own but its text. */
export async function expand(
  { fallbackTimeZone }: CalendarRef,
  kept: readonly StoredSeries[],
  window: Interval,
): Promise<Pick<Page, "upserts" | "unreadable">> {
  const readings = kept.map(({ seriesKey, reduced }) =>
    readText(reduced, { key: seriesKey, window, fallbackTimeZone, ownAddresses: [] }),
  );
  const unreadable = await Promise.all(
    kept.map(({ seriesKey, reduced }, index) => named(seriesKey, () => digestOf(reduced), readings[index])),
  );
  return {
    upserts: readings.flatMap(({ events }) => events),
    unreadable: unreadable.flatMap((object) => object ?? []),
  };
}

/** Reads the listed objects. Members that vanished are removed (C18). Unreadable ones stay as they were (C19). */
async function readChunk(
  round: Pull,
  { zone, failing }: Pick<Position, "zone" | "failing">,
  chunk: readonly (readonly [string, Listed])[],
  removed: readonly string[],
): Promise<{ content: Content; failing: Position["failing"] }> {
  const objects = await fetchObjects(round, chunk, failing);
  const { window, ownAddresses } = round;
  const fallbackTimeZone = zone ?? round.fallbackTimeZone;
  const readings = chunk.map(([key]) => {
    const object = objects.get(key);
    if (object === null) return EMPTY;
    if (object === undefined) return lost("object_refused", null);
    return readText(object.text, { key, window, fallbackTimeZone, ownAddresses });
  });
  const gone = chunk.flatMap(([name]) => (objects.get(name) === null ? [name] : []));
  // An object that takes time nobody can know keeps its older rows beside those that can be read (P2).
  const whole = chunk.flatMap(([name], index) =>
    readings[index]?.unread?.extent === "unknown" ? [] : [name],
  );
  const unreadable = await Promise.all(
    chunk.map(([name, listed], index) => {
      const object = objects.get(name);
      const digest = async () => object?.etag ?? listed.etag ?? (object == null ? "" : digestOf(object.text));
      return named(name, digest, readings[index]);
    }),
  );
  const content = {
    upserts: readings.flatMap(({ events }) => events),
    removedKeys: [...removed, ...gone],
    removedSeries: [...removed, ...whole],
    unreadable: unreadable.flatMap((object) => object ?? []),
    kept: chunk.flatMap(([seriesKey], index) => {
      const text = readings[index]?.goesOn ? objects.get(seriesKey)?.text : undefined;
      return text === undefined ? [] : [{ seriesKey, reduced: reduce(text, ownAddresses) }];
    }),
  };
  return { content, failing: stillFailing(failing, chunk, objects, removed) };
}

/** @param version the object's etag, or else a digest of its text */
async function named(
  key: string,
  version: () => Promise<string>,
  reading: Reading | undefined,
): Promise<UnreadableObject | null> {
  const unread = reading?.unread ?? null;
  return unread === null ? null : { key, version: await version(), ...unread };
}

function pageOf(page: {
  mode: Page["mode"];
  zone: string | null;
  content: Content;
  next: Position;
  last: boolean;
  goesOn: boolean;
}): Page {
  const { mode, zone, content, next, last, goesOn } = page;
  return { mode, ...content, next: JSON.stringify(next), last, timeZone: zone, goesOn };
}
