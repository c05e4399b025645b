// Many bookings in one request over HTTP.
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, connected, textOf } from "../http/api.ts";
import { createWorld, type World } from "../support/world.ts";

const slotAt = (hour: number) => ({
  start: `2026-03-03T${hour}:00:00Z`,
  end: `2026-03-03T${hour + 1}:00:00Z`,
});

let world: World;
let agent: Api;
let service: Api;
let stranger: Api;

beforeEach(async () => {
  world = createWorld();
  ({ agent, service, stranger } = await connected(world));
});

const create = (bookingId: string, hour: number, rest: object = {}) => ({
  action: "create",
  bookingId,
  title: "Talk",
  ...slotAt(hour),
  ...rest,
});

const bulk = (operations: readonly object[], api = agent) => api("bulkBookings", { body: { operations } });

describe("A bulk", () => {
  test("answers each operation with the status that its own call would have had", async () => {
    const { status, body } = await bulk([
      create("b-1", 14),
      create("b-1", 14),
      create("b-2", 10),
      { action: "change", bookingId: "b-1", title: "Moved", ...slotAt(16) },
      { action: "change", bookingId: "nothing", title: "x" },
      { action: "cancel", bookingId: "b-1" },
      { action: "change", bookingId: "b-1", title: "x" },
      create("b-3", 14, { holdId: "nothing" }),
    ]);
    expect(status).toBe(200);
    const answered = body.results.map(
      (one: { bookingId: string; status: number; error?: { code: string } }) => [
        one.bookingId,
        one.status,
        one.error?.code ?? null,
      ],
    );
    expect(answered).toEqual([
      ["b-1", 201, null],
      ["b-1", 200, null],
      ["b-2", 409, "slot_taken"],
      ["b-1", 200, null],
      ["nothing", 404, "booking_not_found"],
      ["b-1", 200, null],
      ["b-1", 409, "booking_cancelled"],
      ["b-3", 404, "hold_not_found"],
    ]);
    expect(body.results[0].result).toMatchObject({ created: true, results: [{ status: "pending" }] });
    expect(body.results[2].error.conflicts).toMatchObject([{ reason: "busy" }]);
    expect(textOf(body)).not.toContain("canary");
  });

  test("P3: of a service is done for all its agents, and in the calendars soon", async () => {
    const { agentId } = world;
    const { body } = await bulk(
      [create("b-1", 14, { agentId }), create("b-2", 14, { agentId: "nobody" })],
      service,
    );
    expect(body.results).toMatchObject([
      { status: 201 },
      { status: 404, error: { code: "agent_not_found" } },
    ]);
    await world.drain();
    const { body: found } = await agent("getBooking", { params: { bookingId: "b-1" } });
    expect(found.results).toMatchObject([{ status: "synced" }]);
  });

  test("P8: has an agent touch nobody else's bookings, which stops none of their own", async () => {
    const { agentId } = world;
    await bulk([create("b-1", 14)]);
    const { body } = await bulk(
      [
        { action: "cancel", bookingId: "b-1" },
        { action: "cancel", bookingId: "b-1", agentId },
        create("b-9", 15, { agentId }),
      ],
      stranger,
    );
    expect(body.results.map((one: { status: number }) => one.status)).toEqual([404, 403, 403]);
    const { body: found } = await agent("getBooking", { params: { bookingId: "b-1" } });
    expect(found.booking.state).toBe("confirmed");
  });

  test("has only a service force a slot", async () => {
    const forced = create("b-1", 10, { agentId: world.agentId, force: true });
    expect((await bulk([forced])).body.results).toMatchObject([
      { status: 403, error: { code: "forbidden" } },
    ]);
    expect((await bulk([forced], service)).body.results).toMatchObject([{ status: 201 }]);
  });

  test("with a malformed operation is refused whole, before anything is done", async () => {
    const refused = await bulk([create("b-1", 14), create("b-2", 15, { clientEmail: "nobody" })]);
    expect(refused.body).toMatchObject({
      status: 400,
      code: "invalid_request",
      errors: [{ path: "operations.1.clientEmail" }],
    });
    const found = await agent("getBooking", { params: { bookingId: "b-1" } });
    expect(found.body).toMatchObject({ code: "booking_not_found" });
  });

  test.each([
    ["no operation", []],
    [
      "more than a hundred",
      Array.from({ length: 101 }, (_, n) => ({ action: "cancel", bookingId: `b-${n}` })),
    ],
    ["an unknown action", [{ action: "delete", bookingId: "b-1" }]],
    ["a change of nothing", [{ action: "change", bookingId: "b-1" }]],
    ["half a slot", [{ action: "change", bookingId: "b-1", start: slotAt(14).start }]],
    ["a key of its own", [create("b-1", 14, { idempotencyKey: "k" })]],
  ])("of %s is refused", async (_, operations) => {
    expect((await bulk(operations)).body).toMatchObject({ status: 400, code: "invalid_request" });
  });

  test("may be as large as a hundred bookings with all they can say", async () => {
    const description = "x".repeat(8_000);
    const operations = Array.from({ length: 100 }, (_, n) => create(`b-${n}`, 14, { description }));
    const { body } = await bulk(operations);
    const statuses = body.results.map((one: { status: number }) => one.status);
    expect(statuses).toEqual([201, ...Array.from({ length: 99 }, () => 409)]);
    const single = await agent("createBooking", {
      body: { bookingId: "b", title: "Talk", ...slotAt(15), description: "x".repeat(70_000) },
    });
    expect(single.body).toMatchObject({ status: 413, code: "body_too_large" });
  });
});
