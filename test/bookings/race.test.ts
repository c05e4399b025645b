// P1: however many requests race, two bookings of one agent that overlap are never both confirmed.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { putSettings } from "../../src/availability/settings.ts";
import { type CreateInput, createBooking } from "../../src/bookings/create.ts";
import { placeHold } from "../../src/bookings/hold.ts";
import type { Deps } from "../../src/deps.ts";
import { overlaps } from "../../src/domain/interval.ts";
import { workerOf } from "../support/worker.ts";
import { createWorld } from "../support/world.ts";
import { at, bookingRequest, codeOf, holdRequest, liveEvents, SLOT } from "./requests.ts";

const MINUTE = 60_000;
const DAY = at("2026-03-03T00:00:00Z");

/** How many of the calls ended with each code; `created` and `repeated` are successes. */
async function tally(calls: readonly Promise<{ created: boolean }>[]) {
  const codes = await Promise.all(
    calls.map(async (call) => (await codeOf(call)) ?? ((await call).created ? "created" : "repeated")),
  );
  return Object.fromEntries(
    [...new Set(codes)].map((code) => [code, codes.filter((c) => c === code).length]),
  );
}

test("P1: of a hundred bookings for one slot at once exactly one is sold", async () => {
  const world = createWorld();
  await world.connect();
  const calls = Array.from({ length: 100 }, (_, index) =>
    createBooking(world.deps, bookingRequest(world, { bookingId: `b-${index}` })),
  );
  expect(await tally(calls)).toEqual({ created: 1, slot_taken: 99 });
  await world.drain();
  expect(liveEvents(world)).toHaveLength(1);
  expect(
    await world.query(
      "SELECT 1 FROM busy WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?) AND connection_number = 0",
      [world.agentId],
    ),
  ).toHaveLength(1);
});

test("P1: of fifty bookings and holds at once, at fifty times of a day, as many are sold as the day may hold", async () => {
  const world = createWorld();
  await world.connect();
  const settings = { timeZone: "Europe/Berlin", maxPerDay: 3, maxPerWeek: 4 };
  await putSettings(world.deps, { agentId: world.agentId, settings });
  const slotAt = (index: number) => {
    const start = SLOT.start + (index - 25) * 10 * MINUTE;
    return { start, end: start + 10 * MINUTE };
  };
  const calls = Array.from({ length: 50 }, (_, index) =>
    index % 2 === 0
      ? createBooking(world.deps, bookingRequest(world, { bookingId: `b-${index}`, slot: slotAt(index) }))
      : placeHold(world.deps, holdRequest(world, { holdId: `h-${index}`, slot: slotAt(index) })),
  );
  expect(await tally(calls)).toEqual({ created: 3, slot_taken: 47 });
  // The next day of the week takes one more.
  const next = Array.from({ length: 5 }, (_, index) => {
    const { start, end } = slotAt(index);
    const slot = { start: start + 1_440 * MINUTE, end: end + 1_440 * MINUTE };
    return createBooking(world.deps, bookingRequest(world, { bookingId: `n-${index}`, slot }));
  });
  expect(await tally(next)).toEqual({ created: 1, slot_taken: 4 });
});

test("P1: two Workers that race for overlapping slots never sell the same minute twice", {
  timeout: 60_000,
}, async () => {
  const world = createWorld();
  await world.connect();
  const workers: Deps[] = [world.deps, workerOf(world)];
  let round = 0;
  const slots = fc.array(
    fc.tuple(fc.nat({ max: 240 }), fc.integer({ min: 5, max: 90 }), fc.nat({ max: 1 })),
    {
      minLength: 2,
      maxLength: 12,
    },
  );
  await fc.assert(
    fc.asyncProperty(slots, async (drawn) => {
      round += 1;
      const day = DAY + round * 1_440 * MINUTE;
      const calls = drawn.map(([start, length, worker], index) => {
        const startsAt = day + start * MINUTE;
        const wanted = { start: startsAt, end: startsAt + length * MINUTE };
        const input = bookingRequest(world, { bookingId: `r-${round}-${index}`, slot: wanted });
        return createBooking(workers[worker] ?? world.deps, input);
      });
      const settled = await Promise.allSettled(calls);
      const sold = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value.booking] : []));
      expect(sold.length).toBeGreaterThan(0);
      for (const [index, one] of sold.entries())
        for (const other of sold.slice(index + 1)) expect(overlaps(one, other)).toBe(false);
      // Every refused slot overlaps a sold one: nothing is refused without a reason.
      for (const [index, result] of settled.entries()) {
        const [start = 0, length = 0] = drawn[index] ?? [];
        const wanted = { startsAt: day + start * MINUTE, endsAt: day + (start + length) * MINUTE };
        if (result.status === "rejected") {
          expect(result.reason).toMatchObject({ code: "slot_taken" });
          expect(sold.some((booking) => overlaps(booking, wanted))).toBe(true);
        }
      }
    }),
    { numRuns: 25 },
  );
});

test("one booking requested many times at once is one booking, and every answer is the same", async () => {
  const world = createWorld();
  await world.connect();
  const calls = Array.from({ length: 20 }, () => createBooking(world.deps, bookingRequest(world)));
  expect(await tally(calls)).toEqual({ created: 1, repeated: 19 });
  const bookings = new Set((await Promise.all(calls)).map(({ booking }) => JSON.stringify(booking)));
  expect(bookings.size).toBe(1);
  await world.drain();
  expect(liveEvents(world)).toHaveLength(1);
  const again = await createBooking(world.deps, bookingRequest(world));
  expect(again).toMatchObject({ created: false, results: [{ status: "synced", reason: null }] });
});

test("one booking id with different contents at once is one booking, and the others are refused as contradictions", async () => {
  const world = createWorld();
  await world.connect();
  const calls = Array.from({ length: 10 }, (_, index) =>
    createBooking(world.deps, bookingRequest(world, { title: `Title ${index}` })),
  );
  expect(await tally(calls)).toEqual({ created: 1, booking_exists: 9 });
});

test.each<[string, Partial<CreateInput>]>([
  ["title", { title: "Another" }],
  ["description", { description: "More" }],
  ["location", { location: "Elsewhere" }],
  ["client's name", { clientName: "Somebody" }],
  ["client's address", { clientEmail: "somebody@example.com" }],
  ["slot", { slot: { ...SLOT, end: SLOT.end + MINUTE } }],
])("the same booking id with another %s is a contradiction", async (_, change) => {
  const world = createWorld();
  await world.connect();
  await createBooking(world.deps, bookingRequest(world));
  expect(await codeOf(createBooking(world.deps, bookingRequest(world, change)))).toBe("booking_exists");
  expect((await createBooking(world.deps, bookingRequest(world))).created).toBe(false);
});

test("an idempotency key belongs to one booking of one agent", async () => {
  const world = createWorld();
  const other = createWorld();
  await world.connect();
  await other.connect();
  const key = { idempotencyKey: "key-1" };
  const later = { start: SLOT.end, end: SLOT.end + 60 * MINUTE };
  expect((await createBooking(world.deps, bookingRequest(world, key))).created).toBe(true);
  expect((await createBooking(world.deps, bookingRequest(world, key))).created).toBe(false);
  const reused = bookingRequest(world, { ...key, bookingId: "b-2", slot: later });
  expect(await codeOf(createBooking(world.deps, reused))).toBe("idempotency_key_reused");
  expect((await createBooking(other.deps, bookingRequest(other, key))).created).toBe(true);
  expect((await createBooking(world.deps, { ...reused, idempotencyKey: "key-2" })).created).toBe(true);
});

test("one idempotency key for many bookings at once sells one of them", async () => {
  const world = createWorld();
  await world.connect();
  const calls = Array.from({ length: 10 }, (_, index) => {
    const start = SLOT.start + index * 120 * MINUTE;
    const wanted = { start, end: start + 60 * MINUTE };
    return createBooking(
      world.deps,
      bookingRequest(world, { bookingId: `b-${index}`, slot: wanted, idempotencyKey: "k" }),
    );
  });
  expect(await tally(calls)).toEqual({ created: 1, idempotency_key_reused: 9 });
});

test("an unknown agent has nothing to sell", async () => {
  const world = createWorld();
  expect(await codeOf(createBooking(world.deps, bookingRequest(world)))).toBe("agent_not_found");
});
