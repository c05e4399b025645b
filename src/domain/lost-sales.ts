// Lost sales: why a sale was refused, in the few reasons by which people count.
import type { ConflictReason, Own } from "./conflicts.ts";

/**
 * Why a sale was refused. `taken`: something stood in the calendar or among the bookings and holds. `unverified`: the
 * time looked free, and a calendar couldn't be verified. `full`: the day or the week held enough bookings. The others
 * are rules, as `ConflictReason` has them. Where several hold, the first of this list counts.
 */
export const LOSS_REASONS = [
  "taken",
  "past",
  "closed",
  "hours",
  "horizon",
  "notice",
  "full",
  "unverified",
] as const;

export type LossReason = (typeof LOSS_REASONS)[number];

/** One or more sales of an agent that were refused on one day of theirs. */
export interface LostSale {
  readonly agentId: string;
  /** The day on the agent's wall calendar, as days since 1970. */
  readonly day: number;
  readonly reason: LossReason;
  /** What was asked for. A repeated request for it isn't another sale. */
  readonly own: Own;
}

const RULES: Partial<Record<ConflictReason, LossReason>> = {
  past: "past",
  closed: "closed",
  hours: "hours",
  horizon: "horizon",
  notice: "notice",
  day_full: "full",
  week_full: "full",
};

/**
 * The one reason by which a refusal is counted. What is taken comes before the rules: where a rule counts, nothing known
 * stood at that time. Other rules may have refused it too, and a calendar that isn't fresh may hold more.
 * @param conflicts what stood in the way; none: the calendars couldn't be verified
 */
export function lossReasonOf(conflicts: readonly { readonly reason: ConflictReason }[]): LossReason {
  const found = new Set(conflicts.map(({ reason }) => RULES[reason] ?? "taken"));
  return LOSS_REASONS.find((reason) => found.has(reason)) ?? "unverified";
}
