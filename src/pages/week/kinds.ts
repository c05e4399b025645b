// Kinds: how the picture of a week paints each rule.
import type { ConflictReason } from "../../domain/conflicts.ts";

/** What the picture tells apart. */
export type Kind = "free" | "busy" | "maybe" | "booking" | "hold" | "buffer" | "closed" | "rule";

/** In the order of the key below the picture. */
export const KINDS: readonly Kind[] = [
  "free",
  "busy",
  "maybe",
  "booking",
  "hold",
  "buffer",
  "closed",
  "rule",
];

/** The kind of each rule. A new rule breaks the build until it is decided. */
export const KIND_OF: Readonly<Record<ConflictReason, Kind>> = {
  busy: "busy",
  out_of_office: "busy",
  working_elsewhere: "busy",
  all_day: "busy",
  tentative: "maybe",
  unanswered: "maybe",
  booking: "booking",
  hold: "hold",
  buffer: "buffer",
  hours: "closed",
  closed: "closed",
  past: "rule",
  notice: "rule",
  horizon: "rule",
  day_full: "rule",
  week_full: "rule",
};
