// Slots: finds the free slots of an agent in a range of time.
import type { Deps } from "../deps.ts";
import { reachOf } from "../domain/conflicts.ts";
import type { Instant } from "../domain/instant.ts";
import { type Interval, interval } from "../domain/interval.ts";
import { NO_RULES, type SlotRules } from "../domain/rules.ts";
import type { Align } from "../domain/slot-grid.ts";
import { freeSlots } from "../domain/slots.ts";
import {
  isRefused,
  type Provenance,
  type Purpose,
  provenanceOf,
  readFreshFreeBusy,
  requireKnown,
  standardOf,
} from "./free-busy.ts";

/** Free slots, and how fresh the truth behind them is. */
export interface SlotsAnswer extends Provenance {
  readonly slots: readonly Interval[];
}

/**
 * Finds free slots of `durationMs` in [from, to). They start on multiples of `stepMs` of the agent's local time since
 * midnight or since the agent opened.
 * There are none if the agent's policy refuses them: see `isRefused`.
 * @throws EngineError agent_not_found, invalid_time
 */
export async function findSlots(
  deps: Deps,
  input: {
    agentId: string;
    from: Instant;
    to: Instant;
    durationMs: number;
    stepMs: number;
    /** Left out: `clock`. */
    align?: Align;
    /** Left out: none but the agent's own. */
    rules?: SlotRules;
    limit: number;
    purpose: Purpose;
    maxAgeMs: number | null;
  },
): Promise<SlotsAnswer> {
  const askedAt = deps.now();
  const range = interval(input.from, input.to);
  const standard = standardOf(deps, input.purpose, input.maxAgeMs);
  const question = { agentId: input.agentId, reach: reachOf(range), standard };
  const [found] = await readFreshFreeBusy(deps, [question], askedAt);
  const freeBusy = requireKnown(found);
  const provenance = provenanceOf(freeBusy, standard, range, askedAt);
  const { settings, rows, counted } = freeBusy;
  const { durationMs, stepMs, align = "clock", rules = NO_RULES, limit } = input;
  const slots = isRefused(freeBusy, provenance, input.purpose)
    ? []
    : freeSlots({ range, durationMs, stepMs, align, rows, counted, settings, rules, now: deps.now(), limit });
  return { slots, ...provenance };
}
