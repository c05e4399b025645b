// Listing: the events of a calendar, with series as masters or expanded.
import { type Found, occurrencesOf } from "./instances.ts";
import { spanOf } from "./render.ts";
import type { MicrosoftState, SimulatedCalendar } from "./state.ts";

/** All events of a calendar in their stable order. Masters stay, or are expanded. */
export function* listFound(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  expanded: boolean,
): Generator<Found> {
  for (const record of calendar.events.values()) {
    if (record.recurrence === null) {
      if (record.masterId === null || expanded) yield { kind: "record", record };
    } else if (!expanded) yield { kind: "record", record };
    else {
      for (const occurrence of occurrencesOf(state, record)) {
        if (!calendar.events.has(occurrence.ids.immutable))
          yield { kind: "occurrence", master: record, occurrence };
      }
    }
  }
}

/** Do the bounds of a found event overlap a window of instants? */
export function overlaps(found: Found, from: number, to: number): boolean {
  const { start, end } = spanOf(found);
  return end > from && start < to;
}
