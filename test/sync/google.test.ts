// Google: a calendar through the whole engine, from a pull to a booking.
import { expect, test } from "vitest";
import { createWorld } from "../support/world.ts";
import { ask, book } from "./requests.ts";

test("GOOGLE: an event blocks, push changes the answer, a booking arrives once, and nothing is logged as an error", async () => {
  const world = createWorld();
  world.google.addEvent(world.email, {
    summary: "Secret title",
    start: { dateTime: "2026-03-03T10:00:00Z" },
    end: { dateTime: "2026-03-03T11:00:00Z" },
  });
  const { connectionId } = await world.connect();
  const taken = await ask(world, "2026-03-03T10:30:00Z", "2026-03-03T11:30:00Z");
  expect(taken).toMatchObject({ available: false, reason: "conflict", complete: true });
  expect(taken.conflicts).toMatchObject([{ reason: "busy", connectionId, provider: "GOOGLE" }]);
  expect(JSON.stringify(taken)).not.toContain("Secret");
  expect(await ask(world, "2026-03-03T11:00:00Z", "2026-03-03T12:00:00Z")).toMatchObject({ available: true });

  world.google.addEvent(world.email, {
    summary: "Another",
    start: { dateTime: "2026-03-03T11:00:00Z" },
    end: { dateTime: "2026-03-03T12:00:00Z" },
  });
  await world.drain();
  expect(await ask(world, "2026-03-03T11:00:00Z", "2026-03-03T12:00:00Z")).toMatchObject({
    available: false,
  });

  const booking = await book(world, "b-1", "2026-03-03T14:00:00Z", "2026-03-03T15:00:00Z");
  expect(booking).toMatchObject({ created: true, results: [{ status: "synced" }] });
  await world.drain();
  const events = world.google.events(world.email);
  expect(events.filter((event) => event["summary"] === "Consultation")).toHaveLength(1);
  expect(world.logs.filter(({ level }) => level === "error")).toEqual([]);
});
