// The calendars of a run: made for it and deleted after it, or one that is named and left as it was. A calendar that
// has events of somebody else is never touched.
import { CannotStage, type Owner } from "../../test/contract/worlds/real.ts";
import type { KnownCalendar } from "./transcript.ts";

/** The zone of the run's main calendar, as the suite expects it. */
const MAIN_ZONE = "Europe/Lisbon";

const NAME = "Calendar sync check";

export class CalendarInUse extends Error {
  override readonly name = "CalendarInUse";
}

/**
 * @param named the id of a calendar to use; null: a new one is made
 * @throws CalendarInUse where the named calendar has events
 */
export async function openCalendars(owner: Owner, named: string | null) {
  const made = new Map<string, KnownCalendar>();
  const making = new Set<Promise<string>>();
  let isClosed = false;
  async function make(timeZone: string): Promise<KnownCalendar> {
    if (isClosed) throw new Error("the run has ended");
    const answer = owner.makeCalendar(`${NAME} ${timeZone}`, timeZone);
    making.add(answer);
    try {
      const id = await answer;
      const calendar = { id, timeZone };
      made.set(id, calendar);
      return calendar;
    } finally {
      making.delete(answer);
    }
  }
  if (named !== null && (await owner.eventIds(named)).length > 0) {
    throw new CalendarInUse("This calendar has events. Name an empty one, or none: then one is made.");
  }
  let main: KnownCalendar | null =
    named === null ? await make(MAIN_ZONE) : { id: named, timeZone: MAIN_ZONE };
  const others = new Map<string, KnownCalendar>();
  const empty = async ({ id }: KnownCalendar) => {
    const eventIds = await owner.eventIds(id);
    // The exceptions of a series go with it: removing them fails then.
    for (const eventId of eventIds) await owner.removeEvent(id, eventId).catch(() => {});
    if (eventIds.length > 0 && (await owner.eventIds(id)).length > 0) {
      throw new Error("the calendar couldn't be emptied");
    }
  };
  return {
    /** The main calendar for the next case, and the others, all empty. */
    async fresh(): Promise<{ main: KnownCalendar; all: readonly KnownCalendar[] }> {
      main ??= await make(MAIN_ZONE);
      const all = [main, ...others.values()];
      for (const calendar of all) await empty(calendar);
      return { main, all };
    },
    /** A calendar in another zone. It is made once, and emptied for each case. */
    async other(timeZone: string): Promise<KnownCalendar> {
      const known = others.get(timeZone);
      if (known !== undefined) return known;
      const calendar = await make(timeZone);
      others.set(timeZone, calendar);
      return calendar;
    },
    async removeMain(): Promise<void> {
      if (named !== null) throw new CannotStage("the calendar was named, so it isn't deleted");
      if (main === null) return;
      const { id } = main;
      main = null;
      await owner.removeCalendar(id);
      made.delete(id);
    },
    /**
     * Deletes what was made, also what is only just being made, and empties what was named. Nothing is made from then
     * on. Returns how many calendars couldn't be deleted.
     */
    async close(): Promise<number> {
      isClosed = true;
      let left = 0;
      await Promise.allSettled(making);
      if (named !== null && main !== null) await empty(main);
      for (const id of made.keys()) {
        await owner.removeCalendar(id).catch(() => {
          left += 1;
        });
      }
      return left;
    },
  };
}

export type Calendars = Awaited<ReturnType<typeof openCalendars>>;
