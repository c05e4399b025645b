// Deliver lease: a write into a calendar ends before the lease under which it is made.
import { expect, test } from "vitest";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld } from "../support/world.ts";
import { bookingRequest, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();
const SECOND = 1_000;

test("P3: a slow write ends with its lease, so that it can't write an old revision over a newer one", async () => {
  let slow = false;
  const world = createWorld({
    databaseUrl: databaseUrl(),
    bindings: { CONFIRM_MAX_AGE_SECONDS: "86400" },
    fetch: (inner) => async (input, init) => {
      const response = await inner(input, init);
      // Google's answer that the event was changed comes when the lease is nearly over.
      if (slow && response.status === 412) world.advance(35 * SECOND);
      return response;
    },
  });
  await world.connect();
  await createBooking(world.deps, bookingRequest(world));
  const [event] = world.google.events(world.email, { from: SLOT.start, to: SLOT.end });
  const eventId = String(event?.["id"]);
  world.google.patchEvent(world.email, eventId, { summary: "Renamed by the agent" });
  slow = true;
  world.google.requests.length = 0;
  const change = (title: string) =>
    changeBooking(world.deps, {
      agentId: world.agentId,
      bookingId: "b-1",
      changes: { title },
      slot: null,
      maxAgeMs: null,
      force: false,
      deliver: "now",
    });
  expect((await change("Second")).results).toMatchObject([{ status: "pending", reason: "out_of_time" }]);
  expect(world.google.requests.map(({ operation }) => operation)).toEqual(["events.patch"]);
  slow = false;
  expect((await change("Third")).results).toMatchObject([{ status: "synced" }]);
  await world.drain();
  expect(world.google.event(world.email, eventId)).toMatchObject({ summary: "Third" });
});
