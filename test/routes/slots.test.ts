// Slots of several agents over HTTP.
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, connected } from "../http/api.ts";
import { seedStatements } from "../support/seed.ts";
import { createWorld, type World } from "../support/world.ts";

const RANGE = { from: "2026-03-03T09:00:00Z", to: "2026-03-03T13:00:00Z" };
const HOURLY = { ...RANGE, durationMinutes: 60, stepMinutes: 60 };

let world: World;
let agent: Api;
let service: Api;
/** Busy at ten, and at eleven. */
let ana: string;
let ben: string;

beforeEach(async () => {
  world = createWorld();
  ({ agent, service } = await connected(world));
  ana = world.agentId;
  ben = `${ana}-ben`;
  const [startsAt, endsAt] = [Date.parse("2026-03-03T11:00:00Z"), Date.parse("2026-03-03T12:00:00Z")];
  const connectionId = `${ben}-c`;
  await world.deps.db.write(
    seedStatements(world.deps.db, {
      agentId: ben,
      now: world.deps.now(),
      connections: [{ id: connectionId }],
      rows: [
        { startsAt, endsAt, connectionId, eventKey: "e", status: "busy", allDay: false, bookingId: null },
      ],
    }),
  );
});

const hoursOf = (slots: { start: string; agents?: string[]; groups?: { agents: string[] }[] }[]) =>
  slots.map(({ start, agents, groups }) => [start.slice(11, 13), agents ?? groups?.map((one) => one.agents)]);

const find = (body: object, api = service) => api("findSlots", { body: { ...HOURLY, ...body } });

describe("Slots of several agents", () => {
  test("name who is free in each, with the calendars behind each agent", async () => {
    const { body } = await find({ agents: [ben, ana] });
    expect(hoursOf(body.slots)).toEqual([
      ["09", [ben, ana]],
      ["10", [ben]],
      ["11", [ana]],
      ["12", [ben, ana]],
    ]);
    expect(body.agents).toMatchObject([
      { agentId: ben, reason: null, complete: true, calendars: [{ connectionId: `${ben}-c`, fresh: true }] },
      { agentId: ana, reason: null, complete: true, calendars: [{ provider: "GOOGLE" }] },
    ]);
    expect(body.nextCursor).toBeNull();
    const both = await find({ agents: [ana, ben], required: 2 });
    expect(hoursOf(both.body.slots).map(([hour]) => hour)).toEqual(["09", "12"]);
  });

  test("of groups need somebody of every group, and an agent fills one place only", async () => {
    const { body } = await find({ groups: [{ agents: [ana] }, { agents: [ana, ben] }] });
    expect(hoursOf(body.slots)).toEqual([
      ["09", [[ana], [ana, ben]]],
      ["12", [[ana], [ana, ben]]],
    ]);
  });

  test("come page by page, each slot once", async () => {
    const hours: unknown[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 10; pages += 1) {
      const { body } = await find({
        agents: [ana, ben],
        limit: 1,
        ...(cursor === undefined ? {} : { cursor }),
      });
      hours.push(...hoursOf(body.slots).map(([hour]) => hour));
      if (body.nextCursor === null) break;
      cursor = body.nextCursor;
    }
    expect(hours).toEqual(["09", "10", "11", "12"]);
    const first = await find({ agentId: ana, limit: 2 });
    const second = await find({ agentId: ana, limit: 2, cursor: first.body.nextCursor });
    expect([...first.body.slots, ...second.body.slots].map(({ start }) => start.slice(11, 13))).toEqual([
      "09",
      "11",
      "12",
    ]);
    expect(second.body.nextCursor).toBeNull();
    const beyond = await find({ agentId: ana, cursor: String(Date.parse(RANGE.to) + 1) });
    expect(beyond.body).toMatchObject({ slots: [], complete: true, nextCursor: null });
  });

  test("are found by the rules of the request, and from the opening of each agent", async () => {
    const hours = (start: string) => ({ workingHours: [{ weekday: 2, start, end: "13:00" }] });
    await service("changeSettings", {
      query: { agentId: ana },
      body: { timeZone: "UTC", ...hours("11:30") },
    });
    await service("changeSettings", {
      query: { agentId: ben },
      body: { timeZone: "UTC", ...hours("09:10") },
    });
    const { body } = await find({ agents: [ana, ben], rules: { align: "opening", bufferAfterMinutes: 20 } });
    const starts = body.slots.map(({ start, agents }: { start: string; agents: string[] }) => [
      start.slice(11, 16),
      agents,
    ]);
    expect(starts).toEqual([
      ["09:10", [ben]],
      ["11:30", [ana]],
    ]);
  });

  test("find the others where one is unknown or can't be verified, and say so", async () => {
    await world.query("UPDATE connections SET gone_at = 1 WHERE id = ?", [`${ben}-c`]);
    const { status, body } = await find({ agents: ["nobody", ben, ana] });
    expect(status).toBe(200);
    expect(hoursOf(body.slots)).toEqual([
      ["09", [ana]],
      ["11", [ana]],
      ["12", [ana]],
    ]);
    expect(body.agents).toMatchObject([
      { agentId: "nobody", reason: "agent_not_found", complete: false, calendars: [] },
      { agentId: ben, reason: "unverified", complete: false, calendars: [{ reason: "calendar_gone" }] },
      { agentId: ana, reason: null },
    ]);
    expect((await find({ agentId: "nobody" })).body.code).toBe("agent_not_found");
  });

  test("P8: are for an agent's token about that agent only", async () => {
    expect((await find({ agents: [ana] }, agent)).status).toBe(200);
    expect((await find({ agents: [ana, ben] }, agent)).body.code).toBe("forbidden");
    expect((await find({ groups: [{ agents: [ana] }, { agents: [ben] }] }, agent)).body.code).toBe(
      "forbidden",
    );
  });

  test.each([
    ["two ways to name agents", { agentId: "a", agents: ["a"] }],
    ["agents and groups", { agents: ["a"], groups: [{ agents: ["a"] }] }],
    ["an agent twice", { agents: ["a", "a"] }],
    ["more required than there are", { agents: ["a"], required: 2 }],
    ["more required than a group has", { groups: [{ agents: ["a"], required: 2 }] }],
    ["required without agents", { agentId: "a", required: 1 }],
    ["nobody", { agents: [] }],
    ["no group", { groups: [] }],
    ["more than a hundred", { agents: Array.from({ length: 101 }, (_, index) => `a${index}`) }],
    [
      "more than a hundred in all groups",
      {
        groups: ["a", "b"].map((name) => ({
          agents: Array.from({ length: 60 }, (_, index) => `${name}${index}`),
        })),
      },
    ],
    ["a cursor that is none", { agentId: "a", cursor: "x" }],
  ])("are refused for %s", async (_, fields) => {
    const { status, body } = await find(fields);
    expect([status, body.code]).toEqual([400, "invalid_request"]);
    expect(body.errors[0].message).toMatch(/^Send /);
  });
});
