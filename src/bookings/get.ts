// Get: a booking and how each calendar stands with it.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { readBooking } from "../store/bookings.ts";
import { type BookingAnswer, bookingView, deliveryView } from "./views.ts";

/** @throws EngineError booking_not_found */
export async function getBooking(
  deps: Deps,
  input: { agentId: string; bookingId: string },
): Promise<BookingAnswer> {
  const { booking, work } = await readBooking(deps.db, input);
  if (booking === null) throw new EngineError("booking_not_found", "The agent has no booking with this id.");
  return { created: false, booking: bookingView(booking), results: work.map((item) => deliveryView(item)) };
}
