// Days input: what the page of days that differ shows.
import type { AgentSettings } from "../../domain/settings.ts";
import type { Frame } from "../frame.ts";
import type { DayDraft, DayField } from "./day-draft.ts";

/** What the page shows. */
export interface DaysPageInput {
  readonly frame: Frame;
  readonly settings: AgentSettings;
  /** The day number of today in the agent's zone. */
  readonly today: number;
  /** The year whose holidays are shown; null: the next twelve months. */
  readonly year: number | null;
  /** Which part of the days that differ is shown, from 1. */
  readonly part: number;
  readonly draft: DayDraft;
  readonly faults: ReadonlySet<DayField>;
  readonly conflict: boolean;
  readonly saved: boolean;
}
