// World: one provider and one person, whose calendars the contract suite reads and writes.
import type { Instant } from "../../src/domain/instant.ts";
import type { Interval } from "../../src/domain/interval.ts";
import type {
  BusyEvent,
  CalendarRef,
  NotificationRequest,
  Page,
  Provider,
  ProviderAccount,
} from "../../src/providers/provider.ts";

/** When an event is: instants, or whole days (`days` of them, from `date` on). */
export type When = Interval | { readonly date: string; readonly days: number };

/** An event as a person makes one. */
export interface PersonEvent {
  readonly title: string;
  readonly when: When;
  /** Daily: so many times, or without end. */
  readonly repeats?: { readonly daily: number | "forever" };
  readonly shows?: "free" | "tentative" | "out-of-office";
  /** Somebody else's invitation, and what the person answered. */
  readonly answered?: "accepted" | "declined" | "tentative" | "nothing";
}

/** What the person does in their calendar. Ids are the provider's; an occurrence is named by its start. */
export interface Person {
  create(event: PersonEvent, calendar?: CalendarRef): Promise<string>;
  /** On a series: all of it. */
  move(eventId: string, to: When): Promise<void>;
  makeFree(eventId: string): Promise<void>;
  decline(eventId: string): Promise<void>;
  remove(eventId: string): Promise<void>;
  /** Takes a removed event back. */
  restore(eventId: string): Promise<void>;
  /** Gives the event another id and changes nothing else. Returns the id: the old one where ids never change. */
  rename(eventId: string): Promise<string>;
  /** Moves the event to another calendar. */
  take(eventId: string, to: CalendarRef): Promise<void>;
  /** Makes a single event recur on so many days in a row. */
  repeat(eventId: string, days: number): Promise<void>;
  moveOccurrence(seriesId: string, startsAt: Instant, to: Interval): Promise<void>;
  removeOccurrence(seriesId: string, startsAt: Instant): Promise<void>;
}

/** A booking's event as it is in the calendar, read behind the provider's back. */
export interface WrittenEvent extends Interval {
  readonly eventId: string;
  readonly title: string;
  /** The text a person reads below the title. */
  readonly description: string;
  readonly location: string;
  readonly reminderMinutes: readonly number[];
  readonly guests: number;
}

/** Faults that a test can stage. Each lasts until `recover`, or for the next request where it says so. */
export interface Stage {
  /** Answers hold at most so many events. */
  pagesOf(events: number): void;
  /** The next page is empty, though more pages follow. */
  emptyPage(): void;
  /** All cursors handed out so far are worthless. */
  loseCursors(): void;
  /** The next write takes effect, and its answer is lost. */
  loseAnswer(): void;
  /** The next request fails by the network before it takes effect. */
  breakNetwork(): void;
  /** The next answer stops in the middle. */
  cutAnswer(): void;
  /** Deleted events can't be brought back under their old id. */
  burnIds(): void;
  /** Somebody edits the event just before the next write to it arrives. */
  editBeforeWrite(): void;
  /** The provider throttles and asks for so many seconds. */
  throttle(seconds: number): void;
  /** The provider is down. */
  breakDown(): void;
  /** The access token is no longer accepted. */
  expireToken(): void;
  /** The calendar is gone for this person. */
  removeCalendar(): void | Promise<void>;
  /** Everything works again. */
  recover(): void;
}

export interface World {
  readonly now: Instant;
  readonly provider: Provider;
  readonly account: ProviderAccount;
  /** The person's main calendar, empty at first, in Europe/Lisbon. */
  readonly calendar: CalendarRef;
  /** Whether the provider states the zones of calendars. */
  readonly statesZones: boolean;
  /** How many reminders the provider keeps for an event. It keeps the nearest ones. */
  readonly remindersKept: number;
  readonly readOnlyCalendar: CalendarRef;
  readonly unwatchableCalendar: CalendarRef;
  readonly person: Person;
  readonly stage: Stage;
  /** One more calendar of the person, in another zone. */
  calendarIn(timeZone: string): CalendarRef | Promise<CalendarRef>;
  /** The live events of the main calendar that have the engine's mark. */
  bookings(): readonly WrittenEvent[] | Promise<readonly WrittenEvent[]>;
  /** Notifications sent since the last call, in order. */
  notifications(): Promise<NotificationRequest[]>;
  /** Texts that must never appear in errors: tokens and secrets. */
  readonly secrets: readonly string[];
}

/** Why some tests don't run for a provider. */
export interface Skip {
  readonly reason: string;
  readonly tests: readonly string[];
}

/** The rows of one calendar as the engine keeps them, following the rules of `Page`. */
export interface Cache {
  readonly rows: Map<string, BusyEvent>;
  cursor: string | null;
}

export const emptyCache = (): Cache => ({ rows: new Map(), cursor: null });

/** Applies a page by the rules of `Page` in provider.ts. */
export function applyPage(cache: Cache, page: Page): void {
  const gone = new Set([...page.removedKeys, ...page.upserts.map((event) => event.key)]);
  const series = new Set(page.removedSeries);
  for (const [key, row] of cache.rows) {
    if (gone.has(key) || (row.seriesKey !== null && series.has(row.seriesKey))) cache.rows.delete(key);
  }
  for (const event of page.upserts) cache.rows.set(event.key, event);
  cache.cursor = page.next;
}

/** One whole round from the cache's cursor. Rows that a snapshot doesn't name are dropped. Returns its pages. */
export async function sync(
  world: World,
  cache: Cache,
  options: { calendar?: CalendarRef; window?: Interval } = {},
): Promise<Page[]> {
  const pages: Page[] = [];
  const seen: Cache = emptyCache();
  const pulled = world.account.pull(
    options.calendar ?? world.calendar,
    cache.cursor,
    options.window ?? windowOf(world),
  );
  for await (const page of pulled) {
    pages.push(page);
    applyPage(cache, page);
    applyPage(seen, page);
  }
  if (pages.at(-1)?.mode === "snapshot") {
    for (const key of cache.rows.keys()) if (!seen.rows.has(key)) cache.rows.delete(key);
  }
  return pages;
}

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Yesterday to sixty days ahead. */
export const windowOf = (world: World): Interval => ({
  startsAt: world.now - DAY,
  endsAt: world.now + 60 * DAY,
});

/** An hour that begins so many hours from now. */
export const inHours = (world: World, hours: number): Interval => ({
  startsAt: world.now + hours * HOUR,
  endsAt: world.now + (hours + 1) * HOUR,
});

/** The cache's rows as bounds and status, in order of time, as an availability check sees them. */
export const seen = (cache: Cache) =>
  [...cache.rows.values()]
    .sort((a, b) => a.startsAt - b.startsAt)
    .map(({ startsAt, endsAt, status }) => ({ startsAt, endsAt, status }));
