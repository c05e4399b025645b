// One of several agents, booked or held over HTTP.
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, connected } from "../http/api.ts";
import { seedStatements } from "../support/seed.ts";
import { createWorld, type World } from "../support/world.ts";

const DAY_MS = 86_400_000;

let world: World;
let agent: Api;
let service: Api;
/** Busy from ten to eleven on 2026-03-03. */
let ana: string;
/** Never busy. */
let ben: string;
let cem: string;

beforeEach(async () => {
  world = createWorld();
  ({ agent, service } = await connected(world));
  ana = world.agentId;
  [ben, cem] = [`${ana}-ben`, `${ana}-cem`];
  for (const agentId of [ben, cem]) {
    const connections = [{ id: `${agentId}-c` }];
    await world.deps.db.write(seedStatements(world.deps.db, { agentId, now: world.deps.now(), connections }));
  }
});

const slotAt = (hour: number, days = 0) => ({
  start: new Date(Date.UTC(2026, 2, 3, hour) + days * DAY_MS).toISOString(),
  end: new Date(Date.UTC(2026, 2, 3, hour + 1) + days * DAY_MS).toISOString(),
});

const book = (bookingId: string, hour: number, rest: object = {}, days = 0) =>
  service("createBooking", {
    body: { bookingId, title: "Talk", agents: [ana, ben, cem], ...slotAt(hour, days), ...rest },
  });

const one = (agentId: string, bookingId: string, hour: number, days = 0) =>
  service("createBooking", { body: { agentId, bookingId, title: "Talk", ...slotAt(hour, days) } });

describe("P1: a booking of any of several agents", () => {
  test("is of the first who is free, in the caller's order, and in that agent's calendar", async () => {
    const first = await book("b-1", 14);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ booking: { agentId: ana }, results: [{ status: "synced" }] });
    expect((await book("b-2", 10)).body.booking.agentId).toBe(ben);
    expect((await book("b-3", 14)).body.booking.agentId).toBe(ben);
    expect((await book("b-4", 14, { agents: [cem, ana] })).body.booking.agentId).toBe(cem);
  });

  test("is refused where none is free, with the reason of each", async () => {
    await one(ben, "x-1", 10);
    const { status, body } = await book("b-1", 10, { agents: [ana, ben, "nobody"] });
    expect([status, body.code]).toEqual([409, "slot_taken"]);
    expect(body.agents).toMatchObject([
      { agentId: ana, code: "slot_taken", conflicts: [{ reason: "busy" }] },
      { agentId: ben, code: "slot_taken", conflicts: [{ reason: "booking" }] },
      { agentId: "nobody", code: "agent_not_found" },
    ]);
    expect((await book("b-1", 10, { agents: ["nobody", "nobody-2"] })).body.code).toBe("agent_not_found");
    await world.query("UPDATE connections SET gone_at = 1 WHERE agent_id = ?", [cem]);
    expect((await book("b-1", 10)).body.code).toBe("slot_unverified");
  });

  test("under the same id gives the same agent, whatever the order and who else is free by now", async () => {
    expect((await book("b-1", 10)).body.booking.agentId).toBe(ben);
    const again = await book("b-1", 10, { agents: [cem, ben, ana] });
    expect([again.status, again.body.booking.agentId]).toEqual([200, ben]);
    expect((await book("b-1", 11)).body.code).toBe("booking_exists");
    await service("cancelBooking", { params: { bookingId: "b-1" }, query: { agentId: ben } });
    expect((await book("b-1", 10)).body.code).toBe("booking_cancelled");
  });

  test("goes to the least booked of the agent's own week, ties by the order", async () => {
    const least = { assign: "least_booked" };
    await one(ana, "x-1", 9, 1);
    await one(ben, "x-2", 9, 1);
    // The Monday after is another week, and what is cancelled doesn't count.
    await one(cem, "x-3", 9, 6);
    await one(cem, "x-4", 12, 6);
    expect((await book("b-1", 14, least)).body.booking.agentId).toBe(cem);
    expect((await book("b-2", 15, least)).body.booking.agentId).toBe(ana);
    await service("cancelBooking", { params: { bookingId: "b-1" }, query: { agentId: cem } });
    expect((await book("b-3", 16, least)).body.booking.agentId).toBe(cem);
    expect((await book("b-4", 14, least, 7)).body.booking.agentId).toBe(ana);
  });

  test("goes to the one who has been idle the longest before the slot", async () => {
    const idle = { assign: "longest_idle" };
    await one(ana, "x-1", 12);
    await one(ben, "x-2", 8);
    await one(cem, "x-3", 9);
    await one(ben, "x-4", 18);
    expect((await book("b-1", 14, idle)).body.booking.agentId).toBe(ben);
    expect((await book("b-2", 16, idle)).body.booking.agentId).toBe(cem);
    await service("cancelBooking", { params: { bookingId: "x-1" }, query: { agentId: ana } });
    expect((await book("b-3", 20, idle)).body.booking.agentId).toBe(ana);
  });

  test("keeps each agent's own hours and limits", async () => {
    const hours = [{ weekday: 2, start: "08:00", end: "12:00" }];
    await service("changeSettings", { query: { agentId: ana }, body: { workingHours: hours } });
    await service("changeSettings", { query: { agentId: ben }, body: { maxPerDay: 1 } });
    await one(ben, "x-1", 8);
    expect((await book("b-1", 14)).body.booking.agentId).toBe(cem);
    expect((await book("b-2", 9)).body.booking.agentId).toBe(ana);
  });

  test("is sold under the rules of the request, whose buffers are kept with it", async () => {
    const rules = { bufferBeforeMinutes: 30 };
    // Ana is busy until eleven.
    const { body } = await book("b-1", 11, { rules });
    expect(body.booking).toMatchObject({ agentId: ben, bufferBeforeMinutes: 30 });
    expect((await book("b-1", 11, { rules })).status).toBe(200);
    const hold = { holdId: "h-1", agents: [ben, cem], minutes: 10, rules, ...slotAt(12) };
    expect((await service("placeHold", { body: hold })).body).toMatchObject({
      agentId: cem,
      bufferBeforeMinutes: 30,
    });
  });

  test("ends with two agents or with one refusal where callers race", async () => {
    const answers = await Promise.all([1, 2, 3, 4].map((index) => book(`r-${index}`, 10)));
    const sold = answers.flatMap(({ status, body }) => (status === 201 ? [body.booking.agentId] : []));
    expect(sold.sort()).toEqual([ben, cem]);
    expect(answers.filter(({ body }) => body.code === "slot_taken")).toHaveLength(2);
  });

  test("is not sold twice where another of them gets the same id meanwhile, who couldn't be chosen", async () => {
    let meanwhile: (() => Promise<unknown>) | null = null;
    world = createWorld({
      databaseFetch: (inner) => async (input, init) => {
        const request = new Request(input, init);
        const isSale = (await request.clone().text()).includes("INSERT INTO bookings");
        const sell = isSale ? meanwhile : null;
        if (sell !== null) meanwhile = null;
        await sell?.();
        return inner(request);
      },
    });
    ({ service } = await connected(world));
    ana = world.agentId;
    ben = `${ana}-ben`;
    const connections = [{ id: `${ben}-c` }];
    await world.deps.db.write(
      seedStatements(world.deps.db, { agentId: ben, now: world.deps.now(), connections }),
    );
    // Ana is busy at ten, so only Ben is a candidate. Her service sells her over that, under the same id.
    meanwhile = () =>
      service("createBooking", {
        body: { agentId: ana, bookingId: "b-1", title: "Talk", force: true, ...slotAt(10) },
      });
    const late = await book("b-1", 10, { agents: [ana, ben] });
    expect([late.status, late.body.booking.agentId]).toEqual([200, ana]);
    const sold = "SELECT agent_id FROM bookings WHERE booking_id = 'b-1' AND agent_id IN (?, ?)";
    expect(await world.query(sold, [ana, ben])).toEqual([{ agent_id: ana }]);
  });

  test("P8: is for an agent's token about that agent only", async () => {
    const body = { bookingId: "b-1", title: "x", ...slotAt(14) };
    expect((await agent("createBooking", { body: { ...body, agents: [ana, ben] } })).body.code).toBe(
      "forbidden",
    );
    expect((await agent("createBooking", { body: { ...body, agents: [ana] } })).status).toBe(201);
  });

  test.each([
    ["assign without agents", { agents: undefined, agentId: "a", assign: "first" }],
    ["one agent and several", { agentId: "a" }],
    ["a hold", { holdId: "h-1" }],
    ["an agent twice", { agents: ["a", "a"] }],
    [
      "a local time without a zone",
      { start: undefined, end: undefined, date: "2026-03-03", startTime: "10:00", endTime: "11:00" },
    ],
  ])("is refused for %s", async (_, rest) => {
    const { status, body } = await book("b-1", 14, rest);
    expect([status, body.code]).toEqual([400, "invalid_request"]);
  });

  test("takes a local time with its zone, and no key", async () => {
    const local = {
      start: undefined,
      end: undefined,
      date: "2026-03-03",
      startTime: "10:00",
      endTime: "11:00",
    };
    const { body } = await book("b-1", 14, { ...local, timeZone: "Europe/Berlin" });
    expect(body.booking).toMatchObject({
      agentId: ana,
      start: "2026-03-03T09:00:00.000Z",
      timeZone: "Europe/Berlin",
    });
    const keyed = { body: { bookingId: "b", title: "x", agents: [ana], ...slotAt(14) } };
    const refused = await service("createBooking", keyed, { "idempotency-key": "k" });
    expect(refused.body.code).toBe("invalid_request");
  });
});

describe("P1: a hold on any of several agents", () => {
  const hold = (holdId: string, hour: number, rest: object = {}) =>
    service("placeHold", { body: { holdId, agents: [ana, ben], minutes: 10, ...slotAt(hour), ...rest } });

  test("is of one who is free; the same id gives the same agent, and it becomes a booking", async () => {
    const first = await hold("h-1", 10);
    expect([first.status, first.body.agentId]).toEqual([201, ben]);
    const again = await hold("h-1", 10, { agents: [ben, ana] });
    expect([again.status, again.body.agentId]).toEqual([200, ben]);
    expect((await hold("h-1", 11)).body.code).toBe("hold_exists");
    expect((await hold("h-2", 10)).body.code).toBe("slot_taken");
    const body = { agentId: ben, bookingId: "b-1", title: "x", holdId: "h-1", ...slotAt(10) };
    expect((await service("createBooking", { body })).status).toBe(201);
  });

  test("goes to two agents where two callers race", async () => {
    const answers = await Promise.all(["h-1", "h-2", "h-3"].map((holdId) => hold(holdId, 14)));
    expect(answers.flatMap(({ status, body }) => (status === 201 ? [body.agentId] : [])).sort()).toEqual([
      ana,
      ben,
    ]);
  });
});
