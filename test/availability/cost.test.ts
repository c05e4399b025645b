// P7: counts the requests to the database, the requests to Google and the rows read for an answer.

import { expect, test } from "vitest";
import * as z from "zod";
import { checkAvailability, checkMany } from "../../src/availability/check.ts";
import { findCommonSlots, findSlots } from "../../src/availability/slots.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { pullConnection } from "../../src/sync/pull.ts";
import { bookingRequest, SLOT } from "../bookings/requests.ts";
import { seedStatements } from "../support/seed.ts";
import { createWorld, type World } from "../support/world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * libSQL's statistics about each statement, alone or in a batch. The client drops them, so they are read from the wire.
 */
const Step = z.object({ rows_read: z.number().default(0) });
const Result = Step.extend({ step_results: z.array(Step.nullable()).default([]) });
const Answer = z.object({
  results: z.array(z.object({ response: z.object({ result: Result.optional() }).optional() })),
});

/** A world that records its requests in order: "database", or Google's operation. */
function createCountedWorld() {
  const requests: string[] = [];
  let rowsRead = 0;
  const world = createWorld({
    databaseFetch: (inner) => async (input, init) => {
      requests.push("database");
      const response = await inner(input, init);
      const { results } = Answer.parse(await response.clone().json());
      const steps = results.flatMap(({ response: answer }) => [
        answer?.result,
        ...(answer?.result?.step_results ?? []),
      ]);
      rowsRead += steps.reduce((sum, step) => sum + (step?.rows_read ?? 0), 0);
      return response;
    },
    fetch: (inner) => async (input, init) => {
      const response = await inner(input, init);
      requests.push(world.google.requests.at(-1)?.operation ?? "unknown");
      return response;
    },
  });
  const during = async (work: () => Promise<unknown>) => {
    requests.length = 0;
    rowsRead = 0;
    await work();
    return { requests: [...requests], rowsRead };
  };
  return { world, during };
}

const check = (world: World, slot = SLOT, agentId = world.agentId) =>
  checkAvailability(world.deps, { agentId, slot, purpose: "confirm", maxAgeMs: HOUR });

test("P7: a check on fresh calendars is one request to the database and none to Google", async () => {
  const { world, during } = createCountedWorld();
  await world.connect();
  expect((await during(() => check(world))).requests).toEqual(["database"]);
});

test("P7: that somebody asks about a cold agent is noted once, behind the answer; a hot one costs one request and no write", async () => {
  const { world, during } = createCountedWorld();
  const { connectionId } = await world.connect();
  await world.query("UPDATE connections SET poll_due_at = ?, trusted_ms = ? WHERE id = ?", [
    world.deps.now() + 20 * HOUR,
    DAY,
    connectionId,
  ]);
  expect((await during(() => check(world))).requests).toEqual(["database", "database"]);
  await world.drain();
  expect((await during(() => check(world))).requests).toEqual(["database"]);
  // The pull that was brought forward plans the next one for a hot agent.
  await pullConnection(world.deps, { connectionId, verifiedSince: null });
  const [row] = await world.query("SELECT poll_due_at FROM connections WHERE id = ?", [connectionId]);
  expect(Number(row?.["poll_due_at"])).toBeLessThanOrEqual(world.deps.now() + HOUR);
  for (let minutes = 0; minutes < 50; minutes += 10) {
    world.advance(10 * MINUTE);
    expect((await during(() => check(world))).requests).toEqual(["database"]);
  }
});

test("P7: fifty checks at once are one request", async () => {
  const { world, during } = createCountedWorld();
  await world.connect();
  const checks = Array.from({ length: 50 }, (_, index) => ({
    agentId: world.agentId,
    slot: { start: SLOT.start + index * HOUR, end: SLOT.end + index * HOUR },
    purpose: "display" as const,
    maxAgeMs: null,
  }));
  const { requests } = await during(async () => {
    expect(await checkMany(world.deps, { checks })).toHaveLength(50);
  });
  expect(requests).toEqual(["database"]);
});

test("P7: the free slots of two months are one request", async () => {
  const { world, during } = createCountedWorld();
  await world.connect();
  const search = {
    agentId: world.agentId,
    from: SLOT.start,
    to: SLOT.start + 60 * DAY,
    durationMs: HOUR,
    stepMs: HOUR,
    limit: 5_000,
    purpose: "display" as const,
    maxAgeMs: null,
  };
  expect((await during(() => findSlots(world.deps, search))).requests).toEqual(["database"]);
});

test("P7: the slots of a hundred agents are one request, and read no rows but their own", async () => {
  const { world, during } = createCountedWorld();
  const { db } = world.deps;
  const now = world.deps.now();
  const ids = Array.from({ length: 100 }, (_, index) => `${world.agentId}-${index}`);
  for (const agentId of ids) {
    const connectionId = `${agentId}-c`;
    const event = { connectionId, eventKey: "e", status: "busy", allDay: false, bookingId: null } as const;
    const rows = [{ ...event, startsAt: SLOT.start, endsAt: SLOT.end }];
    await db.write(seedStatements(db, { agentId, now, connections: [{ id: connectionId }], rows }));
  }
  const find = (agents: readonly string[]) =>
    during(() =>
      findCommonSlots(world.deps, {
        groups: [{ agents, required: 1 }],
        from: SLOT.start,
        to: SLOT.start + 7 * DAY,
        durationMs: HOUR,
        stepMs: HOUR,
        limit: 1_000,
        purpose: "display",
        maxAgeMs: null,
      }),
    );
  await find(ids);
  await world.drain();
  const one = await find(ids.slice(0, 1));
  const ten = await find(ids.slice(0, 10));
  const all = await find(ids);
  expect([one.requests, ten.requests, all.requests]).toEqual([["database"], ["database"], ["database"]]);
  expect(ten.rowsRead).toBeLessThanOrEqual(10 * (one.rowsRead + 1));
  expect(all.rowsRead).toBeLessThanOrEqual(10 * ten.rowsRead);
});

test("P7: a booking on fresh calendars is one request to the database before Google is written, and one after", async () => {
  const { world, during } = createCountedWorld();
  await world.connect();
  const { requests } = await during(() => createBooking(world.deps, bookingRequest(world)));
  expect(requests).toEqual(["database", "events.insert", "database"]);
});

test("P7: a refused booking is one request before the answer, one behind it that counts it, and leaves Google alone", async () => {
  const { world, during } = createCountedWorld();
  await world.connect();
  await createBooking(world.deps, bookingRequest(world));
  await world.drain();
  const second = createBooking(world.deps, bookingRequest(world, { bookingId: "b-2" }));
  await expect(second).rejects.toMatchObject({ code: "slot_taken" });
  const third = () =>
    createBooking(world.deps, bookingRequest(world, { bookingId: "b-3" })).catch((error: unknown) => error);
  expect((await during(third)).requests).toEqual(["database", "database"]);
});

test("P7: the rows read depend on the day asked for, not on how much is cached", {
  timeout: 60_000,
}, async () => {
  const { world, during } = createCountedWorld();
  const { db } = world.deps;
  const agentId = `${world.agentId}-busy`;
  const now = world.deps.now();
  const connectionId = `${agentId}-c1`;
  await db.write(seedStatements(db, { agentId, now, connections: [{ id: connectionId }] }));
  /** Caches events of half an hour, one every four hours, from number `from` to number `to`. */
  const cache = (from: number, to: number) =>
    world.query(
      `WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
       INSERT INTO busy (agent_number, connection_number, starts_at, ends_at, event_key, status, all_day, generation)
       SELECT a.number, c.number, ? + i * ?, ? + i * ? + ?, 'e' || i, 'busy', 0, 1
       FROM n, connections c JOIN agents a ON a.agent_id = c.agent_id WHERE c.id = ?`,
      [from, to, SLOT.start - DAY, 4 * HOUR, SLOT.start - DAY, 4 * HOUR, 30 * MINUTE, connectionId],
    );
  await cache(0, 1_000);
  const slot = { start: SLOT.start + HOUR, end: SLOT.end + HOUR };
  // The first check may note demand behind its answer, which reads rows as well.
  await check(world, slot, agentId);
  await world.drain();
  const few = await during(() => check(world, slot, agentId));
  await cache(1_000, 20_000);
  const many = await during(() => check(world, slot, agentId));
  expect(many.rowsRead).toBe(few.rowsRead);
  // The rows of agent, connection and account, and the events within a day before and after the slot.
  expect(many.rowsRead).toBeLessThanOrEqual(4 + (DAY + HOUR + DAY) / (4 * HOUR));
});
