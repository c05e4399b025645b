// Standing: reads the time of a resource's event, even if the event blocks no time.
import { DAY_MS } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import { clocksOf } from "./clocks.ts";
import { calendarsOf, componentsOf, textOf } from "./jcal.ts";
import { endOf, instantOf, lengthOf } from "./length.ts";
import type { Entry, Resource } from "./model.ts";
import { parseResource } from "./parse.ts";

/**
 * The interval of the event, or of a series' first occurrence. Null where all of it is cancelled, or where the
 * resource no longer holds an event.
 * @param fallbackTimeZone the IANA zone of dates and floating times
 * @throws UnreadableCalendar when its times can't be known
 */
export function standingOf(text: string, fallbackTimeZone: string): Interval | null {
  const { zones, entries } = parseResource(text, []);
  // An entry doesn't say whether it is cancelled. So the statuses are read apart, in the order of the entries.
  const cancelled = calendarsOf(text)
    .flatMap((calendar) => componentsOf(calendar, "vevent"))
    .map((event) => textOf(event, "status")?.trim().toUpperCase() === "CANCELLED");
  const masters = entries.filter(({ recurrenceId }) => recurrenceId === null);
  const stretches = entries
    .filter((entry, index) => !cancelled[index] && (masters.length === 0 || masters.includes(entry)))
    .map((entry) => stretchOf(entry, zones, fallbackTimeZone))
    .sort((a, b) => a.startsAt - b.startsAt);
  return stretches[0] ?? null;
}

function stretchOf({ span }: Entry, zones: Resource["zones"], fallbackTimeZone: string): Interval {
  const { start } = span;
  // One day covers the zone's offset from UTC.
  const clocks = clocksOf({ zones, fallbackTimeZone, until: start.wall + DAY_MS });
  const scope = { clocks, fallbackTimeZone };
  const startsAt = instantOf(start, scope);
  return { startsAt, endsAt: endOf(start, startsAt, lengthOf(span, scope), scope) };
}
