// Slots: finds the free slots of a range by subtraction, by the same rules as `conflictsOf`.
import type { BusyRow } from "./busy.ts";
import { blockingRows, clearanceOf, horizonAt } from "./conflicts.ts";
import { EngineError } from "./errors.ts";
import type { Instant } from "./instant.ts";
import { clip, type Interval, subtract } from "./interval.ts";
import { type Counted, fullSpans } from "./limits.ts";
import { closedTime } from "./open-hours.ts";
import { NO_RULES, type SlotRules, type Terms, termsOf } from "./rules.ts";
import type { AgentSettings } from "./settings.ts";
import { type Align, slotGrid } from "./slot-grid.ts";

interface SlotSearch {
  readonly range: Interval;
  readonly durationMs: number;
  readonly stepMs: number;
  /** Left out: `clock`. */
  readonly align?: Align;
  readonly rows: readonly BusyRow[];
  readonly counted: readonly Counted[];
  readonly settings: AgentSettings;
  readonly rules?: SlotRules;
  readonly now: Instant;
  readonly limit: number;
}

/**
 * The first `limit` free slots inside `range`, in order; they may overlap each other. They start where the agent's wall
 * clock shows a multiple of `stepMs` since midnight or since the agent opened, so a clock change never shifts them off
 * the hour.
 * @param input.rows all rows that overlap `reachOf(range)`
 * @param input.counted all that counts for the limits in the days and weeks of the range
 * @throws EngineError `invalid_request` unless duration and step are positive
 */
export function freeSlots(input: SlotSearch): Interval[] {
  const { durationMs, stepMs, limit, align = "clock" } = input;
  if (!(durationMs > 0 && stepMs > 0)) {
    throw new EngineError("invalid_request", "Duration and step must be longer than nothing.");
  }
  const terms = termsOf(input.settings, input.rules ?? NO_RULES);
  const slots: Interval[] = [];
  for (const starts of freeStarts(input, terms)) {
    for (const stretch of slotGrid(starts, terms, align)) {
      const part = clip(stretch, starts);
      if (part === null) continue;
      const steps = Math.ceil((part.startsAt - stretch.originAt) / stepMs);
      for (let at = stretch.originAt + steps * stepMs; at < part.endsAt; at += stepMs) {
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
function freeStarts({ range, durationMs, rows, counted, now }: SlotSearch, terms: Terms): Interval[] {
  const inRange = { startsAt: range.startsAt, endsAt: range.endsAt - durationMs + 1 };
  const inTime = clip(inRange, {
    startsAt: now + terms.minimumNoticeMs,
    endsAt: horizonAt(terms, now) + 1,
  });
  if (inTime === null) return [];
  const taken = blockingRows(rows, terms).map((row) => {
    const { beforeMs, afterMs } = clearanceOf(row, terms);
    return { startsAt: row.startsAt - durationMs - afterMs + 1, endsAt: row.endsAt + beforeMs };
  });
  const { hours, closed } = closedTime(range, terms);
  const shut = [...hours, ...closed].map((part) => ({ ...part, startsAt: part.startsAt - durationMs + 1 }));
  return subtract(inTime, [...taken, ...shut, ...fullSpans(counted, terms)]);
}
