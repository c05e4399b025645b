// Create: sells a slot once, then writes it into the agent's calendars.
import { conflictViews } from "../availability/check.ts";
import { freshen } from "../availability/freshen.ts";
import {
  type CalendarView,
  type KnownPicture,
  provenanceOf,
  requireKnown,
  type Standard,
  standardOf,
} from "../availability/picture.ts";
import { needsAgentZone, resolveSlot, type SlotInput } from "../availability/slot-input.ts";
import type { Deps } from "../deps.ts";
import { MAX_BOOKING_MS, sameContent } from "../domain/booking.ts";
import { conflictsOf, reachOf } from "../domain/conflicts.ts";
import { EngineError } from "../domain/errors.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import { readSettings } from "../store/agents.ts";
import { type Guard, type NewBooking, type Placement, placeBooking } from "../store/bookings.ts";
import { DELIVERY_LEASE_MS } from "./deliver.ts";
import { deliverNow } from "./deliver-now.ts";
import { type BookingAnswer, bookingView, deliveryView } from "./views.ts";

/** What is asked for. */
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
  /** How old the truth behind the sale may be, in ms; null: the configuration's word. */
  readonly maxAgeMs: number | null;
}

/** A sale may be refused for want of freshness, then of known hours, then of an excuse: each once. */
const MAX_ATTEMPTS = 4;

/**
 * Makes a booking. One round trip where the calendars are fresh; else the stale ones are pulled and the same
 * guarded batch is tried again. The same id with the same content answers as the first time.
 * @throws EngineError slot_taken, slot_unverified, booking_exists, idempotency_key_reused, agent_not_found,
 *   invalid_time, invalid_time_zone, time_skipped_by_dst
 */
export async function createBooking(deps: Deps, input: CreateInput): Promise<BookingAnswer> {
  const slot = await slotOf(deps, input);
  const { slot: asked, maxAgeMs: _, ...details } = input;
  const booking: NewBooking = {
    ...details,
    ...slot,
    timeZone: "date" in asked ? asked.timeZone : null,
  };
  const writeId = deps.newId();
  const placement = await place(deps, booking, writeId, standardOf(deps, "confirm", input.maxAgeMs));
  if (placement.booking === null) throw new EngineError("internal_error", "A placed booking has no row.");
  const results = placement.placed
    ? await deliverNow(deps, placement.work, writeId)
    : placement.work.map((work) => deliveryView(work));
  return { created: placement.placed, booking: bookingView(placement.booking), results };
}

async function slotOf(deps: Deps, input: CreateInput): Promise<Interval> {
  let zone = "UTC";
  if (needsAgentZone(input.slot)) {
    const settings = await readSettings(deps.db, input.agentId);
    zone = requireKnown({ settings, calendars: [], rows: [] }).settings.timeZone;
  }
  const slot = resolveSlot(input.slot, zone);
  if (slot.endsAt - slot.startsAt <= MAX_BOOKING_MS) return slot;
  throw new EngineError("invalid_time", "A booking may last 24 hours at most. Split a longer one.");
}

/** Tries the guarded batch until it sells, or until it is clear why it can't. */
async function place(
  deps: Deps,
  booking: NewBooking,
  writeId: string,
  standard: Standard,
): Promise<Placement> {
  const askedAt = deps.now();
  const verifiedSince = askedAt - standard.maxAgeMs;
  let freshened = false;
  let guard: Guard = { verifiedSince, excused: [], hoursRevision: null };
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const now = deps.now();
    const leaseUntil = now + DELIVERY_LEASE_MS;
    const reach = reachOf(booking, null);
    const placement = await placeBooking(deps.db, { booking, writeId, leaseUntil, guard, reach, now });
    if (placement.placed) return placement;
    if (placement.booking !== null) return requireSame(booking, placement);
    refuseReusedKey(placement);
    const picture = requireKnown(placement.picture);
    const stale = provenanceOf(picture, standard, booking, askedAt).calendars.filter(({ fresh }) => !fresh);
    refuseUnlessFree(booking, picture, now, freshened ? [] : stale);
    if (freshened && stale.length > 0 && picture.settings.onStale === "refuse") throw unverified(stale);
    const excused = freshened ? stale.map(({ connectionId }) => connectionId) : [];
    guard = { verifiedSince, excused, hoursRevision: picture.settings.revision };
    if (stale.length > 0 && !freshened) {
      await freshen(
        deps,
        stale.map(({ connectionId }) => ({ connectionId, verifiedSince })),
        askedAt,
      );
      freshened = true;
    }
  }
  deps.log.error("booking.guard_disagrees", { agentId: booking.agentId, bookingId: booking.bookingId });
  throw new EngineError(
    "slot_unverified",
    "The slot changed while it was being booked. Check it and try again.",
  );
}

function unverified(stale: readonly CalendarView[]): EngineError {
  const calendars = stale.map((view) => ({ ...view, verifiedAt: textOf(view.verifiedAt) }));
  return new EngineError(
    "slot_unverified",
    "The slot looks free, but a calendar could not be verified just now. Try again, or offer another time.",
    { extra: { calendars } },
  );
}

const textOf = (at: number | null): string | null => (at === null ? null : formatInstant(at));

/** The same id again: the same content is the same booking, other content is a contradiction. */
function requireSame(wanted: NewBooking, placement: Placement): Placement {
  const { booking } = placement;
  if (
    booking !== null &&
    booking.state === "confirmed" &&
    sameContent({ ...wanted, timeZone: wanted.timeZone ?? booking.timeZone }, booking)
  ) {
    return placement;
  }
  throw new EngineError(
    "booking_exists",
    "There is a booking with this id and other content. Choose another id, or change the booking that exists.",
  );
}

function refuseReusedKey({ keyTakenBy }: Placement): void {
  if (keyTakenBy === null) return;
  throw new EngineError(
    "idempotency_key_reused",
    "This Idempotency-Key belongs to another booking. Use a new key for each booking.",
  );
}

/**
 * Says what is in the way, as far as the picture of the same transaction tells. What only `doubtful` calendars
 * hold against the slot may be over by now: they are asked again first.
 */
function refuseUnlessFree(
  booking: NewBooking,
  picture: KnownPicture,
  now: Instant,
  doubtful: readonly CalendarView[],
): void {
  const conflicts = conflictsOf({ slot: booking, rows: picture.rows, settings: picture.settings, now });
  const doubted = new Set<string | null>(doubtful.map(({ connectionId }) => connectionId));
  if (conflicts.every(({ connectionId }) => doubted.has(connectionId))) return;
  throw new EngineError("slot_taken", "The slot is no longer free. Offer the client another time.", {
    extra: {
      conflicts: conflictViews(conflicts, picture).map(({ startsAt, endsAt, ...conflict }) => ({
        ...conflict,
        start: formatInstant(startsAt),
        end: formatInstant(endsAt),
      })),
    },
  });
}
