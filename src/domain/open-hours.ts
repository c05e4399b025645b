// Open hours: when an agent's weekly hours are open, as instants.
import { MINUTE_MS } from "./instant.ts";
import { clip, type Interval, merge } from "./interval.ts";
import type { OpenHours } from "./settings.ts";
import { localStretches } from "./zone.ts";

/**
 * The parts of `range` during which the wall clock in `timeZone` shows an open minute: sorted, hours that meet
 * at midnight joined. Hours the clocks skip don't exist, hours they show twice are open twice.
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
