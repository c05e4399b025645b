// Model: a reduced calendar resource, with times, rules and status, and without any text that a person wrote.
//
// The JSON leaves out values that are null, false or empty. The schemas put them back.
import * as z from "zod";
import { REASONS } from "./unreadable.ts";

/**
 * A local time. `wall` is the date and time in milliseconds, counted as if the clock were UTC's. `clock` is `date` (a
 * whole day, `wall` is its midnight), `floating` (no zone given), `UTC`, an IANA name, or `#n` for the n-th of the
 * resource's own zones.
 */
export const Moment = z.strictObject({ wall: z.int(), clock: z.string() });
export type Moment = z.infer<typeof Moment>;

/** A length of time: days by the local clock, then exact milliseconds (RFC 5545 3.3.6). Both may be negative. */
export const Duration = z.strictObject({ days: z.int(), ms: z.int() });
export type Duration = z.infer<typeof Duration>;

const numbers = z.array(z.int()).default([]);

/** A recurrence rule. Lists that the rule leaves out are empty. Weekdays are ISO: 1 is Monday, 7 Sunday. */
export const Rule = z.strictObject({
  freq: z.enum(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]),
  interval: z.int().positive(),
  count: z.int().nullable().default(null),
  until: Moment.nullable().default(null),
  /** Where a day that doesn't exist goes: the day before or after. Null leaves it out (RFC 7529). */
  skip: z.enum(["BACKWARD", "FORWARD"]).nullable().default(null),
  wkst: z.int(),
  byMonth: numbers,
  byWeekNo: numbers,
  byYearDay: numbers,
  byMonthDay: numbers,
  /** `nth` is 0 for every such weekday. A negative one counts from the end. */
  byDay: z.array(z.strictObject({ nth: z.int(), weekday: z.int() })).default([]),
  byHour: numbers,
  byMinute: numbers,
  bySecond: numbers,
  bySetPos: numbers,
});
export type Rule = z.infer<typeof Rule>;

/** Start and end as written: at most one of `end` and `duration` is there. */
const Span = z.strictObject({
  start: Moment,
  end: Moment.nullable().default(null),
  duration: Duration.nullable().default(null),
});
export type Span = z.infer<typeof Span>;

/** One VEVENT: a master, or an override when it has a `recurrenceId`. */
export const Entry = z.strictObject({
  /** Equal for the entries of one UID. The UID itself isn't stored. */
  series: z.int(),
  sequence: z.int(),
  recurrenceId: Moment.nullable().default(null),
  /** Whether the override also moves every later occurrence (RANGE=THISANDFUTURE). */
  thisAndFuture: z.boolean().default(false),
  span: Span,
  /** How it occupies time; null when it takes none. */
  status: z
    .enum(["busy", "tentative", "unanswered", "out_of_office", "working_elsewhere"])
    .nullable()
    .default(null),
  bookingId: z.string().nullable().default(null),
  rules: z.array(Rule).default([]),
  /** RDATE; `end` and `duration` are null unless a period was given. */
  dates: z.array(Span).default([]),
  /** EXDATE. */
  exceptions: z.array(Moment).default([]),
});
export type Entry = z.infer<typeof Entry>;

/** When one of the resource's own zones changes to an offset: one STANDARD or DAYLIGHT. Offsets in milliseconds. */
export const Observance = z.strictObject({
  wall: z.int(),
  fromMs: z.int(),
  toMs: z.int(),
  rules: z.array(Rule).default([]),
  dates: numbers,
});
export type Observance = z.infer<typeof Observance>;

/** A reduced calendar resource. Its JSON is the form of a stored series. */
export const Resource = z.strictObject({
  v: z.literal(1),
  zones: z.array(z.array(Observance)).default([]),
  entries: z.array(Entry).default([]),
  /** What couldn't be read. */
  doubts: z
    .array(z.strictObject({ reason: z.enum(REASONS), extent: z.enum(["known", "unknown"]) }))
    .default([]),
});
export type Resource = z.infer<typeof Resource>;
