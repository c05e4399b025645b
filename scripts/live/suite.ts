// The suite: the very cases of the provider contract, one after another on one account.

import type { BookingIdentity } from "../../src/providers/booking-event.ts";
import { ProviderError } from "../../src/providers/error.ts";
import type { Provider, ProviderAccount } from "../../src/providers/provider.ts";
import { contractCases } from "../../test/contract/provider.ts";
import type { Stage, World } from "../../test/contract/world.ts";
import { faultyFetch } from "../../test/contract/worlds/faults.ts";
import { CannotStage, makeRealWorld, type Owner } from "../../test/contract/worlds/real.ts";
import type { Calendars } from "./calendars.ts";
import type { Place } from "./places.ts";
import type { Recorder } from "./transcript.ts";

/** What became of one case. */
export interface Outcome {
  readonly name: string;
  readonly result: "kept" | "broken" | "not asked";
  /** Why, in words that hold nothing from the account. Empty where it was kept. */
  readonly reason: string;
}

const CASE_MS = 120_000;

const cannot = (reason: string) => () => {
  throw new CannotStage(reason);
};

/** The account under an identity of this case's own: no two cases share an event's id. */
function tagged(account: ProviderAccount, tag: string, settle: () => Promise<void>): ProviderAccount {
  const mine = <T extends BookingIdentity>(identity: T): T => ({
    ...identity,
    agentId: `${tag}-${identity.agentId}`,
  });
  const unreachable = "a provider can't notify this machine";
  return {
    ...account,
    async *pull(calendar, cursor, window) {
      await settle();
      yield* account.pull(calendar, cursor, window);
    },
    putBooking: (calendar, event, known) => account.putBooking(calendar, mine(event), known),
    removeBooking: (calendar, identity, known) => account.removeBooking(calendar, mine(identity), known),
    readBooking: (calendar, identity, known) => account.readBooking(calendar, mine(identity), known),
    openChannel: async () => cannot(unreachable)(),
    renewChannel: async () => cannot(unreachable)(),
    closeChannel: async () => cannot(unreachable)(),
  };
}

function worldOf(
  place: Place,
  parts: {
    owner: Owner;
    provider: Provider;
    accessToken: string;
    stage: Stage;
    main: string;
    tag: string;
    statesZones: boolean;
  },
  calendarIn: (timeZone: string) => Promise<string>,
): World {
  const { owner, provider, accessToken, stage, main, tag } = parts;
  const world = makeRealWorld({
    now: place.now,
    provider,
    owner,
    main,
    tag,
    account: tagged(provider.open({ accessToken }), tag, place.settle),
    stage: {
      ...stage,
      burnIds: cannot("no server burns an id because a test asks for it"),
      emptyPage: cannot("no server makes an empty page because a test asks for it"),
    },
    statesZones: parts.statesZones,
    remindersKept: place.remindersKept,
    readOnly: null,
    calendarIn,
    secrets: [accessToken],
  });
  return Object.defineProperties(world, {
    // Without a channel every case of push says so, and the others don't try one.
    provider: { value: { ...provider, can: { ...provider.can, push: "poll" } } },
    readOnlyCalendar: { get: cannot("the run has no calendar that may only be read") },
    unwatchableCalendar: { get: cannot("nobody knows a calendar that can't be watched") },
    notifications: { value: cannot("a provider can't notify this machine") },
  });
}

/** Words of ours, and what is quoted left out: it may come from the account. */
export function reasonOf(error: unknown): string {
  if (error instanceof CannotStage) return error.message;
  if (error instanceof ProviderError)
    return `${error.kind}, ${error.code}${error.status ? `, ${error.status}` : ""}`;
  if (!(error instanceof Error)) return "thrown without a reason";
  if (/^the owner's [A-Z]+ was answered \d+$|^the calendar couldn't be emptied$/.test(error.message))
    return error.message;
  const [line = ""] = error.message.split("\n");
  const plain = line
    .replaceAll(/'[^']*'|"[^"]*"|`[^`]*`|\{.*\}|\[.*\]/g, "…")
    .replaceAll(/\S*[@/:]\S*/g, "…");
  return error.name === "AssertionError" ? plain.slice(0, 160) : error.name;
}

function withLimit<T>(run: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("late")), CASE_MS);
  });
  return Promise.race([run, late]).finally(() => clearTimeout(timer));
}

/** Runs every case. A case that breaks ends alone. */
export async function runSuite(
  place: Place,
  calendars: Calendars,
  recorder: Recorder,
  isWanted: (name: string) => boolean,
  tell: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const statesZones = await doesStateZones(place, calendars);
  const run = recorder.recording(place.send);
  for (const [index, { name, run: check }] of contractCases().entries()) {
    if (!isWanted(name)) continue;
    let outcome: Outcome = { name, result: "kept", reason: "" };
    try {
      const { main, all } = await calendars.fresh();
      recorder.beginCase(name, all);
      const owner = place.ownerOver(run);
      const faulty = faultyFetch(run, owner.staging, async () => {
        await calendars.removeMain();
        recorder.calendarRemoved(main);
      });
      const provider = place.providerOver(faulty.fetch);
      const parts = { owner, provider, accessToken: await place.accessToken(), stage: faulty.stage };
      const world = worldOf(
        place,
        { ...parts, statesZones, main: main.id, tag: `${place.tag}-${index}` },
        async (timeZone) => {
          const calendar = await calendars.other(timeZone);
          if (!all.includes(calendar)) recorder.calendarMade(calendar);
          return calendar.id;
        },
      );
      await withLimit(check(world));
    } catch (error) {
      outcome = {
        name,
        result: error instanceof CannotStage ? "not asked" : "broken",
        reason: reasonOf(error),
      };
    }
    outcomes.push(outcome);
    tell(outcome);
  }
  return outcomes;
}

/** Whether the provider states the zone that the main calendar was made with. */
async function doesStateZones(place: Place, calendars: Calendars): Promise<boolean> {
  const { main } = await calendars.fresh();
  const account = place.providerOver(place.send).open({ accessToken: await place.accessToken() });
  const listed = await account.listCalendars().catch(() => []);
  return listed.some(({ calendarId, timeZone }) => calendarId === main.id && timeZone !== null);
}
