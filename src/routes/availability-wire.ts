// Shapes that availability and slots share: a slot, and the provenance of an answer.
import * as z from "zod";
import type { CalendarView, Provenance } from "../availability/free-busy.ts";
import { STALE_REASONS } from "../domain/freshness.ts";
import { formatInstant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import { Count, TimeText, timeText } from "../http/fields.ts";
import { Provider } from "../http/provider-segment.ts";

export const Slot = z.strictObject({ start: TimeText, end: TimeText }).meta({ id: "Slot" });

const Calendar = z
  .strictObject({
    connectionId: z.string(),
    provider: Provider,
    name: z.string(),
    verifiedAt: TimeText.nullable(),
    fresh: z.boolean().describe("Known as freshly as was asked."),
    evidence: z
      .enum(["verified", "watched"])
      .nullable()
      .describe(
        "Why it is fresh. verified: it was read recently enough. watched: it was read longer ago, within the last hour, " +
          "and its trusted notifications have told of no change since; only without confirm and maxAgeMs.",
      ),
    reason: z.enum(STALE_REASONS).nullable().describe("Why it isn't fresh; null: it is."),
    unreadable: Count.describe("Events in it that can't be read to the end and aren't counted as free."),
  })
  .meta({ id: "CalendarFreshness" });

/** How well an answer is known. */
export const provenance = {
  asOf: TimeText.nullable().describe("Oldest verifiedAt of the calendars; null: none, or one never read."),
  complete: z.boolean().describe("Whether every calendar could be verified as freshly as asked."),
  calendars: z.array(Calendar),
};

export const intervalToWire = ({ startsAt, endsAt }: Interval): z.input<typeof Slot> => ({
  start: formatInstant(startsAt),
  end: formatInstant(endsAt),
});

const calendarToWire = (view: CalendarView): z.input<typeof Calendar> => ({
  ...view,
  verifiedAt: timeText(view.verifiedAt),
});

export const provenanceToWire = ({ asOf, complete, calendars }: Provenance) => ({
  asOf: timeText(asOf),
  complete,
  calendars: calendars.map(calendarToWire),
});
