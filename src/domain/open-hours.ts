// Open hours: the time in which an agent takes no bookings, by the week's hours and by the days that differ.
import { isClosedHoliday, type KeptHolidays } from "./holidays.ts";
import { MINUTE_MS } from "./instant.ts";
import { clip, type Interval, merge, subtract } from "./interval.ts";
import type { Terms } from "./rules.ts";
import type { DayHours } from "./settings.ts";
import { type LocalStretch, localStretches } from "./zone.ts";

/** What decides when an agent is open. */
export type Schedule = KeptHolidays & Pick<Terms, "timeZone" | "workingHours" | "overrides" | "requestHours">;

/**
 * Closed time by the rule that closes it: the week's hours of the agent or of the request, or a day that differs (a
 * public holiday among them). Each is sorted and merged.
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
  const { workingHours, overrides, holidays, requestHours } = schedule;
  const hours: Interval[] = [];
  const closed: Interval[] = [];
  if ((workingHours ?? requestHours ?? holidays) === null && overrides.length === 0) return { hours, closed };
  for (const stretch of localStretches(range, schedule.timeZone)) {
    const differing = differingHoursOn(schedule, stretch.day);
    if (differing !== null) closed.push(...subtract(stretch, openOn(stretch, differing)));
    for (const weekly of [differing === null ? workingHours : null, requestHours]) {
      const ofWeekday = weekly?.filter(({ weekday }) => weekday === stretch.weekday);
      if (ofWeekday !== undefined) hours.push(...subtract(stretch, openOn(stretch, ofWeekday)));
    }
  }
  return { hours: merge(hours), closed: merge(closed) };
}

/** The hours that a date has instead of the week's: those of its last override, none on a holiday; null: it is usual. */
function differingHoursOn(schedule: Schedule, day: number): readonly DayHours[] | null {
  const override = schedule.overrides.findLast(({ firstDay, lastDay }) => firstDay <= day && day <= lastDay);
  return override?.hours ?? (isClosedHoliday(day, schedule) ? [] : null);
}

/** The parts of a stretch in which these hours of its date are open. */
function openOn(stretch: LocalStretch, hours: readonly DayHours[]): Interval[] {
  return hours.flatMap(({ startMinute, endMinute }) => {
    const startsAt = stretch.midnightAt + startMinute * MINUTE_MS;
    return clip({ startsAt, endsAt: stretch.midnightAt + endMinute * MINUTE_MS }, stretch) ?? [];
  });
}
