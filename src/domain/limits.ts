// Limits: the days and weeks in which an agent takes no further booking, because they hold the most that is allowed.
import type { Instant } from "./instant.ts";
import type { Interval } from "./interval.ts";
import type { AgentSettings } from "./settings.ts";
import { dayAround, weekAround } from "./zone.ts";

/** A confirmed booking or a hold that counts for the limits. It counts where it starts. */
export interface Counted {
  readonly startsAt: Instant;
  /** Null for a hold. */
  readonly bookingId: string | null;
  /** Null for a booking. */
  readonly holdId: string | null;
}

/** The settings that decide how many bookings a day and a week may hold. */
export type Limits = Pick<AgentSettings, "timeZone" | "maxPerDay" | "maxPerWeek">;

/** A local day or week in which no further booking may start. */
export interface FullSpan extends Interval {
  readonly reason: "day_full" | "week_full";
}

/** All days and weeks that are full. `counted` must hold all that starts in those which the question touches. */
export function fullSpans(counted: readonly Counted[], limits: Limits): FullSpan[] {
  const { timeZone, maxPerDay, maxPerWeek } = limits;
  const starts = counted.map(({ startsAt }) => startsAt).sort((a, b) => a - b);
  return [
    ...full(starts, maxPerDay, (at) => ({ reason: "day_full", ...dayAround(at, timeZone) })),
    ...full(starts, maxPerWeek, (at) => ({ reason: "week_full", ...weekAround(at, timeZone) })),
  ];
}

function full(
  starts: readonly Instant[],
  most: number | null,
  spanAround: (at: Instant) => FullSpan,
): FullSpan[] {
  const found: FullSpan[] = [];
  if (most === null) return found;
  let span: FullSpan | undefined;
  let count = 0;
  for (const at of starts) {
    if (span === undefined || at >= span.endsAt) {
      span = spanAround(at);
      count = 0;
    }
    count += 1;
    if (count === most) found.push(span);
  }
  return found;
}
