// Keep channel: channels are opened, replaced before their end, and reopened after a failure.
import { describe, expect, test } from "vitest";
import { listConnections } from "../../src/accounts/connections.ts";
import { keepChannel } from "../../src/sync/keep-channel.ts";
import type { KnobValues } from "../simulators/google/knobs.ts";
import {
  DAY,
  type GoogleWorld,
  HOUR,
  MINUTE,
  useGoogleWorld,
  watchedNetwork,
} from "../support/google-world.ts";

const newWorld = useGoogleWorld();

const live = (world: GoogleWorld) =>
  world.google.channels().filter(({ stopped, expiresAt }) => !stopped && expiresAt > world.deps.now());

/** Lets so many minutes pass, with a cron run in each. */
async function minutes(world: GoogleWorld, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    world.advance(MINUTE);
    await world.cron();
  }
}

describe("opening a channel", () => {
  test("P8: stores the channel before Google is asked, with only the hash of its secret", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    let stored: unknown;
    network.before = async (url) => {
      if (url.pathname.endsWith("/watch")) stored = (await world.query("SELECT * FROM channels"))[0];
    };
    await world.connect();
    const [channel] = world.google.channels();
    expect(stored).toMatchObject({ id: channel?.id, state: "pending", resource_id: null });
    expect(String(channel?.token).length).toBeGreaterThanOrEqual(32);
    expect(JSON.stringify(await world.query("SELECT * FROM channels"))).not.toContain(channel?.token);
  });

  test("L16, G27: a calendar that can't be watched keeps that verdict, is polled ever more slowly, and stays bookable", async () => {
    const world = newWorld();
    const { accountId } = await world.connect();
    const quiet = await world.addConnection(accountId, "Unwatched", { push: false });
    const connection = await world.connection(quiet);
    expect(connection).toMatchObject({ watch: "unsupported", channelDueAt: null, failures: 0 });
    expect(await world.channels(quiet)).toEqual([]);
    const watches = () => world.requests("events.watch").filter((request) => request.status === 400).length;
    expect(watches()).toBe(1);
    const polls = () =>
      world.requests("events.list").filter(({ calendarId }) => calendarId === connection.calendarId).length;
    const before = polls();
    for (let hour = 0; hour < 24; hour += 1) {
      world.advance(HOUR);
      await world.cron();
    }
    expect(watches()).toBe(1);
    // After one, two and four hours, then every four hours; and two rolls at most.
    expect(polls() - before).toBeGreaterThanOrEqual(6);
    expect(polls() - before).toBeLessThanOrEqual(12);
    world.advance(30 * MINUTE);
    expect(await world.book("b-1", "2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z")).toMatchObject({
      created: true,
    });
  });

  test("G28: a channel id that is taken is replaced by another id, once", async () => {
    const world = newWorld({
      fetch: (inner) => async (input, init) => {
        const request = new Request(input, init);
        // The first request for a channel is sent twice, and the caller gets only the second answer.
        if (request.url.endsWith("/watch") && world.requests("events.watch").length === 0)
          await inner(request.clone());
        return inner(request);
      },
    });
    const { connectionId } = await world.connect();
    expect(world.requests("events.watch")).toMatchObject([{ status: 200 }, { status: 400 }]);
    expect(await world.channels(connectionId)).toEqual([]);
    world.advance(6_000);
    await world.cron();
    expect(await world.channels(connectionId)).toMatchObject([{ state: "active" }]);
    expect(new Set(world.requests("events.watch").map(({ body }) => JSON.stringify(body))).size).toBe(2);
  });

  for (const [value, code] of [
    ["unauthorized", "push.webhookUrlUnauthorized"],
    ["notHttps", "push.webhookUrlNotHttps"],
  ] as const satisfies readonly (readonly [KnobValues["watch.badUrl"], string])[]) {
    test(`G29: an address that Google refuses (${value}) alerts the operator, and the calendar is polled`, async () => {
      const world = newWorld();
      world.google.knobs.set("watch.badUrl", value);
      const { connectionId } = await world.connect();
      expect(world.logged("channel.failed")).toMatchObject([
        { level: "error", fields: { kind: "operator", code } },
      ]);
      expect((await world.account(connectionId)).status).toBe("active");
      expect(await world.connection(connectionId)).toMatchObject({
        watch: "wanted",
        watchFailures: 1,
        failures: 0,
      });
      const id = world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
      await minutes(world, 8);
      expect(await world.rows(connectionId)).toMatchObject([{ key: id }]);
    });
  }

  test("G30: after a lost answer a new channel is opened, and the orphan's notifications do nothing", async () => {
    const world = newWorld();
    world.google.knobs.set("watch.dropAnswer", true, { times: 1 });
    const { connectionId } = await world.connect();
    expect(await world.channels(connectionId)).toEqual([]);
    const [orphan] = live(world);
    world.advance(6_000);
    await world.cron();
    const [channel] = await world.channels(connectionId);
    expect(channel).toMatchObject({ state: "active" });
    expect(channel?.id).not.toBe(orphan?.id);
    const { dirty } = await world.connection(connectionId);
    world.google.touchChannel(orphan?.id ?? "");
    await world.drain();
    expect(world.google.deliveries.at(-1)).toMatchObject({ channelId: orphan?.id, status: 204 });
    expect(await world.connection(connectionId)).toMatchObject({ dirty });
  });

  test("G31: a channel whose life is shorter than asked is replaced before that end", async () => {
    const world = newWorld();
    world.google.knobs.set("watch.maxTtl", 3_600);
    const { connectionId } = await world.connect();
    const [first] = live(world);
    const { channelDueAt } = await world.connection(connectionId);
    expect(channelDueAt).toBeGreaterThan(world.deps.now() + 25 * MINUTE);
    expect(channelDueAt).toBeLessThanOrEqual(world.deps.now() + 40 * MINUTE);
    await minutes(world, 41);
    expect(live(world)).toHaveLength(1);
    expect(live(world)[0]?.id).not.toBe(first?.id);
  });

  test("L14: a channel that can't be opened is tried ever more rarely for ever, and the calendar is polled meanwhile", async () => {
    const world = newWorld();
    world.google.knobs.set("api.status", 503, { operation: "events.watch" });
    const { connectionId } = await world.connect();
    for (let failures = 2; failures <= 25; failures += 1) {
      await world.query("UPDATE connections SET channel_due_at = 0");
      await keepChannel(world.deps, { connectionId });
      expect((await world.connection(connectionId)).watchFailures).toBe(failures);
    }
    const due = (await world.connection(connectionId)).channelDueAt ?? Number.POSITIVE_INFINITY;
    expect(due - world.deps.now()).toBeLessThanOrEqual(HOUR);
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await minutes(world, 8);
    expect(await world.rows(connectionId)).toHaveLength(1);
    world.google.knobs.clear();
    world.advance(HOUR);
    await world.cron();
    expect(await world.channels(connectionId)).toMatchObject([{ state: "active" }]);
    expect(await world.connection(connectionId)).toMatchObject({ watchFailures: 0 });
  });

  test("a Worker that died while opening doesn't hinder the next", async () => {
    const world = newWorld();
    world.google.knobs.set("watch.dropAnswer", true, { times: 1 });
    const { connectionId } = await world.connect();
    await world.query(
      `INSERT INTO channels (id, connection_id, notification_key, secret_hash, state, expires_at, created_at)
         VALUES ('dead', ?, 'dead', 'x', 'pending', ?, ?)`,
      [connectionId, world.deps.now() + DAY, world.deps.now()],
    );
    await minutes(world, 4);
    expect(await world.channels(connectionId)).toMatchObject([{ state: "active" }]);
  });

  test("isn't tried for a calendar that no longer takes part, nor is its subscription renewed", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect({ provider: "OFFICE365" });
    for (const left of ["closing_at = 1", "is_active = 0"]) {
      await world.query(`UPDATE connections SET channel_due_at = 0, closing_at = NULL, is_active = 1`);
      await world.query(`UPDATE connections SET ${left}`);
      world.microsoft.requests.splice(0);
      await keepChannel(world.deps, { connectionId });
      expect(world.microsoft.requests).toEqual([]);
      expect(await world.channels(connectionId)).toMatchObject([{ state: "active" }]);
    }
  });

  test("two Workers that open a channel at once open one", async () => {
    const world = newWorld();
    world.google.knobs.set("api.status", 503, { operation: "events.watch", times: 1 });
    const { connectionId } = await world.connect();
    await world.query("UPDATE connections SET channel_due_at = 0");
    await Promise.all([1, 2, 3].map(() => keepChannel(world.deps, { connectionId })));
    expect(live(world)).toHaveLength(1);
  });
});

describe("replacing a channel", () => {
  /** Connected, at the minute when the channel must be replaced. */
  async function due() {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const { connectionId } = await world.connect();
    const [old] = live(world);
    const { channelDueAt } = await world.connection(connectionId);
    world.advance((channelDueAt ?? 0) - world.deps.now() + 1);
    return { world, network, connectionId, old };
  }

  test("L13, P6: happens well before the end, with overlap, and one pull covers the seam", async () => {
    const { world, network, connectionId, old } = await due();
    expect((old?.expiresAt ?? 0) - world.deps.now()).toBeGreaterThan(20 * HOUR);
    let overlap = 0;
    network.before = async (url) => {
      if (url.pathname.endsWith("/channels/stop")) overlap = live(world).length;
    };
    // No notification comes for it: only the pull after the replacement can find it.
    world.google.knobs.set("push.drop", true, { times: 1 });
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.cron();
    expect(overlap).toBe(2);
    expect(live(world)).toHaveLength(1);
    expect(live(world)[0]?.id).not.toBe(old?.id);
    expect(await world.channels(connectionId)).toMatchObject([{ id: live(world)[0]?.id, state: "active" }]);
    expect(await world.rows(connectionId)).toHaveLength(1);
  });

  test("P6: over a month a channel is alive at every check", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    const seen = new Set<string>();
    for (let hours = 0; hours < 30 * 24; hours += 12) {
      world.advance(12 * HOUR);
      await world.cron();
      expect(live(world)).toHaveLength(1);
      seen.add(live(world)[0]?.id ?? "");
    }
    expect(seen.size).toBeGreaterThanOrEqual(5);
    expect(await world.channels(connectionId)).toHaveLength(1);
  });

  test("G32: a channel that no longer exists counts as stopped", async () => {
    const { world, connectionId, old } = await due();
    world.google.expireChannel(old?.id ?? "");
    await world.cron();
    expect(world.requests("channels.stop")).toMatchObject([{ status: 404 }]);
    expect(await world.channels(connectionId)).toMatchObject([{ state: "active" }]);
    expect(world.logged("channel.failed")).toEqual([]);
  });

  /** A calendar at Microsoft whose subscription must be renewed now. */
  async function subscribed() {
    const world = newWorld();
    const { connectionId } = await world.connect({ provider: "OFFICE365" });
    const asked = (operation: string) =>
      world.microsoft.requests.splice(0).filter((request) => request.operation === operation);
    const renew = async () => {
      await world.query("UPDATE connections SET channel_due_at = 0");
      world.microsoft.requests.splice(0);
      await keepChannel(world.deps, { connectionId });
    };
    return { world, connectionId, asked, renew };
  }

  test("renews the active subscription, though a retiring one couldn't be closed", async () => {
    const { world, connectionId, asked, renew } = await subscribed();
    const [first] = world.microsoft.subscriptions();
    world.microsoft.knobs.set("api.status", 503, { operation: "subscriptions.delete" });
    world.microsoft.sendLifecycle(first?.id ?? "", "subscriptionRemoved");
    await world.drain();
    const states = (await world.channels(connectionId)).map(({ state }) => state);
    expect(states.sort()).toEqual(["active", "retiring"]);
    const [second] = world.microsoft.subscriptions();
    world.advance(DAY);
    await renew();
    expect(asked("subscriptions.update")).toMatchObject([{ status: 200 }]);
    expect(world.microsoft.subscriptions()[0]?.id).toBe(second?.id);
  });

  test("opens a new subscription where the old one has lapsed, without asking for its renewal", async () => {
    const { world, connectionId, asked, renew } = await subscribed();
    const [lapsed] = await world.channels(connectionId);
    world.advance((lapsed?.expiresAt ?? 0) - world.deps.now() + 1);
    await renew();
    expect(asked("subscriptions.update")).toEqual([]);
    expect((await world.channels(connectionId)).map(({ state }) => state)).toEqual(["active"]);
    expect(await world.channels(connectionId)).not.toMatchObject([{ id: lapsed?.id }]);
  });

  test("a stop that fails is tried again, and delays neither the new channel nor its pull", async () => {
    const { world, connectionId, old } = await due();
    world.google.knobs.set("api.status", 503, { operation: "channels.stop", times: 1 });
    world.google.knobs.set("push.drop", true, { times: 1 });
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.cron();
    expect(await world.rows(connectionId)).toHaveLength(1);
    expect(await world.connection(connectionId)).toMatchObject({ watchFailures: 0 });
    const states = (await world.channels(connectionId)).map(({ id, state }) => [id === old?.id, state]);
    expect(states.sort()).toEqual([
      [false, "active"],
      [true, "retiring"],
    ]);
    await minutes(world, 1);
    expect(await world.channels(connectionId)).toMatchObject([{ state: "active" }]);
    expect(world.requests("events.watch")).toHaveLength(2);
    expect(live(world)).toHaveLength(1);
  });

  test("P6: a replacement that fails leaves the old channel active", async () => {
    const { world, connectionId, old } = await due();
    world.google.knobs.set("api.status", 503, { operation: "events.watch" });
    await world.cron();
    expect(live(world)).toMatchObject([{ id: old?.id }]);
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await world.drain();
    expect(await world.rows(connectionId)).toHaveLength(1);
  });
});

describe("a channel that has ended", () => {
  test("L15: a channel that stopped delivering before its end is made up for by the verifying pull", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    for (const channel of world.google.channels()) channel.stopped = true;
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    await minutes(world, 13);
    expect(await world.rows(connectionId)).toHaveLength(1);
  });

  for (const [span, days] of [
    ["a day", 1],
    ["a week", 7.5],
    ["a month", 30],
  ] as const) {
    test(`D.4.11: after the Worker was down for ${span}, one cron run reopens and catches up`, async () => {
      const world = newWorld();
      const ids = world.addDaily(3);
      const { connectionId } = await world.connect();
      world.google.knobs.set("push.drop", true);
      world.google.deleteEvent(world.email, String(ids[2]));
      world.add("2026-04-20T10:00:00Z", "2026-04-20T11:00:00Z");
      world.advance(days * DAY);
      await world.cron();
      const rows = await world.rows(connectionId);
      expect(rows.map(({ start }) => start)).toContain("2026-04-20T10:00:00Z");
      expect(rows.map(({ key }) => key)).not.toContain(ids[2]);
      expect(live(world)).toHaveLength(1);
      expect(await world.connection(connectionId)).toMatchObject({ failures: 0 });
      world.google.knobs.clear();
      world.add("2026-04-21T10:00:00Z", "2026-04-21T11:00:00Z");
      await world.drain();
      expect((await world.rows(connectionId)).map(({ start }) => start)).toContain("2026-04-21T10:00:00Z");
    });
  }

  test("the daily sweep deletes lapsed channels", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    await world.query("UPDATE connections SET sync_enabled = 0");
    world.advance(9 * DAY);
    await world.cron("17 3 * * *");
    expect(await world.channels(connectionId)).toEqual([]);
  });
});

test("the agent sees whether push works", async () => {
  const world = newWorld();
  const { accountId } = await world.connect();
  await world.addConnection(accountId, "Unwatched", { push: false });
  expect((await listConnections(world.deps, { agentId: world.agentId })).map(({ push }) => push)).toEqual([
    "active",
    "unsupported",
  ]);
});
