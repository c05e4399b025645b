// Report: what happened to one agent's calendars and bookings on each of the last thirty days.
import type { Deps } from "../deps.ts";
import { titlesOf } from "../domain/calendar-titles.ts";
import { DAY_MS, formatDay, type Instant } from "../domain/instant.ts";
import { DEFAULT_SETTINGS } from "../domain/settings.ts";
import { dayOf, sumOf } from "../domain/sync-counts.ts";
import { dayAround, dayNumberAt, startOfDate } from "../domain/zone.ts";
import type { ProviderName } from "../providers/provider.ts";
import type { AnalyticsRows } from "../store/reports/analytics.ts";
import { type AnalyticsView, analyticsOf, analyticsRowsOf, syncsIn } from "./analytics.ts";

/** How many days a report shows: as many as are remembered. */
const REPORT_DAYS = 30;

/** What was read of calendars on one UTC day, as days since 1970. */
export interface ReadingDay {
  readonly day: number;
  /** How often calendars were read, and how often that failed. */
  readonly read: number;
  readonly failed: number;
  /** Events that were new, changed or gone. */
  readonly changes: number;
  /** Events that an audit found missing in the cache, or there by mistake. */
  readonly missing: number;
  readonly extra: number;
}

/** What happened to bookings on one day of the agent's zone, as days since 1970. */
export interface BookingDay {
  readonly day: number;
  readonly sold: number;
  readonly moved: number;
  readonly cancelled: number;
  /** Deliveries of the bookings that were sold on this day, as they stand now. */
  readonly delivered: number;
  readonly undelivered: number;
  readonly lost: number;
}

/** A calendar, how old the knowledge of it is, and how often it was read on each UTC day. */
export interface ReportCalendar {
  readonly connectionId: string;
  /** What it is called. No other of the agent's is called so. */
  readonly name: string;
  readonly provider: ProviderName;
  /** Null: it was never read to the end. */
  readonly verifiedAt: Instant | null;
  readonly read: readonly number[];
}

/** What a report shows. */
export interface ReportView {
  readonly timeZone: string;
  /** The thirty days that end with the agent's today. */
  readonly bookingDays: readonly BookingDay[];
  /** The thirty days that end with today in UTC, by which readings are counted. */
  readonly readingDays: readonly ReadingDay[];
  readonly calendars: readonly ReportCalendar[];
  /** Of the same days. `upcoming` counts from now on. */
  readonly analytics: AnalyticsView;
}

/** Reads the report of the thirty days that end with the agent's today, with one request. */
export async function readReport(deps: Deps, { agentId }: { agentId: string }): Promise<ReportView> {
  const now = deps.now();
  // The agent's days begin and end up to a day beside those of UTC.
  const range = { from: now - (REPORT_DAYS + 1) * DAY_MS, to: now + DAY_MS };
  const read = { agentId, ...range, upcomingFrom: now };
  return reportOf(await analyticsRowsOf(deps, read), now);
}

/** The report of what was read. */
export function reportOf(rows: AnalyticsRows, now: Instant): ReportView {
  const { timeZone } = rows.settings ?? DEFAULT_SETTINGS;
  const days = daysTo(dayNumberAt(now, timeZone));
  const utcDays = daysTo(dayOf(now));
  const [first = 0, firstUtc = 0] = [days[0], utcDays[0]];
  const from = startOfDate(formatDay(first), timeZone);
  const to = dayAround(now, timeZone).endsAt;
  const titles = titlesOf(
    rows.connections.map(({ id, name, accountId }) => ({
      ...{ id, name, address: rows.addresses.get(accountId) ?? null },
    })),
  );
  return {
    timeZone,
    bookingDays: bookingDaysOf(rows, days, timeZone),
    readingDays: utcDays.map((day) => readingDayOf(rows, day)),
    calendars: rows.connections.map(({ id, name, provider, verifiedAt }) => ({
      ...{ connectionId: id, name: titles.get(id) ?? name, provider, verifiedAt },
      read: utcDays.map((day) => readOn(rows, day, id)),
    })),
    analytics: analyticsOf(rows, { from, to, fromDay: firstUtc, toDay: dayOf(now) }),
  };
}

const daysTo = (last: number): number[] =>
  Array.from({ length: REPORT_DAYS }, (_, index) => last - REPORT_DAYS + 1 + index);

function readingDayOf({ syncDays }: AnalyticsRows, day: number): ReadingDay {
  const counts = sumOf(syncDays.filter((one) => one.day === day).map((one) => one.counts));
  return {
    day,
    read: syncsIn(counts),
    failed: counts["failed"] ?? 0,
    changes: (counts["upserts"] ?? 0) + (counts["removals"] ?? 0),
    missing: counts["missing"] ?? 0,
    extra: counts["extra"] ?? 0,
  };
}

const readOn = ({ syncDays }: AnalyticsRows, day: number, connectionId: string): number =>
  syncDays.reduce(
    (sum, one) => sum + (one.day === day && one.connectionId === connectionId ? syncsIn(one.counts) : 0),
    0,
  );

/** A function that says how many of these happened on a day. Each one's day is looked up once. */
function daily(
  happened: readonly { readonly at: Instant | null; readonly count: number }[],
  timeZone: string,
): (day: number) => number {
  const counts = new Map<number, number>();
  for (const { at, count } of happened) {
    if (at === null) continue;
    const day = dayNumberAt(at, timeZone);
    counts.set(day, (counts.get(day) ?? 0) + count);
  }
  return (day) => counts.get(day) ?? 0;
}

function bookingDaysOf(rows: AnalyticsRows, days: readonly number[], timeZone: string): BookingDay[] {
  const { changed, deliveries, lost } = rows;
  const of = (name: "createdAt" | "movedAt" | "cancelledAt") =>
    daily(
      changed.map((one) => ({ at: one[name], count: 1 })),
      timeZone,
    );
  const written = (isDelivered: boolean) =>
    daily(
      deliveries
        .filter(({ state }) => (state === "delivered") === isDelivered)
        .map(({ soldAt, count }) => ({ at: soldAt, count })),
      timeZone,
    );
  const [sold, moved, cancelled] = [of("createdAt"), of("movedAt"), of("cancelledAt")];
  const [delivered, undelivered] = [written(true), written(false)];
  return days.map((day) => ({
    day,
    sold: sold(day),
    moved: moved(day),
    cancelled: cancelled(day),
    delivered: delivered(day),
    undelivered: undelivered(day),
    lost: lost.reduce((sum, one) => sum + (one.day === day ? one.count : 0), 0),
  }));
}
