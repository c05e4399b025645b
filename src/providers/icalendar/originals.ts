// Originals: the occurrences of a master, from its start, its rules within the window, and its extra dates.
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from "../../domain/instant.ts";
import type { Budget } from "./budget.ts";
import type { Original } from "./clock.ts";
import { midnightOf } from "./days.ts";
import { instantOf, type Zones } from "./length.ts";
import type { Entry, Moment, Rule, Span } from "./model.ts";
import { occurrences } from "./recur.ts";
import { dateOf } from "./series.ts";
import type { WallRange } from "./sets.ts";
import type { Doubt } from "./unreadable.ts";

/** An occurrence; `span` is its own where a period gave it one, else null. */
export interface Listed extends Original {
  readonly span: Span | null;
}

/**
 * The master's occurrences before exceptions and overrides: those of its rules in `range`, and all others.
 * @param doubts receives a doubt when a rule has too many
 * @returns `lastAt`: an instant after which none starts; null when they are endless or end beyond the range
 */
export function originalsOf(
  master: Entry,
  range: WallRange,
  zones: Zones,
  budget: Budget,
  doubts: Doubt[],
): { originals: Listed[]; lastAt: Instant | null } {
  const { start } = master.span;
  const clock = zones.clocks(start.clock);
  const at = (wall: number) => instantOf({ wall, clock: start.clock }, zones);
  const first = { wall: start.wall, at: at(start.wall) };
  const found = new Map<Instant, Listed>([[first.at, { ...first, span: null }]]);
  let lastAt: Instant | null = first.at;
  const reach = (instant: Instant | null) => {
    lastAt = lastAt === null || instant === null ? null : Math.max(lastAt, instant);
  };
  for (const rule of master.rules) {
    const limit = limitOf(rule, master, zones);
    const to = Math.min(range.to, limit.wall);
    const { matches, last, complete } = occurrences(rule, first, { from: range.from, to }, clock, budget);
    if (!complete) doubts.push({ reason: "too_many_occurrences", extent: "unknown" });
    for (const match of matches) {
      const original = { wall: match.wall, at: match.at ?? at(match.wall), span: null };
      if (!found.has(original.at) && limit.allows(original)) found.set(original.at, original);
    }
    reach(last === null ? limit.at : (last.at ?? at(last.wall)));
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
  if (until.clock === "UTC" && start.clock !== "UTC" && start.clock !== "date") {
    return {
      // No zone is two days away from UTC.
      wall: until.wall + 2 * DAY_MS,
      at: until.wall + 2 * DAY_MS,
      allows: ({ at }) => at <= until.wall,
    };
  }
  const lastDay = start.clock === "date" ? lastDayOf(until) : midnightOf(until.wall);
  // UNTIL as a date includes its whole day.
  const wholeDay = until.clock === "date" || start.clock === "date";
  const wall = wholeDay ? lastDay + DAY_MS - 1 : until.wall;
  return {
    wall,
    at: instantOf({ wall, clock: timed(start) }, zones),
    allows: (original) => original.wall <= wall,
  };
}

/** The zone farthest ahead of UTC, and the step between zones. */
const FARTHEST_AHEAD_MS = 14 * HOUR_MS;
const ZONE_STEP_MS = 15 * MINUTE_MS;

/**
 * The last day of a series of dates. A UTC time that is a midnight in some zone ahead of UTC means the day that begins
 * there, as Outlook writes it. Any other means its own date.
 */
function lastDayOf({ wall, clock }: Moment): number {
  const beforeMidnight = midnightOf(wall) + DAY_MS - wall;
  const isMidnight = beforeMidnight <= FARTHEST_AHEAD_MS && beforeMidnight % ZONE_STEP_MS === 0;
  return clock === "UTC" && isMidnight ? wall + beforeMidnight : midnightOf(wall);
}

const timed = ({ clock }: Moment): string => (clock === "date" ? "floating" : clock);

/**
 * An RDATE as an occurrence of the master. A date in a series of times takes the start's time of day. A period takes the
 * time that it says itself.
 */
function extraOf(date: Span, { span: { start } }: Entry, zones: Zones): Listed {
  const span = date.end === null && date.duration === null ? null : date;
  if (start.clock === "date" && span !== null && span.start.clock !== "date") {
    const at = instantOf(span.start, zones);
    return { wall: zones.clocks("date").toWall(at), at, span };
  }
  if (start.clock === "date") {
    const wall = dateOf(date.start, zones.clocks);
    return { wall, at: instantOf({ wall, clock: "date" }, zones), span };
  }
  if (date.start.clock === "date" || date.start.clock === "floating") {
    const timeOfDay = date.start.clock === "date" && span === null ? start.wall - midnightOf(start.wall) : 0;
    const wall = date.start.wall + timeOfDay;
    return { wall, at: instantOf({ wall, clock: start.clock }, zones), span };
  }
  const at = instantOf(date.start, zones);
  return { wall: zones.clocks(start.clock).toWall(at), at, span };
}
