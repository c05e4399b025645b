// Availability answers on the wire: schemas, and views translated into them.
import * as z from "zod";
import type { AvailabilityAnswer, ConflictView } from "../availability/check.ts";
import type { CalendarView } from "../availability/free-busy.ts";
import { formatInstant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import { TimeText, timeText } from "../http/fields.ts";

const Slot = z.strictObject({ start: TimeText, end: TimeText }).meta({ id: "Slot" });

const Conflict = z
  .strictObject({
    reason: z.string().describe("The rule that made it a conflict."),
    start: TimeText,
    end: TimeText,
    status: z.string().nullable(),
    connectionId: z.string().nullable(),
    provider: z.string().nullable(),
    bookingId: z.string().nullable().describe("For our own bookings."),
  })
  .meta({ id: "Conflict" });

const Calendar = z
  .strictObject({
    connectionId: z.string(),
    provider: z.string(),
    name: z.string(),
    verifiedAt: TimeText.nullable(),
    fresh: z.boolean().describe("Known as freshly as was asked."),
    reason: z.string().nullable().describe("Why it isn't fresh."),
  })
  .meta({ id: "CalendarFreshness" });

const knowledge = {
  asOf: TimeText.nullable().describe("The age of the oldest calendar behind the answer; null: unknown."),
  complete: z.boolean().describe("Whether every calendar could be verified as freshly as asked."),
  calendars: z.array(Calendar),
};

export const Availability = z
  .strictObject({
    available: z.boolean(),
    reason: z.enum(["free", "conflict", "unverified"]),
    slot: Slot,
    conflicts: z.array(Conflict),
    ...knowledge,
  })
  .meta({ id: "Availability" });

export const Slots = z.strictObject({ slots: z.array(Slot), ...knowledge }).meta({ id: "Slots" });

export const intervalToWire = ({ startsAt, endsAt }: Interval): z.input<typeof Slot> => ({
  start: formatInstant(startsAt),
  end: formatInstant(endsAt),
});

export const conflictToWire = ({ startsAt, endsAt, ...rest }: ConflictView): z.input<typeof Conflict> => ({
  ...rest,
  ...intervalToWire({ startsAt, endsAt }),
});

export const calendarToWire = (view: CalendarView): z.input<typeof Calendar> => ({
  ...view,
  verifiedAt: timeText(view.verifiedAt),
});

export const answerToWire = (answer: AvailabilityAnswer): z.input<typeof Availability> => ({
  ...answer,
  slot: intervalToWire(answer.slot),
  conflicts: answer.conflicts.map(conflictToWire),
  asOf: timeText(answer.asOf),
  calendars: answer.calendars.map(calendarToWire),
});
