// Originals: the occurrences of a master, from its start, its rules within the window, and its extra dates.
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import { midnightOf } from "./days.ts";
import { instantOf, type Zones } from "./length.ts";
import type { Entry, Moment, Rule, Span } from "./model.ts";
import { type Budget, occurrences, type WallRange } from "./recur.ts";
import { dateOf, type Original } from "./series.ts";

/** An occurrence; `span` is its own where a period gave it one, else null. */
export interface Listed extends Original {
  readonly span: Span | null;
}

/**
 * The master's occurrences before exceptions and overrides: those of its rules in `range`, and all others.
 * @returns `lastAt`: an instant after which none starts; null when they are endless or end beyond the range
 */
export function originalsOf(
  master: Entry,
  range: WallRange,
  zones: Zones,
  budget: Budget,
): { originals: Listed[]; lastAt: Instant | null } {
  const { start } = master.span;
  const at = (wall: number) => instantOf({ wall, clock: start.clock }, zones);
  const startAt = at(start.wall);
  const found = new Map<Instant, Listed>([[startAt, { wall: start.wall, at: startAt, span: null }]]);
  let lastAt: Instant | null = startAt;
  const reach = (instant: Instant | null) => {
    lastAt = lastAt === null || instant === null ? null : Math.max(lastAt, instant);
  };
  for (const rule of master.rules) {
    const limit = limitOf(rule, master, zones);
    const to = Math.min(range.to, limit.wall);
    const { walls, last } = occurrences(rule, start.wall, { from: range.from, to }, budget);
    for (const wall of walls) {
      const original = { wall, at: at(wall), span: null };
      if (!found.has(original.at) && limit.allows(original)) found.set(original.at, original);
    }
    reach(last === null ? limit.at : at(last));
  }
  for (const date of master.dates) {
    const extra = extraOf(date, master, zones);
    if (extra.span !== null || !found.has(extra.at)) found.set(extra.at, extra);
    reach(extra.at);
  }
  return { originals: [...found.values()], lastAt };
}

/** The limit by UNTIL. It is often of another kind than the start. Then the later reading counts. */
function limitOf(
  { until }: Rule,
  { span: { start } }: Entry,
  zones: Zones,
): { wall: number; at: Instant | null; allows(original: Original): boolean } {
  if (until === null) return { wall: Number.POSITIVE_INFINITY, at: null, allows: () => true };
  const endOfDay = until.wall + DAY_MS - 1;
  if (until.clock === "UTC" && start.clock !== "UTC") {
    const lastWall = start.clock === "date" ? endOfDay : Number.NEGATIVE_INFINITY;
    return {
      // No zone is two days away from UTC.
      wall: until.wall + 2 * DAY_MS,
      at: until.wall + 2 * DAY_MS,
      allows: ({ wall, at }) => at <= until.wall || wall <= lastWall,
    };
  }
  // UNTIL as a date includes its whole day.
  const wall = until.clock === "date" || start.clock === "date" ? endOfDay : until.wall;
  return {
    wall,
    at: instantOf({ wall, clock: timed(start) }, zones),
    allows: (original) => original.wall <= wall,
  };
}

const timed = ({ clock }: Moment): string => (clock === "date" ? "floating" : clock);

/** An RDATE as an occurrence of the master. A date in a series of times takes the start's time of day. */
function extraOf(date: Span, { span: { start } }: Entry, zones: Zones): Listed {
  const span = date.end === null && date.duration === null ? null : date;
  if (start.clock === "date") {
    const wall = dateOf(date.start, zones.clocks);
    return { wall, at: instantOf({ wall, clock: "date" }, zones), span };
  }
  if (date.start.clock === "date" || date.start.clock === "floating") {
    const timeOfDay = date.start.clock === "date" ? start.wall - midnightOf(start.wall) : 0;
    const wall = date.start.wall + timeOfDay;
    return { wall, at: instantOf({ wall, clock: start.clock }, zones), span };
  }
  const at = instantOf(date.start, zones);
  return { wall: zones.clocks(start.clock).toWall(at), at, span };
}
