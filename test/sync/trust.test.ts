// Trust: a watched calendar is pulled ever more rarely while its channel leaves nothing out, and demand shortens that.
import { describe, expect, test } from "vitest";
import {
  DAY,
  type GoogleWorld,
  HOUR,
  MINUTE,
  useGoogleWorld,
  watchedNetwork,
} from "../support/google-world.ts";

const newWorld = useGoogleWorld();

/** Lets time pass until the calendar's next pull by the clock, which cron finds. Returns how long that was. */
async function untilNextPull(world: GoogleWorld, connectionId: string): Promise<number> {
  const { pollDueAt, lastSyncAt } = await world.connection(connectionId);
  world.advance(Math.max(0, pollDueAt - world.deps.now()) + 1);
  await world.cron();
  return pollDueAt - (lastSyncAt ?? 0);
}

/** A calendar that has earned a day, of an agent whom nobody asks about. */
async function trusted(world: GoogleWorld) {
  const { connectionId } = await world.connect();
  await world.query("UPDATE connections SET trusted_ms = ? WHERE id = ?", [DAY, connectionId]);
  await untilNextPull(world, connectionId);
  return connectionId;
}

const expectWithin = (value: number, most: number) => {
  expect(value).toBeLessThanOrEqual(most);
  expect(value).toBeGreaterThanOrEqual(0.9 * most - 1_000);
};

describe("a watched calendar of a cold agent", () => {
  test("is pulled after ten minutes, then after twice the time each time, and at least once a day", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    for (const minutes of [10, 20, 40, 80, 160, 320, 640, 1_280, 1_440, 1_440])
      expectWithin(await untilNextPull(world, connectionId), minutes * MINUTE);
    expect(await world.connection(connectionId)).toMatchObject({ trustedMs: DAY });
  });

  test("P4: whose channel leaves out a change is found, pulled often again, and gets another channel", async () => {
    const world = newWorld();
    const connectionId = await trusted(world);
    const [dead] = await world.channels(connectionId);
    world.google.knobs.set("push.drop", true);
    world.add("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    expectWithin(await untilNextPull(world, connectionId), DAY);
    expect(await world.connection(connectionId)).toMatchObject({ trustedMs: 0 });
    await world.cron();
    const channels = await world.channels(connectionId);
    expect(channels.map(({ state }) => state)).toEqual(["active"]);
    expect(channels[0]?.id).not.toBe(dead?.id);
    expectWithin(await untilNextPull(world, connectionId), 10 * MINUTE);
  });

  test("P6: whose channel can't be replaced is pulled at once, and at short intervals until it has one again", async () => {
    const world = newWorld();
    const connectionId = await trusted(world);
    world.google.knobs.set("api.status", 503, { operation: "events.watch" });
    await world.query("UPDATE connections SET channel_due_at = 0 WHERE id = ?", [connectionId]);
    const before = world.requests("events.list").length;
    await world.cron();
    await world.cron();
    expect(world.requests("events.list").length).toBeGreaterThan(before);
    expectWithin(await untilNextPull(world, connectionId), 5 * MINUTE);
    world.google.knobs.clear();
    await world.query("UPDATE connections SET channel_due_at = 0 WHERE id = ?", [connectionId]);
    await world.cron();
    expectWithin(await untilNextPull(world, connectionId), DAY);
  });

  test("keeps its trust where a notification tells of the change", async () => {
    const world = newWorld();
    const connectionId = await trusted(world);
    world.add("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    await world.drain();
    expect(await world.connection(connectionId)).toMatchObject({ trustedMs: DAY });
  });

  test("keeps its trust where the notification comes during the pull", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const connectionId = await trusted(world);
    world.add("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    network.before = async (url) => {
      if (url.pathname.endsWith("/events")) await world.google.flush();
    };
    await world.pull(connectionId);
    expect(await world.connection(connectionId)).toMatchObject({ trustedMs: DAY });
  });

  test("keeps its trust through a listing, which says nothing about the channel", async () => {
    const world = newWorld();
    const connectionId = await trusted(world);
    world.addDaily(2);
    await world.drain();
    await world.query("UPDATE connections SET cursor = NULL WHERE id = ?", [connectionId]);
    await untilNextPull(world, connectionId);
    expect(await world.connection(connectionId)).toMatchObject({ trustedMs: DAY });
  });

  test("has its roll with its daily pull, on one token", async () => {
    const world = newWorld();
    const connectionId = await trusted(world);
    await world.cron();
    const [rolls, tokens] = [world.requests("events.list").length, world.requests("token").length];
    await untilNextPull(world, connectionId);
    await world.cron();
    expect(world.requests("events.list").length - rolls).toBe(2);
    expect(world.requests("token").length - tokens).toBe(1);
    const { rollDueAt, pollDueAt } = await world.connection(connectionId);
    expect(rollDueAt).toBeGreaterThanOrEqual(pollDueAt);
  });
});

describe("an agent who is asked about", () => {
  test("is pulled within the hour, for as long as somebody asks", async () => {
    const world = newWorld();
    const connectionId = await trusted(world);
    world.advance(2 * HOUR);
    await world.ask("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    await world.drain();
    for (let pulls = 0; pulls < 6; pulls += 1) expectWithin(await untilNextPull(world, connectionId), HOUR);
    await untilNextPull(world, connectionId);
    // Nobody has asked for six hours.
    expectWithin(await untilNextPull(world, connectionId), DAY);
  });

  test("has the next pull brought forward where the answer needed none", async () => {
    const world = newWorld();
    const connectionId = await trusted(world);
    const before = world.requests("events.list").length;
    await world.ask("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    await world.drain();
    expect(world.requests("events.list").length).toBe(before);
    await world.cron();
    expect(world.requests("events.list").length).toBeGreaterThan(before);
    expectWithin(await untilNextPull(world, connectionId), HOUR);
  });

  test("by a booking is hot as well", async () => {
    const world = newWorld();
    const connectionId = await trusted(world);
    await world.book("b-1", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    await world.drain();
    await world.cron();
    expectWithin(await untilNextPull(world, connectionId), HOUR);
  });
});

describe("calendars without push", () => {
  test("of a cold agent are polled ever more rarely, and of a hot one as often as ever", async () => {
    const world = newWorld();
    const { connectionId } = await world.connectByPassword();
    // The first comes before it is known that there is no push.
    for (const minutes of [5, 30, 60, 120, 240, 240])
      expectWithin(await untilNextPull(world, connectionId), minutes * MINUTE);
    await world.ask("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    await world.drain();
    await world.cron();
    for (let polls = 0; polls < 3; polls += 1)
      expectWithin(await untilNextPull(world, connectionId), 5 * MINUTE);
  });
});
