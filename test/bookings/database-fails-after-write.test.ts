// Database fails after write: the calendars have answered, and the database fails before the caller is answered.
import { expect, test } from "vitest";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld } from "../support/world.ts";
import { bookingRequest, liveEvents } from "./requests.ts";

const databaseUrl = useOwnDatabase();

test("P3: a stored booking is never answered as failed; its calendars are answered as pending", async () => {
  let [down, tripped] = [false, false];
  const world = createWorld({
    databaseUrl: databaseUrl(),
    bindings: { CONFIRM_MAX_AGE_SECONDS: "86400" },
    databaseSleep: async () => {},
    databaseFetch: (inner) => async (input, init) => {
      if (down) throw new TypeError("fetch failed");
      return inner(input, init);
    },
    fetch: (inner) => async (input, init) => {
      const response = await inner(input, init);
      if (!tripped && world.google.requests.at(-1)?.operation === "events.insert") {
        [down, tripped] = [true, true];
      }
      return response;
    },
  });
  await world.connect();
  const answer = await createBooking(world.deps, bookingRequest(world));
  expect(answer).toMatchObject({ created: true, results: [{ status: "pending" }] });
  down = false;
  world.advance(60_000);
  await world.cron();
  const { results } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
  expect(results).toMatchObject([{ status: "synced" }]);
  expect(liveEvents(world)).toHaveLength(1);
});
