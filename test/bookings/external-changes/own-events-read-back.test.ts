// Own events read back: a pull recognises a booking's event as ours, and never counts its time twice.
import { expect, test } from "vitest";
import { checkAvailability } from "../../../src/availability/check.ts";
import { createBooking } from "../../../src/bookings/create.ts";
import { BOOKING_PROPERTY } from "../../../src/providers/google/wire.ts";
import { createWorld, type World } from "../../support/world.ts";
import { bookingRequest, SLOT, slot } from "../requests.ts";

const MINUTE = 60_000;

/** The conflicts that the booking flow would get for a slot just before selling it. */
async function conflictsAt(world: World, wanted: { start: number; end: number }, ignoreBookingId?: string) {
  const { conflicts } = await checkAvailability(world.deps, {
    agentId: world.agentId,
    slot: wanted,
    purpose: "confirm",
    maxAgeMs: 0,
    ...(ignoreBookingId === undefined ? {} : { ignoreBookingId }),
  });
  return conflicts;
}

/** A world with one booking in SLOT; returns its event's id at Google. */
async function bookedWorld() {
  const world = createWorld();
  const { connectionId } = await world.connect();
  const { results } = await createBooking(world.deps, bookingRequest(world));
  await world.drain();
  const eventId = results[0]?.externalId;
  if (eventId === null || eventId === undefined) throw new Error("the booking wasn't delivered");
  return { world, connectionId, eventId };
}

const cachedRows = (world: World, connectionId: string) =>
  world.query(
    "SELECT event_key, booking_id, starts_at FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?)",
    [connectionId],
  );

const times = (wanted: { start: number; end: number }) => ({
  start: { dateTime: new Date(wanted.start).toISOString() },
  end: { dateTime: new Date(wanted.end).toISOString() },
});

const ELSEWHERE = slot("2026-03-03T17:00:00Z", "2026-03-03T18:00:00Z");

test.each(["delta", "resync"] as const)(
  "a booking and its event are one conflict after a %s",
  async (mode) => {
    const { world, connectionId } = await bookedWorld();
    if (mode === "resync") world.google.expireSyncTokens();
    expect(await conflictsAt(world, SLOT)).toMatchObject([
      { reason: "booking", bookingId: "b-1", connectionId: null, provider: null },
    ]);
    expect(await cachedRows(world, connectionId)).toEqual([]);
    expect(await conflictsAt(world, SLOT, "b-1")).toEqual([]);
  },
);

test("an event that is pulled before we know how its write ended isn't counted twice", async () => {
  const world = createWorld();
  const { connectionId } = await world.connect();
  world.google.knobs.set("net.reset", "after", { operation: "events.insert", times: 1 });
  await createBooking(world.deps, bookingRequest(world));
  expect(await conflictsAt(world, SLOT)).toMatchObject([{ reason: "booking", connectionId: null }]);
  expect(await cachedRows(world, connectionId)).toEqual([]);
});

test("an event that the agent moved blocks its new time for the booking, and the booking keeps its own time", async () => {
  const { world, connectionId, eventId } = await bookedWorld();
  world.google.patchEvent(world.email, eventId, times(ELSEWHERE));
  expect(await conflictsAt(world, ELSEWHERE)).toMatchObject([
    { reason: "booking", status: "busy", bookingId: "b-1", connectionId },
  ]);
  expect(await conflictsAt(world, SLOT)).toMatchObject([{ reason: "booking", connectionId: null }]);
  expect(await conflictsAt(world, ELSEWHERE, "b-1")).toEqual([]);
  world.google.patchEvent(world.email, eventId, times(SLOT));
  expect(await conflictsAt(world, ELSEWHERE)).toEqual([]);
  expect(await cachedRows(world, connectionId)).toEqual([]);
});

test("an event that the agent deleted frees nothing, since the booking still stands", async () => {
  const { world, eventId } = await bookedWorld();
  world.google.deleteEvent(world.email, eventId);
  expect(await conflictsAt(world, SLOT)).toMatchObject([{ reason: "booking", connectionId: null }]);
});

test("an event with a booking's mark that isn't the booking's event is ordinary busy time", async () => {
  const { world, connectionId, eventId } = await bookedWorld();
  const { extendedProperties } = world.google.event(world.email, eventId) ?? {};
  expect(extendedProperties).toBeDefined();
  world.google.addEvent(world.email, { summary: "Duplicate", ...times(ELSEWHERE), extendedProperties });
  expect(await conflictsAt(world, ELSEWHERE)).toMatchObject([
    { reason: "busy", status: "busy", bookingId: null, connectionId },
  ]);
  // Moving the booking there would put it on top of the agent's own event.
  expect(await conflictsAt(world, ELSEWHERE, "b-1")).toMatchObject([{ reason: "busy" }]);
});

test("an event with the mark of a booking that doesn't exist is ordinary busy time", async () => {
  const { world, connectionId } = await bookedWorld();
  const marks = { private: { [BOOKING_PROPERTY]: "b-2" } };
  world.google.addEvent(world.email, { summary: "Forged", ...times(ELSEWHERE), extendedProperties: marks });
  expect(await conflictsAt(world, ELSEWHERE)).toMatchObject([
    { reason: "busy", bookingId: null, connectionId },
  ]);
});

test("a duplicate on the booking's own time stays the agent's busy time", async () => {
  const { world, connectionId, eventId } = await bookedWorld();
  const { extendedProperties } = world.google.event(world.email, eventId) ?? {};
  world.google.addEvent(world.email, { summary: "Duplicate", ...times(SLOT), extendedProperties });
  await conflictsAt(world, SLOT);
  expect(await cachedRows(world, connectionId)).toMatchObject([{ booking_id: null }]);
});

test("a booking's events in two calendars of one agent are one conflict", async () => {
  const world = createWorld();
  await world.connect();
  const other = `other-${world.email}`;
  world.google.addUser({ email: other, timeZone: "Europe/Berlin", sub: `other-${world.agentId}` });
  await world.connect({ user: other });
  await createBooking(world.deps, bookingRequest(world));
  await world.drain();
  expect(await conflictsAt(world, SLOT)).toMatchObject([{ reason: "booking", connectionId: null }]);
  const after = { start: SLOT.end, end: SLOT.end + 30 * MINUTE };
  expect(await conflictsAt(world, after)).toEqual([]);
});
