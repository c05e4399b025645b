// Busy: the kinds of busy time, and which of them block an agent by the agent's own rules.
import type { Instant } from "./instant.ts";

/** How an outside event takes time. Events that never block (free, declined, cancelled) have no row. */
const EVENT_STATUSES = ["busy", "tentative", "unanswered", "out_of_office", "working_elsewhere"] as const;

export type EventStatus = (typeof EVENT_STATUSES)[number];

/** How a cached row takes time: the status of an outside event, or our own booking or hold. */
export const BUSY_STATUSES = [...EVENT_STATUSES, "booking", "hold"] as const;

export type BusyStatus = (typeof BUSY_STATUSES)[number];

/** Which kinds of outside events block the agent. Applied when the cache is read, so that a change acts at once. */
export interface BusyRules {
  readonly tentative: boolean;
  readonly allDay: boolean;
  readonly outOfOffice: boolean;
  readonly unanswered: boolean;
  readonly workingElsewhere: boolean;
}

/** A stretch of busy time as the cache holds it. The end is exclusive. */
export interface BusyRow {
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  /** Null for the engine's own bookings and holds. */
  readonly connectionId: string | null;
  readonly eventKey: string;
  readonly status: BusyStatus;
  readonly allDay: boolean;
  /** The booking that this row belongs to: as its own row, or as its event in a calendar. */
  readonly bookingId: string | null;
  /** The buffers that our own booking or hold was sold with; null or left out: none. */
  readonly bufferBeforeMs?: number | null;
  readonly bufferAfterMs?: number | null;
}

const RULE_OF: Record<EventStatus, ((rules: BusyRules) => boolean) | null> = {
  busy: null,
  tentative: (rules) => rules.tentative,
  unanswered: (rules) => rules.unanswered,
  out_of_office: (rules) => rules.outOfOffice,
  working_elsewhere: (rules) => rules.workingElsewhere,
};

/** Does this row block the agent? Bookings and holds always do. Outside events do by the agent's rules. */
export function blocks(row: Pick<BusyRow, "status" | "allDay">, rules: BusyRules): boolean {
  if (row.status === "booking" || row.status === "hold") return true;
  if (row.allDay && !rules.allDay) return false;
  return RULE_OF[row.status]?.(rules) ?? true;
}
