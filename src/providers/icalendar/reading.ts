// Reading: what the text of a calendar object says about time, and what of it couldn't be read.
import type { BusyEvent, Unread } from "../provider.ts";
import { endsByOf } from "./ended.ts";
import { eventsOf, type ReadingContext } from "./events.ts";
import { UnreadableCalendar } from "./unreadable.ts";

/** What an object says about time in a window. */
export interface Reading {
  readonly events: readonly BusyEvent[];
  /** It takes time after the window, too. */
  readonly goesOn: boolean;
  readonly unread: Unread | null;
}

/** The reading of an object that is gone. */
export const EMPTY: Reading = { events: [], goesOn: false, unread: null };

/** What is read of an object that tells nothing. */
export const lost = (reason: string, endsBy: Unread["endsBy"]): Reading => ({
  ...EMPTY,
  unread: { reason, extent: "unknown", startsAt: null, endsBy },
});

/** Reads an object, or a stored series. */
export function readText(text: string, context: ReadingContext): Reading {
  try {
    const { events, reach, startsAt, unreadable } = eventsOf(text, context);
    const goesOn = reach === null || reach > context.window.endsAt;
    const [doubt = unreadable[0]] = unreadable.filter(({ extent }) => extent === "unknown");
    // What never takes time can't be in doubt.
    if (doubt === undefined || reach === Number.NEGATIVE_INFINITY) return { events, goesOn, unread: null };
    return { events, goesOn, unread: { ...doubt, startsAt, endsBy: reach ?? endsByOf(text) } };
  } catch (error) {
    if (!(error instanceof UnreadableCalendar)) throw error;
    return lost(error.code, endsByOf(text));
  }
}
