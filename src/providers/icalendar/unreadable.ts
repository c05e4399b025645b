// Unreadable: why parts of iCalendar data, or all of it, can't be read.

/** Why something can't be read. The name of the kind of fault, for logs and reports. */
export const REASONS = [
  "not_icalendar",
  "bad_time",
  "bad_end",
  "bad_override",
  "bad_rule",
  "bad_date",
  "bad_zone",
  "too_many_occurrences",
  "bad_reduced_form",
] as const;
export type UnreadableReason = (typeof REASONS)[number];

/**
 * A part of a resource that can't be read. Extent `known`: the resource takes no time beyond its events, and perhaps
 * less. Extent `unknown`: it may take time that nobody can know.
 */
export interface Doubt {
  readonly reason: UnreadableReason;
  readonly extent: "known" | "unknown";
}

/** Each doubt once. */
export function distinct(doubts: readonly Doubt[]): Doubt[] {
  const byName = new Map(doubts.map(({ reason, extent }) => [`${reason} ${extent}`, { reason, extent }]));
  return [...byName.values()];
}

/**
 * A resource of whose busy time nothing can be known. The caller keeps the rows that it has (C19). The error never
 * quotes the resource, because its text may be a title.
 */
export class UnreadableCalendar extends Error {
  override readonly name = "UnreadableCalendar";
  readonly code: UnreadableReason;

  constructor(code: UnreadableReason) {
    super(`unreadable calendar: ${code}`);
    this.code = code;
  }
}
