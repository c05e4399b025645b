// Intervals: stretches of time between two instants, end exclusive, with their set algebra.
import { EngineError } from "./errors.ts";
import { DAY_MS, type Instant } from "./instant.ts";

/** A stretch of time. `startsAt` is before `endsAt`. The end is exclusive: touching intervals don't overlap. */
export interface Interval {
  readonly startsAt: Instant;
  readonly endsAt: Instant;
}

/**
 * The longest row of the cache, in ms. Longer events are cut. So one bounded range scan finds everything that overlaps
 * a slot: a row that starts more than this before the slot can't reach it (`docs/providers/cloudflare-turso.md` 3.2).
 */
export const MAX_ROW_MS = DAY_MS;

/**
 * An interval from bounds that a caller gave. Swapped or equal bounds are refused (L2).
 * @throws EngineError `invalid_time` unless the start is before the end
 */
export function interval(startsAt: Instant, endsAt: Instant): Interval {
  if (startsAt < endsAt) return { startsAt, endsAt };
  throw new EngineError("invalid_time", "The start must be before the end.");
}

/** Are both the same stretch of time? */
export const sameInterval = (a: Interval, b: Interval): boolean =>
  a.startsAt === b.startsAt && a.endsAt === b.endsAt;

/** Do the two share any time? Touching intervals share none. */
export function overlaps(a: Interval, b: Interval): boolean {
  return a.startsAt < b.endsAt && b.startsAt < a.endsAt;
}

/** The part of `taken` inside `bounds`, or null when there is none. */
export function clip(taken: Interval, bounds: Interval): Interval | null {
  const startsAt = Math.max(taken.startsAt, bounds.startsAt);
  const endsAt = Math.min(taken.endsAt, bounds.endsAt);
  return startsAt < endsAt ? { startsAt, endsAt } : null;
}

/** The shortest interval that contains both. */
export function hull(a: Interval, b: Interval): Interval {
  return { startsAt: Math.min(a.startsAt, b.startsAt), endsAt: Math.max(a.endsAt, b.endsAt) };
}

/** The same time as sorted intervals. No two of them overlap or touch. */
export function merge(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const next of [...intervals].sort((a, b) => a.startsAt - b.startsAt)) {
    const last = merged.at(-1);
    if (last !== undefined && next.startsAt <= last.endsAt) {
      if (next.endsAt > last.endsAt) merged[merged.length - 1] = { ...last, endsAt: next.endsAt };
    } else {
      merged.push({ startsAt: next.startsAt, endsAt: next.endsAt });
    }
  }
  return merged;
}

/** The rest of `range` without `taken`, as sorted intervals. No two of them touch. */
export function subtract(range: Interval, taken: readonly Interval[]): Interval[] {
  const left: Interval[] = [];
  let startsAt = range.startsAt;
  for (const hole of merge(taken)) {
    if (hole.endsAt <= startsAt) continue;
    if (hole.startsAt >= range.endsAt) break;
    if (hole.startsAt > startsAt) left.push({ startsAt, endsAt: hole.startsAt });
    startsAt = hole.endsAt;
  }
  if (startsAt < range.endsAt) left.push({ startsAt, endsAt: range.endsAt });
  return left;
}

/** The interval in pieces of at most `maxMs`, in order and without gaps. `merge` makes it whole again. */
export function cut(whole: Interval, maxMs: number = MAX_ROW_MS): Interval[] {
  const pieces: Interval[] = [];
  for (let startsAt = whole.startsAt; startsAt < whole.endsAt; startsAt += maxMs) {
    pieces.push({ startsAt, endsAt: Math.min(startsAt + maxMs, whole.endsAt) });
  }
  return pieces;
}
