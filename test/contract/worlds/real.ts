// A world of the contract suite on a real server: the owner's own app beside the engine, faults between the two.
import type { Instant } from "../../../src/domain/instant.ts";
import type { CalendarRef, Provider, ProviderAccount } from "../../../src/providers/provider.ts";
import type { Person, Stage, World, WrittenEvent } from "../world.ts";
import type { Staging } from "./faults.ts";

/** What a test wants can't be staged here. The message says why. */
export class CannotStage extends Error {
  override readonly name = "CannotStage";
}

/** The owner's own app, which knows nothing of the engine. */
export interface Owner {
  /** Makes a calendar and returns its id. */
  makeCalendar(name: string, timeZone: string): Promise<string>;
  removeCalendar(calendarId: string): Promise<void>;
  /** The ids of all events, those of the engine too. */
  eventIds(calendarId: string): Promise<readonly string[]>;
  removeEvent(calendarId: string, eventId: string): Promise<void>;
  /** The person's changes in this calendar. What they make carries `tag`, so that no two tests share an id. */
  personIn(calendarId: string, tag: string): Person;
  /** The live events that have the engine's mark. */
  bookings(calendarId: string): Promise<readonly WrittenEvent[]>;
  readonly staging: Staging;
}

/** What differs from server to server. */
export interface RealPlace {
  readonly now: Instant;
  readonly provider: Provider;
  readonly account: ProviderAccount;
  readonly owner: Owner;
  readonly stage: Stage;
  readonly main: string;
  readonly tag: string;
  readonly statesZones: boolean;
  readonly remindersKept: number;
  /** Null where there is none; the tests that need one are skipped. */
  readonly readOnly: string | null;
  calendarIn(timeZone: string): Promise<string>;
  readonly secrets: readonly string[];
}

const ref = (calendarId: string, fallbackTimeZone = "Europe/Lisbon"): CalendarRef => ({
  calendarId,
  fallbackTimeZone,
});

/** The world as the suite sees it. */
export function makeRealWorld(place: RealPlace): World {
  const { owner, main, readOnly, tag, ...same } = place;
  return {
    ...same,
    calendar: ref(main),
    readOnlyCalendar: ref(readOnly ?? main),
    unwatchableCalendar: ref(main),
    person: owner.personIn(main, tag),
    // Where a server keeps no zone, the engine is told it.
    calendarIn: async (timeZone) =>
      ref(await place.calendarIn(timeZone), place.statesZones ? "UTC" : timeZone),
    bookings: () => owner.bookings(main),
    notifications: async () => [],
  };
}
