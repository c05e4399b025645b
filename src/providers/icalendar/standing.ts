// When a resource's event is, whether it takes time or not.
import { DAY_MS } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import { clocksOf } from "./clocks.ts";
import { calendarsOf, componentsOf, textOf } from "./jcal.ts";
import { endOf, instantOf, lengthOf } from "./length.ts";
import type { Entry, Resource } from "./model.ts";
import { parseResource } from "./parse.ts";

/**
 * The stretch of the event, or of a series' first occurrence. Null where all of it is cancelled, or nothing of it
 * is an event any more.
 * @param fallbackTimeZone the IANA zone that dates and floating times are by
 * @throws UnreadableCalendar when its times can't be known
 */
export function standingOf(text: string, fallbackTimeZone: string): Interval | null {
  const { zones, entries } = parseResource(text, []);
  // In the order of the entries, which keep no word on it.
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
  // A day for the zone's distance from UTC.
  const clocks = clocksOf({ zones, fallbackTimeZone, until: start.wall + DAY_MS });
  const scope = { clocks, fallbackTimeZone };
  const startsAt = instantOf(start, scope);
  return { startsAt, endsAt: endOf(start, startsAt, lengthOf(span, scope), scope) };
}
