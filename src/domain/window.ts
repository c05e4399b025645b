// Window: the stretch of time that the cache covers, and the strip that enters it as days pass.
import { DAY_MS, type Instant } from "./instant.ts";
import type { Interval } from "./interval.ts";

/** How many days ahead anything may be asked for or sold. */
export const MAX_AHEAD_DAYS = 800;

/** How far the cache reaches, in whole days before and after today in UTC. */
export interface WindowSpan {
  readonly pastDays: number;
  readonly futureDays: number;
}

/** The right window for `now`. Its bounds are midnights in UTC, so that it moves once a day. */
export function windowAt(now: Instant, span: WindowSpan): Interval {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  return { startsAt: today - span.pastDays * DAY_MS, endsAt: today + (span.futureDays + 1) * DAY_MS };
}

/** Until when sales can be confirmed: time that isn't cached of every calendar is refused, unless the agent allows it. */
export const soldUntil = (
  calendars: readonly { readonly window: Interval | null }[],
  onStale: "refuse" | "allow",
): Instant =>
  onStale === "allow"
    ? Number.POSITIVE_INFINITY
    : Math.min(...calendars.map(({ window }) => window?.endsAt ?? Number.POSITIVE_INFINITY));

/** The strip at the end of `wanted` that the window `old` doesn't cover; null when it covers it. */
export function enteredStrip(old: Interval, wanted: Interval): Interval | null {
  return wanted.endsAt > old.endsAt ? { startsAt: old.endsAt, endsAt: wanted.endsAt } : null;
}
