import { describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import { connected, textOf } from "../http/api.ts";
import { createWorld } from "../support/world.ts";

const SLOT = { start: "2026-03-03T14:00:00Z", end: "2026-03-03T15:00:00Z" };
const TAKEN = { start: "2026-03-03T10:30:00Z", end: "2026-03-03T11:30:00Z" };
const BOOKING = {
  bookingId: "booking-1",
  title: "First talk",
  description: "About the house\nand the garden",
  clientName: "Grace",
  clientEmail: "grace@example.com",
};

describe("A booking", () => {
  test("is made, appears in the calendar, and is found again", async () => {
    const world = createWorld();
    const { agent } = await connected(world);
    const { status, body } = await agent("createBooking", { body: { ...BOOKING, ...SLOT } });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      success: true,
      created: true,
      booking: { ...BOOKING, agentId: world.agentId, start: "2026-03-03T14:00:00.000Z", state: "confirmed" },
      results: [{ status: "synced", provider: "GOOGLE", externalId: expect.any(String) }],
    });
    const found = await agent("getBooking", { params: { bookingId: "booking-1" } });
    expect(found.body).toEqual({ ...body, created: false });
  });

  test("sent again is the same booking; with other content it is refused", async () => {
    const world = createWorld();
    const { agent } = await connected(world);
    await agent("createBooking", { body: { ...BOOKING, ...SLOT } });
    const again = await agent("createBooking", { body: { ...BOOKING, ...SLOT } });
    expect(again).toMatchObject({ status: 200, body: { created: false, success: true } });
    const other = await agent("createBooking", { body: { ...BOOKING, ...SLOT, title: "Other" } });
    expect(other.body).toMatchObject({ status: 409, code: "booking_exists" });
  });

  test("with the key of another one is refused, and the OpenAPI document says so", async () => {
    const world = createWorld();
    const { agent } = await connected(world);
    const key = { "idempotency-key": "key-1" };
    await agent("createBooking", { body: { ...BOOKING, ...SLOT } }, key);
    const otherBody = await agent("createBooking", { body: { ...BOOKING, ...SLOT, title: "Other" } }, key);
    expect(otherBody.body).toMatchObject({ status: 409, code: "booking_exists" });
    const later = { start: "2026-03-03T16:00:00Z", end: "2026-03-03T17:00:00Z" };
    const other = await agent("createBooking", { body: { ...BOOKING, bookingId: "b2", ...later } }, key);
    expect(other.body).toMatchObject({ status: 422, code: "idempotency_key_reused" });
    const { headers } = OPERATIONS.find(({ id }) => id === "createBooking") ?? {};
    expect(headers?.shape["idempotency-key"]?.description).toBe(
      "A key belongs to one booking of the agent. With another booking it is refused.",
    );
  });

  test("on a taken slot is refused with the conflict, but never with its title", async () => {
    const world = createWorld();
    const { agent, connectionId } = await connected(world);
    const { status, body } = await agent("createBooking", { body: { ...BOOKING, ...TAKEN } });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: "slot_taken",
      conflicts: [{ reason: "busy", start: "2026-03-03T10:00:00.000Z", connectionId, provider: "GOOGLE" }],
    });
    expect(textOf(body)).not.toContain("canary");
    const missing = await agent("getBooking", { params: { bookingId: "booking-1" } });
    expect(missing.body).toMatchObject({ status: 404, code: "booking_not_found" });
  });

  test("by local date and times is meant in the agent's zone", async () => {
    const world = createWorld();
    const { agent, service } = await connected(world);
    const settings = (await agent("getSettings")).body;
    const { revision: _, ...rest } = settings;
    await agent("putSettings", { body: { ...rest, timeZone: "Asia/Tokyo" } });
    const local = { date: "2026-03-03", startTime: "09:00", endTime: "10:00" };
    const body = { ...BOOKING, ...local, agentId: world.agentId };
    const made = await service("createBooking", { body });
    expect(made.body.booking).toMatchObject({ start: "2026-03-03T00:00:00.000Z", timeZone: "Asia/Tokyo" });
  });

  test("of another agent is not there", async () => {
    const world = createWorld();
    const { agent, stranger } = await connected(world);
    await agent("createBooking", { body: { ...BOOKING, ...SLOT } });
    const seen = await stranger("getBooking", { params: { bookingId: "booking-1" } });
    expect(seen.body).toMatchObject({ status: 404, code: "booking_not_found" });
  });

  test("for an unknown agent is refused", async () => {
    const world = createWorld();
    const { service } = await connected(world);
    const body = { ...BOOKING, ...SLOT, agentId: "nobody" };
    expect((await service("createBooking", { body })).body).toMatchObject({
      status: 404,
      code: "agent_not_found",
    });
  });
});

describe("P8: what is logged along the way", () => {
  test("holds no title, name, address or token", async () => {
    const world = createWorld({ bindings: { DEBUG_CALENDAR_SYNC: "true" } });
    const { agent } = await connected(world);
    await agent("createBooking", { body: { ...BOOKING, ...SLOT } });
    await agent("createBooking", { body: { ...BOOKING, bookingId: "b2", ...TAKEN } });
    await world.drain();
    const logged = textOf(world.logs);
    for (const secret of ["canary", "First talk", "Grace", "grace@", world.email, "eyJ"]) {
      expect(logged).not.toContain(secret);
    }
    expect(world.logs.some(({ event }) => event === "request")).toBe(true);
  });
});
