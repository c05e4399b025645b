// Create: sells a slot once, then writes the booking into the agent's calendars.
import type { SlotInput } from "../availability/slot-input.ts";
import type { Deps } from "../deps.ts";
import { sameContent } from "../domain/booking.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { NO_RULES, type SlotRules } from "../domain/rules.ts";
import { type NewBooking, type Placement, placeBooking } from "../store/bookings/bookings.ts";
import { type DeliverWhen, deliverWork, leaseUntil } from "./deliver-now.ts";
import { minimumNoticeFromOf } from "./hold.ts";
import { requireLive } from "./live-booking.ts";
import { instantsOf, secureSlot, type Tried } from "./secure-slot.ts";
import { type BookingAnswer, bookingView, deliveryView } from "./views.ts";

/** A new booking as its caller asks for it. */
export interface CreateInput {
  readonly agentId: string;
  readonly bookingId: string;
  readonly title: string;
  readonly description: string | null;
  readonly location: string | null;
  readonly clientName: string | null;
  readonly clientEmail: string | null;
  readonly slot: SlotInput;
  readonly idempotencyKey: string | null;
  /** The hold that becomes this booking; null: none. */
  readonly holdId: string | null;
  /** Left out: none but the agent's own. */
  readonly rules?: SlotRules;
  /** How old the truth behind the sale may be, in ms; null: the configuration decides. */
  readonly maxAgeMs: number | null;
  /** Ignore everything but the past and the agent's bookings and holds. */
  readonly force: boolean;
  readonly deliver: DeliverWhen;
}

/**
 * Makes a booking. The same id with the same content gives the same answer and makes no second booking.
 * @throws EngineError slot_taken, slot_unverified, booking_exists, booking_cancelled, idempotency_key_reused,
 *   hold_not_found, hold_over, agent_not_found, invalid_time, invalid_time_zone, time_skipped_by_dst
 */
export async function createBooking(deps: Deps, input: CreateInput): Promise<BookingAnswer> {
  const { slot: asked, rules = NO_RULES, maxAgeMs, force, deliver: when, ...details } = input;
  const slot = await instantsOf(deps, { agentId: input.agentId, slot: asked });
  const booking: NewBooking = {
    ...details,
    ...slot,
    rules,
    timeZone: "date" in asked ? asked.timeZone : null,
  };
  const { agentId, bookingId, holdId } = booking;
  const own = { bookingId, ...(holdId === null ? {} : { holdId }) };
  const placement = await secureSlot(
    deps,
    { agentId, slot, own, rules, maxAgeMs, force },
    async ({ guard, reach, now }) => {
      // A new id for each attempt: a refused `writeId` stays refused.
      const lease = { writeId: deps.newId(), leaseUntil: leaseUntil(when, now) };
      return settle(booking, await placeBooking(deps.db, { booking, ...lease, guard, reach, now }), now);
    },
  );
  if (placement.booking === null) throw new EngineError("internal_error", "A placed booking has no row.");
  const { writeId } = placement.booking;
  const results = placement.placed
    ? await deliverWork(deps, { work: placement.work, writeId, when })
    : placement.work.map((work) => deliveryView(work));
  return { created: placement.placed, booking: bookingView(placement.booking), results };
}

/** Sold or made before: settled. Refused by the guard: not settled. Everything else is an error of the caller. */
function settle(booking: NewBooking, placement: Placement, now: Instant): Tried<Placement> {
  const { freeBusy } = placement;
  if (placement.placed) return { settled: true, result: placement, freeBusy };
  if (placement.booking !== null) {
    return { settled: true, result: requireSame(booking, placement), freeBusy };
  }
  if (placement.keyTakenBy !== null) {
    throw new EngineError(
      "idempotency_key_reused",
      "This Idempotency-Key belongs to another booking. Use a new key for each booking.",
    );
  }
  refuseHold(booking, placement);
  return {
    settled: false,
    freeBusy,
    minimumNoticeFrom: minimumNoticeFromOf(placement.hold, booking, now),
  };
}

/** The id exists: with the same content it is the same booking, with other content an error. */
function requireSame(wanted: NewBooking, placement: Placement): Placement {
  const booking = requireLive(placement.booking);
  const { bufferBeforeMs, bufferAfterMs } = wanted.rules;
  const timeZone = wanted.timeZone ?? booking.timeZone;
  if (sameContent({ ...wanted, timeZone, bufferBeforeMs, bufferAfterMs }, booking)) return placement;
  throw new EngineError(
    "booking_exists",
    "There is a booking with this id and other content. Choose another id, or change the booking that exists.",
  );
}

function refuseHold({ holdId }: NewBooking, { hold }: Placement): void {
  if (holdId === null || (hold !== null && hold.state !== "booked")) return;
  if (hold === null) {
    throw new EngineError(
      "hold_not_found",
      "The agent has no hold with this id. Leave holdId out to book without.",
    );
  }
  throw new EngineError("hold_over", "This hold has become another booking already. Make a new hold.");
}
