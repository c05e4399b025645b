// Together: in some plans agents are asked for together: one of several, all of several, groups, and common slots.
//
// They have colleagues without calendars. Only what we sell takes a colleague's time, so the oracle knows who is free.
import { mulberry32 } from "../../simulators/random.ts";
import { MINUTE } from "../world/outside-event.ts";
import { between, hashOf, oneOf, weighted } from "./dice.ts";
import { castAgent, type Random, slotOf } from "./draws.ts";
import type { Action, ActionSpec, CastAgent, PlanSlot } from "./plan.ts";

const DAY_MINUTES = 1_440;

function colleague(random: Random): CastAgent {
  return {
    ...castAgent(random),
    onExternalChange: "keep",
    maxPerDay: random() < 0.4 ? between(random(), 1, 3) : null,
    maxPerWeek: random() < 0.5 ? between(random(), 1, 4) : null,
    closedDay: random() < 0.2 ? between(random(), 0, 4) : null,
  };
}

/** Some of the agents, each once, in any order, and mostly the colleagues. */
function someOf(random: Random, count: number, colleagues: number): number[] {
  const shuffled = Array.from({ length: count }, (_, agent) => ({
    agent,
    rank: random() - (agent >= count - colleagues ? 0.6 : 0),
  })).sort((a, b) => a.rank - b.rank);
  return shuffled
    .slice(0, between(random(), Math.min(2, count), Math.min(3, count)))
    .map(({ agent }) => agent)
    .sort(() => random() - 0.5);
}

/** The same time on several days. */
function weekly(random: Random): PlanSlot[] {
  const { minute, minutes } = slotOf(random);
  return Array.from({ length: between(random(), 1, 3) }, (_, turn) => ({
    minute: minute + turn * DAY_MINUTES,
    minutes,
  }));
}

function actionOf(random: Random, cast: number, colleagues: number): ActionSpec {
  const kind = weighted(random(), [
    [5, "book-any"],
    [2, "hold-any"],
    [4, "series"],
    [2, "shift-group"],
    [1, "cancel-group"],
    [3, "find-common"],
  ] as const);
  const agents = someOf(random, cast, colleagues);
  switch (kind) {
    case "series":
      return { do: kind, agents: agents.slice(0, 2), slots: weekly(random) };
    case "shift-group":
      return {
        do: kind,
        pick: between(random(), 0, 1_000),
        minutes: oneOf(random(), [-60, 30, 60, 240, 1_440]),
      };
    case "cancel-group":
      return { do: kind, pick: between(random(), 0, 1_000) };
    case "find-common": {
      const groups = [
        { agents, required: between(random(), 1, agents.length) },
        { agents: someOf(random, cast, colleagues), required: 1 },
      ];
      return { do: kind, day: between(random(), 0, 3), groups: groups.slice(0, between(random(), 1, 2)) };
    }
    default: {
      const assign = oneOf(random(), ["first", "least_booked", "longest_idle"] as const);
      return { do: kind, agents, assign, slot: slotOf(random) };
    }
  }
}

/** The cast and the actions of a plan, with what is done together. Drawn apart, so that the rest doesn't depend on it. */
export function togetherOf(seed: number, agents: readonly CastAgent[], actions: readonly Action[]) {
  const random = mulberry32(hashOf(`together ${seed}`));
  const own = agents.map((one) => ({ ...one, maxPerWeek: random() < 0.2 ? between(random(), 2, 5) : null }));
  if (random() < 0.5) return { agents: own, actions };
  const colleagues = Array.from({ length: between(random(), 1, 2) }, () => colleague(random));
  const cast = [...own, ...colleagues];
  const more: Action[] = [];
  const add = (at: number, action: ActionSpec) =>
    more.push({ id: actions.length + more.length, at, ...action } as Action);
  for (let count = between(random(), 4, 9); count > 0; count -= 1) {
    const { at } = oneOf(random(), actions);
    const action = actionOf(random, cast.length, colleagues.length);
    add(at, action);
    // Others ask for the same at once.
    if (action.do === "book-any")
      for (let rival = between(random(), 0, 2); rival > 0; rival -= 1) add(at, action);
    if (action.do === "series" && random() < 0.7)
      add(at + between(random(), 0, 10 * MINUTE), {
        ...{ do: "shift-group", pick: between(random(), 0, 1_000) },
        minutes: oneOf(random(), [-60, 30, 60, 1_440]),
      });
  }
  const later = mulberry32(hashOf(`later ${seed}`));
  for (const action of [...more]) {
    if (action.do !== "book-any" && action.do !== "series") continue;
    const [slot] = action.do === "series" ? action.slots : [action.slot];
    const day = Math.floor((slot?.minute ?? 0) / DAY_MINUTES);
    const groups = [{ agents: action.agents, required: 1 }];
    // The day is looked at once something was sold on it.
    if (later() < 0.6)
      add(action.at + between(later(), 5_000, 10 * MINUTE), { do: "find-common", day, groups });
    if (action.do === "series" && later() < 0.4)
      add(action.at + between(later(), MINUTE, 20 * MINUTE), {
        ...{ do: "cancel-group", pick: between(later(), 0, 1_000) },
      });
  }
  if (colleagues.length === 2 && later() < 0.6) {
    // Clients who come one after the other, for days that follow each other: each choice depends on those before.
    const assign = oneOf(later(), ["least_booked", "longest_idle"] as const);
    const { at } = oneOf(later(), actions);
    for (let turn = 0; turn < 4; turn += 1)
      add(at + turn * 3 * MINUTE, {
        ...{ do: "book-any", agents: [own.length, own.length + 1], assign },
        slot: { minute: (turn + 1) * DAY_MINUTES + 12 * 60, minutes: 30 },
      });
  }
  return { agents: cast, actions: [...actions, ...more].sort((a, b) => a.at - b.at) };
}
