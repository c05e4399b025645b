// Slot input: a slot as callers name it, by instants or by local date and times.
import { EngineError } from "../domain/errors.ts";
import { HOUR_MS, type Instant } from "../domain/instant.ts";
import { type Interval, interval } from "../domain/interval.ts";
import { resolveLocal } from "../domain/zone.ts";

/** A slot by instants, or by local date and times in `timeZone` (null: the agent's own zone). */
export type SlotInput =
  | { readonly start: Instant; readonly end: Instant }
  | {
      readonly date: string;
      readonly startTime: string;
      readonly endTime: string;
      readonly timeZone: string | null;
    };

/** No zone is further from UTC than this, in either direction. */
const FURTHEST_OFFSET_MS = 14 * HOUR_MS;

/** True if the slot is in local times and names no zone. */
export const needsAgentZone = (slot: SlotInput): boolean => "date" in slot && slot.timeZone === null;

/** The zone that the slot names; null: none. */
export const zoneNamed = (slot: SlotInput | null): string | null =>
  slot !== null && "date" in slot ? slot.timeZone : null;

/**
 * The slot in instants. A local time that a clock change skips is refused. One that occurs twice means the earlier. The
 * end must be after the start on the same date; "24:00" is the end of that date.
 * @throws EngineError invalid_time, invalid_time_zone, time_skipped_by_dst
 */
export function resolveSlot(slot: SlotInput, agentZone: string): Interval {
  if ("start" in slot) return interval(slot.start, slot.end);
  const { date, startTime, endTime } = slot;
  const timeZone = slot.timeZone ?? agentZone;
  return interval(
    resolveLocal({ date, time: startTime, timeZone }),
    resolveLocal({ date, time: endTime, timeZone }),
  );
}

/**
 * An interval that contains the slot whatever the agent's zone is. With it settings and busy time can be read in one
 * round trip, before the zone is known.
 */
export function boundsOf(slot: SlotInput): Interval {
  if (!needsAgentZone(slot)) return resolveSlot(slot, "UTC");
  if (!("date" in slot)) throw new EngineError("internal_error", "A slot by instants needs no zone.");
  const { date, startTime, endTime } = slot;
  const at = (time: string) => resolveLocal({ date, time, timeZone: "UTC" });
  const [startsAt, endsAt] = [at(startTime), at(endTime)];
  interval(startsAt, endsAt);
  return { startsAt: startsAt - FURTHEST_OFFSET_MS, endsAt: endsAt + FURTHEST_OFFSET_MS };
}
