// Bookings: what a booking is, the states it and its deliveries can be in.
import type { FailureKind } from "./failure.ts";
import { DAY_MS, type Instant } from "./instant.ts";

/** A booking holds its time while confirmed; cancelled is for good. */
export type BookingState = "confirmed" | "cancelled";

/** A hold reserves its time until it expires, is released, or turns into a booking. */
export type HoldState = "held" | "released" | "booked";

/** Has a calendar been made to match the booking's newest revision? `failed` says why and is tried again. */
export type DeliveryState = "pending" | "delivered" | "failed";

/** The longest booking: one busy row always holds it whole. */
export const MAX_BOOKING_MS = DAY_MS;

/** What a booking says, apart from who it belongs to and how far it got. */
export interface BookingDetails {
  readonly title: string;
  readonly description: string | null;
  readonly location: string | null;
  readonly clientName: string | null;
  readonly clientEmail: string | null;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  /** IANA zone in which the booking is shown. */
  readonly timeZone: string;
}

/** Each field, so that a new one breaks the build until it is compared too. */
const CONTENT: Record<keyof BookingDetails, true> = {
  title: true,
  description: true,
  location: true,
  clientName: true,
  clientEmail: true,
  startsAt: true,
  endsAt: true,
  timeZone: true,
};

/** Do two say the same? Then no calendar needs a write (L33), and a repeated request is no contradiction. */
export function sameContent(a: BookingDetails, b: BookingDetails): boolean {
  return (Object.keys(CONTENT) as (keyof BookingDetails)[]).every((field) => a[field] === b[field]);
}

/** After this many attempts a fault that repetition doesn't mend is reported as failed for good. */
const MAX_FUTILE_ATTEMPTS = 5;

/**
 * Is trying to deliver again by itself pointless? Then the delivery is `failed` until its cause is gone; all else
 * is tried for ever, ever more slowly.
 * @param attempts failed attempts so far, counting this one
 */
export function givesUp(kind: FailureKind, attempts: number): boolean {
  if (kind === "read-only" || kind === "ignore") return true;
  return (kind === "bug" || kind === "gone") && attempts >= MAX_FUTILE_ATTEMPTS;
}
