// Bookings: the details of a booking, and the states of bookings, holds and deliveries.
import type { FailureKind } from "./failure.ts";
import { DAY_MS } from "./instant.ts";
import type { Interval } from "./interval.ts";

/** A confirmed booking takes its time. `cancelled` is final. */
export type BookingState = "confirmed" | "cancelled";

/** A hold reserves its time until it expires, is released, or becomes a booking. */
export type HoldState = "held" | "released" | "booked";

/** Does a calendar show the booking's newest revision? `failed`: no more is tried until the cause is gone. */
export type DeliveryState = "pending" | "delivered" | "failed";

/** The longest booking in ms. One busy row always holds a whole booking. */
export const MAX_BOOKING_MS = DAY_MS;

/** What people wrote into a booking. The database holds it sealed. */
export interface BookingTexts {
  readonly title: string;
  readonly description: string | null;
  readonly location: string | null;
  readonly clientName: string | null;
  readonly clientEmail: string | null;
}

/** The texts and nothing else. */
export const textsOf = ({
  title,
  description,
  location,
  clientName,
  clientEmail,
}: BookingTexts): BookingTexts => ({ title, description, location, clientName, clientEmail });

/** What stands in the place of texts that were forgotten, where there must be some. */
export const NEUTRAL_TEXTS: BookingTexts = {
  title: "Booking",
  description: null,
  location: null,
  clientName: null,
  clientEmail: null,
};

/** The content of a booking, without its agent and its state. */
export interface BookingDetails extends BookingTexts, Interval {
  /** IANA zone in which the booking is shown. */
  readonly timeZone: string;
}

/**
 * Do two bookings say the same? Then no calendar needs a write (L33), and a repeated request contradicts nothing. A new
 * text is compared too, because the neutral texts must name it.
 */
export const sameTexts = (a: BookingTexts, b: BookingTexts): boolean =>
  (Object.keys(NEUTRAL_TEXTS) as (keyof BookingTexts)[]).every((field) => a[field] === b[field]);

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
