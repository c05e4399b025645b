// Analytics: counts one agent's syncs, deliveries and bookings over a stretch of time.
import type { Deps } from "../deps.ts";
import type { Instant } from "../domain/instant.ts";
import { countBookings } from "../store/bookings/bookings.ts";
import { listConnectionRows } from "../store/calendars/connections.ts";
import { readSyncRuns } from "../store/calendars/sync-runs.ts";

/** Counts and durations (ms) of one agent's syncs, deliveries and bookings in [from, to). */
export interface AnalyticsView {
  readonly syncs: {
    readonly total: number;
    readonly failed: number;
    readonly snapshots: number;
    readonly deltas: number;
    readonly rolls: number;
    readonly upserts: number;
    readonly removals: number;
    /** Null where there was no sync. */
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

/** The value below which a share of the sorted values lies; null for none. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

/** Reads the counts. Only the newest 5,000 syncs count in detail; older ones count in `total` alone. */
export async function readAnalytics(
  deps: Deps,
  input: { agentId: string; from: Instant; to: Instant },
): Promise<AnalyticsView> {
  const [{ runs, total }, counts, connections] = await Promise.all([
    readSyncRuns(deps.db, input),
    countBookings(deps.db, input),
    listConnectionRows(deps.db, input.agentId),
  ]);
  const durations = runs.map(({ startedAt, finishedAt }) => finishedAt - startedAt).sort((a, b) => a - b);
  const having = (test: (run: (typeof runs)[number]) => boolean) => runs.filter(test).length;
  const sum = (value: (run: (typeof runs)[number]) => number) =>
    runs.reduce((acc, run) => acc + value(run), 0);
  return {
    syncs: {
      total,
      failed: having(({ outcome }) => outcome === "failed"),
      snapshots: having(({ mode }) => mode === "snapshot"),
      deltas: having(({ mode }) => mode === "delta"),
      rolls: having(({ mode }) => mode === "roll"),
      upserts: sum(({ upserts }) => upserts),
      removals: sum(({ removals }) => removals),
      medianMs: quantile(durations, 0.5),
      p95Ms: quantile(durations, 0.95),
    },
    audits: {
      total: having(({ mode }) => mode === "audit"),
      failed: having(({ mode, outcome }) => mode === "audit" && outcome === "failed"),
      missing: sum(({ missing }) => missing),
      extra: sum(({ extra }) => extra),
    },
    deliveries: {
      delivered: counts.deliveries["delivered"] ?? 0,
      pending: counts.deliveries["pending"] ?? 0,
      failed: counts.deliveries["failed"] ?? 0,
    },
    bookings: {
      confirmed: counts.bookings["confirmed"] ?? 0,
      cancelled: counts.bookings["cancelled"] ?? 0,
    },
    connections: connections.map(({ id, lastSyncAt, auditedAt }) => ({
      connectionId: id,
      syncs: having(({ connectionId }) => connectionId === id),
      failed: having(({ connectionId, outcome }) => connectionId === id && outcome === "failed"),
      lastSyncAt,
      auditedAt,
      missing: sum(({ connectionId, missing }) => (connectionId === id ? missing : 0)),
      extra: sum(({ connectionId, extra }) => (connectionId === id ? extra : 0)),
    })),
  };
}
