// Get: reads a booking and how each calendar stands with it.
import type { Deps } from "../deps.ts";
import { readBooking } from "../store/bookings/bookings.ts";
import { requireBooking } from "./live-booking.ts";
import { type BookingAnswer, bookingView, deliveryView } from "./views.ts";

/** @throws EngineError booking_not_found */
export async function getBooking(
  deps: Deps,
  input: { agentId: string; bookingId: string },
): Promise<BookingAnswer> {
  const { booking, work } = await readBooking(deps.db, input);
  const results = work.map((item) => deliveryView(item));
  return { created: false, booking: await bookingView(deps, requireBooking(booking)), results };
}
