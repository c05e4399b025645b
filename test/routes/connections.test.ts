import { describe, expect, test } from "vitest";
import { LIST_TURN_MS, listRemoteCalendars } from "../../src/accounts/remote-calendars.ts";
import { connected } from "../http/api.ts";
import { createWorld } from "../support/world.ts";

describe("Connections", () => {
  test("are listed for their agent, by agent and by service", async () => {
    const world = createWorld();
    const { agent, service, connectionId, accountId } = await connected(world);
    const { body } = await agent("listConnections");
    expect(body.connections).toMatchObject([
      {
        id: connectionId,
        accountId,
        agentId: world.agentId,
        provider: "GOOGLE",
        status: "active",
        push: "active",
        lastSyncAt: expect.stringMatching(/^2026-03-02T08:00/),
      },
    ]);
    const same = await service("listConnections", { query: { agentId: world.agentId } });
    expect(same.body).toEqual(body);
  });

  test("of another agent can't be seen, changed, synced or removed: they aren't there", async () => {
    const world = createWorld();
    const { stranger, connectionId, accountId, agent } = await connected(world);
    const before = (await agent("listConnections")).body;
    const params = { id: connectionId };
    const attempts = [
      ["changeConnection", { params, body: { blocksAvailability: false } }, "connection_not_found"],
      ["disconnectCalendar", { params }, "connection_not_found"],
      ["syncNow", { params: { connectionId } }, "connection_not_found"],
      ["listRemoteCalendars", { params: { id: accountId } }, "account_not_found"],
      ["startConsent", { params: { provider: "google" }, query: { accountId } }, "account_not_found"],
      ["connectCalendar", { body: { accountId, calendarId: world.email } }, "account_not_found"],
    ] as const;
    for (const [id, sample, code] of attempts) {
      expect((await stranger(id, sample)).body).toMatchObject({ status: 404, code });
    }
    expect((await stranger("listConnections")).body).toEqual({ connections: [] });
    await world.drain();
    expect((await agent("listConnections")).body).toEqual(before);
  });

  test("are made of further calendars of an account, once each", async () => {
    const world = createWorld();
    const { agent, accountId, connectionId } = await connected(world);
    const team = world.google.addCalendar({ owner: world.email, summary: "Team", timeZone: "Europe/Lisbon" });
    const listed = await agent("listRemoteCalendars", { params: { id: accountId } });
    expect(listed.body.calendars).toContainEqual(expect.objectContaining({ primary: true, connectionId }));
    const wanted = { body: { accountId, calendarId: team.id } };
    const { status, body } = await agent("connectCalendar", wanted);
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: "Team", blocksAvailability: true, receivesBookings: false });
    expect((await agent("connectCalendar", wanted)).body).toMatchObject({ code: "connection_exists" });
    const unknown = { body: { accountId, calendarId: "nowhere@group.calendar.google.com" } };
    expect((await agent("connectCalendar", unknown)).body).toMatchObject({ code: "calendar_not_found" });
  });

  /** Asks for the account's calendars by a clock that only waiting and the test move. */
  async function listing() {
    const world = createWorld();
    const { agent, accountId, stranger } = await connected(world);
    const clock = { now: world.deps.now() };
    const sleep = async (ms: number) => {
      clock.now += ms;
    };
    const deps = { ...world.deps, now: () => clock.now, sleep };
    const ask = (patient = false) =>
      listRemoteCalendars(deps, { ownedBy: world.agentId, accountId, patient }).then(
        () => "listed",
        ({ code }) => code,
      );
    const isList = ({ operation }: { operation: string | null }) => operation === "calendarList.list";
    const before = world.google.requests.filter(isList).length;
    const lists = () => world.google.requests.filter(isList).length - before;
    return { agent, stranger, accountId, clock, ask, lists };
  }

  test("are listed of one account once in five seconds, however many ask", async () => {
    const { agent, stranger, accountId, clock, ask, lists } = await listing();
    const params = { id: accountId };
    expect((await stranger("listRemoteCalendars", { params })).status).toBe(404);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask()));
    expect(answers.sort()).toEqual(["listed", ...Array(7).fill("rate_limited")]);
    clock.now += LIST_TURN_MS - 1;
    expect(await ask()).toBe("rate_limited");
    clock.now += 1;
    expect(await ask()).toBe("listed");
    expect(lists()).toBe(2);
    expect((await agent("listRemoteCalendars", { params })).body).toMatchObject({
      ...{ status: 429, code: "rate_limited" },
    });
  });

  test("are listed after a moment's wait for a person who reloads the page", async () => {
    const { ask, lists } = await listing();
    for (const _ of ["opened", "reloaded", "once more"]) expect(await ask(true)).toBe("listed");
    expect(lists()).toBe(3);
  });

  test("are switched and removed", async () => {
    const world = createWorld();
    const { agent, connectionId } = await connected(world);
    const params = { id: connectionId };
    const slot = { start: "2026-03-03T10:00:00Z", end: "2026-03-03T11:00:00Z" };
    const available = async () => (await agent("checkAvailability", { body: slot })).body.available;
    expect(await available()).toBe(false);
    const off = await agent("changeConnection", { params, body: { blocksAvailability: false } });
    expect(off.body).toMatchObject({ blocksAvailability: false });
    expect(await available()).toBe(true);
    expect((await agent("disconnectCalendar", { params })).status).toBe(204);
    expect((await agent("listConnections")).body.connections).toEqual([]);
    expect((await agent("disconnectCalendar", { params })).body).toMatchObject({
      code: "connection_not_found",
    });
  });

  test("are synced on demand, and the answer says what was done", async () => {
    const world = createWorld();
    const { agent, connectionId } = await connected(world);
    const params = { connectionId };
    expect((await agent("syncNow", { params })).body).toMatchObject({
      outcome: "ok",
      mode: "delta",
      failure: null,
    });
    await agent("changeConnection", { params: { id: connectionId }, body: { syncEnabled: false } });
    expect((await agent("syncNow", { params })).body).toMatchObject({ code: "sync_disabled" });
  });
});
