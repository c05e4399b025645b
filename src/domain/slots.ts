// Slots: finds the free slots of a range by subtraction, by the same rules as `conflictsOf`.
import type { BusyRow } from "./busy.ts";
import { blockingRows, clearanceOf, horizonAt } from "./conflicts.ts";
import { EngineError } from "./errors.ts";
import type { Instant } from "./instant.ts";
import { clip, type Interval, subtract } from "./interval.ts";
import { type Counted, fullSpans } from "./limits.ts";
import { closedTime } from "./open-hours.ts";
import type { AgentSettings } from "./settings.ts";
import { localStretches } from "./zone.ts";

interface SlotSearch {
  readonly range: Interval;
  readonly durationMs: number;
  readonly stepMs: number;
  readonly rows: readonly BusyRow[];
  readonly counted: readonly Counted[];
  readonly settings: AgentSettings;
  readonly now: Instant;
  readonly limit: number;
}

/**
 * The first `limit` free slots inside `range`, in order; they may overlap each other. They start where the agent's wall
 * clock shows a multiple of `stepMs` since midnight, so a clock change never shifts them off the hour.
 * @param input.rows all rows that overlap `reachOf(range, settings)`
 * @param input.counted all that counts for the limits in the days and weeks of the range
 * @throws EngineError `invalid_request` unless duration and step are positive
 */
export function freeSlots(input: SlotSearch): Interval[] {
  const { durationMs, stepMs, settings, limit } = input;
  if (!(durationMs > 0 && stepMs > 0)) {
    throw new EngineError("invalid_request", "Duration and step must be longer than nothing.");
  }
  const slots: Interval[] = [];
  for (const starts of freeStarts(input)) {
    for (const stretch of localStretches(starts, settings.timeZone)) {
      const steps = Math.ceil((stretch.startsAt - stretch.midnightAt) / stepMs);
      for (let at = stretch.midnightAt + steps * stepMs; at < stretch.endsAt; at += stepMs) {
        if (slots.length >= limit) return slots;
        slots.push({ startsAt: at, endsAt: at + durationMs });
      }
    }
  }
  return slots;
}

/**
 * The instants at which a free slot may start, as intervals. Instants are whole milliseconds, so "later than x" means
 * "from x + 1 on", and an interval "up to and including x" ends at x + 1.
 */
function freeStarts({ range, durationMs, rows, counted, settings, now }: SlotSearch): Interval[] {
  const inRange = { startsAt: range.startsAt, endsAt: range.endsAt - durationMs + 1 };
  const inTime = clip(inRange, {
    startsAt: now + settings.minimumNoticeMs,
    endsAt: horizonAt(settings, now) + 1,
  });
  if (inTime === null) return [];
  const taken = blockingRows(rows, settings).map((row) => {
    const { beforeMs, afterMs } = clearanceOf(row, settings);
    return { startsAt: row.startsAt - durationMs - afterMs + 1, endsAt: row.endsAt + beforeMs };
  });
  const { hours, closed } = closedTime(range, settings);
  const shut = [...hours, ...closed].map((part) => ({ ...part, startsAt: part.startsAt - durationMs + 1 }));
  return subtract(inTime, [...taken, ...shut, ...fullSpans(counted, settings)]);
}
