// Objects: fetches the calendar objects that a listing names, and reads the time that they take.
import type { Interval } from "../../domain/interval.ts";
import { digestOf } from "../../encoding/digest.ts";
import { ProviderError } from "../error.ts";
import { endsByOf } from "../icalendar/ended.ts";
import { eventsOf, reduce } from "../icalendar/events.ts";
import { UnreadableCalendar } from "../icalendar/unreadable.ts";
import type { BusyEvent, CalendarRef, Page, StoredSeries, Unread, UnreadableObject } from "../provider.ts";
import type { DavApi } from "./api.ts";
import type { CalendarObject, Listed } from "./wire.ts";

/** The calendar, window and connection of one pull. */
export interface Pull {
  readonly api: DavApi;
  readonly url: URL;
  readonly window: Interval;
  readonly fallbackTimeZone: string;
  readonly ownAddresses: readonly string[];
}

/** What a page says about events. */
export type Content = Required<
  Pick<Page, "upserts" | "removedKeys" | "removedSeries" | "unreadable" | "kept">
>;

export const NOTHING: Content = {
  upserts: [],
  removedKeys: [],
  removedSeries: [],
  unreadable: [],
  kept: [],
};

/** See `ProviderAccount.expand`. */
export function expand(
  { fallbackTimeZone }: CalendarRef,
  kept: readonly StoredSeries[],
  window: Interval,
): BusyEvent[] {
  return kept.flatMap(({ seriesKey, reduced }) => {
    const place = { key: seriesKey, window, fallbackTimeZone, ownAddresses: [] };
    return orUnread(
      () => eventsOf(reduced, place).events,
      () => [],
    );
  });
}

/** Fetches the listed objects. Members that vanished are removed (C18). Unreadable ones stay as they were (C19). */
export async function readChunk(
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
  const whole = readings.filter(({ unread }) => unread?.extent !== "unknown").map(({ name }) => name);
  const unreadable = await Promise.all(
    chunk.map(([name, listed], index) => named(name, listed, objects.get(name), readings[index]?.unread)),
  );
  return {
    upserts: readings.flatMap(({ events }) => events),
    removedKeys: [...removed, ...gone],
    removedSeries: [...removed, ...whole],
    unreadable: unreadable.flatMap((object) => object ?? []),
    kept: readings.flatMap(({ kept }) => kept),
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

/** The version is the object's etag, or else a digest of its text. */
async function named(
  key: string,
  listed: Listed,
  object: CalendarObject | null | undefined,
  unread: Unread | null | undefined,
): Promise<UnreadableObject | null> {
  if (unread == null) return null;
  const digest = async () => (object == null ? "" : digestOf(object.text));
  return { key, version: object?.etag ?? listed.etag ?? (await digest()), ...unread };
}

interface Reading {
  readonly name: string;
  readonly events: readonly BusyEvent[];
  readonly kept: readonly StoredSeries[];
  readonly unread: Unread | null;
}

function readObject(
  { window, fallbackTimeZone, ownAddresses }: Pull,
  zone: string | null,
  name: string,
  object: CalendarObject | null | undefined,
): Reading {
  const nothing = { name, events: [], kept: [], unread: null };
  if (object === null) return nothing;
  const lost = (reason: string, endsBy: Unread["endsBy"]): Reading => ({
    ...nothing,
    unread: { reason, extent: "unknown", startsAt: null, endsBy },
  });
  if (object === undefined) return lost("object_refused", null);
  const place = { key: name, window, fallbackTimeZone: zone ?? fallbackTimeZone, ownAddresses };
  return orUnread(
    () => {
      const { events, reach, startsAt, unreadable } = eventsOf(object.text, place);
      const goesOn = reach === null || reach > window.endsAt;
      const [doubt = unreadable[0]] = unreadable.filter(({ extent }) => extent === "unknown");
      const takesTime = reach !== Number.NEGATIVE_INFINITY;
      return {
        name,
        events,
        kept: goesOn ? [{ seriesKey: name, reduced: reduce(object.text, ownAddresses) }] : [],
        unread:
          doubt === undefined || !takesTime
            ? null
            : { ...doubt, startsAt, endsBy: reach ?? endsByOf(object.text) },
      };
    },
    ({ code }) => lost(code, endsByOf(object.text)),
  );
}

function orUnread<T>(read: () => T, otherwise: (error: UnreadableCalendar) => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableCalendar) return otherwise(error);
    throw error;
  }
}
