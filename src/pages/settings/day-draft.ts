// Day draft: a day that differs as the form's fields have it, which may be half written or wrong.
import { formatDay } from "../../domain/instant.ts";
import type { AgentSettings, Override, SettingsChange } from "../../domain/settings.ts";
import { ChangedSettings, settingsFromWire, settingsToWire } from "../../routes/settings-wire.ts";
import type { Stretch } from "./draft.ts";

/** The stretches that the form has room for. */
const STRETCHES = 3;

/** The form. */
export interface DayDraft {
  /** YYYY-MM-DD, or nothing. */
  readonly from: string;
  /** The last date; nothing: the same as `from`. */
  readonly to: string;
  readonly kind: "closed" | "hours";
  readonly hours: readonly Stretch[];
}

/** The fields that can be wrong. */
export type DayField = "from" | "to" | "past" | "hours" | "kind" | "many";

/** The form with room for all its stretches. */
export const withRoom = (draft: DayDraft): DayDraft => ({
  ...draft,
  hours: Array.from({ length: STRETCHES }, (_, index) => draft.hours[index] ?? { start: "", end: "" }),
});

/** Days that are over are kept so long: the report tells of open time in the weeks of the last 30 days. */
const PAST_DAYS = 60;

/** The overrides without those that are long over, so that they don't fill the list. */
export const keptOverrides = (overrides: readonly Override[], today: number): Override[] =>
  overrides.filter(({ lastDay }) => lastDay >= today - PAST_DAYS);

/** How dates begin that can be compared as texts. */
const YEAR = /^\d{4}-/;

export const NO_DAY: DayDraft = withRoom({ from: "", to: "", kind: "closed", hours: [] });

/**
 * The overrides with the day of the form as the last, or the fields that keep it from being stored.
 * @param today the day number of today in the agent's zone
 */
export function dayAdded(
  draft: DayDraft,
  settings: AgentSettings,
  today: number,
): { readonly change: SettingsChange } | { readonly faults: ReadonlySet<DayField> } {
  const { from, to, kind } = draft;
  if (from === "") return { faults: new Set(["from"]) };
  const written = draft.hours.filter(({ start, end }) => start !== "" || end !== "");
  const hours = written.map(({ start, end }) => ({ start, end: end === "00:00" ? "24:00" : end }));
  if (kind === "hours" && hours.length === 0) return { faults: new Set(["hours"]) };
  if (kind === "closed" && hours.length > 0) return { faults: new Set(["kind"]) };
  if (YEAR.test(from) && to !== "" && to < from) return { faults: new Set(["to"]) };
  const day = { from, to: to === "" ? from : to, hours: kind === "closed" ? [] : hours };
  if (YEAR.test(day.to) && day.to < formatDay(today)) return { faults: new Set(["past"]) };
  const overrides = keptOverrides(settings.overrides, today);
  const known = settingsToWire({ ...settings, overrides }).overrides;
  const checked = ChangedSettings.safeParse({ overrides: [...known, day] });
  if (checked.success) return { change: settingsFromWire(checked.data) };
  const fieldOf = (path: readonly PropertyKey[]): DayField =>
    path.length === 1 ? "many" : path[2] === "to" ? "to" : path[2] === "hours" ? "hours" : "from";
  return { faults: new Set(checked.error.issues.map(({ path }) => fieldOf(path))) };
}
