// UnreadableCalendar: the one error of reading iCalendar data.

/** Why a resource can't be read. `code` names the kind of fault for logs. */
export type UnreadableReason =
  | "not_icalendar"
  | "bad_line"
  | "bad_time"
  | "bad_duration"
  | "bad_rule"
  | "bad_zone"
  | "too_many_occurrences"
  | "bad_reduced_form";

/**
 * A resource whose busy time is unknown. The caller keeps the rows that it has (C19). The error never quotes the
 * resource, because its text may be a title.
 */
export class UnreadableCalendar extends Error {
  override readonly name = "UnreadableCalendar";
  readonly code: UnreadableReason;

  constructor(code: UnreadableReason) {
    super(`unreadable calendar: ${code}`);
    this.code = code;
  }
}
