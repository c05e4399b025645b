// Bulk: one call holds many operations; each has an outcome of its own, and one agent's are done in order.
import { describe, expect, test } from "vitest";
import { type BulkOperation, type BulkOutcome, runBulk } from "../../src/bookings/bulk.ts";
import type { CreateInput } from "../../src/bookings/create.ts";
import type { Deps } from "../../src/deps.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { workerOf } from "../support/worker.ts";
import { createWorld, type World } from "../support/world.ts";
import { bookingRequest, liveEvents, slot } from "./requests.ts";

const databaseUrl = useOwnDatabase();
const MINUTE = 60_000;

const createOwnWorld = () => createWorld({ databaseUrl: databaseUrl() });

/** Half an hour of Tuesday 2026-03-03. */
const halfHour = (n: number) => {
  const start = Date.parse("2026-03-03T00:00:00Z") + n * 30 * MINUTE;
  return slot(new Date(start).toISOString(), new Date(start + 30 * MINUTE).toISOString());
};

function create(world: Pick<World, "agentId">, change: Partial<CreateInput> = {}): BulkOperation {
  const { deliver: _, ...input } = bookingRequest(world, change);
  return { action: "create", input };
}

const cancel = ({ agentId }: Pick<World, "agentId">, bookingId = "b-1"): BulkOperation => ({
  action: "cancel",
  input: { agentId, bookingId },
});

const change = (
  { agentId }: Pick<World, "agentId">,
  title: string,
  moved: ReturnType<typeof slot> | null = null,
  bookingId = "b-1",
): BulkOperation => ({
  action: "change",
  input: { agentId, bookingId, changes: { title }, slot: moved, maxAgeMs: null, force: false },
});

/** Each outcome in short: the error's code, or the booking's state and revision. */
const summary = (outcomes: readonly BulkOutcome[]) =>
  outcomes.map((outcome) =>
    "error" in outcome
      ? outcome.error.code
      : `${outcome.answer.booking.state} ${outcome.answer.booking.revision}`,
  );

describe("Operations on one agent", () => {
  test("are done in order: each sees the result of the one before", async () => {
    const world = createOwnWorld();
    await world.connect();
    const outcomes = await runBulk(world.deps, [
      create(world, { slot: halfHour(20) }),
      create(world, { bookingId: "b-2", slot: halfHour(20) }),
      change(world, "Moved", halfHour(22)),
      create(world, { bookingId: "b-3", slot: halfHour(20) }),
      cancel(world),
      change(world, "Too late"),
      create(world, { bookingId: "b-4", slot: halfHour(22) }),
      cancel(world, "nothing"),
      cancel(world),
    ]);
    expect(summary(outcomes)).toEqual([
      "confirmed 1",
      "slot_taken",
      "confirmed 2",
      "confirmed 1",
      "cancelled 3",
      "booking_cancelled",
      "confirmed 1",
      "booking_not_found",
      "cancelled 3",
    ]);
  });

  test("P3: write no calendar during the call, and every calendar after it", async () => {
    const world = createOwnWorld();
    await world.connect();
    const before = world.google.requests.length;
    const bookings = Array.from({ length: 20 }, (_, n) =>
      create(world, { bookingId: `b-${n}`, slot: halfHour(n + 10) }),
    );
    const outcomes = await runBulk(world.deps, [...bookings, cancel(world, "b-3"), change(world, "New")]);
    const writes = world.google.requests
      .slice(before)
      .filter(({ operation }) => /insert|patch|update/.test(operation ?? ""));
    expect(writes).toEqual([]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ answer: { results: [{ status: "pending", reason: null }] } });
    }
    // One job a booking, although two bookings changed twice.
    expect(world.jobs.urgent).toHaveLength(20);
    await world.drain();
    expect(liveEvents(world)).toHaveLength(18);
    expect(liveEvents(world, "New")).toHaveLength(1);
  });

  test("P3: reach the calendars with the next sweep when the queue takes no jobs", async () => {
    const world = createOwnWorld();
    await world.connect();
    const send = async () => {
      throw new Error("the queue is away");
    };
    const outcomes = await runBulk({ ...world.deps, queue: { send } }, [create(world)]);
    expect(summary(outcomes)).toEqual(["confirmed 1"]);
    expect(liveEvents(world)).toHaveLength(0);
    world.advance(MINUTE);
    await world.cron();
    expect(liveEvents(world)).toHaveLength(1);
  });

  test("P1: never overlap, however many bulks race for the same slots", async () => {
    const world = createOwnWorld();
    await world.connect();
    const bulks = Array.from({ length: 6 }, (_, caller) =>
      runBulk(
        workerOf(world),
        Array.from({ length: 8 }, (__, n) =>
          create(world, { bookingId: `b-${caller}-${n}`, slot: halfHour(20 + ((n + caller) % 8)) }),
        ),
      ),
    );
    const codes = (await Promise.all(bulks)).flatMap(summary);
    expect(codes.filter((code) => code === "confirmed 1")).toHaveLength(8);
    expect(codes.filter((code) => code === "slot_taken")).toHaveLength(40);
    const [overlaps] = await world.query(
      `SELECT count(*) AS total FROM bookings a JOIN bookings b ON a.agent_id = b.agent_id
         AND a.booking_id < b.booking_id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
       WHERE a.agent_id = ?`,
      [world.agentId],
    );
    expect(overlaps).toMatchObject({ total: 0 });
  });
});

describe("Operations on several agents", () => {
  test("run side by side, six at most, and one agent's failure touches no other agent", async () => {
    const worlds = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const world = createOwnWorld();
        await world.connect();
        return world;
      }),
    );
    const [first] = worlds;
    if (first === undefined) throw new Error("there is no world");
    let atWork = 0;
    let most = 0;
    const watched =
      <A extends unknown[], T>(work: (...input: A) => Promise<T>) =>
      async (...input: A): Promise<T> => {
        atWork += 1;
        most = Math.max(most, atWork);
        // Waits until all have begun.
        await first.deps.sleep(50);
        try {
          return await work(...input);
        } finally {
          atWork -= 1;
        }
      };
    const { db } = first.deps;
    const deps: Deps = { ...first.deps, db: { ...db, write: watched(db.write) } };
    const operations = worlds.flatMap((world) => [create(world), cancel(world, "nothing")]);
    const outcomes = await runBulk(deps, operations);
    expect(summary(outcomes)).toEqual(worlds.flatMap(() => ["confirmed 1", "booking_not_found"]));
    expect(most).toBe(6);
  });

  test("an unforeseen error ends only its own operation, and the answer says nothing about it", async () => {
    const world = createOwnWorld();
    await world.connect();
    const { db } = world.deps;
    let isFirst = true;
    const write: typeof db.write = async (statements) => {
      if (isFirst) {
        isFirst = false;
        throw new TypeError("canary");
      }
      return db.write(statements);
    };
    const outcomes = await runBulk({ ...world.deps, db: { ...db, write } }, [
      create(world),
      create(world, { bookingId: "b-2" }),
    ]);
    expect(summary(outcomes)).toEqual(["internal_error", "confirmed 1"]);
    expect(outcomes[0]).not.toMatchObject({ error: { message: expect.stringContaining("canary") } });
  });
});

test("a calendar that hangs is waited for once, not once for each operation", async () => {
  let listings = 0;
  let hangs = false;
  const world = createWorld({
    databaseUrl: databaseUrl(),
    bindings: { PULL_BUDGET_SECONDS: "1" },
    fetch: (inner) => (input, init) => {
      const { method, url } = new Request(input, init);
      if (!hangs || method !== "GET" || !url.includes("/events")) return inner(input, init);
      listings += 1;
      return new Promise(() => {});
    },
  });
  await world.connect();
  hangs = true;
  world.advance(2 * MINUTE);
  const operations = [20, 21, 22, 23, 24, 25].map((n) =>
    create(world, { bookingId: `b-${n}`, slot: halfHour(n), maxAgeMs: 0 }),
  );
  const waited: number[] = [];
  const sleep: Deps["sleep"] = (ms) => {
    if (ms > 500) waited.push(ms);
    return world.deps.sleep(ms);
  };
  const outcomes = await runBulk({ ...world.deps, sleep }, operations);
  expect(summary(outcomes)).toEqual(operations.map(() => "slot_unverified"));
  expect(waited).toHaveLength(1);
  expect(listings).toBe(1);
});
