// Live booking: refuses a booking that doesn't exist, or one to be changed that is cancelled.
import { EngineError } from "../domain/errors.ts";
import type { BookingRow } from "../store/rows.ts";

/** @throws EngineError booking_not_found */
export function requireBooking(booking: BookingRow | null): BookingRow {
  if (booking !== null) return booking;
  throw new EngineError("booking_not_found", "The agent has no booking with this id.");
}

/** @throws EngineError booking_not_found, booking_cancelled */
export function requireLive(found: BookingRow | null): BookingRow {
  const booking = requireBooking(found);
  if (booking.state === "confirmed") return booking;
  throw new EngineError(
    "booking_cancelled",
    "This booking is cancelled, which is for good. Make a new one with another id.",
  );
}
