// Listing: all events of a window as a provider lists them, put together page by page. Pure but for the listing itself.
import type { Instant } from "../domain/instant.ts";
import type { BusyEvent, Page, UnreadableObject } from "../providers/provider.ts";

/** What a provider has listed of a window so far. */
export interface Listing {
  readonly startedAt: Instant;
  /** By key. */
  readonly events: Map<string, BusyEvent>;
  /** Series that go on after the window, by series key; null where the provider keeps none. */
  kept: Map<string, string> | null;
  /** Series and events of which not all could be read, by key. */
  readonly unreadable: Map<string, UnreadableObject>;
  timeZone: string | null;
  pages: number;
}

/** A listing before its first page. */
export const emptyListing = (startedAt: Instant): Listing => ({
  startedAt,
  events: new Map(),
  kept: null,
  unreadable: new Map(),
  timeZone: null,
  pages: 0,
});

/** Adds a page to the listing, by the rule for applying pages (`providers/provider.ts`). */
export function addPage(listing: Listing, page: Page): void {
  const { events, unreadable } = listing;
  const removedSeries = new Set(page.removedSeries);
  if (removedSeries.size > 0) {
    for (const [key, { seriesKey }] of events) {
      if (seriesKey !== null && removedSeries.has(seriesKey)) events.delete(key);
    }
  }
  for (const key of page.removedKeys) events.delete(key);
  for (const event of page.upserts) events.set(event.key, event);
  for (const key of [...page.removedKeys, ...page.removedSeries, ...page.upserts.map(({ key }) => key)])
    unreadable.delete(key);
  for (const object of page.unreadable ?? []) unreadable.set(object.key, object);
  if (page.kept !== undefined) {
    listing.kept ??= new Map();
    for (const key of [...page.removedKeys, ...page.removedSeries]) listing.kept.delete(key);
    for (const { seriesKey, reduced } of page.kept) listing.kept.set(seriesKey, reduced);
  }
  listing.timeZone = page.timeZone ?? listing.timeZone;
  listing.pages += 1;
}
