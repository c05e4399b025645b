// Draft: the settings as the form's fields have them, which may be half written or wrong.
import type * as z from "zod";
import type { BusyRules } from "../../domain/busy.ts";
import { MINUTE_MS } from "../../domain/instant.ts";
import type { AgentSettings, SettingsChange, Weekday } from "../../domain/settings.ts";
import { ChangedSettings, settingsFromWire, settingsToWire } from "../../routes/settings-wire.ts";

export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const satisfies readonly Weekday[];

export const RULES = [
  "tentative",
  "unanswered",
  "allDay",
  "outOfOffice",
  "workingElsewhere",
] as const satisfies readonly (keyof BusyRules)[];

const UNITS = { minutes: 1, hours: 60, days: 1_440 } as const;

export type Unit = keyof typeof UNITS;

/** The editor offers no further stretch on a day that has so many. So the week stays below what may be stored. */
export const MOST_STRETCHES = 6;

export const UNIT_NAMES = Object.keys(UNITS) as [Unit, ...Unit[]];

/** A stretch of a day as it was typed: "09:00". An end of "00:00" is the end of the day. */
export interface Stretch {
  readonly start: string;
  readonly end: string;
}

/** A time span as it was typed. */
export interface Amount {
  readonly amount: string;
  readonly unit: Unit;
}

/** The form. Numbers are texts, because people type them. */
export interface Draft {
  readonly revision: number;
  readonly open: "always" | "weekly";
  /** By weekday, Monday first. */
  readonly hours: readonly (readonly Stretch[])[];
  readonly bufferBefore: string;
  readonly bufferAfter: string;
  readonly notice: Amount;
  readonly horizonDays: string;
  readonly maxPerDay: string;
  readonly maxPerWeek: string;
  readonly rules: BusyRules;
  readonly onStale: AgentSettings["onStale"];
  readonly onExternalChange: AgentSettings["onExternalChange"];
  readonly reminders: readonly Amount[];
}

/** The fields that can be wrong, in the order of the form. `hours` is the week as a whole, `hours1` is Monday. */
export const FIELDS = [
  "hours" as const,
  ...WEEKDAYS.map((weekday) => `hours${weekday}` as const),
  ...(["bufferBefore", "bufferAfter", "notice", "horizonDays", "maxPerDay", "maxPerWeek"] as const),
  ...(["reminders", "other"] as const),
];

export type Field = (typeof FIELDS)[number];

const amountOf = (minutes: number): Amount => {
  const unit = UNIT_NAMES.findLast((name) => minutes > 0 && minutes % UNITS[name] === 0) ?? "minutes";
  return { amount: String(minutes / UNITS[unit]), unit };
};

const textOf = (number: number | null): string => (number === null ? "" : String(number));

/** The form that shows these settings. */
export function draftOf(settings: AgentSettings): Draft {
  const wire = settingsToWire(settings);
  const hoursOn = (weekday: Weekday): Stretch[] =>
    (wire.workingHours ?? [])
      .filter((hours) => hours.weekday === weekday)
      .map(({ start, end }) => ({ start, end: end === "24:00" ? "00:00" : end }));
  return {
    revision: settings.revision,
    open: wire.workingHours === null ? "always" : "weekly",
    hours: WEEKDAYS.map(hoursOn),
    bufferBefore: String(wire.bufferBeforeMinutes),
    bufferAfter: String(wire.bufferAfterMinutes),
    notice: amountOf(settings.minimumNoticeMs / MINUTE_MS),
    horizonDays: textOf(settings.horizonDays),
    maxPerDay: textOf(settings.maxPerDay),
    maxPerWeek: textOf(settings.maxPerWeek),
    rules: settings.rules,
    onStale: settings.onStale,
    onExternalChange: settings.onExternalChange,
    reminders: settings.reminderMinutes.map(amountOf),
  };
}

/** The number that was typed; NaN: none. */
const numberIn = (text: string): number => (/^\d{1,7}$/.test(text.trim()) ? Number(text) : Number.NaN);

const numberOrNull = (text: string): number | null => (text.trim() === "" ? null : numberIn(text));

const minutesIn = ({ amount, unit }: Amount): number => numberIn(amount) * UNITS[unit];

const FIELD_OF: Readonly<Record<string, Field>> = {
  bufferBeforeMinutes: "bufferBefore",
  bufferAfterMinutes: "bufferAfter",
  minimumNoticeMinutes: "notice",
  horizonDays: "horizonDays",
  maxPerDay: "maxPerDay",
  maxPerWeek: "maxPerWeek",
  reminderMinutes: "reminders",
};

/** The settings that the form names, or the fields that keep it from being stored. */
export function changeIn(
  draft: Draft,
): { readonly change: SettingsChange } | { readonly faults: ReadonlySet<Field> } {
  const written = draft.hours.flatMap((stretches, index) =>
    stretches
      .filter(({ start, end }) => start !== "" || end !== "")
      .map(({ start, end }) => ({
        weekday: WEEKDAYS[index] ?? 1,
        start,
        end: end === "00:00" ? "24:00" : end,
      })),
  );
  const blank = draft.hours.findIndex((stretches) => stretches.length > 0);
  if (draft.open === "weekly" && written.length === 0 && blank !== -1) {
    // Opened, but not filled in. Stored, it would mean: never.
    return { faults: new Set<Field>([`hours${WEEKDAYS[blank] ?? 1}`]) };
  }
  const sent: z.input<typeof ChangedSettings> = {
    workingHours: draft.open === "always" ? null : written,
    bufferBeforeMinutes: numberOrNull(draft.bufferBefore) ?? 0,
    bufferAfterMinutes: numberOrNull(draft.bufferAfter) ?? 0,
    minimumNoticeMinutes: draft.notice.amount.trim() === "" ? 0 : minutesIn(draft.notice),
    horizonDays: numberOrNull(draft.horizonDays),
    maxPerDay: numberOrNull(draft.maxPerDay),
    maxPerWeek: numberOrNull(draft.maxPerWeek),
    rules: draft.rules,
    onStale: draft.onStale,
    onExternalChange: draft.onExternalChange,
    reminderMinutes: draft.reminders.filter(({ amount }) => amount.trim() !== "").map(minutesIn),
  };
  const checked = ChangedSettings.safeParse(sent);
  if (checked.success) return { change: settingsFromWire(checked.data) };
  const fieldOf = ([name, index]: readonly PropertyKey[]): Field =>
    name !== "workingHours"
      ? (FIELD_OF[String(name)] ?? "other")
      : index === undefined
        ? "hours"
        : `hours${written[Number(index)]?.weekday ?? 1}`;
  return { faults: new Set(checked.error.issues.map(({ path }) => fieldOf(path))) };
}

/** What a button of the form does to it without storing it. Who gives hours means to be open in them only. */
export function edited(draft: Draft, action: string): Draft {
  const [verb, weekday = "", more = ""] = action.split("-");
  const index = Number(weekday) - 1;
  const own = draft.hours[index] ?? [];
  const withDay = (stretches: readonly Stretch[]) => draft.hours.with(index, stretches);
  if (verb === "add") return { ...draft, open: "weekly", hours: withDay([...own, { start: "", end: "" }]) };
  if (verb === "remove") {
    return { ...draft, hours: withDay(own.filter((_, position) => position !== Number(more))) };
  }
  if (verb === "copy") {
    const isTarget = (day: number) => more === "all" || day < 5;
    return {
      ...draft,
      open: "weekly",
      hours: draft.hours.map((hours, day) => (isTarget(day) ? own : hours)),
    };
  }
  return draft;
}

/** The parts of the form that say something else than these settings do. */
export function differences(draft: Draft, settings: AgentSettings): (keyof Draft)[] {
  const stored = draftOf(settings);
  const isSame = (name: keyof Draft): boolean =>
    name === "rules"
      ? RULES.every((rule) => draft.rules[rule] === stored.rules[rule])
      : JSON.stringify(draft[name]) === JSON.stringify(stored[name]);
  const parts = (Object.keys(stored) as (keyof Draft)[]).filter((name) => name !== "revision");
  return parts.filter((name) => !isSame(name));
}
