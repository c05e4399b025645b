// Create: sells a slot once, then writes the booking into the agent's calendars.
import { type SlotInput, zoneNamed } from "../availability/slot-input.ts";
import type { Deps } from "../deps.ts";
import { type BookingTexts, sameTexts, textsOf } from "../domain/booking.ts";
import { ownOf } from "../domain/conflicts.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { type Interval, sameInterval } from "../domain/interval.ts";
import { NO_RULES, type SlotRules, sameBuffers } from "../domain/rules.ts";
import { openTexts, sealTexts } from "../encoding/booking-texts.ts";
import { type NewBooking, type Placement, placeBooking } from "../store/bookings/bookings.ts";
import type { HoldRow } from "../store/bookings/holds.ts";
import type { BookingRow } from "../store/rows.ts";
import { type DeliverWhen, deliverWork, leaseUntil } from "./deliver-now.ts";
import { minimumNoticeFromOf } from "./hold.ts";
import { requireLive } from "./live-booking.ts";
import { countingLost } from "./lost-sales.ts";
import { instantsOf, secureSlot, type Tried } from "./secure-slot.ts";
import { type BookingAnswer, bookingView, deliveryView } from "./views.ts";

/** A new booking as its caller asks for it. */
export interface CreateInput extends BookingTexts {
  readonly agentId: string;
  readonly bookingId: string;
  readonly slot: SlotInput;
  readonly idempotencyKey: string | null;
  /** The hold that becomes this booking; null: none. */
  readonly holdId: string | null;
  /** Names the bookings that belong together; left out or null: it stands alone. */
  readonly groupId?: string | null;
  /** Left out: none but the agent's own. */
  readonly rules?: SlotRules;
  /** How old the truth behind the sale may be, in ms; null: the configuration decides. */
  readonly maxAgeMs: number | null;
  /** Ignore everything but the past and the agent's bookings and holds. */
  readonly force: boolean;
  readonly deliver: DeliverWhen;
}

/**
 * Makes a booking. The same id with the same content gives the same answer and makes no second booking. A slot that is
 * refused counts as a lost sale.
 * @throws EngineError slot_taken, slot_unverified, booking_exists, booking_cancelled, idempotency_key_reused,
 *   hold_not_found, hold_over, agent_not_found, invalid_time, invalid_time_zone, time_skipped_by_dst
 */
export const createBooking = (deps: Deps, input: CreateInput): Promise<BookingAnswer> =>
  countingLost(deps, () => createUncounted(deps, input));

/** The same for callers who count what is lost themselves. */
export async function createUncounted(deps: Deps, input: CreateInput): Promise<BookingAnswer> {
  const { agentId, bookingId, holdId, rules = NO_RULES, maxAgeMs, force, deliver: when } = input;
  const slot = await instantsOf(deps, input);
  const booking = await newBooking(deps, input, slot);
  const own = ownOf({ bookingId, holdId });
  const placement = await secureSlot(
    deps,
    { agentId, slot, own, rules, maxAgeMs, force },
    async ({ guard, reach, now }) => {
      // A new id for each attempt: a refused `writeId` stays refused.
      const lease = { writeId: deps.newId(), leaseUntil: leaseUntil(when, now) };
      return settle(booking, await placeBooking(deps.db, { booking, ...lease, guard, reach, now }), now);
    },
  );
  const row = requireLive(placement.booking);
  if (!placement.placed) await requireSame(deps, { ...booking, ...textsOf(input) }, row);
  const results = placement.placed
    ? await deliverWork(deps, { work: placement.work, writeId: row.writeId, when })
    : placement.work.map((work) => deliveryView(work));
  return { created: placement.placed, booking: await bookingView(deps, row), results };
}

/** The booking that the caller asks for, with its texts sealed. */
export async function newBooking(
  deps: Deps,
  input: Omit<CreateInput, "deliver">,
  slot: Interval,
): Promise<NewBooking> {
  const { agentId, bookingId, holdId, groupId = null, idempotencyKey, rules = NO_RULES } = input;
  return {
    ...{ agentId, bookingId, holdId, groupId, idempotencyKey, rules, ...slot },
    ...(await sealTexts(deps.config.tokenKeys, input, input)),
    timeZone: zoneNamed(input.slot),
  };
}

/** Sold now, or made before: settled. Refused by the guard: not settled. Everything else is an error of the caller. */
function settle(booking: NewBooking, placement: Placement, now: Instant): Tried<Placement> {
  const { freeBusy } = placement;
  if (placement.booking !== null) return { settled: true, result: placement, freeBusy };
  if (placement.keyTakenBy !== null) {
    throw new EngineError(
      "idempotency_key_reused",
      "This Idempotency-Key belongs to another booking. Use a new key for each booking.",
    );
  }
  refuseHold(booking, placement.hold);
  return {
    settled: false,
    freeBusy,
    minimumNoticeFrom: minimumNoticeFromOf(placement.hold, booking, now),
  };
}

/**
 * The id exists: with the same content it is the same booking, with other content an error. Of texts that were
 * forgotten nobody can say that they were others.
 */
export async function requireSame(
  { config }: Deps,
  wanted: NewBooking & BookingTexts,
  booking: BookingRow,
): Promise<void> {
  const texts = await openTexts(config.tokenKeys, booking);
  const sameSlot = sameInterval(wanted, booking);
  const sameZone = wanted.timeZone === null || wanted.timeZone === booking.timeZone;
  const isKept = sameBuffers(wanted.rules, booking);
  const sameGroup = wanted.groupId === booking.groupId;
  if (sameSlot && sameZone && sameGroup && isKept && (texts === null || sameTexts(wanted, texts))) return;
  throw new EngineError(
    "booking_exists",
    "There is a booking with this id and other content. Choose another id, or change the booking that exists.",
  );
}

/**
 * The hold that should become the booking must be there for it.
 * @throws EngineError hold_not_found, hold_over
 */
export function refuseHold({ holdId }: Pick<NewBooking, "holdId">, hold: HoldRow | null): void {
  if (holdId === null || (hold !== null && hold.state !== "booked")) return;
  if (hold === null) {
    throw new EngineError(
      "hold_not_found",
      "The agent has no hold with this id. Leave holdId out to book without.",
    );
  }
  throw new EngineError("hold_over", "This hold has become another booking already. Make a new hold.");
}
