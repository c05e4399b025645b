// P3: a Worker dies, or a request is lost, at any moment of a booking, and nothing is lost or doubled.
import { expect, test } from "vitest";
import { createBooking } from "../../src/bookings/create.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";
import { ACCIDENTS, type Accident, recover, STEP, unluckyWorker } from "./accidents.ts";
import { at, bookingRequest, liveEvents } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const MINUTE = 60_000;
const DAY = at("2026-03-03T00:00:00Z");
const MAX_REQUESTS = 40;

async function bookingsOf(world: World, bookingId: string) {
  return world.query("SELECT state FROM bookings WHERE agent_id = ? AND booking_id = ?", [
    world.agentId,
    bookingId,
  ]);
}

/** Books slot after slot, with the accident one request later each time, until a booking ends before the accident. */
async function bookThroughAccidents(world: World, accident: Omit<Accident, "request">, before: () => void) {
  for (let request = 1; request < MAX_REQUESTS; request += STEP) {
    const bookingId = `b-${request}`;
    const start = DAY + request * 60 * MINUTE;
    const input = bookingRequest(world, {
      bookingId,
      title: bookingId,
      slot: { start, end: start + 30 * MINUTE },
    });
    before();
    const { worker, wasHit } = unluckyWorker(world, { ...accident, request });
    const answered = await createBooking(worker, input).then(
      () => true,
      () => false,
    );
    await recover(world);
    const booked = await bookingsOf(world, bookingId);
    const label = `accident at request ${request}`;
    if (answered) expect(booked, label).toHaveLength(1);
    expect(liveEvents(world, bookingId), label).toHaveLength(booked.length);

    await createBooking(world.deps, input);
    await recover(world);
    expect(await bookingsOf(world, bookingId), label).toHaveLength(1);
    expect(liveEvents(world, bookingId), label).toHaveLength(1);
    const repeated = await createBooking(world.deps, input);
    expect(repeated, label).toMatchObject({ created: false, results: [{ status: "synced" }] });
    if (!wasHit()) return request;
  }
  throw new Error("the booking needs more requests than this test allows");
}

test.each(ACCIDENTS)(
  "P3: a booking on fresh calendars survives an accident at any request: %o",
  {
    timeout: 60_000,
  },
  async (accident) => {
    const world = createWorld({
      databaseUrl: databaseUrl(),
      bindings: { CONFIRM_MAX_AGE_SECONDS: "86400" },
    });
    await world.connect();
    expect(await bookThroughAccidents(world, accident, () => {})).toBeGreaterThan(3);
  },
);

test.each(ACCIDENTS)(
  "P3: a booking that must refresh a token and pull first survives an accident at any request: %o",
  {
    timeout: 60_000,
  },
  async (accident) => {
    const world = createWorld({ databaseUrl: databaseUrl() });
    await world.connect();
    const requests = await bookThroughAccidents(world, accident, () => {
      world.advance(10 * MINUTE);
      world.google.expireAccessTokens(world.email);
    });
    expect(requests).toBeGreaterThan(8);
  },
);
