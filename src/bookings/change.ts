// Change: gives a booking other details or another slot, then updates its calendars.
import { type SlotInput, zoneNamed } from "../availability/slot-input.ts";
import type { Deps } from "../deps.ts";
import { type BookingTexts, NEUTRAL_TEXTS, sameTexts } from "../domain/booking.ts";
import { type Interval, sameInterval } from "../domain/interval.ts";
import { type Buffers, rulesFor, type SlotRules, sameBuffers } from "../domain/rules.ts";
import { openTexts, sealTexts } from "../encoding/booking-texts.ts";
import { wakeNotices } from "../notices/wake.ts";
import { readBooking } from "../store/bookings/bookings.ts";
import { changeBookingRow, type NewDetails, type NewTexts } from "../store/bookings/changes.ts";
import type { BookingRow } from "../store/rows.ts";
import { type DeliverWhen, deliverWork, leaseUntil } from "./deliver-now.ts";
import { requireLive } from "./live-booking.ts";
import { onNewestRevision } from "./newest-revision.ts";
import { instantsOf, secureSlot } from "./secure-slot.ts";
import { type BookingAnswer, bookingView, deliveryView } from "./views.ts";

/** A change of a booking. */
export interface ChangeInput {
  readonly agentId: string;
  readonly bookingId: string;
  /** Fields left out stay as they are; null empties those that may be empty. */
  readonly changes: Partial<BookingTexts>;
  /** Null: the slot stays. A local time without a zone is read in the booking's zone. */
  readonly slot: SlotInput | null;
  /** The rules for a new slot. Buffers that they leave out stay those that the booking was sold with. */
  readonly rules?: Partial<SlotRules>;
  /** How old the truth behind a new slot may be, in ms; null: the configuration decides. */
  readonly maxAgeMs: number | null;
  /** Ignore everything but the past and the agent's bookings and holds. */
  readonly force: boolean;
  readonly deliver: DeliverWhen;
}

/**
 * Changes a booking. A new slot is sold under the same conditions as a first one, except that the booking doesn't block
 * itself. A change that alters nothing writes nothing.
 * @throws EngineError booking_not_found, booking_cancelled, slot_taken, slot_unverified, invalid_time,
 *   invalid_time_zone, time_skipped_by_dst
 */
export async function changeBooking(deps: Deps, input: ChangeInput): Promise<BookingAnswer> {
  const { agentId, bookingId, maxAgeMs, force, deliver: when } = input;
  const { booking: before } = await readBooking(deps.db, { agentId, bookingId });
  const current = requireLive(before);
  const slot =
    input.slot === null
      ? null
      : await instantsOf(deps, { agentId, slot: input.slot, zone: current.timeZone });
  const timeZone = zoneNamed(input.slot);
  const rulesOf = (row: BookingRow) => rulesFor(row, input.rules);
  const conditions = { own: { bookingId }, rules: rulesOf(current), maxAgeMs, force };
  const request = { agentId, slot: slot ?? current, ...conditions };
  const { changed, booking, work } = await secureSlot(deps, request, async ({ guard, reach, now }) => {
    const lease = { leaseUntil: leaseUntil(when, now) };
    const write = { agentId, bookingId, ...lease, timeZone, slot, guard, reach, now };
    const found = await onNewestRevision(current, async (row) => {
      const texts = await newTexts(deps, row, input.changes);
      // A new id for each attempt: a refused `writeId` stays refused.
      const isShown = calendarsShow(row, { texts, timeZone, slot });
      const one = { texts, isShown, rules: rulesOf(row), revision: row.revision, writeId: deps.newId() };
      return changeBookingRow(deps.db, { ...write, ...one });
    });
    const { freeBusy } = found;
    // Only the guard refuses a change, and only for a slot or buffers that the booking doesn't have.
    const after = requireLive(found.booking);
    const rules = rulesOf(after);
    const stands = slot === null || keepsPlace(slot, rules, after);
    if (found.changed || stands) return { settled: true, result: found, freeBusy };
    return { settled: false, freeBusy, minimumNoticeFrom: now, rules };
  });
  const row = requireLive(booking);
  // Nothing is left to write, so no write wakes the notice that says so.
  if (changed && work.every(({ delivery }) => delivery.state === "delivered")) wakeNotices(deps);
  const results = changed
    ? await deliverWork(deps, { work, writeId: row.writeId, when })
    : work.map((item) => deliveryView(item));
  return { created: false, booking: await bookingView(deps, row), results };
}

/** Do calendars show anything of such a change? They don't show buffers. */
export const calendarsShow = (
  row: BookingRow,
  { texts, timeZone, slot }: Pick<NewDetails, "texts" | "timeZone" | "slot">,
): boolean =>
  texts !== null ||
  (timeZone !== null && timeZone !== row.timeZone) ||
  (slot !== null && !sameInterval(slot, row));

/** Is the booking there with these buffers already? */
export const keepsPlace = (slot: Interval, rules: Buffers, row: BookingRow): boolean =>
  sameInterval(slot, row) && sameBuffers(rules, row);

/** The texts with the changes in them, sealed; null: they say that already. */
export async function newTexts(
  { config }: Deps,
  row: BookingRow,
  changes: Partial<BookingTexts>,
): Promise<NewTexts | null> {
  if (Object.keys(changes).length === 0) return null;
  const before = await openTexts(config.tokenKeys, row);
  const after = { ...(before ?? NEUTRAL_TEXTS), ...changes };
  if (before !== null && sameTexts(before, after)) return null;
  return { ...(await sealTexts(config.tokenKeys, row, after)), wereForgotten: before === null };
}
