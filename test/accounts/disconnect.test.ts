// Disconnect: a calendar stops counting at once, and its channel and grant are ended later.
import { describe, expect, test } from "vitest";
import { changeConnection, connectCalendar, listConnections } from "../../src/accounts/connections.ts";
import { finishConsent, startConsent } from "../../src/accounts/consent.ts";
import { closeConnection, disconnect } from "../../src/accounts/disconnect.ts";
import {
  DAY,
  type GoogleWorld,
  HOUR,
  MINUTE,
  useGoogleWorld,
  watchedNetwork,
} from "../support/google-world.ts";

const newWorld = useGoogleWorld();

const leave = (world: GoogleWorld, connectionId: string) =>
  disconnect(world.deps, { ownedBy: world.agentId, connectionId });

const live = (world: GoogleWorld) => world.google.channels().filter(({ stopped }) => !stopped);

async function tablesOf(world: GoogleWorld): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of ["accounts", "connections", "channels", "busy", "deliveries"]) {
    counts[table] = (await world.query(`SELECT 1 FROM ${table} WHERE 1`)).length;
  }
  return counts;
}

const NOTHING = { accounts: 0, connections: 0, channels: 0, busy: 0, deliveries: 0 };

describe("disconnecting the last calendar", () => {
  test("stops its channel, then revokes the grant, and leaves nothing behind", async () => {
    const world = newWorld();
    world.addDaily(3);
    const { connectionId } = await world.connect();
    await leave(world, connectionId);
    const order = world.google.requests.map(({ operation }) => operation);
    expect(order.slice(-2)).toEqual(["channels.stop", "revoke"]);
    expect(world.requests("channels.stop")).toMatchObject([{ status: 204 }]);
    expect(world.requests("revoke")).toMatchObject([{ status: 200 }]);
    expect(await tablesOf(world)).toEqual(NOTHING);
    expect(await listConnections(world.deps, { agentId: world.agentId })).toEqual([]);
  });

  test("frees its time at once, before Google has answered", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    world.addDaily(3);
    const { connectionId } = await world.connect();
    const seen: unknown[] = [];
    network.before = async (url) => {
      seen.push([
        url.pathname,
        await world.rows(connectionId),
        await listConnections(world.deps, { agentId: world.agentId }),
      ]);
    };
    await leave(world, connectionId);
    expect(seen[0]).toEqual([expect.stringContaining("stop"), [], []]);
  });

  test("keeps its bookings: their time stays taken, and their events stay in the calendar", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    await world.book("b-1", "2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await leave(world, connectionId);
    expect(await world.ask("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z")).toMatchObject({
      available: false,
    });
    expect(world.google.events(world.email)).toHaveLength(1);
  });

  test("with a grant that no longer works succeeds", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.removeAccess(world.email);
    await leave(world, connectionId);
    expect(await tablesOf(world)).toEqual(NOTHING);
  });

  test("G32: with a channel that no longer exists succeeds", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    for (const channel of live(world)) world.google.expireChannel(channel.id);
    await leave(world, connectionId);
    expect(world.requests("channels.stop")).toMatchObject([{ status: 404 }]);
    expect(world.requests("revoke")).toMatchObject([{ status: 200 }]);
    expect(await tablesOf(world)).toEqual(NOTHING);
  });

  for (const operation of ["channels.stop", "revoke"] as const) {
    test(`while Google fails at ${operation} is answered as done, and finished by cron`, async () => {
      const network = watchedNetwork();
      const world = newWorld({ fetch: network.fetch });
      world.addDaily(3);
      const { connectionId } = await world.connect();
      network.before = async (url) => {
        if (url.pathname.endsWith(operation.replace("channels.", ""))) throw new Error("reset");
      };
      await leave(world, connectionId);
      expect(await listConnections(world.deps, { agentId: world.agentId })).toEqual([]);
      expect(await world.rows(connectionId)).toEqual([]);
      expect(await world.connection(connectionId)).toMatchObject({ failures: 1, failureKind: "retry" });
      const asked = world.google.requests.length;
      await world.cron();
      expect(world.google.requests).toHaveLength(asked);
      network.before = async () => {};
      world.advance(MINUTE);
      await world.cron();
      expect(world.requests("revoke")).toHaveLength(1);
      expect(live(world)).toEqual([]);
      expect(await tablesOf(world)).toEqual(NOTHING);
    });
  }

  test("is tried for a month and then given up", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const { connectionId } = await world.connect();
    network.before = async () => {
      throw new Error("reset");
    };
    await leave(world, connectionId);
    for (let day = 0; day < 30; day += 5) {
      expect(await tablesOf(world)).toMatchObject({ accounts: 1, connections: 1 });
      world.advance(5 * DAY);
      await world.cron();
    }
    expect(await tablesOf(world)).toEqual(NOTHING);
    expect(world.logged("connection.closed_one_sidedly")).toHaveLength(1);
  });

  test("P8: of another agent's calendar is refused as unknown", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    await expect(disconnect(world.deps, { ownedBy: "agent-stranger", connectionId })).rejects.toMatchObject({
      code: "connection_not_found",
    });
    expect(await tablesOf(world)).toMatchObject({ accounts: 1, connections: 1, channels: 1 });
  });

  test("twice, the second time finds no such calendar; a late job does nothing", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    await leave(world, connectionId);
    await expect(leave(world, connectionId)).rejects.toMatchObject({ code: "connection_not_found" });
    const asked = world.google.requests.length;
    await closeConnection(world.deps, { connectionId });
    expect(world.google.requests).toHaveLength(asked);
  });
});

describe("disconnecting one of several", () => {
  test("leaves the account's other calendars connected", async () => {
    const world = newWorld();
    const { accountId, connectionId } = await world.connect();
    const second = await world.addConnection(accountId, "Second");
    await leave(world, second);
    expect(world.requests("revoke")).toEqual([]);
    expect(live(world)).toHaveLength(1);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    await leave(world, connectionId);
    expect(world.requests("revoke")).toHaveLength(1);
    expect(await tablesOf(world)).toEqual(NOTHING);
  });

  test("all of them at once revokes the grant", async () => {
    const world = newWorld();
    const { accountId, connectionId } = await world.connect();
    const others = [
      await world.addConnection(accountId, "Second"),
      await world.addConnection(accountId, "Third"),
    ];
    await Promise.all([connectionId, ...others].map((id) => leave(world, id)));
    await world.cron();
    world.advance(MINUTE);
    await world.cron();
    expect(world.requests("revoke")).toHaveLength(1);
    expect(live(world)).toEqual([]);
    expect(await tablesOf(world)).toEqual(NOTHING);
  });

  test("D.4.1, L25: leaves another agent's use of the same Google account working", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    const started = await startConsent(world.deps, {
      agentId: "agent-two",
      provider: "GOOGLE",
      returnTo: null,
      accountId: null,
    });
    const callback = new URL(world.google.consent(started.authorizationUrl, { user: world.email }));
    const other = await finishConsent(world.deps, {
      provider: "GOOGLE",
      code: callback.searchParams.get("code"),
      state: callback.searchParams.get("state"),
      error: null,
      sealedState: started.sealedState,
    });
    await world.drain();
    await leave(world, connectionId);
    expect(world.requests("revoke")).toEqual([]);
    const [otherId = ""] = other.connectionIds;
    world.advance(2 * HOUR);
    expect(await world.pull(otherId)).toMatchObject({ outcome: "ok" });
    expect(live(world)).toHaveLength(1);
    await disconnect(world.deps, { ownedBy: "agent-two", connectionId: otherId });
    expect(world.requests("revoke")).toHaveLength(1);
  });
});

describe("connecting again", () => {
  test("after a finished disconnect starts over", async () => {
    const world = newWorld();
    const ids = world.addDaily(3);
    const first = await world.connect();
    await leave(world, first.connectionId);
    const again = await world.connect();
    expect(again.accountId).not.toBe(first.accountId);
    expect((await world.rows(again.connectionId)).map(({ key }) => key)).toEqual(ids);
    expect(live(world)).toHaveLength(1);
  });

  test("a calendar whose disconnect isn't finished restores it, and cron doesn't disconnect it later", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const ids = world.addDaily(3);
    const { connectionId } = await world.connect();
    network.before = async (url) => {
      if (url.pathname.endsWith("/stop")) throw new Error("reset");
    };
    await leave(world, connectionId);
    network.before = async () => {};
    const again = await world.connect();
    expect((await world.rows(again.connectionId)).map(({ key }) => key)).toEqual(ids);
    world.advance(HOUR);
    await world.cron();
    expect(await world.connection(again.connectionId)).toMatchObject({ closingAt: null, failures: 0 });
    expect(live(world)).toHaveLength(1);
    world.add("2026-04-20T10:00:00Z", "2026-04-20T11:00:00Z");
    await world.drain();
    expect(await world.rows(again.connectionId)).toHaveLength(4);
  });
});

describe("choosing calendars", () => {
  test("one that is already connected, doesn't exist or can't be written is refused with the reason", async () => {
    const world = newWorld();
    const { accountId } = await world.connect();
    const { id } = world.google.addCalendar({
      owner: world.email,
      summary: "Shared",
      timeZone: "UTC",
      role: "reader",
    });
    const choose = (calendarId: string, receivesBookings: boolean) =>
      connectCalendar(world.deps, {
        ownedBy: world.agentId,
        accountId,
        calendarId,
        blocksAvailability: true,
        receivesBookings,
      });
    await expect(choose(world.email, true)).rejects.toMatchObject({ code: "connection_exists" });
    await expect(choose("no-such", true)).rejects.toMatchObject({ code: "calendar_not_found" });
    await expect(choose(id, true)).rejects.toMatchObject({ code: "calendar_read_only" });
    expect(await choose(id, false)).toMatchObject({ role: "reader", receivesBookings: false });
  });

  test("one that doesn't block makes no conflict; switched on, it counts after one pull", async () => {
    const world = newWorld();
    world.addDaily(1);
    const { connectionId } = await world.connect();
    const change = (patch: Parameters<typeof changeConnection>[1]["patch"]) =>
      changeConnection(world.deps, { ownedBy: world.agentId, connectionId, patch });
    await change({ blocksAvailability: false });
    expect(await world.ask("2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z")).toMatchObject({
      available: true,
    });
    await change({ blocksAvailability: true });
    await world.drain();
    expect(await world.ask("2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z")).toMatchObject({
      available: false,
    });
  });

  test("one that was switched off for weeks catches up when it is switched on", async () => {
    const world = newWorld();
    const ids = world.addDaily(3);
    const { connectionId } = await world.connect();
    const change = (patch: Parameters<typeof changeConnection>[1]["patch"]) =>
      changeConnection(world.deps, { ownedBy: world.agentId, connectionId, patch });
    await change({ isActive: false });
    world.google.deleteEvent(world.email, String(ids[0]));
    world.add("2026-04-20T10:00:00Z", "2026-04-20T11:00:00Z");
    await world.drain();
    world.advance(20 * DAY);
    await world.cron();
    await change({ isActive: true });
    await world.drain();
    await world.cron();
    const keys = (await world.rows(connectionId)).map(({ start }) => start);
    expect(keys).toContain("2026-04-20T10:00:00Z");
    expect(live(world).filter(({ expiresAt }) => expiresAt > world.deps.now())).toHaveLength(1);
  });
});

test("connecting a calendar of an account that is being disconnected leaves no calendar that can't be read", async () => {
  let leaving: string | null = null;
  const world: GoogleWorld = newWorld({
    fetch: (inner) => async (input, init) => {
      const answer = await inner(input, init);
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (leaving === null || !pathname.endsWith("/calendarList")) return answer;
      const connectionId = leaving;
      leaving = null;
      await leave(world, connectionId);
      return answer;
    },
  });
  const { accountId, connectionId } = await world.connect();
  const { id: calendarId } = world.google.addCalendar({
    owner: world.email,
    summary: "Second",
    timeZone: "Europe/Lisbon",
    push: true,
  });
  leaving = connectionId;
  const connecting = connectCalendar(world.deps, {
    ownedBy: world.agentId,
    accountId,
    calendarId,
    blocksAvailability: true,
    receivesBookings: false,
  });
  await expect(connecting).rejects.toMatchObject({ code: "account_not_found" });
  expect(await tablesOf(world)).toEqual(NOTHING);
});
