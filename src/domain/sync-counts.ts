// Sync counts: what the syncs of a calendar did in a day, as sums by name, with a small histogram of their durations.
import type { FailureKind } from "./failure.ts";
import { DAY_MS, type Instant } from "./instant.ts";

/**
 * Sums by name. A name that is missing is 0. Beside the names below there are `failed.<kind>` for each kind of failure
 * and `ms.<bucket>` for the durations.
 */
export type SyncCounts = Readonly<Record<string, number>>;

/** What a sync did. */
export interface CountedRun {
  readonly mode: "snapshot" | "delta" | "roll" | "audit";
  readonly outcome: "ok" | "failed" | "partial";
  readonly failureKind?: FailureKind | null | undefined;
  readonly upserts: number;
  readonly removals: number;
  readonly missing?: number | undefined;
  readonly extra?: number | undefined;
  readonly unreadable?: number | undefined;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
}

/** Four buckets for each doubling: a duration is known to within 9 %. */
const BUCKETS_PER_DOUBLING = 4;

/** The UTC day of an instant, as days since 1970. */
export const dayOf = (at: Instant): number => Math.floor(at / DAY_MS);

/** Whether a pull or a roll changed nothing. It is counted, and leaves no record of its own. An audit always does. */
export const isUnchanged = (run: CountedRun): boolean =>
  run.outcome === "ok" &&
  run.mode !== "audit" &&
  run.upserts + run.removals + (run.missing ?? 0) + (run.extra ?? 0) + (run.unreadable ?? 0) === 0;

/** The name under which a duration is counted. The migration that filled the first days counts alike. */
export const bucketOf = (ms: number): string =>
  // The small addition keeps a power of two in its own bucket, however logarithms are rounded.
  `ms.${Math.floor(Math.log2(Math.max(ms, 1)) * BUCKETS_PER_DOUBLING + 1e-9)}`;

/** What one sync adds to its day. */
export function countsOf(run: CountedRun): SyncCounts {
  const failed = run.outcome === "failed";
  const ms = Math.max(run.finishedAt - run.startedAt, 0);
  const counts = {
    [run.mode]: 1,
    unchanged: Number(isUnchanged(run)),
    failed: Number(failed),
    [`failed.${run.failureKind}`]: Number(failed),
    failedAudit: Number(failed && run.mode === "audit"),
    upserts: run.upserts,
    removals: run.removals,
    missing: run.missing ?? 0,
    extra: run.extra ?? 0,
    unreadable: run.unreadable ?? 0,
    ms,
    [bucketOf(ms)]: 1,
  };
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0));
}

/** The sums of many days. */
export function sumOf(all: readonly SyncCounts[]): SyncCounts {
  const sums: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, value] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

/** Failures by kind. */
export const failuresOf = (counts: SyncCounts): Record<string, number> =>
  Object.fromEntries(
    Object.entries(counts).flatMap(([name, value]) =>
      name.startsWith("failed.") ? [[name.slice("failed.".length), value]] : [],
    ),
  );

/** The duration below which a share of the syncs lies, to within 9 %, in whole ms; null where there were none. */
export function quantileOf(counts: SyncCounts, share: number): number | null {
  const buckets = Object.entries(counts)
    .flatMap(([name, value]) =>
      name.startsWith("ms.") ? [{ bucket: Number(name.slice("ms.".length)), value }] : [],
    )
    .sort((a, b) => a.bucket - b.bucket);
  const total = buckets.reduce((sum, { value }) => sum + value, 0);
  const rank = Math.min(total - 1, Math.floor(total * share));
  let below = 0;
  for (const { bucket, value } of buckets) {
    below += value;
    if (below > rank) return Math.round(2 ** ((bucket + 0.5) / BUCKETS_PER_DOUBLING));
  }
  return null;
}
