// Check: says whether a slot is free, and how fresh that answer is. Fresh calendars cost one round trip.
import type { Deps } from "../deps.ts";
import { type Conflict, conflictsOf, reachOf } from "../domain/conflicts.ts";
import { EngineError, resultOrError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import { NO_RULES, rulesFor, type SlotRules } from "../domain/rules.ts";
import type { ProviderName } from "../providers/provider.ts";
import type { FreeBusy } from "../store/busy/free-busy.ts";
import {
  isRefused,
  type KnownFreeBusy,
  type Provenance,
  type Purpose,
  provenanceOf,
  readFreshFreeBusy,
  requireKnown,
  standardOf,
} from "./free-busy.ts";
import { boundsOf, resolveSlot, type SlotInput } from "./slot-input.ts";

/** One question: is this slot of this agent free? */
export interface CheckInput {
  readonly agentId: string;
  readonly slot: SlotInput;
  readonly purpose: Purpose;
  /** How old the truth may be, in ms; null: the configuration decides by the purpose. */
  readonly maxAgeMs: number | null;
  /** Where it names none, the agent's own hold, and the buffers of the booking to be moved. */
  readonly rules?: Partial<SlotRules>;
  /** A booking to be moved: it doesn't block its own new slot, and keeps the buffers that it was sold with. */
  readonly ignoreBookingId?: string;
}

/** A conflict with the provider of its calendar. */
export interface ConflictView extends Conflict {
  readonly provider: ProviderName | null;
}

/** The answer to a check. */
export interface AvailabilityAnswer extends Provenance {
  readonly available: boolean;
  /** `unverified`: no conflict is known, but a calendar isn't known as well as the agent demands. */
  readonly reason: "free" | "conflict" | "unverified";
  readonly slot: Interval;
  readonly conflicts: readonly ConflictView[];
}

/** Conflicts with the providers of their calendars. */
export function conflictViews(conflicts: readonly Conflict[], freeBusy: FreeBusy): ConflictView[] {
  const providerOf = new Map(
    freeBusy.calendars.map(({ connectionId, provider }) => [connectionId, provider]),
  );
  return conflicts.map((conflict) => ({
    ...conflict,
    provider: conflict.connectionId === null ? null : (providerOf.get(conflict.connectionId) ?? null),
  }));
}

/**
 * Checks one slot.
 * @throws EngineError agent_not_found, invalid_time, invalid_time_zone, time_skipped_by_dst
 */
export async function checkAvailability(deps: Deps, input: CheckInput): Promise<AvailabilityAnswer> {
  const [answer] = await checkMany(deps, { checks: [input] });
  if (answer === undefined) throw new EngineError("internal_error", "A check had no answer.");
  if ("error" in answer) throw answer.error;
  return answer;
}

/** Checks any number of slots in one round trip. A check that fails doesn't fail the others. */
export async function checkMany(
  deps: Deps,
  input: { checks: readonly CheckInput[] },
): Promise<(AvailabilityAnswer | { readonly error: EngineError })[]> {
  const askedAt = deps.now();
  const bounds = input.checks.map((check) => attempt(() => boundsOf(check.slot)));
  const asked = input.checks.flatMap((check, index) => {
    const bound = bounds[index];
    return bound === undefined || "error" in bound ? [] : [{ check, bound, index }];
  });
  const perCheck = await readFreshFreeBusy(
    deps,
    asked.map(({ check, bound }) => ({
      agentId: check.agentId,
      reach: reachOf(bound),
      standard: standardOf(deps, check.purpose, check.maxAgeMs),
      ...(check.ignoreBookingId === undefined ? {} : { bookingId: check.ignoreBookingId }),
    })),
    askedAt,
  );
  const answers = new Map(
    asked.map(({ check, index }, position) => [
      index,
      attempt(() => answerOf(deps, check, requireKnown(perCheck[position]), askedAt)),
    ]),
  );
  return bounds.map((bound, index) => {
    const answer = "error" in bound ? bound : answers.get(index);
    return answer ?? { error: new EngineError("internal_error", "A check had no answer.") };
  });
}

function attempt<T>(work: () => T): T | { readonly error: EngineError } {
  const result = resultOrError(work);
  return result instanceof EngineError ? { error: result } : result;
}

function answerOf(
  deps: Deps,
  check: CheckInput,
  freeBusy: KnownFreeBusy,
  askedAt: Instant,
): AvailabilityAnswer {
  const { settings, rows, counted } = freeBusy;
  const slot = resolveSlot(check.slot, settings.timeZone);
  const conflicts = conflictsOf({
    slot,
    rows,
    counted,
    settings,
    rules: rulesFor(freeBusy.kept ?? NO_RULES, check.rules),
    now: deps.now(),
    ...(check.ignoreBookingId === undefined ? {} : { own: { bookingId: check.ignoreBookingId } }),
  });
  const provenance = provenanceOf(freeBusy, standardOf(deps, check.purpose, check.maxAgeMs), slot, askedAt);
  const refused = isRefused(freeBusy, provenance, check.purpose);
  const reason = conflicts.length > 0 ? "conflict" : refused ? "unverified" : "free";
  return {
    available: reason === "free",
    reason,
    slot,
    conflicts: conflictViews(conflicts, freeBusy),
    ...provenance,
  };
}
