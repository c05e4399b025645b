// Hold: reserves a slot for some minutes, until it is booked, released or expired.
import type { SlotInput } from "../availability/slot-input.ts";
import type { Deps } from "../deps.ts";
import type { HoldState } from "../domain/booking.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { type Interval, sameInterval } from "../domain/interval.ts";
import { type Buffers, NO_RULES, type SlotRules, sameBuffers } from "../domain/rules.ts";
import { type HoldRow, placeHoldRow, releaseHoldRow } from "../store/bookings/holds.ts";
import { countingLost } from "./lost-sales.ts";
import { type Attempt, instantsOf, secureSlot, type Tried } from "./secure-slot.ts";

/** A hold as callers see it. */
export interface HoldView extends Interval, Buffers {
  readonly agentId: string;
  readonly holdId: string;
  readonly expiresAt: Instant;
  readonly state: HoldState | "expired";
  /** The booking that it became; null: none. */
  readonly bookingId: string | null;
  readonly createdAt: Instant;
}

/** A hold, and whether this very call made it. */
export interface HoldAnswer {
  readonly created: boolean;
  readonly hold: HoldView;
}

/** A hold's row as callers see it. */
export function holdView(row: HoldRow, now: Instant): HoldView {
  const { writeId: _, updatedAt: __, state, ...view } = row;
  return { ...view, state: state === "held" && row.expiresAt <= now ? "expired" : state };
}

/**
 * The instant from which the agent's minimum notice counts for a booking. With a hold on the slot it counts from the
 * creation of the hold. Mirrors `slot-guard.ts`.
 */
export function minimumNoticeFromOf(hold: HoldRow | null, slot: Interval, now: Instant): Instant {
  const keeps = hold !== null && hold.state === "held" && hold.expiresAt > now;
  return keeps && hold.startsAt <= slot.startsAt && hold.endsAt >= slot.endsAt ? hold.createdAt : now;
}

/**
 * Reserves a slot under the conditions of a sale. The same id with the same slot gives the same answer and doesn't make
 * the hold last longer. A slot that is refused counts as a lost sale.
 * @throws EngineError slot_taken, slot_unverified, hold_exists, hold_over, agent_not_found, invalid_time,
 *   invalid_time_zone, time_skipped_by_dst
 */
export async function placeHold(
  deps: Deps,
  input: {
    agentId: string;
    holdId: string;
    slot: SlotInput;
    /** How long it lasts, in ms. */
    lifetimeMs: number;
    /** Left out: none but the agent's own. */
    rules?: SlotRules;
    /** How old the truth behind it may be, in ms; null: the configuration decides. */
    maxAgeMs: number | null;
    /** Ignore everything but the past and the agent's bookings and holds. */
    force: boolean;
  },
): Promise<HoldAnswer> {
  const { agentId, holdId, rules = NO_RULES, maxAgeMs, force, lifetimeMs } = input;
  const slot = await instantsOf(deps, { agentId, slot: input.slot });
  const request = { agentId, slot, own: { holdId }, rules, maxAgeMs, force };
  const place = async ({ guard, reach, now }: Attempt): Promise<Tried<HoldAnswer>> => {
    const hold = { agentId, holdId, ...slot, expiresAt: now + lifetimeMs, rules };
    // A new id for each attempt: a refused `writeId` stays refused.
    const found = await placeHoldRow(deps.db, { hold, writeId: deps.newId(), guard, reach, now });
    const { freeBusy } = found;
    if (found.hold === null) return { settled: false, freeBusy, minimumNoticeFrom: now };
    return { settled: true, result: { created: found.placed, hold: holdView(found.hold, now) }, freeBusy };
  };
  const answer = await countingLost(deps, () => secureSlot(deps, request, place));
  return requireSameHold(answer, slot, rules);
}

/**
 * A hold is the one that was asked for, and lasts.
 * @throws EngineError hold_exists, hold_over
 */
export function requireSameHold(answer: HoldAnswer, slot: Interval, rules: Buffers): HoldAnswer {
  const { state } = answer.hold;
  if (!sameInterval(slot, answer.hold)) {
    throw new EngineError(
      "hold_exists",
      "There is a hold with this id for another time. Choose another id for each hold.",
    );
  }
  if (!sameBuffers(rules, answer.hold)) {
    throw new EngineError(
      "hold_exists",
      "There is a hold with this id and other buffers. Choose another id for each hold.",
    );
  }
  if (state === "held") return answer;
  throw new EngineError("hold_over", `This hold is over (${state}). Make a new one with another id.`);
}

/**
 * Releases a hold. Releasing it again, or after it expired, gives the same kind of answer.
 * @throws EngineError hold_not_found, hold_over when it has become a booking
 */
export async function releaseHold(
  deps: Deps,
  input: { agentId: string; holdId: string },
): Promise<HoldAnswer> {
  const now = deps.now();
  const row = await releaseHoldRow(deps.db, { ...input, now });
  if (row === null) throw new EngineError("hold_not_found", "The agent has no hold with this id.");
  if (row.state === "booked") {
    throw new EngineError("hold_over", "This hold has become a booking. Cancel the booking instead.");
  }
  return { created: false, hold: holdView(row, now) };
}
