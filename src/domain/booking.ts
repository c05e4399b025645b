// Bookings: the details of a booking, and the states of bookings, holds and deliveries.
import type { FailureKind } from "./failure.ts";
import { DAY_MS, type Instant } from "./instant.ts";
import type { Buffers } from "./rules.ts";

/** A confirmed booking takes its time. `cancelled` is final. */
export type BookingState = "confirmed" | "cancelled";

/** A hold reserves its time until it expires, is released, or becomes a booking. */
export type HoldState = "held" | "released" | "booked";

/** Does a calendar show the booking's newest revision? `failed`: no more is tried until the cause is gone. */
export type DeliveryState = "pending" | "delivered" | "failed";

/** The longest booking in ms. One busy row always holds a whole booking. */
export const MAX_BOOKING_MS = DAY_MS;

/** The content of a booking, without its agent and its state. */
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

/** The details, and what a later booking must keep free around it. */
export interface BookingContent extends BookingDetails, Buffers {}

/** All fields. A new field breaks the build until it is compared too. */
const CONTENT: Record<keyof BookingContent, true> = {
  title: true,
  description: true,
  location: true,
  clientName: true,
  clientEmail: true,
  startsAt: true,
  endsAt: true,
  timeZone: true,
  bufferBeforeMs: true,
  bufferAfterMs: true,
};

/** Are two contents equal? Then no calendar needs a write (L33), and a repeated request contradicts nothing. */
export function sameContent(a: BookingContent, b: BookingContent): boolean {
  return (Object.keys(CONTENT) as (keyof BookingContent)[]).every((field) => a[field] === b[field]);
}

/** After this many attempts, a fault that another attempt doesn't mend is reported as failed. */
const MAX_FUTILE_ATTEMPTS = 5;

/**
 * Is another attempt to deliver pointless by itself? Then the delivery is `failed` until the cause is gone. Everything
 * else is tried without end, ever more slowly.
 * @param attempts failed attempts so far, counting this one
 */
export function givesUp(kind: FailureKind, attempts: number): boolean {
  if (kind === "read-only" || kind === "refused" || kind === "ignore") return true;
  return (kind === "bug" || kind === "gone") && attempts >= MAX_FUTILE_ATTEMPTS;
}
