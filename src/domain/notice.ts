// Notices: what MaraPlace is told, and how long it is tried.

/**
 * What MaraPlace is told.
 * - `booking.delivered`: every calendar that receives bookings shows this revision, or the removal of it.
 * - `booking.delivery_failed`: a calendar can't be made to show it; no more is tried until the reason is gone.
 * - `booking.moved_outside`, `booking.removed_outside`: the agent did it in their own calendar.
 * - `booking.conflict`: an outside event came to lie over a confirmed booking.
 * - `connection.needs_consent`, `connection.restored`: access to an account was lost, or is back.
 */
export type NoticeKind =
  | "booking.delivered"
  | "booking.delivery_failed"
  | "booking.moved_outside"
  | "booking.removed_outside"
  | "booking.conflict"
  | "connection.needs_consent"
  | "connection.restored";

/** `failed`: given up after days; it can be replayed. */
export type NoticeState = "pending" | "sent" | "failed";
