// Open hours: turns an agent's weekly working hours into intervals of instants.
import { MINUTE_MS } from "./instant.ts";
import { clip, type Interval, merge } from "./interval.ts";
import type { OpenHours } from "./settings.ts";
import { localStretches } from "./zone.ts";

/**
 * The parts of `range` during which the wall clock in `timeZone` shows an open minute. They are sorted, and hours that
 * meet at midnight are joined. Hours that the clocks skip don't exist. Hours that they show twice are open twice.
 */
export function openIntervals(range: Interval, hours: readonly OpenHours[], timeZone: string): Interval[] {
  const open: Interval[] = [];
  for (const stretch of localStretches(range, timeZone)) {
    for (const { weekday, startMinute, endMinute } of hours) {
      if (weekday !== stretch.weekday) continue;
      const startsAt = stretch.midnightAt + startMinute * MINUTE_MS;
      const part = clip({ startsAt, endsAt: stretch.midnightAt + endMinute * MINUTE_MS }, stretch);
      if (part !== null) open.push(part);
    }
  }
  return merge(open);
}
