// Outside, meanwhile: the agent changes a copy whose write hasn't been recorded yet, and a pull sees that first.
import { describe, expect, test } from "vitest";
import { createBooking } from "../../../src/bookings/create.ts";
import { pullConnection } from "../../../src/sync/pull.ts";
import { useOwnDatabase } from "../../support/own-database.ts";
import { HOUR, KINDS, type Kind, pass, patientWorld, policy, seated, told } from "../one-calendar-each.ts";
import { asked, SLOT } from "../requests.ts";

const databaseUrl = useOwnDatabase();

const CREATING: Record<Kind, RegExp> = {
  GOOGLE: /^POST .*\/events/,
  OFFICE365: /^POST .*\/events$/,
  APPLE: /^PUT /,
};
const BOOKED = { startsAt: SLOT.start, endsAt: SLOT.end };
const LATER = { startsAt: SLOT.start + 3 * HOUR, endsAt: SLOT.end + 3 * HOUR };

/** A booking during whose creation in the calendar the agent does something there, and a pull runs. */
async function bookedMeanwhile(kind: Kind, onExternalChange: "keep" | "follow", what: "move" | "remove") {
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
  const seat = await seated(world, kind);
  await policy(world, onExternalChange);
  meanwhile = async () => {
    const [event] = seat.written();
    if (what === "move") await seat.person.move(event?.eventId ?? "", LATER);
    else await seat.person.remove(event?.eventId ?? "");
    world.advance(1);
    await pullConnection(world.deps, { connectionId: seat.connectionId, verifiedSince: world.deps.now() });
  };
  await createBooking(world.deps, asked(world));
  await world.drain();
  expect(meanwhile).toBeNull();
  await pass(world, 5);
  return { world, seat };
}

describe.each(KINDS)("%s", (kind) => {
  test("P3: what the agent moves before we know that it was written is put back", async () => {
    const { seat } = await bookedMeanwhile(kind, "keep", "move");
    expect(seat.written()).toMatchObject([BOOKED]);
  });

  test("P3: what the agent removes before we know that it was written is put back", async () => {
    const { seat } = await bookedMeanwhile(kind, "keep", "remove");
    expect(seat.written()).toMatchObject([BOOKED]);
  });

  test("P3: or followed, where the agent wants that", async () => {
    const { world, seat } = await bookedMeanwhile(kind, "follow", "move");
    expect(seat.written()).toMatchObject([LATER]);
    expect(await told(world, "booking.moved_outside")).toHaveLength(1);
  });
});
