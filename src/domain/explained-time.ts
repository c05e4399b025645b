// Explained time: why each part of a range can't be sold, and what is left free, for a picture of an agent's week.
import type { BusyRow } from "./busy.ts";
import { busyStretches } from "./busy-stretches.ts";
import { blockingRows, type ConflictReason, clearanceOf, horizonAt, reasonOf } from "./conflicts.ts";
import type { Instant } from "./instant.ts";
import { clip, type Interval, merge, subtract } from "./interval.ts";
import { type Counted, fullSpans } from "./limits.ts";
import { closedTime } from "./open-hours.ts";
import { NO_RULES, type Terms, termsOf } from "./rules.ts";
import type { AgentSettings } from "./settings.ts";

/** Time that can't be sold, by one rule. Several rules may hold at once: then each has its stretch. */
export interface ExplainedStretch extends Interval {
  readonly reason: ConflictReason;
  /** The calendar; null: our own bookings and holds, and rules of the agent. */
  readonly connectionId: string | null;
  readonly bookingId: string | null;
}

/** A range, explained. */
export interface ExplainedTime {
  /** Sorted by start. */
  readonly taken: readonly ExplainedStretch[];
  /** What no rule takes: a slot that lies in it can be sold. */
  readonly free: readonly Interval[];
}

/**
 * What `conflictsOf` would say of every short slot of the range, as stretches.
 * @param input.rows all rows that overlap `reachOf(range)`; others do no harm
 * @param input.counted all that counts for the limits in the days and weeks of the range
 */
export function explainTime(input: {
  range: Interval;
  rows: readonly BusyRow[];
  counted: readonly Counted[];
  settings: AgentSettings;
  now: Instant;
}): ExplainedTime {
  const { range, rows, counted, settings, now } = input;
  const terms = termsOf(settings, NO_RULES);
  const blocking = blockingRows(rows, terms);
  const busy = busyStretches(rows, settings, range);
  const { hours, closed } = closedTime(range, terms);
  const soonest = now + terms.minimumNoticeMs;
  const byRule = (reason: ConflictReason, parts: readonly Interval[]): ExplainedStretch[] =>
    parts.flatMap((part) => {
      const inside = clip(part, range);
      return inside === null ? [] : [{ ...inside, reason, connectionId: null, bookingId: null }];
    });
  const taken = [
    ...busy,
    ...beyond(busy, blocking, range),
    ...byRule("buffer", buffersAround(blocking, terms, range)),
    ...byRule("hours", hours),
    ...byRule("closed", closed),
    ...byRule("past", [{ startsAt: Number.NEGATIVE_INFINITY, endsAt: now }]),
    ...byRule("notice", [{ startsAt: now, endsAt: soonest }]),
    ...byRule("horizon", [{ startsAt: horizonAt(settings, now), endsAt: Number.POSITIVE_INFINITY }]),
    ...fullSpans(counted, settings).flatMap(({ reason, ...span }) => byRule(reason, [span])),
  ];
  return {
    taken: taken.sort((a, b) => a.startsAt - b.startsAt || a.endsAt - b.endsAt),
    free: subtract(range, taken),
  };
}

/** What rows take beside the stretches: the agent has moved or stretched a booking's event, but not yet the booking. */
const beyond = (
  busy: readonly Interval[],
  blocking: readonly BusyRow[],
  range: Interval,
): ExplainedStretch[] =>
  blocking.flatMap((row) => {
    const part = clip(row, range);
    const { connectionId, bookingId } = row;
    const rest = part === null ? [] : subtract(part, busy);
    return rest.map((span) => ({ ...span, reason: reasonOf(row), connectionId, bookingId }));
  });

/** The time beside busy rows that buffers keep free, without the busy time itself. */
function buffersAround(blocking: readonly BusyRow[], terms: Terms, range: Interval): Interval[] {
  const widened = blocking.map((row) => {
    const { beforeMs, afterMs } = clearanceOf(row, terms);
    return { startsAt: row.startsAt - afterMs, endsAt: row.endsAt + beforeMs };
  });
  return merge(widened)
    .flatMap((part) => clip(part, range) ?? [])
    .flatMap((part) => subtract(part, blocking));
}
