// Freshness: decides whether a calendar was verified recently enough, and whether it is in doubt whatever its age.
import { DEMANDS, FAILURE_KINDS, type FailureKind } from "./failure.ts";
import type { Instant } from "./instant.ts";

/**
 * Was the calendar verified at most `maxAgeMs` ago? A calendar that was never verified is never fresh. An instant in
 * the future counts as now, because clocks differ. That a channel is open proves nothing
 * (L15); what one has earned is in `trust.ts`.
 */
export function isFresh(verifiedAt: Instant | null, maxAgeMs: number, now: Instant): boolean {
  return verifiedAt !== null && Math.max(0, now - verifiedAt) <= maxAgeMs;
}

/** What may put a calendar in doubt. */
export interface Doubtful {
  readonly accountStatus: "active" | "needs_reauth" | "unavailable";
  /** The kind of the last failure; null: the last attempt succeeded. */
  readonly failureKind: FailureKind | null;
  /** The calendar is no longer in its account. */
  readonly gone: boolean;
  /** How many outstanding objects may take time that nobody can know. */
  readonly unknown: number;
}

/** Why a calendar isn't fresh: a doubt, the kind of its last failure, its age, or a time that isn't cached. */
export const STALE_REASONS = [
  ...FAILURE_KINDS,
  ...(["needs_reauth", "calendar_gone", "unreadable", "never_synced", "stale", "outside_window"] as const),
] as const;

export type StaleReason = (typeof STALE_REASONS)[number];

/**
 * The doubt that only a person can end: neither time nor another pull does. With such a doubt a calendar
 * isn't fresh, whatever its age and purpose. Null: there is none. `doubted` in `store/conditions.ts` decides alike.
 */
export function doubtOf({ accountStatus, gone, failureKind, unknown }: Doubtful): StaleReason | null {
  if (accountStatus === "needs_reauth") return "needs_reauth";
  if (accountStatus === "unavailable") return "no-service";
  if (gone) return "calendar_gone";
  if (failureKind !== null && DEMANDS[failureKind].onlyPersonEnds) return failureKind;
  return unknown > 0 ? "unreadable" : null;
}
