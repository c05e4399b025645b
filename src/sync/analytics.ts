// Analytics: what one agent's syncs, deliveries, bookings and refusals were over a stretch of time.
import type { Deps } from "../deps.ts";
import { type Meaning, meaningOf } from "../domain/explanation.ts";
import { DAY_MS, type Instant } from "../domain/instant.ts";
import { type Interval, interval } from "../domain/interval.ts";
import { type LeadTime, leadTimeOf } from "../domain/lead-time.ts";
import type { LossReason } from "../domain/lost-sales.ts";
import { DEFAULT_SETTINGS } from "../domain/settings.ts";
import { dayOf, failuresOf, quantileOf, type SyncCounts, sumOf } from "../domain/sync-counts.ts";
import { type WeekUse, weeksOf } from "../domain/utilisation.ts";
import { dayNumberAt } from "../domain/zone.ts";
import {
  type AnalyticsRows,
  type BookingTimes,
  type DeliveryCount,
  type LostCount,
  readAnalyticsRows,
} from "../store/reports/analytics.ts";

/** What happened to an agent's calendars and bookings in [from, to). Syncs are counted on the days that it touches. */
export interface AnalyticsView {
  /** The whole UTC days by which syncs and audits are counted. */
  readonly days: { readonly from: Instant; readonly to: Instant };
  readonly syncs: {
    readonly total: number;
    /** Pulls and rolls of the window that found nothing new. */
    readonly unchanged: number;
    readonly failed: number;
    readonly failedByKind: Readonly<Record<string, number>>;
    readonly snapshots: number;
    readonly deltas: number;
    readonly rolls: number;
    readonly upserts: number;
    readonly removals: number;
    /** To within 9 %. Null where there was no sync. */
    readonly medianMs: number | null;
    readonly p95Ms: number | null;
  };
  /** Listings that were compared with the cache, and the events that differed: busy time missing, or kept too long. */
  readonly audits: {
    readonly total: number;
    readonly failed: number;
    readonly missing: number;
    readonly extra: number;
  };
  /** Of the bookings that were sold in the range, as they stand now. */
  readonly deliveries: {
    readonly delivered: number;
    readonly pending: number;
    readonly failed: number;
    /** Why those that aren't delivered aren't, the most frequent reason first. */
    readonly reasons: readonly {
      readonly reason: string;
      readonly meaning: Meaning;
      readonly count: number;
    }[];
  };
  /** Those sold in the range, whenever their appointment is, as they stand now. */
  readonly bookings: { readonly confirmed: number; readonly cancelled: number };
  /** Bookings by when it happened. One that was moved several times counts by its last move. */
  readonly happened: { readonly sold: number; readonly moved: number; readonly cancelled: number };
  /** Bookings by when their appointment starts: in the range, or confirmed and after it. */
  readonly appointments: {
    readonly confirmed: number;
    readonly cancelled: number;
    readonly upcoming: number;
  };
  /** The weeks that the range touches, in the agent's zone. */
  readonly utilisation: { readonly timeZone: string; readonly weeks: readonly WeekUse[] };
  /** Of the bookings that were sold in the range, to their appointment as it is now. */
  readonly leadTime: LeadTime;
  /** Sales that were refused, by the days of the agent's zone that the range touches. */
  readonly lostSales: {
    readonly total: number;
    readonly byReason: Readonly<Partial<Record<LossReason, number>>>;
    readonly days: readonly LostCount[];
  };
  readonly connections: readonly {
    readonly connectionId: string;
    readonly syncs: number;
    readonly failed: number;
    readonly lastSyncAt: Instant | null;
    /** Null: never audited. */
    readonly auditedAt: Instant | null;
    readonly missing: number;
    readonly extra: number;
  }[];
}

/** Every sync, of whatever mode. */
export const syncsIn = (counts: SyncCounts): number =>
  ["snapshot", "delta", "roll", "audit"].reduce((sum, mode) => sum + (counts[mode] ?? 0), 0);

/** What is asked about an agent. */
export interface AnalyticsInput {
  readonly agentId: string;
  readonly from: Instant;
  readonly to: Instant;
}

/** Reads the counts, with one request. */
export async function readAnalytics(deps: Deps, input: AnalyticsInput): Promise<AnalyticsView> {
  const { from, to } = input;
  const rows = await analyticsRowsOf(deps, { ...input, upcomingFrom: to });
  return analyticsOf(rows, { from, to, ...daysOf(input) });
}

/** Reads what the counts are made of, with one request. */
export const analyticsRowsOf = (
  deps: Deps,
  { agentId, from, to, upcomingFrom }: AnalyticsInput & { readonly upcomingFrom: Instant },
): Promise<AnalyticsRows> =>
  readAnalyticsRows(deps.db, { agentId, range: interval(from, to), upcomingFrom, ...daysOf({ from, to }) });

const daysOf = ({ from, to }: Pick<AnalyticsInput, "from" | "to">) => ({
  fromDay: dayOf(from),
  toDay: dayOf(Math.max(from, to - 1)),
});

/** The counts of what was read: of [from, to), and for syncs of these UTC days. More may have been read. */
export function analyticsOf(
  rows: AnalyticsRows,
  { from, to, fromDay, toDay }: Omit<AnalyticsInput, "agentId"> & { fromDay: number; toDay: number },
): AnalyticsView {
  const syncDays = rows.syncDays.filter(({ day }) => day >= fromDay && day <= toDay);
  return {
    days: { from: fromDay * DAY_MS, to: (toDay + 1) * DAY_MS },
    ...syncsOf({ ...rows, syncDays }),
    deliveries: deliveriesOf(rows.deliveries.filter(({ soldAt }) => soldAt >= from && soldAt < to)),
    ...bookingsOf(rows, { startsAt: from, endsAt: to }),
  };
}

function syncsOf({
  syncDays,
  connections,
}: AnalyticsRows): Pick<AnalyticsView, "syncs" | "audits" | "connections"> {
  const all = sumOf(syncDays.map(({ counts }) => counts));
  return {
    syncs: {
      total: syncsIn(all),
      unchanged: all["unchanged"] ?? 0,
      failed: all["failed"] ?? 0,
      failedByKind: failuresOf(all),
      snapshots: all["snapshot"] ?? 0,
      deltas: all["delta"] ?? 0,
      rolls: all["roll"] ?? 0,
      upserts: all["upserts"] ?? 0,
      removals: all["removals"] ?? 0,
      medianMs: quantileOf(all, 0.5),
      p95Ms: quantileOf(all, 0.95),
    },
    audits: {
      total: all["audit"] ?? 0,
      failed: all["failedAudit"] ?? 0,
      missing: all["missing"] ?? 0,
      extra: all["extra"] ?? 0,
    },
    connections: connections.map(({ id, lastSyncAt, auditedAt }) => {
      const own = sumOf(
        syncDays.filter(({ connectionId }) => connectionId === id).map(({ counts }) => counts),
      );
      return {
        connectionId: id,
        syncs: syncsIn(own),
        failed: own["failed"] ?? 0,
        lastSyncAt,
        auditedAt,
        missing: own["missing"] ?? 0,
        extra: own["extra"] ?? 0,
      };
    }),
  };
}

function deliveriesOf(counts: readonly DeliveryCount[]): AnalyticsView["deliveries"] {
  const states = { delivered: 0, pending: 0, failed: 0 };
  const reasons = new Map<string, { reason: string; meaning: Meaning; count: number }>();
  for (const { state, failureCode: reason, failureKind, count } of counts) {
    states[state] += count;
    if (state === "delivered" || reason === null) continue;
    const meaning = meaningOf(reason, failureKind);
    const known = reasons.get(`${meaning} ${reason}`);
    reasons.set(`${meaning} ${reason}`, { reason, meaning, count: (known?.count ?? 0) + count });
  }
  return { ...states, reasons: [...reasons.values()].sort((a, b) => b.count - a.count) };
}

type OfBookings = "bookings" | "happened" | "appointments" | "utilisation" | "leadTime" | "lostSales";

function bookingsOf(rows: AnalyticsRows, range: Interval): Pick<AnalyticsView, OfBookings> {
  const within = (at: Instant | null): boolean => at !== null && at >= range.startsAt && at < range.endsAt;
  const settings = rows.settings ?? DEFAULT_SETTINGS;
  const sold = rows.changed.filter(({ createdAt }) => within(createdAt));
  const appointed = rows.around.filter(({ startsAt }) => within(startsAt));
  const count = (of: readonly BookingTimes[], state: BookingTimes["state"]) =>
    of.filter((one) => one.state === state).length;
  return {
    bookings: { confirmed: count(sold, "confirmed"), cancelled: count(sold, "cancelled") },
    happened: {
      sold: sold.length,
      moved: rows.changed.filter(({ movedAt }) => within(movedAt)).length,
      cancelled: rows.changed.filter(({ cancelledAt }) => within(cancelledAt)).length,
    },
    appointments: {
      confirmed: count(appointed, "confirmed"),
      cancelled: count(appointed, "cancelled"),
      upcoming: rows.upcoming,
    },
    utilisation: {
      timeZone: settings.timeZone,
      weeks: weeksOf(
        range,
        settings,
        rows.around.filter(({ state }) => state === "confirmed"),
      ),
    },
    leadTime: leadTimeOf(sold.map(({ startsAt, createdAt }) => startsAt - createdAt)),
    lostSales: lostOf(rows.lost, range, settings.timeZone),
  };
}

function lostOf(lost: readonly LostCount[], range: Interval, timeZone: string): AnalyticsView["lostSales"] {
  const first = dayNumberAt(range.startsAt, timeZone);
  const last = dayNumberAt(range.endsAt - 1, timeZone);
  const days = lost.filter(({ day }) => day >= first && day <= last);
  const byReason: Partial<Record<LossReason, number>> = {};
  for (const { reason, count } of days) byReason[reason] = (byReason[reason] ?? 0) + count;
  return { total: days.reduce((sum, { count }) => sum + count, 0), byReason, days };
}
