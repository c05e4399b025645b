// Page input: what the settings page shows.
import type { Instant } from "../../domain/instant.ts";
import type { Obstacle, Standing } from "../../domain/obstacle.ts";
import type { AgentSettings } from "../../domain/settings.ts";
import type { SettingsPreview } from "../../domain/settings-preview.ts";
import type { Frame } from "../frame.ts";
import type { Draft, Field } from "./draft.ts";

/** What the page shows. */
export interface SettingsPageInput {
  readonly frame: Frame;
  readonly draft: Draft;
  readonly faults: ReadonlySet<Field>;
  /** The settings behind `preview`: those stored, or those of the form where it is right. */
  readonly settings: AgentSettings;
  readonly preview: SettingsPreview;
  /** Whether the form says something that isn't stored yet. */
  readonly unsaved: boolean;
  /** Whether the settings were changed elsewhere, and which parts of the form differ from them now. */
  readonly conflict: readonly (keyof Draft)[] | null;
  readonly saved: boolean;
  readonly standing: Standing;
  /** Whether clients could book her with these settings: she is known, or would be once they are saved. */
  readonly isBookable: boolean;
  /** What the settings behind `preview` make of calendars that aren't known. */
  readonly obstacles: readonly Obstacle[];
  /** How many days ahead calendars are read; null: no sale waits for that. */
  readonly windowDays: number | null;
  readonly now: Instant;
}
