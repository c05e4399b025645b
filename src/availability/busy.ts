// Busy: the stretches of a range that block an agent, for a view of their calendar.
import type { Deps } from "../deps.ts";
import { type BusyStretch, busyStretches } from "../domain/busy-stretches.ts";
import type { Instant } from "../domain/instant.ts";
import { interval } from "../domain/interval.ts";
import { type Provenance, provenanceOf, readFreshFreeBusy, requireKnown, standardOf } from "./free-busy.ts";

/** One page of busy stretches, and how fresh the truth behind them is. */
export interface BusyPage extends Provenance {
  readonly busy: readonly BusyStretch[];
  /** Where the next page begins; null: there is no next page. */
  readonly next: Instant | null;
}

/**
 * The busy stretches of [from, to) that start at `after` or later, about `limit` of them: those that start together
 * stay on one page.
 * @throws EngineError agent_not_found, invalid_time
 */
export async function findBusy(
  deps: Deps,
  input: { agentId: string; from: Instant; to: Instant; after: Instant; limit: number },
): Promise<BusyPage> {
  const askedAt = deps.now();
  const range = interval(input.from, input.to);
  const standard = standardOf(deps, "display", null);
  const [found] = await readFreshFreeBusy(
    deps,
    [{ agentId: input.agentId, reach: range, standard }],
    askedAt,
  );
  const freeBusy = requireKnown(found);
  const left = busyStretches(freeBusy.rows, freeBusy.settings, range).filter(
    ({ startsAt }) => startsAt >= input.after,
  );
  const last = left[input.limit - 1]?.startsAt;
  const next = last === undefined ? undefined : left.find(({ startsAt }) => startsAt > last)?.startsAt;
  return {
    busy: next === undefined ? left : left.filter(({ startsAt }) => startsAt < next),
    next: next ?? null,
    ...provenanceOf(freeBusy, standard, range, askedAt),
  };
}
