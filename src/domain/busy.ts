// Busy: what kinds of time there are, and which of them block an agent by the agent's own rules.
import type { Instant } from "./instant.ts";

/** How a provider's event occupies time. Events that never block (free, declined, cancelled) have no row. */
export type EventStatus = "busy" | "tentative" | "unanswered" | "out_of_office" | "working_elsewhere";

/** How a cached row occupies time: an outside event's status, or one of our own. */
export type BusyStatus = EventStatus | "booking" | "hold";

/** Which kinds of outside time block the agent. Applied when the cache is read, so a change acts at once. */
export interface BusyRules {
  readonly tentative: boolean;
  readonly allDay: boolean;
  readonly outOfOffice: boolean;
  readonly unanswered: boolean;
  readonly workingElsewhere: boolean;
}

/** A stretch of busy time as the cache holds it. Bounds are instants, end exclusive. */
export interface BusyRow {
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  /** Null for the engine's own bookings and holds. */
  readonly connectionId: string | null;
  readonly eventKey: string;
  readonly status: BusyStatus;
  readonly allDay: boolean;
  /** The booking this row is, or is the calendar copy of. */
  readonly bookingId: string | null;
}

const RULE_OF: Record<EventStatus, ((rules: BusyRules) => boolean) | null> = {
  busy: null,
  tentative: (rules) => rules.tentative,
  unanswered: (rules) => rules.unanswered,
  out_of_office: (rules) => rules.outOfOffice,
  working_elsewhere: (rules) => rules.workingElsewhere,
};

/** Does this row block the agent? Bookings and holds always do; outside events by the agent's rules. */
export function blocks(row: Pick<BusyRow, "status" | "allDay">, rules: BusyRules): boolean {
  if (row.status === "booking" || row.status === "hold") return true;
  if (row.allDay && !rules.allDay) return false;
  return RULE_OF[row.status]?.(rules) ?? true;
}
