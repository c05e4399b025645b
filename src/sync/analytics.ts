// Analytics: counts one agent's syncs, deliveries and bookings over a stretch of time.
import type { Deps } from "../deps.ts";
import { DAY_MS, type Instant } from "../domain/instant.ts";
import { dayOf, failuresOf, quantileOf, type SyncCounts, sumOf } from "../domain/sync-counts.ts";
import { countBookings } from "../store/bookings/bookings.ts";
import { listConnectionRows } from "../store/calendars/connections.ts";
import { readSyncDays } from "../store/calendars/sync-days.ts";

/** Counts of one agent's deliveries and bookings in [from, to), and of its syncs on the days that this span touches. */
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
  /** By the bookings' start. */
  readonly deliveries: { readonly delivered: number; readonly pending: number; readonly failed: number };
  readonly bookings: { readonly confirmed: number; readonly cancelled: number };
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
const syncsIn = (counts: SyncCounts): number =>
  ["snapshot", "delta", "roll", "audit"].reduce((sum, mode) => sum + (counts[mode] ?? 0), 0);

/** Reads the counts. */
export async function readAnalytics(
  deps: Deps,
  input: { agentId: string; from: Instant; to: Instant },
): Promise<AnalyticsView> {
  const { agentId, from, to } = input;
  const [fromDay, toDay] = [dayOf(from), dayOf(Math.max(from, to - 1))];
  const [days, booked, connections] = await Promise.all([
    readSyncDays(deps.db, { agentId, fromDay, toDay }),
    countBookings(deps.db, input),
    listConnectionRows(deps.db, agentId),
  ]);
  const all = sumOf(days.map(({ counts }) => counts));
  return {
    days: { from: fromDay * DAY_MS, to: (toDay + 1) * DAY_MS },
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
    deliveries: {
      delivered: booked.deliveries["delivered"] ?? 0,
      pending: booked.deliveries["pending"] ?? 0,
      failed: booked.deliveries["failed"] ?? 0,
    },
    bookings: {
      confirmed: booked.bookings["confirmed"] ?? 0,
      cancelled: booked.bookings["cancelled"] ?? 0,
    },
    connections: connections.map(({ id, lastSyncAt, auditedAt }) => {
      const own = sumOf(days.filter(({ connectionId }) => connectionId === id).map(({ counts }) => counts));
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
