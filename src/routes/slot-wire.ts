// Slots as callers write them: instants with an offset, or a local date with two times of day.
import type * as z from "zod";
import type { SlotInput } from "../availability/slot-input.ts";
import { MAX_BOOKING_MS } from "../domain/booking.ts";
import { EngineError } from "../domain/errors.ts";
import { DAY_MS, type Instant } from "../domain/instant.ts";
import { MAX_AHEAD_DAYS } from "../domain/window.ts";
import { LocalDate, LocalTime, Time, TimeZone, together } from "../http/fields.ts";

const MAX_RANGE_MS = 60 * DAY_MS;

/** The fields of a slot. A request spreads them and is checked by `slotIsWhole`. */
export const slotFields = {
  start: Time.optional().describe("With end; or date, startTime and endTime instead."),
  end: Time.optional().describe("At most 24 hours after the start."),
  date: LocalDate.optional(),
  startTime: LocalTime.optional(),
  endTime: LocalTime.optional(),
  timeZone: TimeZone.optional().describe("Where date and times are meant; otherwise the agent's zone."),
};

/** Says in the document what `slotIsWhole` demands. */
export const slotMeta = { anyOf: [together("start", "end"), together("date", "startTime", "endTime")] };

type SlotFields = z.output<z.ZodObject<typeof slotFields>>;

/** Refuses fields that don't make exactly one slot. For `superRefine`. */
export function slotIsWhole(fields: SlotFields, context: z.RefinementCtx): void {
  const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
  const { start, end, date, startTime, endTime, timeZone } = fields;
  const local = [date, startTime, endTime].filter((field) => field !== undefined).length;
  if (start === undefined && end === undefined) {
    if (local < 3) refuse([], "Send start and end, or date, startTime and endTime.");
    return;
  }
  if (local > 0) refuse([], "Send either start and end, or date, startTime and endTime; not both.");
  if (timeZone !== undefined) refuse(["timeZone"], "Leave timeZone out: start and end carry their offset.");
  if (start === undefined) refuse(["start"], "Send start along with end.");
  else if (end === undefined) refuse(["end"], "Send end along with start.");
  else if (end <= start) refuse(["end"], "Send an end that is after the start.");
  else if (end - start > MAX_BOOKING_MS) refuse(["end"], "Send a slot of at most 24 hours.");
}

/**
 * The slot of fields that `slotIsWhole` let pass.
 * @throws EngineError `invalid_time` when it lies further ahead than anything may be sold
 */
export function slotOf(fields: SlotFields, now: Instant): SlotInput {
  const { start, end, date, startTime, endTime, timeZone } = fields;
  if (start !== undefined && end !== undefined) {
    assertNotTooFar(end, now);
    return { start, end };
  }
  if (date === undefined || startTime === undefined || endTime === undefined) {
    throw new EngineError("invalid_request", "Send start and end, or date, startTime and endTime.");
  }
  assertNotTooFar(Date.parse(date), now);
  return { date, startTime, endTime, timeZone: timeZone ?? null };
}

/** @throws EngineError `invalid_time` beyond 800 days from now */
export function assertNotTooFar(at: Instant, now: Instant): void {
  if (at - now <= MAX_AHEAD_DAYS * DAY_MS) return;
  throw new EngineError("invalid_time", `Send a time within the next ${MAX_AHEAD_DAYS} days.`);
}

/** Refuses a range that ends before it begins, or that is too long to be searched. For `superRefine`. */
export function rangeIsWhole(
  { from, to }: { readonly from: Instant; readonly to: Instant },
  context: z.RefinementCtx,
): void {
  const refuse = (message: string) => context.addIssue({ code: "custom", path: ["to"], message });
  if (to <= from) refuse("Send a to that is after from.");
  else if (to - from > MAX_RANGE_MS) refuse("Send a range of at most 60 days.");
}
