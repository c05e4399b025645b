// Objects: fetches the calendar objects that a listing names, and reads the time that they take.
import type { Interval } from "../../domain/interval.ts";
import { digestOf } from "../../encoding/digest.ts";
import { ProviderError } from "../error.ts";
import { endsByOf } from "../icalendar/ended.ts";
import { eventsOf, type ReadingContext, reduce } from "../icalendar/events.ts";
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
  return {
    upserts: readings.flatMap(({ events }) => events),
    removedKeys: [...removed, ...gone],
    removedSeries: [...removed, ...whole],
    unreadable: unreadable.flatMap((object) => object ?? []),
    kept: chunk.flatMap(([seriesKey], index) => {
      const text = readings[index]?.goesOn ? objects.get(seriesKey)?.text : undefined;
      return text === undefined ? [] : [{ seriesKey, reduced: reduce(text, ownAddresses) }];
    }),
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

/** @param version the object's etag, or else a digest of its text */
async function named(
  key: string,
  version: () => Promise<string>,
  reading: Reading | undefined,
): Promise<UnreadableObject | null> {
  const unread = reading?.unread ?? null;
  return unread === null ? null : { key, version: await version(), ...unread };
}

interface Reading {
  readonly events: readonly BusyEvent[];
  /** It takes time after the window, too. */
  readonly goesOn: boolean;
  readonly unread: Unread | null;
}

const EMPTY: Reading = { events: [], goesOn: false, unread: null };

/** The reading of an object of which nothing can be known. */
const lost = (reason: string, endsBy: Unread["endsBy"]): Reading => ({
  ...EMPTY,
  unread: { reason, extent: "unknown", startsAt: null, endsBy },
});

function readText(text: string, context: ReadingContext): Reading {
  try {
    const { events, reach, startsAt, unreadable } = eventsOf(text, context);
    const goesOn = reach === null || reach > context.window.endsAt;
    const [doubt = unreadable[0]] = unreadable.filter(({ extent }) => extent === "unknown");
    // What never takes time can't be in doubt.
    if (doubt === undefined || reach === Number.NEGATIVE_INFINITY) return { events, goesOn, unread: null };
    return { events, goesOn, unread: { ...doubt, startsAt, endsBy: reach ?? endsByOf(text) } };
  } catch (error) {
    if (!(error instanceof UnreadableCalendar)) throw error;
    return lost(error.code, endsByOf(text));
  }
}
