// Open hours: the time in which an agent takes no bookings, by the week's hours and by the days that differ.
import { MINUTE_MS } from "./instant.ts";
import { clip, type Interval, merge, subtract } from "./interval.ts";
import type { Terms } from "./rules.ts";
import type { DayHours, Override } from "./settings.ts";
import { type LocalStretch, localStretches } from "./zone.ts";

/** What decides when an agent is open. */
export type Schedule = Pick<Terms, "timeZone" | "workingHours" | "overrides" | "requestHours">;

/**
 * Closed time by the rule that closes it: the week's hours of the agent or of the request, or a day that differs. Each
 * is sorted and merged.
 */
export interface ClosedTime {
  readonly hours: readonly Interval[];
  readonly closed: readonly Interval[];
}

/**
 * The parts of `range` during which the agent's wall clock shows no open minute. Hours that the clocks skip don't
 * exist. Hours that they show twice are open twice.
 */
export function closedTime(range: Interval, schedule: Schedule): ClosedTime {
  const { workingHours, overrides, requestHours } = schedule;
  const hours: Interval[] = [];
  const closed: Interval[] = [];
  if (workingHours === null && requestHours === null && overrides.length === 0) return { hours, closed };
  for (const stretch of localStretches(range, schedule.timeZone)) {
    const override = overrideOn(overrides, stretch.day);
    if (override !== undefined) closed.push(...subtract(stretch, openOn(stretch, override.hours)));
    for (const weekly of [override === undefined ? workingHours : null, requestHours]) {
      const ofWeekday = weekly?.filter(({ weekday }) => weekday === stretch.weekday);
      if (ofWeekday !== undefined) hours.push(...subtract(stretch, openOn(stretch, ofWeekday)));
    }
  }
  return { hours: merge(hours), closed: merge(closed) };
}

const overrideOn = (overrides: readonly Override[], day: number): Override | undefined =>
  overrides.findLast(({ firstDay, lastDay }) => firstDay <= day && day <= lastDay);

/** The parts of a stretch in which these hours of its date are open. */
function openOn(stretch: LocalStretch, hours: readonly DayHours[]): Interval[] {
  return hours.flatMap(({ startMinute, endMinute }) => {
    const startsAt = stretch.midnightAt + startMinute * MINUTE_MS;
    return clip({ startsAt, endsAt: stretch.midnightAt + endMinute * MINUTE_MS }, stretch) ?? [];
  });
}
