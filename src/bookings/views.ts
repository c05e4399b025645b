// Views: bookings and their deliveries as callers see them.
import type { Deps } from "../deps.ts";
import { type BookingDetails, type BookingState, NEUTRAL_TEXTS, textsOf } from "../domain/booking.ts";
import { type Meaning, meaningOf } from "../domain/explanation.ts";
import type { FailureKind } from "../domain/failure.ts";
import type { Instant } from "../domain/instant.ts";
import type { Buffers } from "../domain/rules.ts";
import { openTexts } from "../encoding/booking-texts.ts";
import type { ProviderName } from "../providers/provider.ts";
import type { DeliveryWork } from "../store/deliveries/deliveries.ts";
import type { DeliveryOutcome } from "../store/deliveries/outcomes.ts";
import type { BookingRow } from "../store/rows.ts";

/** How one calendar stands with a booking. */
export interface DeliveryView {
  readonly connectionId: string;
  readonly provider: ProviderName;
  readonly calendarName: string;
  /** `pending`: the engine is still trying. `failed`: it waits until the reason is gone. */
  readonly status: "synced" | "pending" | "failed";
  /** The provider's id of the event. */
  readonly externalId: string | null;
  /**
   * The code of the last failure, or why the calendar isn't written: `calendar_switched_off`, `calendar_gone`; null:
   * neither.
   */
  readonly reason: string | null;
  /** What the reason means; null: there is none. */
  readonly meaning: Meaning | null;
}

/** A booking as callers see it. */
export interface BookingView extends Omit<BookingDetails, "title">, Buffers {
  /** Null: the texts were forgotten, so all of them are null. */
  readonly title: string | null;
  readonly agentId: string;
  readonly bookingId: string;
  readonly state: BookingState;
  readonly revision: number;
  /** The bookings that belong together have it; null: it stands alone. */
  readonly groupId: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** A booking and how each calendar stands with it. */
export interface BookingAnswer {
  /** Whether this very call made the booking. */
  readonly created: boolean;
  readonly booking: BookingView;
  readonly results: readonly DeliveryView[];
}

const STATUS = { delivered: "synced", pending: "pending", failed: "failed" } as const;

/**
 * A booking's row as callers see it.
 * @throws SealError if no key opens its texts
 */
export async function bookingView({ config }: Deps, row: BookingRow): Promise<BookingView> {
  const texts = await openTexts(config.tokenKeys, row);
  return {
    agentId: row.agentId,
    bookingId: row.bookingId,
    ...(texts === null ? { ...NEUTRAL_TEXTS, title: null } : textsOf(texts)),
    startsAt: row.startsAt,
    endsAt: row.endsAt,
    timeZone: row.timeZone,
    bufferBeforeMs: row.bufferBeforeMs,
    bufferAfterMs: row.bufferAfterMs,
    state: row.state,
    revision: row.revision,
    groupId: row.groupId,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** Why the calendar isn't written; null: it is. */
function whyIdle({ isActive, goneAt }: DeliveryWork["connection"]): string | null {
  if (!isActive) return "calendar_switched_off";
  return goneAt === null ? null : "calendar_gone";
}

const reasonOf = (reason: string | null, kind: FailureKind | null) => ({
  reason,
  meaning: reason === null ? null : meaningOf(reason, kind),
});

/** A delivery as the database has it, or as `outcome` says if a write has just ended. */
export function deliveryView(
  { delivery, connection }: Pick<DeliveryWork, "delivery" | "connection">,
  outcome?: DeliveryOutcome,
): DeliveryView {
  const calendar = {
    connectionId: connection.id,
    provider: connection.provider,
    calendarName: connection.name,
  };
  if (outcome === undefined) {
    const { externalId, failureCode, failureKind } = delivery;
    // A delivered event may be behind: other details wait until an external change is reconciled.
    const behind = delivery.state === "delivered" && delivery.wantedRevision > delivery.deliveredRevision;
    const state = behind ? "pending" : delivery.state;
    return {
      ...calendar,
      status: STATUS[state],
      externalId,
      ...reasonOf((state === "pending" ? whyIdle(connection) : null) ?? failureCode, failureKind),
    };
  }
  if (outcome.kind === "written") {
    return {
      ...calendar,
      status: "synced",
      externalId: outcome.known?.externalId ?? null,
      ...reasonOf(null, null),
    };
  }
  const status = outcome.nextAttemptAt === null ? "failed" : "pending";
  const { failureCode, failureKind } = outcome;
  return { ...calendar, status, externalId: delivery.externalId, ...reasonOf(failureCode, failureKind) };
}
