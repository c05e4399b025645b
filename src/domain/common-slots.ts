// Common slots: the slots at which enough agents of every group are free, each of them in one group only.
import type { Instant } from "./instant.ts";
import type { Interval } from "./interval.ts";
import type { FreeTime } from "./slots.ts";

/** Agents of whom so many must be free. An agent may be in several groups, and fills a place in one of them. */
export interface AgentGroup {
  readonly agents: readonly string[];
  readonly required: number;
}

/** A slot with the agents of each group who are free in it, in the group's order. */
export interface CommonSlot extends Interval {
  readonly groups: readonly (readonly string[])[];
}

/**
 * The first `limit` slots at which all groups have their agents, in order. A slot is on the step of one of the agents
 * who are free in it; the others may have another wall clock.
 * @param input.free the free time of each agent, for slots of `durationMs`; an agent without any is never free
 */
export function commonSlots(input: {
  readonly groups: readonly AgentGroup[];
  readonly free: ReadonlyMap<string, FreeTime>;
  readonly durationMs: number;
  readonly limit: number;
}): CommonSlot[] {
  const { groups, free, durationMs, limit } = input;
  const members = groups.flatMap(({ agents }) => agents);
  const isShared = new Set(members).size < members.length;
  const isFreeAt = new Map([...free].map(([agentId, { starts }]) => [agentId, sweep(starts)]));
  const slots: CommonSlot[] = [];
  for (const at of startsOf([...free.values()])) {
    if (slots.length >= limit) break;
    const isFree = new Map([...isFreeAt].map(([agentId, ask]) => [agentId, ask(at)]));
    const found = groups.map(({ agents }) => agents.filter((agentId) => isFree.get(agentId) === true));
    const enough = groups.every(({ required }, index) => (found[index]?.length ?? 0) >= required);
    if (!enough || (isShared && !hasPlaces(groups, found))) continue;
    slots.push({ startsAt: at, endsAt: at + durationMs, groups: found });
  }
  return slots;
}

/** The starts on anybody's step, each once and in order. */
function startsOf(free: readonly FreeTime[]): readonly Instant[] {
  const starts = new Set<Instant>();
  for (const { onStep } of free) for (const at of onStep) starts.add(at);
  return [...starts].sort((a, b) => a - b);
}

/** Asks whether an instant is in the intervals, for instants that only rise. */
function sweep(intervals: readonly Interval[]): (at: Instant) => boolean {
  let next = 0;
  return (at) => {
    for (let current = intervals[next]; current !== undefined; current = intervals[next]) {
      if (at < current.endsAt) return at >= current.startsAt;
      next += 1;
    }
    return false;
  };
}

/**
 * Can every place of every group be filled with an agent of its own? Places take free agents one after another. Where
 * all are taken, another place gives one up if it finds a further agent for itself.
 */
function hasPlaces(groups: readonly AgentGroup[], found: CommonSlot["groups"]): boolean {
  const places = groups.flatMap(({ required }, group) => Array.from({ length: required }, () => group));
  const placeOf = new Map<string, number>();
  const fill = (place: number, tried: Set<string>): boolean =>
    (found[places[place] ?? 0] ?? []).some((agentId) => {
      if (tried.has(agentId)) return false;
      tried.add(agentId);
      const other = placeOf.get(agentId);
      if (other !== undefined && !fill(other, tried)) return false;
      placeOf.set(agentId, place);
      return true;
    });
  return places.every((_, place) => fill(place, new Set()));
}
