// Idempotent writes: the answer to each write is lost once, and sending it again does no harm.
import { describe, expect, test } from "vitest";
import { disconnect } from "../../src/accounts/disconnect.ts";
import { checkAvailability } from "../../src/availability/check.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { listDeadLetters } from "../../src/dead-letters/list.ts";
import { recordDeadLetters } from "../../src/dead-letters/record.ts";
import { retryDeadLetter } from "../../src/dead-letters/retry.ts";
import { syncNow } from "../../src/sync/sync-now.ts";
import { bookingRequest, liveEvents, SLOT } from "../bookings/requests.ts";
import { lossyWorld } from "../support/lossy-world.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import type { World } from "../support/world.ts";

const databaseUrl = useOwnDatabase();

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const createLossyWorld = () => lossyWorld(databaseUrl());

const sync = (world: World, connectionId: string) => syncNow(world.deps, { ownedBy: null, connectionId });

const check = (world: World) =>
  checkAvailability(world.deps, { agentId: world.agentId, slot: SLOT, purpose: "confirm", maxAgeMs: 0 });

const TIMES = { start: { dateTime: "2026-03-03T14:00:00Z" }, end: { dateTime: "2026-03-03T15:00:00Z" } };

async function count(world: World, table: string, where = "1"): Promise<number> {
  const [row] = await world.query(`SELECT count(*) AS total FROM ${table} WHERE ${where}`);
  return Number(row?.["total"]);
}

describe("with the answer to every write lost once", () => {
  test("an account connects once, its calendar is read, and one channel watches it", async () => {
    const { world, lost } = createLossyWorld();
    world.google.addEvent(world.email, { summary: "Event", ...TIMES });
    await world.connect();
    expect(lost()).toBeGreaterThan(4);
    expect(await count(world, "accounts")).toBe(1);
    expect(await count(world, "connections", "lease_id IS NULL AND dirty <= clean AND failures = 0")).toBe(1);
    expect(await count(world, "channels")).toBe(1);
    expect(await count(world, "channels", "state = 'active'")).toBe(1);
    expect(world.google.channels()).toHaveLength(1);
    expect(await count(world, "sync_runs")).toBe(await count(world, "sync_runs", "outcome = 'ok'"));
    expect((await check(world)).conflicts).toMatchObject([{ reason: "busy" }]);
    expect(world.logs.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("a sync reports its success, and is one run", async () => {
    const { world } = createLossyWorld();
    const { connectionId } = await world.connect();
    const runs = await count(world, "sync_runs");
    world.google.knobs.set("push.drop", true);
    world.google.addEvent(world.email, { summary: "Event", ...TIMES });
    expect(await sync(world, connectionId)).toMatchObject({ outcome: "ok", pages: 1, upserts: 1 });
    expect(await count(world, "sync_runs")).toBe(runs + 1);
    expect(await count(world, "busy")).toBe(1);
  });

  test("the sweep finds the hint of a notification, and a resync deletes the rows that it should", async () => {
    const { world, lost } = createLossyWorld();
    const { connectionId } = await world.connect();
    const event = world.google.addEvent(world.email, { summary: "Event", ...TIMES });
    await world.drain();
    // The repeated hint is no longer the first one and wakes nobody. Cron wakes the pull within a minute.
    world.advance(MINUTE);
    await world.cron();
    expect(await count(world, "busy")).toBe(1);
    world.google.knobs.set("push.drop", true);
    world.google.deleteEvent(world.email, String(event["id"]));
    world.google.expireSyncTokens();
    expect(await sync(world, connectionId)).toMatchObject({ outcome: "ok" });
    expect(await count(world, "busy")).toBe(0);
    expect(lost()).toBeGreaterThan(8);
  });

  test("pulls and deliveries count a failure once", async () => {
    const { world } = createLossyWorld();
    const { connectionId } = await world.connect();
    world.google.knobs.set("api.status", 503);
    world.advance(1_000);
    expect(await sync(world, connectionId)).toMatchObject({ outcome: "failed" });
    expect(await count(world, "connections", "failures = 1 AND lease_id IS NULL")).toBe(1);
    const { created } = await createBooking(world.deps, bookingRequest(world, { maxAgeMs: DAY }));
    expect(created).toBe(true);
    expect(await count(world, "deliveries", "attempts = 1 AND lease_id IS NULL")).toBe(1);
  });

  test("a booking is sold once, written once, and recognised when it is requested again", async () => {
    const { world } = createLossyWorld();
    await world.connect();
    const answer = await createBooking(world.deps, bookingRequest(world));
    expect(answer).toMatchObject({ created: true, results: [{ status: "synced" }] });
    await world.drain();
    expect(liveEvents(world)).toHaveLength(1);
    expect((await createBooking(world.deps, bookingRequest(world))).created).toBe(false);
    const second = createBooking(world.deps, bookingRequest(world, { bookingId: "b-2" }));
    await expect(second).rejects.toMatchObject({ code: "slot_taken" });
    expect((await check(world)).conflicts).toMatchObject([{ reason: "booking", bookingId: "b-1" }]);
  });

  test("a delivery that waited is claimed and written once", async () => {
    const { world } = createLossyWorld();
    await world.connect();
    world.google.knobs.set("api.status", 503, { operation: "events.insert", times: 1 });
    await createBooking(world.deps, bookingRequest(world));
    world.advance(MINUTE);
    await world.cron();
    expect(liveEvents(world)).toHaveLength(1);
    const { results } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
    expect(results).toMatchObject([{ status: "synced", reason: null }]);
    const inserts = world.google.requests.filter(({ operation }) => operation === "events.insert");
    expect(inserts).toHaveLength(2);
  });

  test("a dead letter is tried again when somebody asks for it, and a dead message is one dead letter", async () => {
    const { world } = createLossyWorld();
    await world.connect();
    world.google.knobs.set("cal.role", "reader", { calendar: world.email });
    await createBooking(world.deps, bookingRequest(world));
    for (const id of ["m-1", "m-1"]) {
      await recordDeadLetters(world.deps, { lane: "urgent", messages: [{ id, body: { kind: "notify" } }] });
    }
    world.google.knobs.clear();
    const { failures } = await listDeadLetters(world.deps, { agentId: null, cursor: null, limit: 10 });
    expect(failures.map(({ kind }) => kind).sort()).toEqual(["delivery", "job"]);
    for (const { failureId } of failures) await retryDeadLetter(world.deps, { ownedBy: null, failureId });
    await world.drain();
    expect(liveEvents(world)).toHaveLength(1);
    expect(await count(world, "dead_jobs")).toBe(0);
  });

  test("a token is refreshed once", async () => {
    const { world } = createLossyWorld();
    const { connectionId } = await world.connect();
    world.google.expireAccessTokens(world.email);
    const before = world.google.requests.length;
    expect(await sync(world, connectionId)).toMatchObject({ outcome: "ok" });
    const tokens = world.google.requests.slice(before).filter(({ operation }) => operation === "token");
    expect(tokens).toHaveLength(1);
  });

  test("one channel replaces another, and the window is rolled", async () => {
    const { world } = createLossyWorld();
    await world.connect();
    const [before] = world.google.channels();
    for (const ms of [6 * DAY, MINUTE]) {
      world.advance(ms);
      await world.cron();
    }
    expect(before?.stopped).toBe(true);
    const now = world.deps.now();
    expect(world.google.channels().filter(({ stopped }) => !stopped)).toHaveLength(1);
    expect(await count(world, "channels", "state = 'active'")).toBe(1);
    expect(await count(world, "connections", `failures = 0 AND window_ends_at > ${now + 399 * DAY}`)).toBe(1);
  });

  test("a disconnected connection leaves no rows and no channel", async () => {
    const { world } = createLossyWorld();
    const { connectionId } = await world.connect();
    await createBooking(world.deps, bookingRequest(world));
    await disconnect(world.deps, { ownedBy: world.agentId, connectionId });
    await world.drain();
    for (const table of ["accounts", "connections", "channels", "deliveries"]) {
      expect(await count(world, table), table).toBe(0);
    }
    expect(await count(world, "busy", "connection_number <> 0")).toBe(0);
    expect(world.google.channels().filter(({ stopped }) => !stopped)).toEqual([]);
  });
});
