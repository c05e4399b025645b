// Changes, cancellations and holds over HTTP.
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, connected, textOf } from "../http/api.ts";
import { createWorld, type World } from "../support/world.ts";

const SLOT = { start: "2026-03-03T14:00:00Z", end: "2026-03-03T15:00:00Z" };
const LATER = { start: "2026-03-03T16:00:00Z", end: "2026-03-03T17:00:00Z" };
/** An outside event lies here. */
const TAKEN = { start: "2026-03-03T10:30:00Z", end: "2026-03-03T11:30:00Z" };
const BOOKING = { bookingId: "booking-1", title: "First talk", clientName: "Grace" };
const ONE = { params: { bookingId: "booking-1" } };
const MINUTE = 60_000;

let world: World;
let agent: Api;
let service: Api;
let stranger: Api;

beforeEach(async () => {
  world = createWorld();
  ({ agent, service, stranger } = await connected(world));
});

const book = (body: Record<string, unknown> = {}, api = agent) =>
  api("createBooking", { body: { ...BOOKING, ...SLOT, ...body } });
const change = (body: Record<string, unknown>, api = agent) => api("changeBooking", { ...ONE, body });
const cancel = (api = agent) => api("cancelBooking", ONE);
const hold = (body: Record<string, unknown> = {}, api = agent) =>
  api("placeHold", { body: { holdId: "hold-1", ...SLOT, ...body } });
const release = (api = agent) => api("releaseHold", { params: { holdId: "hold-1" } });
const events = (summary: string) =>
  world.google.events(world.email).filter((event) => event["summary"] === summary);

describe("A change", () => {
  test("of details reaches the calendar and leaves out nothing else", async () => {
    await book({ description: "About the house" });
    const { status, body } = await change({ title: "Second talk", clientName: null, location: "Porto" });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      created: false,
      booking: {
        title: "Second talk",
        description: "About the house",
        location: "Porto",
        clientName: null,
        start: "2026-03-03T14:00:00.000Z",
        revision: 2,
      },
      results: [{ status: "synced" }],
    });
    expect(events("First talk")).toHaveLength(0);
    expect(events("Second talk")).toHaveLength(1);
  });

  test("of the slot moves the event and frees the old time", async () => {
    await book();
    const moved = await change(LATER);
    expect(moved.body).toMatchObject({ booking: { start: "2026-03-03T16:00:00.000Z", revision: 2 } });
    expect(events("First talk")).toMatchObject([
      { start: { dateTime: expect.stringContaining("16:00:00") } },
    ]);
    expect(await book({ bookingId: "booking-2" })).toMatchObject({ status: 201 });
  });

  test("to a slot that overlaps the booking's own is no conflict with itself", async () => {
    await book();
    const shifted = { start: "2026-03-03T14:30:00Z", end: "2026-03-03T15:30:00Z" };
    expect(await change(shifted)).toMatchObject({ status: 200, body: { booking: { revision: 2 } } });
  });

  test("P1: to a taken slot is refused with the conflict, and changes nothing at all", async () => {
    await book();
    await book({ bookingId: "booking-2", ...LATER });
    for (const slot of [TAKEN, LATER]) {
      const refused = await change({ ...slot, title: "Moved" });
      expect(refused).toMatchObject({ status: 409, body: { code: "slot_taken" } });
      expect(textOf(refused.body)).not.toContain("canary");
    }
    const { body } = await agent("getBooking", ONE);
    expect(body.booking).toMatchObject({
      title: "First talk",
      revision: 1,
      start: "2026-03-03T14:00:00.000Z",
    });
  });

  test("that repeats the stored values changes nothing, and gets the same answer", async () => {
    await book();
    expect(await change({ title: "First talk", ...SLOT })).toMatchObject({
      status: 200,
      body: { booking: { revision: 1 }, results: [{ status: "synced" }] },
    });
  });

  test("by local times without a zone is meant in the booking's own", async () => {
    await book({
      start: undefined,
      end: undefined,
      date: "2026-03-03",
      startTime: "22:00",
      endTime: "23:00",
      timeZone: "Asia/Tokyo",
    });
    const moved = await change({ date: "2026-03-04", startTime: "21:00", endTime: "22:00" });
    expect(moved.body.booking).toMatchObject({ start: "2026-03-04T12:00:00.000Z", timeZone: "Asia/Tokyo" });
  });

  test.each([
    [{}, "Send at least one field"],
    [{ maxAgeMs: 5, force: false }, "Send at least one field"],
    [{ start: SLOT.start }, "Send end"],
    [{ date: "2026-03-03" }, "startTime"],
    [{ timeZone: "Asia/Tokyo" }, "startTime"],
    [{ title: null }, "Send text"],
    [{ title: " " }, "empty"],
    [{ bookingId: "booking-2", title: "x" }, "Unknown: bookingId"],
    [{ clientEmail: "nobody" }, "email"],
  ])("like %j is refused with a word on what to send", async (body, word) => {
    const refused = await change(body);
    expect(refused).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect(refused.body.detail).toContain(word);
  });

  test("of a cancelled booking is refused, of an unknown one not found", async () => {
    expect((await change({ title: "x" })).body).toMatchObject({ status: 404, code: "booking_not_found" });
    await book();
    await cancel();
    expect((await change({ title: "x" })).body).toMatchObject({ status: 409, code: "booking_cancelled" });
  });
});

describe("A cancellation", () => {
  test("takes the event away, frees the slot, and gets the same answer when repeated", async () => {
    await book();
    const first = await cancel();
    expect(first).toMatchObject({
      status: 200,
      body: { success: true, booking: { state: "cancelled", revision: 2 }, results: [{ status: "synced" }] },
    });
    expect(events("First talk")).toHaveLength(0);
    expect((await cancel()).body).toEqual(first.body);
    expect((await agent("getBooking", ONE)).body).toEqual(first.body);
    expect(await book({ bookingId: "booking-2" })).toMatchObject({ status: 201 });
  });

  test("is for good: its id isn't booked again", async () => {
    await book();
    await cancel();
    expect((await book()).body).toMatchObject({ status: 409, code: "booking_cancelled" });
  });

  test("of an unknown booking is not found", async () => {
    expect((await cancel()).body).toMatchObject({ status: 404, code: "booking_not_found" });
  });
});

describe("A hold", () => {
  test("keeps the slot from everybody else, and becomes a booking", async () => {
    const held = await hold({ minutes: 5 });
    expect(held).toMatchObject({
      status: 201,
      body: { holdId: "hold-1", state: "held", bookingId: null, start: "2026-03-03T14:00:00.000Z" },
    });
    const taken = await book();
    expect(taken).toMatchObject({
      status: 409,
      body: { code: "slot_taken", conflicts: [{ reason: "hold" }] },
    });
    expect((await hold({ holdId: "hold-2" })).body).toMatchObject({ status: 409, code: "slot_taken" });
    expect(await book({ holdId: "hold-1" })).toMatchObject({ status: 201 });
    expect((await release()).body).toMatchObject({ status: 409, code: "hold_over" });
    expect((await hold()).body).toMatchObject({ status: 409, code: "hold_over" });
  });

  test("lasts ten minutes by default, and then blocks nobody", async () => {
    const { body } = await hold();
    expect(Date.parse(body.expiresAt) - Date.parse(body.createdAt)).toBe(10 * MINUTE);
    world.advance(10 * MINUTE);
    expect(await book()).toMatchObject({ status: 201 });
    expect((await hold()).body).toMatchObject({ status: 409, code: "hold_over" });
  });

  test("asked for again is the same one and lasts no longer; for another time it is refused", async () => {
    const first = await hold();
    world.advance(MINUTE);
    const again = await hold();
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect((await hold(LATER)).body).toMatchObject({ status: 409, code: "hold_exists" });
  });

  test("that is given back is free again at once, and can be given back twice", async () => {
    await hold();
    expect(await release()).toMatchObject({ status: 200, body: { state: "released" } });
    expect(await release()).toMatchObject({ status: 200, body: { state: "released" } });
    expect(await book()).toMatchObject({ status: 201 });
  });

  test("over an outside event is refused", async () => {
    expect((await hold(TAKEN)).body).toMatchObject({ status: 409, code: "slot_taken" });
  });

  test.each([0, 61, 1.5])("of %j minutes is refused", async (minutes) => {
    expect((await hold({ minutes })).body).toMatchObject({ status: 400, code: "invalid_request" });
  });

  test("that nobody made is not found, neither to give back nor to book with", async () => {
    expect((await release()).body).toMatchObject({ status: 404, code: "hold_not_found" });
    expect((await book({ holdId: "hold-1" })).body).toMatchObject({ status: 404, code: "hold_not_found" });
  });
});

describe("P8: of another agent", () => {
  test("neither booking nor hold is there", async () => {
    await book();
    await hold(LATER);
    expect((await change({ title: "x" }, stranger)).body).toMatchObject({ code: "booking_not_found" });
    expect((await cancel(stranger)).body).toMatchObject({ code: "booking_not_found" });
    expect((await release(stranger)).body).toMatchObject({ code: "hold_not_found" });
    expect((await agent("getBooking", ONE)).body.booking).toMatchObject({ revision: 1, state: "confirmed" });
    expect(await hold(LATER)).toMatchObject({ status: 200, body: { state: "held" } });
  });
});

describe("Force", () => {
  const force = () => ({ agentId: world.agentId, force: true });

  test("lets a service book, move and hold over an outside event", async () => {
    expect(await book({ ...TAKEN, ...force() }, service)).toMatchObject({ status: 201 });
    expect((await service("cancelBooking", { ...ONE, query: { agentId: world.agentId } })).status).toBe(200);
    expect(await hold({ ...TAKEN, ...force() }, service)).toMatchObject({ status: 201 });
    await release();
    await book({ bookingId: "booking-2" });
    const moved = await service("changeBooking", {
      params: { bookingId: "booking-2" },
      body: { ...TAKEN, ...force() },
    });
    expect(moved).toMatchObject({ status: 200, body: { booking: { start: "2026-03-03T10:30:00.000Z" } } });
  });

  test("P1: never lets it book over a booking or a hold", async () => {
    await book();
    await hold(LATER);
    const over = (slot: object) => book({ bookingId: "booking-2", ...slot, ...force() }, service);
    for (const slot of [SLOT, LATER]) {
      expect((await over(slot)).body).toMatchObject({ status: 409, code: "slot_taken" });
    }
    expect((await change({ ...LATER, ...force() }, service)).body).toMatchObject({ code: "slot_taken" });
  });

  test("is not for agents, who learn why", async () => {
    const refusals = [
      await book({ force: true }),
      await change({ title: "x", force: true }),
      await hold({ force: true }),
    ];
    for (const { body } of refusals) {
      expect(body).toMatchObject({ status: 403, code: "forbidden" });
      expect(body.detail).toContain("Only a service may force");
    }
    expect(await book({ force: false })).toMatchObject({ status: 201 });
  });
});
