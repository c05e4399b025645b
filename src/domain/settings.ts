// Settings: the rules that an agent sets for their own time.
import type { BusyRules } from "./busy.ts";
import { MINUTE_MS } from "./instant.ts";

/** ISO weekday: 1 is Monday, 7 is Sunday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** One stretch of open time on a date, in minutes from local midnight. The end is exclusive, up to 1440. */
export interface DayHours {
  readonly startMinute: number;
  readonly endMinute: number;
}

/** One stretch of working hours on one weekday. */
export interface OpenHours extends DayHours {
  readonly weekday: Weekday;
}

/** Dates that differ from the week: they have these hours instead. No hours: closed. */
export interface Override {
  /** The first and the last date as day numbers: days since 1970-01-01. */
  readonly firstDay: number;
  readonly lastDay: number;
  readonly hours: readonly DayHours[];
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
  /** Where several hold for one date, the last one counts. */
  readonly overrides: readonly Override[];
  /** The country or region whose public holidays close a date without override, "DE" or "DE-BE"; null: none. */
  readonly holidays: string | null;
  /** The holidays that close nothing, because the agent works on them, as day numbers. Other dates do no harm. */
  readonly workedHolidays: readonly number[];
  /** The most bookings and holds that start on one local date; null: any number. */
  readonly maxPerDay: number | null;
  /** The same from Monday to Sunday. */
  readonly maxPerWeek: number | null;
  /** How far ahead a slot may start, in days of 24 hours; null: any time. */
  readonly horizonDays: number | null;
  /** What to do when a calendar can't be verified in time for a confirmation. */
  readonly onStale: "refuse" | "allow";
  /** What to do when the agent moves or deletes a booking's event in their own calendar. */
  readonly onExternalChange: "keep" | "follow";
  /** Minutes before the start at which the booking's event reminds the agent; at most five. */
  readonly reminderMinutes: readonly number[];
  readonly revision: number;
}

type Changeable = Omit<AgentSettings, "revision" | "rules">;

/** Settings to store. What is left out stays as it is. */
export type SettingsChange = { readonly [Name in keyof Changeable]?: Changeable[Name] | undefined } & {
  readonly rules?: { readonly [Name in keyof BusyRules]?: BusyRules[Name] | undefined } | undefined;
};

type NonUndefined<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

/** What is named: the fields that aren't undefined. */
export const named = <T extends object>(fields: T): NonUndefined<Partial<T>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as NonUndefined<
    Partial<T>
  >;

/** The settings with what the change names. */
export const changedBy = (settings: AgentSettings, { rules, ...change }: SettingsChange): AgentSettings => ({
  ...settings,
  ...named(change),
  rules: { ...settings.rules, ...named(rules ?? {}) },
});

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
  overrides: [],
  holidays: null,
  workedHolidays: [],
  maxPerDay: null,
  maxPerWeek: null,
  horizonDays: null,
  onStale: "refuse",
  onExternalChange: "keep",
  reminderMinutes: [30],
  revision: 0,
};
