// Pull batch: the pulls of one queue batch share their requests to the database, and nothing else.
import { describe, expect, test } from "vitest";
import type { Job } from "../../src/deps.ts";
import { runJob, runJobs } from "../../src/jobs.ts";
import { pullConnection } from "../../src/sync/pull.ts";
import { rollWindow } from "../../src/sync/roll-window.ts";
import {
  DAY,
  type GoogleWorld,
  HOUR,
  MINUTE,
  useGoogleWorld,
  watchedDatabase,
  watchedNetwork,
} from "../support/google-world.ts";
import { lossyWorld } from "../support/lossy-world.ts";
import { useOwnDatabase } from "../support/own-database.ts";

const newWorld = useGoogleWorld();

const isListing = (url: URL) => url.pathname.endsWith("/events");
const isWrite = (body: string) => body.includes("BEGIN IMMEDIATE");

/** A world with this many idle calendars, all of them due. */
async function idleCalendars(count: number) {
  const network = watchedNetwork();
  const database = watchedDatabase();
  const world = newWorld({ fetch: network.fetch, ...database });
  const { accountId, connectionId } = await world.connect();
  const ids = [connectionId];
  while (ids.length < count) ids.push(await world.addConnection(accountId, `Calendar ${ids.length}`));
  world.google.knobs.set("push.drop", true);
  await due(world);
  return { world, network, database, ids };
}

const due = (world: GoogleWorld) => world.query("UPDATE connections SET poll_due_at = 0");

/** Hands jobs over as a queue does. Tells which messages were acknowledged and which come again. */
async function handOver(world: GoogleWorld, jobs: readonly Job[]) {
  const acked: number[] = [];
  const retried: number[] = [];
  await runJobs(
    world.deps,
    jobs.map((body, index) => ({
      body,
      ack: () => void acked.push(index),
      retry: () => void retried.push(index),
    })),
  );
  return { acked: acked.sort((a, b) => a - b), retried: retried.sort((a, b) => a - b) };
}

const pulls = (ids: readonly string[]) => ids.map((connectionId): Job => ({ kind: "pull", connectionId }));

/** What was counted of a connection today. */
const tally = async (world: GoogleWorld, id: string) => (await world.connection(id)).tally ?? {};

const unchangedOf = async (world: GoogleWorld, id: string) => (await tally(world, id))["unchanged"] ?? 0;

describe("idle calendars of one batch", () => {
  test("are read with one request and settled with one write, each acknowledged", async () => {
    const { world, database, ids } = await idleCalendars(12);
    const before = await Promise.all(ids.map((id) => world.connection(id)));
    const bodies: string[] = [];
    database.before = async (body) => void bodies.push(body);
    expect(await handOver(world, pulls(ids))).toEqual({ acked: ids.map((_, index) => index), retried: [] });
    expect(bodies.filter(isWrite)).toHaveLength(1);
    expect(bodies).toHaveLength(2);
    for (const [index, id] of ids.entries()) {
      const after = await world.connection(id);
      expect(after.verifiedAt).toBeGreaterThan(before[index]?.verifiedAt ?? 0);
      expect(after).toMatchObject({ leaseId: null, leaseUntil: 0, failures: 0, roundStartedAt: null });
      expect(after.pollDueAt).toBeGreaterThan(world.deps.now());
      expect((await tally(world, id))["unchanged"]).toBe((before[index]?.tally?.["unchanged"] ?? 0) + 1);
    }
  });

  test("leave no record of their own, and the first pull of another day stores the day that is over", async () => {
    const { world, ids } = await idleCalendars(3);
    const recorded = await world.query("SELECT COUNT(*) AS total FROM sync_runs");
    const [id = ""] = ids;
    const yesterday = await tally(world, id);
    world.advance(DAY);
    await due(world);
    await handOver(world, pulls(ids));
    expect(await world.query("SELECT COUNT(*) AS total FROM sync_runs")).toEqual(recorded);
    const days = await world.query("SELECT counts FROM sync_days WHERE connection_id = ?", [id]);
    expect(days.map((row) => JSON.parse(String(row["counts"])))).toEqual([yesterday]);
    expect(await tally(world, id)).toMatchObject({ delta: 1, unchanged: 1 });
  });

  test("P4: a calendar that comes twice in a batch is asked once", async () => {
    const { world, ids } = await idleCalendars(2);
    const asked = world.requests("events.list").length;
    const { acked } = await handOver(world, pulls([...ids, ...ids]));
    expect(acked).toEqual([0, 1, 2, 3]);
    expect(world.requests("events.list")).toHaveLength(asked + 2);
  });
});

describe("a batch of which only some have nothing new", () => {
  test("P2, P9: changes are written, failures recorded, and every other calendar is settled", async () => {
    const { world, network, ids } = await idleCalendars(4);
    const failing = encodeURIComponent((await world.connection(ids[2] ?? "")).calendarId);
    network.before = async (url) => {
      if (isListing(url) && url.pathname.includes(failing)) throw new TypeError("fetch failed");
    };
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    const jobs: Job[] = [
      ...pulls(ids),
      { kind: "pull", connectionId: "no-such" },
      { kind: "nothing" } as never,
    ];
    expect(await handOver(world, jobs)).toEqual({ acked: [0, 1, 2, 3, 4], retried: [5] });
    expect(await world.rows(ids[0] ?? "")).toHaveLength(1);
    expect(await world.connection(ids[2] ?? "")).toMatchObject({ failures: 1, leaseId: null });
    expect(await tally(world, ids[2] ?? "")).toMatchObject({ failed: 1, "failed.retry": 1 });
    for (const id of [ids[1], ids[3]]) {
      expect((await world.connection(id ?? "")).pollDueAt).toBeGreaterThan(world.deps.now());
    }
  });

  test("a change is asked for once, page by page", async () => {
    const { world, ids } = await idleCalendars(1);
    world.addDaily(5);
    world.google.knobs.set("list.shortPage", 2);
    const asked = world.requests("events.list").length;
    await handOver(world, pulls(ids));
    expect(world.requests("events.list")).toHaveLength(asked + 3);
    expect(await world.rows(ids[0] ?? "")).toHaveLength(5);
  });

  test("a failing provider is asked once, and its failure held off", async () => {
    const { world, ids } = await idleCalendars(1);
    world.google.knobs.set("api.status", 503);
    const asked = world.requests("events.list").length;
    await handOver(world, pulls(ids));
    expect(world.requests("events.list")).toHaveLength(asked + 1);
    expect((await world.connection(ids[0] ?? "")).nextAttemptAt).toBeGreaterThan(world.deps.now());
  });

  test("a worthless cursor is replaced, and a token that is refused is refreshed", async () => {
    const { world, ids } = await idleCalendars(1);
    world.addDaily(3);
    world.google.expireSyncTokens();
    world.google.expireAccessTokens(world.email);
    await handOver(world, pulls(ids));
    expect(await world.rows(ids[0] ?? "")).toHaveLength(3);
    expect(await world.connection(ids[0] ?? "")).toMatchObject({ failures: 0, leaseId: null });
  });

  test("P3: an event of ours that no pull has named is doubted, though nothing has changed", async () => {
    const { world, ids } = await idleCalendars(1);
    await world.book("b-1", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    await world.drain();
    await handOver(world, pulls(ids));
    await due(world);
    await world.query("UPDATE deliveries SET seen_generation = -1, look_due_at = NULL");
    world.advance(HOUR);
    await handOver(world, pulls(ids));
    const [delivery] = await world.query("SELECT look_due_at FROM deliveries");
    expect(delivery?.["look_due_at"]).not.toBeNull();
    expect(world.jobs.urgent).toContainEqual({
      kind: "look-at-copy",
      connectionId: ids[0],
      bookingId: "b-1",
    });
  });

  test("where the database fails, each message comes again", async () => {
    const { world, database, ids } = await idleCalendars(3);
    database.before = async () => {
      throw new TypeError("fetch failed");
    };
    expect(await handOver(world, pulls(ids))).toEqual({ acked: [], retried: [0, 1, 2] });
  });
});

describe("what comes in between the provider's answer and the settlement", () => {
  /** Does something once, while the provider is asked. */
  async function during(work: (world: GoogleWorld, id: string) => Promise<unknown>) {
    const { world, network, ids } = await idleCalendars(1);
    const [id = ""] = ids;
    const before = await unchangedOf(world, id);
    let done = false;
    network.before = async (url) => {
      if (done || !isListing(url)) return;
      done = true;
      await work(world, id);
    };
    await runJob(world.deps, { kind: "pull", connectionId: id });
    const unchanged = (await unchangedOf(world, id)) - before;
    return { world, id, unchanged };
  }

  test("P4: a hint is followed up at once", async () => {
    const asked = async (world: GoogleWorld, id: string) =>
      world.query("UPDATE connections SET dirty = dirty + 1 WHERE id = ?", [id]);
    const { world, id, unchanged } = await during(asked);
    const { dirty, clean } = await world.connection(id);
    expect(clean).toBe(dirty);
    expect(unchanged).toBe(2);
  });

  test("another pull: only one of the two is counted", async () => {
    const { world, id, unchanged } = await during((world, connectionId) =>
      pullConnection(world.deps, { connectionId, verifiedSince: world.deps.now() }),
    );
    expect(unchanged).toBe(1);
    expect(await world.connection(id)).toMatchObject({ leaseId: null, roundStartedAt: null });
  });

  test("L3: a roll of the window: what entered the window by then isn't taken for settled", async () => {
    const { world, id } = await during(async (world, connectionId) => {
      world.advance(DAY);
      await world.query("UPDATE connections SET roll_due_at = 0");
      await rollWindow(world.deps, { connectionId });
      // Beyond the window that the pull has asked for, and inside the one that the roll has made.
      world.add("2027-04-07T10:00:00Z", "2027-04-07T11:00:00Z");
    });
    expect(await world.rows(id)).toHaveLength(1);
  });

  test("a lease of another worker: its calendar is left alone", async () => {
    const before: unknown[] = [];
    const { world, id } = await during(async (world, connectionId) => {
      await world.query("UPDATE connections SET lease_id = 'other', lease_until = ?", [
        world.deps.now() + HOUR,
      ]);
      before.push(await world.connection(connectionId));
    });
    expect(await world.connection(id)).toEqual(before[0]);
  });

  test("the agent switches the calendar off: nothing is written", async () => {
    const { unchanged } = await during((world) => world.query("UPDATE connections SET sync_enabled = 0"));
    expect(unchanged).toBe(0);
  });
});

describe("a slow provider", () => {
  test("delays the settlement of no other calendar", async () => {
    const { world, network, ids } = await idleCalendars(4);
    const slow = encodeURIComponent((await world.connection(ids[3] ?? "")).calendarId);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    network.before = async (url) => {
      if (isListing(url) && url.pathname.includes(slow)) await held;
    };
    const acked: string[] = [];
    const message = (connectionId: string) => ({
      body: { kind: "pull", connectionId } as const,
      ack: () => {
        acked.push(connectionId);
        if (acked.length === 3) release();
      },
      retry: () => {},
    });
    await runJobs(world.deps, ids.map(message));
    expect(acked).toHaveLength(4);
    expect(acked.at(-1)).toBe(ids[3]);
  });
});

describe("with the answer to every write lost once", () => {
  const databaseUrl = useOwnDatabase();

  test("P5: a pull is counted once, by itself and in a batch", async () => {
    const { world } = lossyWorld(databaseUrl());
    const { connectionId } = await world.connect();
    const counted = async () => {
      const [row] = await world.query("SELECT tally FROM connections");
      return Number(JSON.parse(String(row?.["tally"]))["unchanged"] ?? 0);
    };
    const first = await counted();
    await world.query("UPDATE connections SET poll_due_at = 0");
    await runJob(world.deps, { kind: "pull", connectionId });
    expect(await counted()).toBe(first + 1);
    world.advance(MINUTE);
    const pulled = await pullConnection(world.deps, { connectionId, verifiedSince: world.deps.now() });
    expect(pulled).toMatchObject({ kind: "pulled", report: { outcome: "ok" } });
    expect(await counted()).toBe(first + 2);
  });
});
