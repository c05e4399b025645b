// P9: an answer says how old its free-busy is, and pulls calendars that are older than the caller allows.
import { describe, expect, test } from "vitest";
import { connectCalendar } from "../../src/accounts/connections.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { bookingRequest, codeOf } from "../bookings/requests.ts";
import { createWorld, type World } from "../support/world.ts";
import { check, confirm, occupySecretly } from "./requests.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The calendars listed at Google during `work`, one entry a request. */
async function listedDuring(world: World, work: () => Promise<unknown>) {
  const before = world.google.requests.length;
  await work();
  return world.google.requests
    .slice(before)
    .filter(({ operation }) => operation === "events.list")
    .map(({ calendarId }) => calendarId);
}

/** Connects the primary calendar and a second one of the same account. */
async function connectTwo(world: World) {
  const { accountId, connectionId } = await world.connect();
  const calendarId = `second-${world.agentId}`;
  world.google.addCalendar({ id: calendarId, summary: "Second", timeZone: null, owner: world.email });
  const second = await connectCalendar(world.deps, {
    ownedBy: null,
    accountId,
    calendarId,
    blocksAvailability: true,
    receivesBookings: false,
  });
  await world.drain();
  return { first: connectionId, second: second.id, secondCalendar: calendarId };
}

describe("the age that a caller allows", () => {
  test("P9: a fresh cache answers without Google, and a calendar too old for the purpose is pulled at once", async () => {
    const world = createWorld();
    await world.connect();
    expect(await listedDuring(world, () => confirm(world))).toEqual([]);
    world.advance(61 * SECOND);
    expect(await listedDuring(world, () => check(world))).toEqual([]);
    expect(await listedDuring(world, () => confirm(world))).toEqual([world.email]);
    expect(await listedDuring(world, () => confirm(world))).toEqual([]);
    world.advance(15 * MINUTE + SECOND);
    expect(await listedDuring(world, () => check(world))).toEqual([world.email]);
  });

  test("P9: the caller's maxAgeMs counts, whatever the purpose", async () => {
    const world = createWorld();
    await world.connect();
    world.advance(10 * MINUTE);
    expect(await listedDuring(world, () => confirm(world, { maxAgeMs: 20 * MINUTE }))).toEqual([]);
    expect(await listedDuring(world, () => check(world, { maxAgeMs: 5 * MINUTE }))).toEqual([world.email]);
  });

  test("a maxAgeMs of 0 pulls at once, and the pulled calendar counts as fresh", async () => {
    const world = createWorld();
    const { connectionId } = await world.connect();
    const began = world.deps.now();
    const answer = await confirm(world, { maxAgeMs: 0 });
    expect(answer).toMatchObject({ available: true, reason: "free", complete: true });
    expect(answer.calendars).toMatchObject([{ connectionId, fresh: true, reason: null }]);
    expect(answer.calendars[0]?.verifiedAt).toBeGreaterThanOrEqual(began);
    expect((await createBooking(world.deps, bookingRequest(world, { maxAgeMs: 0 }))).created).toBe(true);
  });

  test("only the calendar that is too old is pulled", async () => {
    const world = createWorld();
    const { second, secondCalendar } = await connectTwo(world);
    await world.query("UPDATE connections SET verified_at = verified_at - ? WHERE id = ?", [
      10 * MINUTE,
      second,
    ]);
    expect(await listedDuring(world, () => confirm(world))).toEqual([secondCalendar]);
    expect((await confirm(world)).complete).toBe(true);
  });

  test("calendars come in the order in which they were connected, and by their ids where that was at once", async () => {
    const world = createWorld();
    const { first, second } = await connectTwo(world);
    const [low = "", high = ""] = [first, second].sort();
    const order = async () => (await check(world)).calendars.map(({ connectionId }) => connectionId);
    const connectedAt = (id: string, at: number) =>
      world.query("UPDATE connections SET created_at = ? WHERE id = ?", [at, id]);
    await connectedAt(low, 2);
    await connectedAt(high, 1);
    expect(await order()).toEqual([high, low]);
    await connectedAt(high, 2);
    expect(await order()).toEqual([low, high]);
  });

  test("calendars that are too old are pulled side by side", async () => {
    let asking = 0;
    let most = 0;
    const world = createWorld({
      fetch: (inner) => async (input, init) => {
        const request = new Request(input, init);
        if (!/\/events\?/.test(request.url)) return inner(request);
        most = Math.max(most, ++asking);
        await new Promise((resolve) => setTimeout(resolve, 100));
        return inner(request).finally(() => {
          asking -= 1;
        });
      },
    });
    await connectTwo(world);
    world.advance(SECOND);
    most = 0;
    expect((await confirm(world, { maxAgeMs: 0 })).complete).toBe(true);
    expect(most).toBe(2);
  });

  test("many requests at once about one stale calendar lead to few pulls", async () => {
    const world = createWorld();
    await world.connect();
    world.advance(5 * MINUTE);
    const questions = () => Promise.all(Array.from({ length: 20 }, () => confirm(world)));
    const listed = await listedDuring(world, async () => {
      for (const answer of await questions()) expect(answer.complete).toBe(true);
    });
    expect(listed.length).toBeLessThanOrEqual(2);
  });

  test("a failing Google isn't asked once for each of many requests", async () => {
    const world = createWorld();
    await world.connect();
    world.advance(5 * MINUTE);
    world.google.knobs.set("api.status", 503);
    const questions = () => Promise.all(Array.from({ length: 20 }, () => confirm(world)));
    const listed = await listedDuring(world, async () => {
      for (const answer of await questions()) expect(answer.reason).toBe("unverified");
    });
    expect(listed.length).toBeLessThanOrEqual(3);
  });
});

describe("a verified calendar", () => {
  test("L1: a booking isn't confirmed on free-busy times older than asked", async () => {
    const world = createWorld();
    await world.connect();
    occupySecretly(world);
    await world.drain();
    expect(await codeOf(createBooking(world.deps, bookingRequest(world, { maxAgeMs: 0 })))).toBe(
      "slot_taken",
    );
    world.advance(61 * SECOND);
    expect(await codeOf(createBooking(world.deps, bookingRequest(world)))).toBe("slot_taken");
  });

  test("an event deleted at Google no longer refuses a booking, with or without a notification", async () => {
    const world = createWorld();
    await world.connect();
    const eventId = occupySecretly(world);
    expect((await confirm(world, { maxAgeMs: 0 })).reason).toBe("conflict");
    world.google.deleteEvent(world.email, eventId);
    world.advance(61 * SECOND);
    expect((await createBooking(world.deps, bookingRequest(world))).created).toBe(true);
  });

  test("a booking refuses another without a pull", async () => {
    const world = createWorld();
    await world.connect();
    await createBooking(world.deps, bookingRequest(world));
    await world.drain();
    world.advance(5 * MINUTE);
    const second = () => codeOf(createBooking(world.deps, bookingRequest(world, { bookingId: "b-2" })));
    expect(await listedDuring(world, async () => expect(await second()).toBe("slot_taken"))).toEqual([]);
  });

  test("an event added while Google answers isn't covered by the time of verification", async () => {
    let onListed = () => {};
    const world = createWorld({
      fetch: (inner) => async (input, init) => {
        const request = new Request(input, init);
        const response = await inner(request);
        if (/\/events\?/.test(request.url)) onListed();
        return response;
      },
    });
    await world.connect();
    let addedAt = 0;
    onListed = () => {
      onListed = () => {};
      occupySecretly(world);
      addedAt = world.deps.now();
    };
    const answer = await confirm(world, { maxAgeMs: 0 });
    expect(answer.reason).toBe("free");
    expect(answer.asOf).toBeLessThanOrEqual(addedAt);
    expect(await confirm(world, { maxAgeMs: Math.max(0, world.deps.now() - addedAt - 1) })).toMatchObject({
      reason: "conflict",
    });
  });
});
