// The live kit on our own simulators: what it asks of Microsoft and Google is right, and comparing finds no difference
// where there is none.
import { expect, test } from "vitest";
import { compare } from "../../scripts/live/compare.ts";
import type { Place } from "../../scripts/live/places.ts";
import { runLive } from "../../scripts/live/run.ts";
import { createGoogle } from "../../src/providers/google/index.ts";
import { createOffice365, createOutlook } from "../../src/providers/microsoft/index.ts";
import { ANA, makeGoogleWorld } from "../contract/worlds/google.ts";
import { googleOwner } from "../contract/worlds/google-owner.ts";
import { type MicrosoftWorld, makeMicrosoftWorld } from "../contract/worlds/microsoft.ts";
import { microsoftOwner } from "../contract/worlds/microsoft-owner.ts";

const ALL = { isWanted: () => true, tell: () => {}, stop: new AbortController().signal };
const CONFIG = { clientId: "c", clientSecret: "s", origin: null, loginOrigin: null };

const placeOf = (
  world: Pick<MicrosoftWorld, "now" | "credentials" | "deps">,
  remindersKept: number,
  makers: Pick<Place, "providerOver" | "ownerOver">,
): Place => ({
  ...makers,
  now: world.now,
  tag: "tag",
  remindersKept,
  send: world.deps.fetch,
  settle: async () => {},
  accessToken: async () => world.credentials.accessToken,
  authorization: async () => `Bearer ${world.credentials.accessToken}`,
  origin: "https://calendar.invalid",
});

/** Rules that the simulators keep, as the kit finds them. Its own calendars can't be made there. */
async function check(place: Place, calendar: string): Promise<void> {
  const { outcomes, transcript } = await runLive(place, { ...ALL, calendar });
  const broken = outcomes.filter(({ result }) => result === "broken");
  expect(broken.filter(({ reason }) => !/^the owner's POST was answered 40\d$/.test(reason))).toEqual([]);
  expect(outcomes.filter(({ result }) => result === "kept").length).toBeGreaterThan(45);
  expect(await compare(transcript)).toEqual([]);
}

test("Google's simulator keeps the rules, and answers as it was recorded", async () => {
  const world = await makeGoogleWorld();
  const place = placeOf(world, 5, {
    providerOver: (send) => createGoogle(CONFIG, { ...world.deps, fetch: send }),
    ownerOver: (send) => googleOwner(async () => world.credentials.accessToken, send),
  });
  const { id } = world.google.addCalendar({ owner: ANA, summary: "Check", timeZone: "Europe/Lisbon" });
  await check(place, id);
}, 300_000);

for (const kind of ["OUTLOOK", "OFFICE365"] as const) {
  test(`the simulator of ${kind} keeps the rules, and answers as it was recorded`, async () => {
    const world = await makeMicrosoftWorld(kind);
    const create = kind === "OUTLOOK" ? createOutlook : createOffice365;
    const place = placeOf(world, 1, {
      providerOver: (send) => create(CONFIG, { ...world.deps, fetch: send }),
      ownerOver: (send) => microsoftOwner(async () => world.credentials.accessToken, send),
    });
    await check(place, world.microsoft.addCalendar({ user: world.email, name: "Check" }).id);
  }, 300_000);
}
