// Clocks: from local times to instants and back, for IANA zones and for a resource's own zones.
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import { offsetStretch } from "../../domain/zone.ts";
import { newBudget } from "./budget.ts";
import { type Clock, type Clocks, UTC } from "./clock.ts";
import type { Observance, Rule } from "./model.ts";
import { occurrences } from "./recur.ts";
import type { Doubt } from "./unreadable.ts";

type Stretch = Interval & { readonly offsetMs: number };

/** Kept, because asking the runtime for offsets is slow. Zones are few and don't change while the program runs. */
const ianaClocks = new Map<string, Clock>();

/** How long after `until` the rules of a resource's own zone are followed. */
const LOOKAHEAD_MS = 800 * DAY_MS;

/**
 * Finds the clock for the `clock` of a moment.
 * @param own.fallbackTimeZone the zone of dates and floating times; a valid IANA name
 * @param own.until the instant up to which the resource's own zones are needed
 * @param own.doubts receives a doubt when a zone of the resource has more onsets than can be followed
 */
export function clocksOf(own: {
  readonly zones: readonly (readonly Observance[])[];
  readonly fallbackTimeZone: string;
  readonly until: Instant;
  readonly doubts?: Doubt[];
}): Clocks {
  const ownClocks = new Map<string, Clock>();
  return (name) => {
    if (name === "UTC") return UTC;
    if (!name.startsWith("#")) {
      return ianaClock(name === "date" || name === "floating" ? own.fallbackTimeZone : name);
    }
    const known = ownClocks.get(name);
    if (known !== undefined) return known;
    const clock = clockBy(
      observedStretches(own.zones[Number(name.slice(1))] ?? [], own.until + LOOKAHEAD_MS, own.doubts ?? []),
    );
    ownClocks.set(name, clock);
    return clock;
  };
}

/** The clock of an IANA zone, which must be valid. */
export function ianaClock(timeZone: string): Clock {
  const known = ianaClocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = clockBy((at) => offsetStretch(at, timeZone));
  ianaClocks.set(timeZone, clock);
  return clock;
}

function clockBy(stretchAt: (at: Instant) => Stretch): Clock {
  const known: Stretch[] = [];
  const holds = (at: Instant) => (stretch: Stretch) => stretch.startsAt <= at && at < stretch.endsAt;
  let latest: Stretch | undefined;
  const offsetAt = (at: Instant): number => {
    if (latest === undefined || !holds(at)(latest)) {
      latest = known.find(holds(at));
      if (latest === undefined) {
        latest = stretchAt(at);
        known.push(latest);
      }
    }
    return latest.offsetMs;
  };
  return {
    toInstant(wall) {
      // No zone changes its clocks twice within two days, so the offset is that of the day before or after.
      const before = offsetAt(wall - DAY_MS);
      if (offsetAt(wall - before) === before) return wall - before;
      const after = offsetAt(wall + DAY_MS);
      return offsetAt(wall - after) === after ? wall - after : wall - before;
    },
    instantsOf(wall) {
      const before = offsetAt(wall - DAY_MS);
      const after = offsetAt(wall + DAY_MS);
      if (before === after) return [wall - before];
      return [before, after].flatMap((offset) => (offsetAt(wall - offset) === offset ? [wall - offset] : []));
    },
    toWall: (at) => at + offsetAt(at),
  };
}

/** The last wall at which an observance's rule may have an onset. */
function lastWall({ until }: Rule, fromMs: number): number {
  if (until === null) return Number.POSITIVE_INFINITY;
  if (until.clock === "date") return until.wall + DAY_MS - 1;
  return until.clock === "UTC" ? until.wall + fromMs : until.wall;
}

/** The stretches between the onsets of a zone's observances. Before the first onset its `fromMs` holds. */
function observedStretches(
  observances: readonly Observance[],
  until: Instant,
  doubts: Doubt[],
): (at: Instant) => Stretch {
  const budget = newBudget();
  const onsets = observances
    .flatMap(({ wall, fromMs, toMs, rules, dates }) => {
      const walls = [wall, ...dates];
      for (const rule of rules) {
        const range = { from: wall, to: Math.min(lastWall(rule, fromMs), until + DAY_MS) };
        const { matches, complete } = occurrences(rule, { wall, at: wall }, range, UTC, budget);
        for (const match of matches) walls.push(match.wall);
        if (!complete) doubts.push({ reason: "bad_zone", extent: "unknown" });
      }
      return walls.map((shown) => ({ at: shown - fromMs, fromMs, toMs }));
    })
    .sort((a, b) => a.at - b.at);
  return (at) => {
    const next = onsets.findIndex((onset) => onset.at > at);
    const current = next === -1 ? onsets.at(-1) : onsets[next - 1];
    return {
      startsAt: current?.at ?? Number.NEGATIVE_INFINITY,
      endsAt: onsets[next]?.at ?? Number.POSITIVE_INFINITY,
      offsetMs: current?.toMs ?? onsets[0]?.fromMs ?? 0,
    };
  };
}
