// Standing: reads the time of a resource's event, even if the event blocks no time.
import { DAY_MS } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import { clocksOf } from "./clocks.ts";
import { endOf, instantOf, lengthOf } from "./length.ts";
import type { Entry, Resource } from "./model.ts";
import { type ReadEvent, readEvents } from "./parse.ts";
import { type Doubt, UnreadableCalendar } from "./unreadable.ts";

/**
 * The interval of the event, or of a series' first occurrence. Null where all of it is cancelled, or where the
 * resource no longer holds an event.
 * @param fallbackTimeZone the IANA zone of dates and floating times
 * @throws UnreadableCalendar when its times can't be known
 */
export function standingOf(text: string, fallbackTimeZone: string): Interval | null {
  const { zones, events, doubts } = readEvents(text, []);
  if (doubts[0] !== undefined) throw new UnreadableCalendar(doubts[0].reason);
  const masters = events.filter(({ isOverride }) => !isOverride);
  const stretches = (masters.length > 0 ? masters : events)
    .filter(({ isCancelled }) => !isCancelled)
    .map((event) => stretchOf(certain(event), zones, fallbackTimeZone))
    .sort((a, b) => a.startsAt - b.startsAt);
  return stretches[0] ?? null;
}

function certain({ entry, spanDoubts: [doubt] }: ReadEvent): Entry {
  if (entry === null || doubt !== undefined) throw new UnreadableCalendar(doubt?.reason ?? "bad_time");
  return entry;
}

function stretchOf({ span }: Entry, zones: Resource["zones"], fallbackTimeZone: string): Interval {
  const { start } = span;
  // One day covers the zone's offset from UTC.
  const clocks = clocksOf({ zones, fallbackTimeZone, until: start.wall + DAY_MS });
  const scope = { clocks, fallbackTimeZone };
  const startsAt = instantOf(start, scope);
  const doubts: Doubt[] = [];
  const endsAt = endOf(start, startsAt, lengthOf(span, scope, doubts), scope);
  if (doubts[0] !== undefined) throw new UnreadableCalendar(doubts[0].reason);
  return { startsAt, endsAt };
}
