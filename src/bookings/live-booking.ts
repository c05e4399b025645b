// Live booking: one that is there and isn't cancelled.
import { EngineError } from "../domain/errors.ts";
import type { BookingRow } from "../store/deliveries.ts";

/** @throws EngineError booking_not_found, booking_cancelled */
export function requireLive(booking: BookingRow | null): BookingRow {
  if (booking === null) {
    throw new EngineError("booking_not_found", "The agent has no booking with this id.");
  }
  if (booking.state === "confirmed") return booking;
  throw new EngineError(
    "booking_cancelled",
    "This booking is cancelled, which is for good. Make a new one with another id.",
  );
}
