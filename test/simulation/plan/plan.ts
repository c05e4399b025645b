// Plan: the actions of one simulation as plain data, generated from its seed, so that they can be shortened.
import type { FaultKind, FaultRates } from "../world/faults.ts";
import type { EventSpec } from "../world/outside-event.ts";

/** The providers a calendar can be at. */
export type PlaceProvider = "GOOGLE" | "OUTLOOK" | "OFFICE365" | "APPLE" | "CALDAV";

/** A calendar of the cast. `second`: it isn't the account's first one. `shared`: somebody else shares it. */
export interface CastCalendar {
  readonly agent: number;
  /** The agent who owns the calendar. Agents may share a mailbox. */
  readonly owner: number;
  readonly provider: PlaceProvider;
  readonly second: boolean;
  readonly shared: boolean;
  /** Whether the provider sends notifications of its changes. */
  readonly push: boolean;
}

export interface CastAgent {
  readonly zone: string;
  readonly bufferMinutes: number;
  readonly tentativeBlocks: boolean;
  readonly allDayBlocks: boolean;
  readonly onStale: "refuse" | "allow";
  readonly onExternalChange: "keep" | "follow";
  /** Null: no limit. */
  readonly maxPerDay: number | null;
  readonly maxPerWeek: number | null;
  /** A date that the agent has closed, in days after the simulation's first one; null: none. */
  readonly closedDay: number | null;
}

/** A stretch of time as an action names it: `minute` counts from midnight UTC of the simulation's first day. */
export interface PlanSlot {
  readonly minute: number;
  readonly minutes: number;
}

/** One of these agents is asked for, in this order. */
interface AnyOf {
  readonly agents: readonly number[];
  readonly assign: "first" | "least_booked" | "longest_idle";
  readonly slot: PlanSlot;
}

/** One action, `at` ms after the beginning. `pick` chooses among the items that exist at that time. */
export type Action = { readonly id: number; readonly at: number } & (
  | { readonly do: "add"; readonly calendar: number; readonly spec: EventSpec }
  | { readonly do: "change"; readonly calendar: number; readonly pick: number; readonly spec: EventSpec }
  | { readonly do: "remove"; readonly calendar: number; readonly pick: number }
  | {
      readonly do: "except";
      readonly calendar: number;
      readonly pick: number;
      readonly index: number;
      /** Null: cancelled. */
      readonly moveMinutes: number | null;
    }
  | { readonly do: "connect"; readonly calendar: number }
  | { readonly do: "count-free"; readonly calendar: number }
  | { readonly do: "disconnect"; readonly calendar: number }
  | {
      readonly do: "switch";
      readonly calendar: number;
      readonly flag: "isActive" | "syncEnabled" | "blocksAvailability" | "receivesBookings";
      readonly on: boolean;
    }
  | { readonly do: "sync"; readonly calendar: number }
  | {
      readonly do: "book";
      readonly agent: number;
      readonly slot: PlanSlot;
      readonly again: boolean;
      readonly force: boolean;
    }
  | {
      readonly do: "hold";
      readonly agent: number;
      readonly slot: PlanSlot;
      readonly minutes: number;
      readonly then: "book" | "release" | "forget";
      readonly afterMs: number;
    }
  | { readonly do: "reschedule"; readonly agent: number; readonly pick: number; readonly slot: PlanSlot }
  | { readonly do: "describe"; readonly agent: number; readonly pick: number }
  | { readonly do: "cancel"; readonly agent: number; readonly pick: number }
  | {
      readonly do: "bulk";
      readonly agent: number;
      readonly pick: number;
      readonly slots: readonly PlanSlot[];
    }
  | ({ readonly do: "book-any" } & AnyOf)
  | ({ readonly do: "hold-any" } & AnyOf)
  /** Each agent at each time, all or nothing. */
  | { readonly do: "series"; readonly agents: readonly number[]; readonly slots: readonly PlanSlot[] }
  | { readonly do: "shift-group"; readonly pick: number; readonly minutes: number }
  | { readonly do: "cancel-group"; readonly pick: number }
  /** The slots of a day at which each group has as many agents free as it needs. */
  | {
      readonly do: "find-common";
      readonly day: number;
      readonly groups: readonly { readonly agents: readonly number[]; readonly required: number }[];
    }
  | {
      readonly do: "move-booking-event";
      readonly calendar: number;
      readonly pick: number;
      readonly minutes: number;
    }
  | { readonly do: "remove-booking-event"; readonly calendar: number; readonly pick: number }
  | {
      readonly do: "endpoint";
      readonly status: number;
      /** The value of the header; null: no header. */
      readonly retryAfter: string | null;
      readonly times: number;
    }
  | { readonly do: "silence"; readonly ms: number }
  | { readonly do: "retry"; readonly pick: number }
  /** `hours` null: one notice. */
  | { readonly do: "replay"; readonly pick: number; readonly hours: number | null }
  | {
      readonly do: "check";
      readonly agent: number;
      readonly slot: PlanSlot;
      readonly purpose: "display" | "confirm";
    }
  | { readonly do: "cron"; readonly daily: boolean; readonly doubled: boolean }
  | {
      readonly do: "knob";
      readonly at_: "google" | "microsoft" | "dav";
      readonly name: string;
      readonly value: unknown;
      /** Only requests of this operation; null: all requests. */
      readonly operation: string | null;
      readonly times: number;
    }
  | { readonly do: "expire-cursors"; readonly calendar: number }
  | { readonly do: "expire-tokens"; readonly calendar: number }
  | { readonly do: "revoke"; readonly calendar: number }
  | { readonly do: "consent"; readonly calendar: number }
  | { readonly do: "forge"; readonly calendar: number }
  | { readonly do: "rezone"; readonly calendar: number; readonly zone: string }
  | { readonly do: "lose"; readonly calendar: number }
  | { readonly do: "give-new-id"; readonly calendar: number }
  | { readonly do: "restart"; readonly worker: number }
  | { readonly do: "jump"; readonly ms: number }
  | { readonly do: "outage"; readonly ms: number }
  | { readonly do: "blackout"; readonly ms: number }
);

/** An action without its number and its time. */
type Bare<T> = T extends unknown ? Omit<T, "id" | "at"> : never;
export type ActionSpec = Bare<Action>;

export interface Plan {
  readonly seed: number;
  /** The length that the plan was generated with; it stays when the plan is shortened. */
  readonly length: number;
  readonly startAt: number;
  readonly agents: readonly CastAgent[];
  readonly calendars: readonly CastCalendar[];
  readonly actions: readonly Action[];
  readonly rates: FaultRates;
  readonly kinds: readonly FaultKind[];
}
