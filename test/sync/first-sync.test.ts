import { expect, test } from "vitest";
import { checkAvailability } from "../../src/availability/check.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { createWorld } from "../support/world.ts";

const at = (text: string) => Date.parse(text);

test("a connected calendar's events block, and push flips the answer", async () => {
  const world = createWorld();
  world.google.addEvent(world.email, {
    summary: "Secret title",
    start: { dateTime: "2026-03-03T10:00:00Z" },
    end: { dateTime: "2026-03-03T11:00:00Z" },
  });
  const { connectionId } = await world.connect();
  const ask = (start: string, end: string) =>
    checkAvailability(world.deps, {
      agentId: world.agentId,
      slot: { start: at(start), end: at(end) },
      purpose: "display",
      maxAgeMs: null,
    });
  const taken = await ask("2026-03-03T10:30:00Z", "2026-03-03T11:30:00Z");
  expect(taken).toMatchObject({ available: false, reason: "conflict", complete: true });
  expect(taken.conflicts).toMatchObject([{ reason: "busy", connectionId, provider: "GOOGLE" }]);
  expect(JSON.stringify(taken)).not.toContain("Secret");
  expect(await ask("2026-03-03T11:00:00Z", "2026-03-03T12:00:00Z")).toMatchObject({ available: true });

  world.google.addEvent(world.email, {
    summary: "Another",
    start: { dateTime: "2026-03-03T11:00:00Z" },
    end: { dateTime: "2026-03-03T12:00:00Z" },
  });
  await world.drain();
  expect(await ask("2026-03-03T11:00:00Z", "2026-03-03T12:00:00Z")).toMatchObject({ available: false });

  const booking = await createBooking(world.deps, {
    agentId: world.agentId,
    bookingId: "b-1",
    title: "Consultation",
    description: null,
    location: null,
    clientName: "Client",
    clientEmail: "client@example.com",
    slot: { start: at("2026-03-03T14:00:00Z"), end: at("2026-03-03T15:00:00Z") },
    idempotencyKey: null,
    holdId: null,
    force: false,
    deliver: "now",
    maxAgeMs: null,
  });
  expect(booking).toMatchObject({ created: true, results: [{ status: "synced" }] });
  await world.drain();
  const events = world.google.events(world.email);
  expect(events.filter((event) => event["summary"] === "Consultation")).toHaveLength(1);
  expect(world.logs.filter(({ level }) => level === "error")).toEqual([]);
});
