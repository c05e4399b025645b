// Freshness: how old the verified truth about a calendar may be before it must be asked again.
import type { FailureKind } from "./failure.ts";
import type { Instant } from "./instant.ts";

/** How well the cache knows one calendar (P9). */
export interface CalendarFreshness {
  readonly connectionId: string;
  /** When the provider last confirmed the cached picture; null: never. */
  readonly verifiedAt: Instant | null;
  /** Recent enough for what was asked. */
  readonly fresh: boolean;
  /** What the last attempt to verify it failed with; null when it didn't fail. */
  readonly reason: FailureKind | null;
}

/**
 * Was the calendar verified at most `maxAgeMs` ago? Never verified is never fresh, and an instant in the future
 * (clocks differ) counts as now. What counts is the last verified truth, not the state of a channel (L15).
 */
export function isFresh(verifiedAt: Instant | null, maxAgeMs: number, now: Instant): boolean {
  return verifiedAt !== null && Math.max(0, now - verifiedAt) <= maxAgeMs;
}
