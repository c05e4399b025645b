// Views: bookings and their deliveries as callers see them.
import type { BookingDetails, BookingState } from "../domain/booking.ts";
import type { Instant } from "../domain/instant.ts";
import type { ProviderName } from "../providers/provider.ts";
import type { DeliveryWork } from "../store/deliveries/deliveries.ts";
import type { DeliveryOutcome } from "../store/deliveries/outcomes.ts";
import type { BookingRow } from "../store/rows.ts";

/** How one calendar stands with a booking. */
export interface DeliveryView {
  readonly connectionId: string;
  readonly provider: ProviderName;
  readonly calendarName: string;
  /** `pending` is still being tried by itself; `failed` waits until its reason is gone. */
  readonly status: "synced" | "pending" | "failed";
  /** The provider's id of the event. */
  readonly externalId: string | null;
  /** The code of the last failure, or `calendar_switched_off` while it takes no bookings; null where all is well. */
  readonly reason: string | null;
}

/** A booking as callers see it. */
export interface BookingView extends BookingDetails {
  readonly agentId: string;
  readonly bookingId: string;
  readonly state: BookingState;
  readonly revision: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** A booking and how each calendar stands with it. */
export interface BookingAnswer {
  /** This very call made it. */
  readonly created: boolean;
  readonly booking: BookingView;
  readonly results: readonly DeliveryView[];
}

const STATUS = { delivered: "synced", pending: "pending", failed: "failed" } as const;

/** A booking's row as callers see it. */
export function bookingView(row: BookingRow): BookingView {
  const { writeId: _, idempotencyKey: __, ...view } = row;
  return view;
}

/** A delivery as the database has it, or as a write that has just ended left it. */
export function deliveryView(
  { delivery, connection }: DeliveryWork,
  outcome?: DeliveryOutcome,
): DeliveryView {
  const calendar = {
    connectionId: connection.id,
    provider: connection.provider,
    calendarName: connection.name,
  };
  if (outcome === undefined) {
    const { externalId, failureCode } = delivery;
    // Other details may wait for a look at what the agent has done to what is there.
    const behind = delivery.state === "delivered" && delivery.wantedRevision > delivery.deliveredRevision;
    const state = behind ? "pending" : delivery.state;
    const idle = state === "pending" && !connection.isActive;
    return {
      ...calendar,
      status: STATUS[state],
      externalId,
      reason: idle ? "calendar_switched_off" : failureCode,
    };
  }
  if (outcome.kind === "written") {
    return { ...calendar, status: "synced", externalId: outcome.known?.externalId ?? null, reason: null };
  }
  const status = outcome.nextAttemptAt === null ? "failed" : "pending";
  return { ...calendar, status, externalId: delivery.externalId, reason: outcome.failureCode };
}
