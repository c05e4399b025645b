// Dirty while selling: a calendar changes again while a booking waits for its pull.
import { expect, test } from "vitest";
import { createBooking } from "../../src/bookings/create.ts";
import { createWorld } from "../support/world.ts";
import { bookingRequest, codeOf } from "./requests.ts";

/** A world in which a notification arrives just before each of the first `times` attempts to sell. */
async function restless(times: number) {
  let left = 0;
  let attempts = 0;
  const world = createWorld({
    bindings: { PULL_BUDGET_SECONDS: "1" },
    databaseFetch: (inner) => async (input, init) => {
      const request = new Request(input, init);
      if ((await request.clone().text()).includes("INSERT INTO bookings")) {
        attempts += 1;
        if (left > 0) {
          left -= 1;
          await world.query("UPDATE connections SET dirty = dirty + 1 WHERE agent_id = ?", [world.agentId]);
        }
      }
      return inner(request);
    },
  });
  await world.connect();
  left = times;
  return { world, attempts: () => attempts };
}

test.each([1, 2, 5])(
  "a calendar that changes %i times while it is being verified is pulled as often",
  async (times) => {
    const { world, attempts } = await restless(times);
    expect(await codeOf(createBooking(world.deps, bookingRequest(world)))).toBeNull();
    expect(attempts()).toBe(times + 1);
  },
);

test("P9: a calendar that never comes to rest is unverified when the budget is used up", async () => {
  const { world } = await restless(Number.POSITIVE_INFINITY);
  const startedAt = performance.now();
  expect(await codeOf(createBooking(world.deps, bookingRequest(world)))).toBe("slot_unverified");
  expect(performance.now() - startedAt).toBeGreaterThan(900);
});

test("a calendar whose provider fails is asked once, not until the budget is used up", async () => {
  const { world, attempts } = await restless(1);
  world.google.knobs.set("api.status", 503);
  expect(await codeOf(createBooking(world.deps, bookingRequest(world)))).toBe("slot_unverified");
  expect(attempts()).toBe(2);
});
