// Intervals: stretches of time between two instants, end exclusive.
import { DAY_MS, type Instant } from "./instant.ts";

/** A stretch of time; `startsAt` is before `endsAt`. End exclusive: touching intervals don't overlap. */
export interface Interval {
  readonly startsAt: Instant;
  readonly endsAt: Instant;
}

/**
 * The longest row the cache holds. Longer events are cut, so that one bounded range scan finds everything that
 * overlaps a slot: nothing that starts more than this before the slot can reach it (`engine.md` 3.2).
 */
export const MAX_ROW_MS = DAY_MS;
