// Settings: the rules that an agent sets for their own time.
import type { BusyRules } from "./busy.ts";
import { MINUTE_MS } from "./instant.ts";

/** ISO weekday: 1 is Monday, 7 is Sunday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** One stretch of working hours on one weekday, in minutes from local midnight. The end is exclusive, up to 1440. */
export interface OpenHours {
  readonly weekday: Weekday;
  readonly startMinute: number;
  readonly endMinute: number;
}

/** The settings of one agent. Durations are in milliseconds. `revision` rises with every change. */
export interface AgentSettings {
  /** The IANA zone of the agent's local times and all-day events. */
  readonly timeZone: string;
  readonly rules: BusyRules;
  readonly bufferBeforeMs: number;
  readonly bufferAfterMs: number;
  readonly minimumNoticeMs: number;
  /** Null: open at any time. An empty list: never open. */
  readonly workingHours: readonly OpenHours[] | null;
  /** What to do when a calendar can't be verified in time for a confirmation. */
  readonly onStale: "refuse" | "allow";
  /** What to do when the agent moves or deletes a booking's event in their own calendar. */
  readonly onExternalChange: "keep" | "follow";
  /** Minutes before the start at which the booking's event reminds the agent; at most five. */
  readonly reminderMinutes: readonly number[];
  readonly revision: number;
}

/** The longest buffer that an agent may set, in ms. It limits how far around a slot a check must read. */
export const MAX_BUFFER_MS = 240 * MINUTE_MS;

/** The settings of an agent who has set none. */
export const DEFAULT_SETTINGS: AgentSettings = {
  timeZone: "UTC",
  rules: { tentative: true, allDay: true, outOfOffice: true, unanswered: true, workingElsewhere: false },
  bufferBeforeMs: 0,
  bufferAfterMs: 0,
  minimumNoticeMs: 0,
  workingHours: null,
  onStale: "refuse",
  onExternalChange: "keep",
  reminderMinutes: [30],
  revision: 0,
};
