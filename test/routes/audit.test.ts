// The audit trail: who did what, in ids and codes only, for services to read and kept for a while.
import { beforeEach, describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import { type Api, apiOf, connected } from "../http/api.ts";
import { SETTINGS } from "../http/samples.ts";
import { CONNECT, createBrowser } from "../support/browser.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World, type WorldOptions } from "../support/world.ts";

const databaseUrl = useOwnDatabase();
const DAY = 86_400_000;
/** Taken by an outside event. */
const TAKEN = { start: "2026-03-03T10:00:00Z", end: "2026-03-03T11:00:00Z" };
const FREE = { start: "2026-03-05T10:00:00Z", end: "2026-03-05T11:00:00Z" };

/**
 * Operations that change something and aren't recorded: bookings, holds and syncs say themselves what became of them.
 */
const UNRECORDED = [
  ...["syncNow", "syncByForm", "checkAvailability", "checkManyAvailabilities", "findSlots"],
  ...["cancelBooking", "cancelGroup", "placeHold", "releaseHold", "receiveNotifications", "signOut"],
  // Its tools are recorded as the operations that they are.
  "mcp",
  "operatorSignOut",
];

let world: World;
let agent: Api;
let service: Api;
let connectionId: string;

async function begin(options: WorldOptions = {}): Promise<void> {
  world = createWorld({ databaseUrl: databaseUrl(), ...options });
  ({ agent, service, connectionId } = await connected(world));
}

beforeEach(() => begin());

/** Newest first, as `action role target`. */
async function trail(agentId: string | null = world.agentId): Promise<string[]> {
  const { body } = await service("readAuditTrail", { query: agentId === null ? {} : { agentId } });
  return (body.acts as Record<string, unknown>[]).map(
    ({ action, role, target }) => `${action} ${role} ${target}`,
  );
}

test("every operation that changes something is recorded, or is known not to be", () => {
  const changing = OPERATIONS.filter(({ method }) => method !== "get");
  const without = changing.filter(({ recorded }) => recorded === undefined).map(({ id }) => id);
  expect(without.sort()).toEqual([...UNRECORDED].sort());
});

describe("The audit trail", () => {
  test("says who did what to whose calendar, with which request", async () => {
    await agent("changeConnection", { params: { id: connectionId }, body: { blocksAvailability: false } });
    const changed = await service("changeConnection", {
      params: { id: connectionId },
      body: { blocksAvailability: true },
    });
    await service("disconnectCalendar", { params: { id: connectionId } });
    const { body } = await service("readAuditTrail", { query: { agentId: world.agentId } });
    expect(body.acts).toMatchObject([
      {
        action: "disconnectCalendar",
        agentId: world.agentId,
        role: "service",
        subject: world.agentId,
        target: connectionId,
        status: 204,
      },
      {
        ...{ action: "changeConnection", role: "service", target: connectionId, agentId: world.agentId },
        requestId: changed.headers.get("x-request-id"),
      },
      { action: "changeConnection", role: "agent", subject: world.agentId, target: connectionId },
    ]);
  });

  test("holds what was asked for without a body, whatever type the request names", async () => {
    const headers = {
      authorization: `Bearer ${await world.token("service")}`,
      "content-type": "application/json",
    };
    const path = `/api/calendar/connections/${connectionId}`;
    expect((await world.app.request(path, { method: "DELETE", headers })).status).toBe(204);
    expect((await trail())[0]).toMatch(/^disconnectCalendar service/);
  });

  test("tells an agent's page from an agent's token", async () => {
    const browser = await createBrowser(world);
    await browser.go(`${CONNECT}/time-zone`, { timeZone: "Asia/Tokyo" });
    await browser.go("/api/calendar/apple/auth", {
      username: world.apple.email,
      password: world.apple.password,
    });
    const toGoogle = await browser.go("/api/calendar/google/auth");
    await browser.go(world.google.consent(toGoogle.location, { user: world.email }));
    expect(await trail()).toEqual([
      "finishConsent page null",
      "connectByPassword page null",
      "timeZoneByForm page null",
      "openConnectLink page null",
      "createConnectLink service null",
    ]);
  });

  test("holds bookings that used force, one by one, and no others", async () => {
    const { agentId } = world;
    const book = { agentId, title: "canary-title", clientName: "canary-name" };
    const create = (bookingId: string, slot: object, force?: boolean) =>
      service("createBooking", {
        body: { ...book, ...slot, bookingId, ...(force === undefined ? {} : { force }) },
      });
    expect((await create("plain", FREE)).status).toBe(201);
    expect((await create("unforced", TAKEN, false)).status).toBe(409);
    expect((await create("forced", TAKEN, true)).status).toBe(201);
    const move = { agentId, ...FREE, force: true };
    expect((await service("changeBooking", { params: { bookingId: "plain" }, body: move })).status).toBe(200);
    const later = { start: "2026-03-06T10:00:00Z", end: "2026-03-06T11:00:00Z" };
    const operations = [
      { action: "create", ...book, ...later, bookingId: "in-bulk", force: true },
      { action: "create", ...book, ...later, bookingId: "refused", force: true },
      { action: "cancel", agentId, bookingId: "plain" },
    ];
    await service("bulkBookings", { body: { operations } });
    expect(await trail()).toEqual([
      "bulkBookings service in-bulk",
      "changeBooking service plain",
      "createBooking service forced",
    ]);
    expect(JSON.stringify(await world.query("SELECT * FROM acts"))).not.toContain("canary");
  });

  test("doesn't hold what was refused", async () => {
    const put = (query: Record<string, string>, body: Record<string, unknown>) =>
      agent("putSettings", { query, body });
    expect((await put({}, { ...SETTINGS, timeZone: "Mars/Base" })).status).toBe(400);
    expect((await put({ agentId: "agent-other" }, SETTINGS)).status).toBe(403);
    expect((await agent("disconnectCalendar", { params: { id: "unknown" } })).status).toBe(404);
    expect(await trail(null)).toEqual([]);
    expect((await put({}, SETTINGS)).status).toBe(200);
    expect(await trail(null)).toEqual(["putSettings agent null"]);
  });

  test("is read by services only, in pages, of one agent or of all", async () => {
    expect((await agent("readAuditTrail")).status).toBe(403);
    for (let count = 0; count < 3; count += 1) await agent("putSettings", { body: SETTINGS });
    const other = apiOf(world, await world.token("agent", "agent-other"));
    await other("putSettings", { body: SETTINGS });
    const first = await service("readAuditTrail", { query: { limit: "3" } });
    const cursor = String(first.body.nextCursor);
    const second = await service("readAuditTrail", { query: { limit: "3", cursor } });
    expect([first.body.acts.length, second.body.acts.length, second.body.nextCursor]).toEqual([3, 1, null]);
    expect(first.body.acts[0]).toMatchObject({ agentId: "agent-other" });
    expect(await trail("agent-other")).toEqual(["putSettings agent null"]);
  });

  test("is kept AUDIT_RETENTION_DAYS", async () => {
    await begin({ bindings: { AUDIT_RETENTION_DAYS: "2" } });
    await agent("putSettings", { body: SETTINGS });
    world.advance(DAY);
    await world.cron("17 3 * * *");
    expect(await trail()).toHaveLength(1);
    world.advance(1.5 * DAY);
    await world.cron("17 3 * * *");
    expect(await trail()).toEqual([]);
  });

  test("leaves a log line where the database fails after the act, and the act is answered", async () => {
    await begin({
      databaseSleep: async () => {},
      databaseFetch: (inner) => async (input, init) => {
        const request = new Request(input, init);
        const isEntry = (await request.clone().text()).includes("INSERT INTO acts");
        if (isEntry) throw new TypeError("fetch failed");
        return inner(request, init);
      },
    });
    expect((await agent("putSettings", { body: SETTINGS })).status).toBe(200);
    const lines = world.logs.filter(({ event }) => event === "act.unrecorded");
    expect(lines).toMatchObject([
      { level: "error", fields: { action: "putSettings", agentId: world.agentId } },
    ]);
  });
});
