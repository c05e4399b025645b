// Utilisation: how much of an agent's open time is booked, by weeks of their own calendar.
import { type Interval, merge, overlaps, subtract } from "./interval.ts";
import { closedTime } from "./open-hours.ts";
import { NO_RULES, termsOf } from "./rules.ts";
import type { AgentSettings } from "./settings.ts";
import { weekAround } from "./zone.ts";

/** A week from Monday to Sunday on the agent's wall calendar. */
export interface WeekUse extends Interval {
  /** The time in which the agent takes bookings, by the settings as they are now, and by the holidays that are known. */
  readonly openMs: number;
  /** The part of it that confirmed bookings take. */
  readonly bookedMs: number;
}

const lengthOf = (stretches: readonly Interval[]): number =>
  stretches.reduce((sum, { startsAt, endsAt }) => sum + endsAt - startsAt, 0);

/**
 * The weeks that the range touches, each as a whole.
 * @param booked all confirmed bookings that overlap these weeks; others do no harm
 */
export function weeksOf(range: Interval, settings: AgentSettings, booked: readonly Interval[]): WeekUse[] {
  const terms = termsOf(settings, NO_RULES);
  const taken = merge(booked);
  const weeks: WeekUse[] = [];
  for (let at = range.startsAt; at < range.endsAt; ) {
    const week = weekAround(at, settings.timeZone);
    const { hours, closed } = closedTime(week, terms);
    const theirs = taken.filter((one) => overlaps(one, week));
    const open = subtract(week, [...hours, ...closed]);
    const free = open.flatMap((stretch) => subtract(stretch, theirs));
    const openMs = lengthOf(open);
    weeks.push({ ...week, openMs, bookedMs: openMs - lengthOf(free) });
    at = week.endsAt;
  }
  return weeks;
}
