// Freshness: decides whether a calendar was verified recently enough.
import type { FailureKind } from "./failure.ts";
import type { Instant } from "./instant.ts";

/** How well the cache knows one calendar (P9). */
export interface CalendarFreshness {
  readonly connectionId: string;
  /** When the provider last confirmed the cached free-busy; null: never. */
  readonly verifiedAt: Instant | null;
  /** It was verified recently enough for the request. */
  readonly fresh: boolean;
  /** The failure kind of the last attempt to verify it; null when it didn't fail. */
  readonly reason: FailureKind | null;
}

/**
 * Was the calendar verified at most `maxAgeMs` ago? A calendar that was never verified is never fresh. An instant in
 * the future counts as now, because clocks differ. The state of a channel proves nothing (L15).
 */
export function isFresh(verifiedAt: Instant | null, maxAgeMs: number, now: Instant): boolean {
  return verifiedAt !== null && Math.max(0, now - verifiedAt) <= maxAgeMs;
}
