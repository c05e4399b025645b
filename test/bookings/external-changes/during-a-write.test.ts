// During a write: the agent changes an event before our write is recorded, and a pull sees the change first.
import { describe, expect, test } from "vitest";
import { createBooking } from "../../../src/bookings/create.ts";
import { pullConnection } from "../../../src/sync/pull.ts";
import { useOwnDatabase } from "../../support/own-database.ts";
import {
  connectAt,
  type Kind,
  kindsOf,
  noticesOf,
  passMinutes,
  patientWorld,
  setExternalChangePolicy,
} from "../one-calendar-each.ts";
import { bookingRequest } from "../requests.ts";
import { BOOKED, later, type Policy } from "./booked.ts";

const databaseUrl = useOwnDatabase();

const CREATING: Record<Kind, RegExp> = {
  GOOGLE: /^POST .*\/events/,
  OFFICE365: /^POST .*\/events$/,
  APPLE: /^PUT /,
};
const LATER = later(3);

/** While the booking's event is being created, the agent moves or removes it, and a pull runs. */
async function bookedMeanwhile(kind: Kind, onExternalChange: Policy, what: "move" | "remove") {
  let meanwhile: (() => Promise<void>) | null = null;
  const fetch =
    (inner: typeof globalThis.fetch): typeof globalThis.fetch =>
    async (input, init) => {
      const { method, url } = new Request(input, init);
      const answer = await inner(input, init);
      if (meanwhile === null || !CREATING[kind].test(`${method} ${url}`)) return answer;
      const act = meanwhile;
      meanwhile = null;
      await act();
      return answer;
    };
  const world = patientWorld(databaseUrl(), { fetch });
  const calendar = await connectAt(world, kind);
  await setExternalChangePolicy(world, onExternalChange);
  meanwhile = async () => {
    const [event] = calendar.written();
    if (what === "move") await calendar.person.move(event?.eventId ?? "", LATER);
    else await calendar.person.remove(event?.eventId ?? "");
    world.advance(1_000);
    await pullConnection(world.deps, {
      connectionId: calendar.connectionId,
      verifiedSince: world.deps.now(),
    });
  };
  await createBooking(world.deps, bookingRequest(world));
  await world.drain();
  expect(meanwhile).toBeNull();
  await passMinutes(world, 5);
  return { world, calendar };
}

describe.each(kindsOf("GOOGLE"))("%s", (kind) => {
  test("P3: an event that the agent moves before we know that it was written is put back", async () => {
    const { calendar } = await bookedMeanwhile(kind, "keep", "move");
    expect(calendar.written()).toMatchObject([BOOKED]);
  });

  test("P3: an event that the agent removes before we know that it was written is put back", async () => {
    const { calendar } = await bookedMeanwhile(kind, "keep", "remove");
    expect(calendar.written()).toMatchObject([BOOKED]);
  });

  test("P3: an event moved then is followed if the agent's setting says so", async () => {
    const { world, calendar } = await bookedMeanwhile(kind, "follow", "move");
    expect(calendar.written()).toMatchObject([LATER]);
    expect(await noticesOf(world, "booking.moved_outside")).toHaveLength(1);
  });
});
