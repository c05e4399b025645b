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

/** What the free slots of an agent depend on. */
export interface SlotSearch {
  readonly range: Interval;
  readonly durationMs: number;
  readonly stepMs: number;
  readonly rows: readonly BusyRow[];
  readonly counted: readonly Counted[];
  readonly settings: AgentSettings;
  readonly now: Instant;
}

/** When slots of an agent may start. */
export interface FreeTime {
  /** Every instant at which a slot would be free. */
  readonly starts: readonly Interval[];
  /** Those of them that are on the step, in order. */
  readonly onStep: Iterable<Instant>;
}

/**
 * The free slots inside `range`; they may overlap each other. They are on the step where the agent's wall clock shows a
 * multiple of `stepMs` since midnight, so a clock change never shifts them off the hour.
 * @param input.rows all rows that overlap `reachOf(range, settings)`
 * @param input.counted all that counts for the limits in the days and weeks of the range
 * @throws EngineError `invalid_request` unless duration and step are positive
 */
export function freeTimeOf(input: SlotSearch): FreeTime {
  if (!(input.durationMs > 0 && input.stepMs > 0)) {
    throw new EngineError("invalid_request", "Duration and step must be longer than nothing.");
  }
  const starts = freeStarts(input);
  return { starts, onStep: onStep(starts, input) };
}

/** The first `limit` free slots on the step, in order. See `freeTimeOf`. */
export function freeSlots(input: SlotSearch & { readonly limit: number }): Interval[] {
  const slots: Interval[] = [];
  for (const at of freeTimeOf(input).onStep) {
    if (slots.length >= input.limit) break;
    slots.push({ startsAt: at, endsAt: at + input.durationMs });
  }
  return slots;
}

function* onStep(free: readonly Interval[], { stepMs, settings }: SlotSearch): Generator<Instant> {
  for (const starts of free) {
    for (const stretch of localStretches(starts, settings.timeZone)) {
      const steps = Math.ceil((stretch.startsAt - stretch.midnightAt) / stepMs);
      for (let at = stretch.midnightAt + steps * stepMs; at < stretch.endsAt; at += stepMs) yield at;
    }
  }
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
