// Cancel: frees the slot of a booking and removes its events from the calendars.
import type { Deps } from "../deps.ts";
import { readBooking } from "../store/bookings/bookings.ts";
import { cancelBookingRow } from "../store/bookings/changes.ts";
import { type DeliverWhen, deliverWork, leaseUntil } from "./deliver-now.ts";
import { requireBooking } from "./live-booking.ts";
import { onNewestRevision } from "./newest-revision.ts";
import { type BookingAnswer, bookingView, deliveryView } from "./views.ts";

/**
 * Cancels a booking for good. Cancelling it again gives the same answer.
 * @throws EngineError booking_not_found
 */
export async function cancelBooking(
  deps: Deps,
  input: { agentId: string; bookingId: string; deliver: DeliverWhen },
): Promise<BookingAnswer> {
  const { agentId, bookingId, deliver: when } = input;
  const writeId = deps.newId();
  const now = deps.now();
  const lease = { writeId, leaseUntil: leaseUntil(when, now) };
  const { booking: before } = await readBooking(deps.db, { agentId, bookingId });
  const { changed, booking, work } = await onNewestRevision(requireBooking(before), ({ revision }) =>
    cancelBookingRow(deps.db, { agentId, bookingId, revision, ...lease, now }),
  );
  const results = changed
    ? await deliverWork(deps, { work, writeId, when })
    : work.map((item) => deliveryView(item));
  return { created: false, booking: await bookingView(deps, requireBooking(booking)), results };
}
