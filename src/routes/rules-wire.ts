// Rules on the wire: what a request demands of its slot beyond the agent's own settings.
import * as z from "zod";
import { MINUTE_MS } from "../domain/instant.ts";
import { type Buffers, NO_RULES, type SlotRules } from "../domain/rules.ts";
import { MAX_BUFFER_MS } from "../domain/settings.ts";
import type { Align } from "../domain/slot-grid.ts";
import { MAX_AHEAD_DAYS } from "../domain/window.ts";
import { minutes } from "../http/fields.ts";
import { Buffer, Hours, hoursFromWire, MinimumNotice } from "./settings-wire.ts";

const DEFAULT_STEP_MINUTES = 30;

export const StepMinutes = minutes(5, 1_440);

/** The rules of a request. They narrow the agent's own, and loosen none. */
export const Rules = z
  .strictObject({
    bufferBeforeMinutes: Buffer.optional().describe("Kept with the booking: later ones keep it, too."),
    bufferAfterMinutes: Buffer.optional(),
    minimumNoticeMinutes: MinimumNotice.optional(),
    horizonDays: z
      .int("Send a whole number.")
      .min(1, "Send at least 1.")
      .max(MAX_AHEAD_DAYS, `Send at most ${MAX_AHEAD_DAYS}.`)
      .optional()
      .describe("How many days of 24 hours ahead the slot may start."),
    hours: z
      .array(Hours, "Send a list of hours.")
      .max(50, "Send at most 50 entries.")
      .optional()
      .describe("Weekly hours in the agent's zone. The slot lies in these and in the agent's own."),
    stepMinutes: StepMinutes.optional().describe("Only for /slots: how far apart slots start."),
    align: z
      .enum(["opening", "clock"], 'Send "opening" or "clock".')
      .optional()
      .describe(
        "Only for /slots. opening: slots start at multiples of the step since the agent opened; the step is the " +
          "duration, if none is sent. clock (the default): since midnight.",
      ),
  })
  .meta({ id: "SlotRules" });

const BufferMinutes = z
  .int()
  .min(0)
  .max(MAX_BUFFER_MS / MINUTE_MS);

/** The buffers that a booking or hold was sold with, in answers. */
export const buffers = {
  bufferBeforeMinutes: BufferMinutes.describe("Kept free before it, by the rules that it was sold with."),
  bufferAfterMinutes: BufferMinutes,
};

export const buffersToWire = ({ bufferBeforeMs, bufferAfterMs }: Buffers) => ({
  bufferBeforeMinutes: bufferBeforeMs / MINUTE_MS,
  bufferAfterMinutes: bufferAfterMs / MINUTE_MS,
});

type SentRules = z.output<typeof Rules>;

/** The rules that a request names. */
export function someRulesFromWire(sent: SentRules | undefined): Partial<SlotRules> {
  const { bufferBeforeMinutes, bufferAfterMinutes, minimumNoticeMinutes, horizonDays, hours } = sent ?? {};
  return {
    ...(bufferBeforeMinutes === undefined ? {} : { bufferBeforeMs: bufferBeforeMinutes * MINUTE_MS }),
    ...(bufferAfterMinutes === undefined ? {} : { bufferAfterMs: bufferAfterMinutes * MINUTE_MS }),
    ...(minimumNoticeMinutes === undefined ? {} : { minimumNoticeMs: minimumNoticeMinutes * MINUTE_MS }),
    ...(horizonDays === undefined ? {} : { horizonDays }),
    ...(hours === undefined ? {} : { hours: hours.map(hoursFromWire) }),
  };
}

/** All rules of a request. */
export const rulesFromWire = (sent: SentRules | undefined): SlotRules => ({
  ...NO_RULES,
  ...someRulesFromWire(sent),
});

/** Where slots start. */
export function gridOf(sent: {
  readonly durationMinutes: number;
  readonly stepMinutes?: number | undefined;
  readonly rules?: SentRules | undefined;
}): { stepMs: number; align: Align } {
  const align = sent.rules?.align ?? "clock";
  const usual = align === "opening" ? sent.durationMinutes : DEFAULT_STEP_MINUTES;
  return { stepMs: (sent.rules?.stepMinutes ?? sent.stepMinutes ?? usual) * MINUTE_MS, align };
}
