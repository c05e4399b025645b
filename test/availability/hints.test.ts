// Hints: a calendar with a hint is pulled before one of its slots is sold.
import { expect, test } from "vitest";
import { checkAvailability } from "../../src/availability/check.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { createWorld } from "../support/world.ts";

const slot = { start: Date.parse("2026-03-03T10:00:00Z"), end: Date.parse("2026-03-03T11:00:00Z") };

test("L1: a sale heeds a notification whose pull hasn't run yet, while a display may answer from the cache", async () => {
  const world = createWorld();
  await world.connect();
  world.google.addEvent(world.email, {
    start: { dateTime: "2026-03-03T10:30:00Z" },
    end: { dateTime: "2026-03-03T11:30:00Z" },
  });
  // The notification is in, its job waits in the queue.
  await world.google.flush();
  expect(world.jobs.urgent).toHaveLength(1);
  const question = { agentId: world.agentId, slot, maxAgeMs: null };
  const shown = await checkAvailability(world.deps, { ...question, purpose: "display" });
  expect(shown).toMatchObject({ available: true, complete: true });
  const booking = {
    bookingId: "b-1",
    title: "Consultation",
    idempotencyKey: null,
    holdId: null,
    force: false,
  };
  const nobody = { description: null, location: null, clientName: null, clientEmail: null };
  await expect(
    createBooking(world.deps, { ...question, ...booking, ...nobody, deliver: "now" }),
  ).rejects.toMatchObject({
    code: "slot_taken",
  });
  const confirmed = await checkAvailability(world.deps, { ...question, purpose: "confirm" });
  expect(confirmed).toMatchObject({ available: false, reason: "conflict" });
});
