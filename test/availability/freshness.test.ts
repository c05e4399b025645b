// P9: an answer says how old its truth is, asks again what is too old, and confirms nothing on less.
import { describe, expect, test } from "vitest";
import { connectCalendar } from "../../src/accounts/connections.ts";
import { checkAvailability } from "../../src/availability/check.ts";
import { putSettings } from "../../src/availability/settings.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { asked, codeOf, SLOT } from "../bookings/ask.ts";
import { createWorld, type World } from "../support/world.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

type Asking = Partial<Parameters<typeof checkAvailability>[1]>;

const check = (world: World, change: Asking = {}) =>
  checkAvailability(world.deps, {
    agentId: world.agentId,
    slot: SLOT,
    purpose: "display",
    maxAgeMs: null,
    ...change,
  });

const confirm = (world: World, change: Asking = {}) => check(world, { purpose: "confirm", ...change });

/** Adds an event to the slot without anybody telling the engine. */
function occupySecretly(world: World): string {
  world.google.knobs.set("push.drop", true);
  const times = { start: { dateTime: "2026-03-03T14:00:00Z" }, end: { dateTime: "2026-03-03T15:00:00Z" } };
  return String(world.google.addEvent(world.email, { summary: "Secret", ...times })["id"]);
}

/** The calendars listed at Google while `work` ran, one entry a request. */
async function listedDuring(world: World, work: () => Promise<unknown>) {
  const before = world.google.requests.length;
  await work();
  return world.google.requests
    .slice(before)
    .filter(({ operation }) => operation === "events.list")
    .map(({ calendarId }) => calendarId);
}

/** Connects the primary calendar and a second one of the same account. */
async function connectTwo(world: World) {
  const { accountId, connectionId } = await world.connect();
  const calendarId = `second-${world.agentId}`;
  world.google.addCalendar({ id: calendarId, summary: "Second", timeZone: null, owner: world.email });
  const second = await connectCalendar(world.deps, {
    ownedBy: null,
    accountId,
    calendarId,
    blocksAvailability: true,
    receivesBookings: false,
  });
  await world.drain();
  return { first: connectionId, second: second.id, secondCalendar: calendarId };
}

const allowStale = (world: World) =>
  putSettings(world.deps, {
    agentId: world.agentId,
    settings: { ...DEFAULT_SETTINGS, timeZone: "Europe/Lisbon", onStale: "allow" },
  });

describe("how old the truth may be", () => {
  test("a fresh cache answers without asking Google; what is too old for the purpose is asked at once", async () => {
    const world = createWorld();
    await world.connect();
    expect(await listedDuring(world, () => confirm(world))).toEqual([]);
    world.advance(61 * SECOND);
    expect(await listedDuring(world, () => check(world))).toEqual([]);
    expect(await listedDuring(world, () => confirm(world))).toEqual([world.email]);
    expect(await listedDuring(world, () => confirm(world))).toEqual([]);
    world.advance(15 * MINUTE + SECOND);
    expect(await listedDuring(world, () => check(world))).toEqual([world.email]);
  });

  test("the caller's own word counts, whatever the purpose", async () => {
    const world = createWorld();
    await world.connect();
    world.advance(10 * MINUTE);
    expect(await listedDuring(world, () => confirm(world, { maxAgeMs: 20 * MINUTE }))).toEqual([]);
    expect(await listedDuring(world, () => check(world, { maxAgeMs: 5 * MINUTE }))).toEqual([world.email]);
  });

  test("an age of nothing asks Google anew, and is content with the answer", async () => {
    const world = createWorld();
    const { connectionId } = await world.connect();
    const began = world.deps.now();
    const answer = await confirm(world, { maxAgeMs: 0 });
    expect(answer).toMatchObject({ available: true, reason: "free", complete: true });
    expect(answer.calendars).toMatchObject([{ connectionId, fresh: true, reason: null }]);
    expect(answer.calendars[0]?.verifiedAt).toBeGreaterThanOrEqual(began);
    expect((await createBooking(world.deps, asked(world, { maxAgeMs: 0 }))).created).toBe(true);
  });

  test("only the calendar that is too old is asked", async () => {
    const world = createWorld();
    const { second, secondCalendar } = await connectTwo(world);
    await world.query("UPDATE connections SET verified_at = verified_at - ? WHERE id = ?", [
      10 * MINUTE,
      second,
    ]);
    expect(await listedDuring(world, () => confirm(world))).toEqual([secondCalendar]);
    expect((await confirm(world)).complete).toBe(true);
  });

  test("calendars that are too old are asked side by side", async () => {
    let asking = 0;
    let most = 0;
    const world = createWorld({
      fetch: (inner) => async (input, init) => {
        const request = new Request(input, init);
        if (!/\/events\?/.test(request.url)) return inner(request);
        most = Math.max(most, ++asking);
        await new Promise((resolve) => setTimeout(resolve, 100));
        return inner(request).finally(() => {
          asking -= 1;
        });
      },
    });
    await connectTwo(world);
    most = 0;
    expect((await confirm(world, { maxAgeMs: 0 })).complete).toBe(true);
    expect(most).toBe(2);
  });

  test("many questions at once about one stale calendar lead to few pulls", async () => {
    const world = createWorld();
    await world.connect();
    world.advance(5 * MINUTE);
    const questions = () => Promise.all(Array.from({ length: 20 }, () => confirm(world)));
    const listed = await listedDuring(world, async () => {
      for (const answer of await questions()) expect(answer.complete).toBe(true);
    });
    expect(listed.length).toBeLessThanOrEqual(2);
  });

  test("a failing Google isn't asked once for each of many questions", async () => {
    const world = createWorld();
    await world.connect();
    world.advance(5 * MINUTE);
    world.google.knobs.set("api.status", 503);
    const questions = () => Promise.all(Array.from({ length: 20 }, () => confirm(world)));
    const listed = await listedDuring(world, async () => {
      for (const answer of await questions()) expect(answer.reason).toBe("unverified");
    });
    expect(listed.length).toBeLessThanOrEqual(3);
  });
});

describe("what can't be verified", () => {
  test.each([
    ["a failing Google", "retry", (world: World) => world.google.knobs.set("api.status", 503)],
    ["throttling", "wait", (world: World) => world.google.knobs.set("limit.user", true)],
    ["withdrawn access", "needs_reauth", (world: World) => world.google.removeAccess(world.email)],
  ])("is named: %s", async (_, reason, break_) => {
    const world = createWorld();
    const { connectionId } = await world.connect();
    world.advance(20 * MINUTE);
    break_(world);
    const named = [{ connectionId, provider: "GOOGLE", fresh: false, reason }];
    expect(await check(world)).toMatchObject({
      available: true,
      reason: "free",
      complete: false,
      calendars: named,
    });
    expect(await confirm(world)).toMatchObject({ available: false, reason: "unverified", calendars: named });
    expect(await codeOf(createBooking(world.deps, asked(world)))).toBe("slot_unverified");
    expect(world.google.events(world.email)).toEqual([]);
    await allowStale(world);
    expect(await confirm(world)).toMatchObject({ available: true, reason: "free", complete: false });
    expect((await createBooking(world.deps, asked(world))).created).toBe(true);
    expect(await confirm(world)).toMatchObject({ available: false, reason: "conflict", complete: false });
  });

  test("is never waited for longer than the budget, and asOf says how old the rest is", async () => {
    const world = createWorld({ bindings: { PULL_BUDGET_SECONDS: "1" } });
    await world.connect();
    const verified = (await check(world)).asOf;
    world.advance(20 * MINUTE);
    world.google.knobs.set("net.hang", "before", { operation: "events.list", times: 1 });
    const began = performance.now();
    const answer = await confirm(world);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(answer).toMatchObject({ reason: "unverified", asOf: verified, calendars: [{ reason: "stale" }] });
  });

  test("a calendar that was never read leaves the age unknown", async () => {
    const world = createWorld({ bindings: { PULL_BUDGET_SECONDS: "1" } });
    const { connectionId } = await world.connect();
    await world.query("UPDATE connections SET verified_at = NULL WHERE id = ?", [connectionId]);
    world.google.knobs.set("net.hang", "before", { operation: "events.list" });
    expect(await check(world)).toMatchObject({
      asOf: null,
      complete: false,
      calendars: [{ reason: "never_synced" }],
    });
  });

  test("credentials that no key opens make one calendar unverified, not the question fail", async () => {
    const world = createWorld();
    const { accountId, connectionId } = await world.connect();
    world.google.addUser({ email: `o-${world.email}`, timeZone: "UTC", sub: `o-${world.agentId}` });
    await world.connect({ user: `o-${world.email}` });
    await world.query("UPDATE accounts SET sealed_credentials = 'v1.gone.AAAA.AAAA' WHERE id = ?", [
      accountId,
    ]);
    const answer = await confirm(world, { maxAgeMs: 0 });
    expect(answer.reason).toBe("unverified");
    expect(answer.calendars.filter(({ fresh }) => !fresh)).toMatchObject([
      { connectionId, reason: "operator" },
    ]);
    expect(world.logs).toContainEqual(
      expect.objectContaining({
        level: "error",
        fields: expect.objectContaining({ code: "credentials_unreadable" }),
      }),
    );
  });

  test("time beyond the cached window is nobody's to promise", async () => {
    const world = createWorld();
    await world.connect();
    const far = { start: SLOT.start + 500 * DAY, end: SLOT.end + 500 * DAY };
    const outside = { complete: false, calendars: [{ fresh: false, reason: "outside_window" }] };
    expect(await check(world, { slot: far })).toMatchObject({ available: true, ...outside });
    expect(await confirm(world, { slot: far })).toMatchObject({
      available: false,
      reason: "unverified",
      ...outside,
    });
    expect(await codeOf(createBooking(world.deps, asked(world, { slot: far })))).toBe("slot_unverified");
    await allowStale(world);
    expect((await createBooking(world.deps, asked(world, { slot: far }))).created).toBe(true);
  });

  test("an agent without calendars has only their own bookings to go by", async () => {
    const world = createWorld();
    await allowStale(world);
    expect(await confirm(world)).toMatchObject({
      available: true,
      asOf: null,
      complete: true,
      calendars: [],
    });
    expect((await createBooking(world.deps, asked(world))).results).toEqual([]);
    expect(await confirm(world)).toMatchObject({ available: false, conflicts: [{ reason: "booking" }] });
  });
});

describe("what is verified is true", () => {
  test("L1: a booking isn't confirmed on a picture older than asked", async () => {
    const world = createWorld();
    await world.connect();
    occupySecretly(world);
    await world.drain();
    expect(await codeOf(createBooking(world.deps, asked(world, { maxAgeMs: 0 })))).toBe("slot_taken");
    world.advance(61 * SECOND);
    expect(await codeOf(createBooking(world.deps, asked(world)))).toBe("slot_taken");
  });

  test("an event that is gone at Google no longer refuses a booking, told or not", async () => {
    const world = createWorld();
    await world.connect();
    const eventId = occupySecretly(world);
    expect((await confirm(world, { maxAgeMs: 0 })).reason).toBe("conflict");
    world.google.deleteEvent(world.email, eventId);
    world.advance(61 * SECOND);
    expect((await createBooking(world.deps, asked(world))).created).toBe(true);
  });

  test("our own booking refuses another without asking Google", async () => {
    const world = createWorld();
    await world.connect();
    await createBooking(world.deps, asked(world));
    await world.drain();
    world.advance(5 * MINUTE);
    const second = () => codeOf(createBooking(world.deps, asked(world, { bookingId: "b-2" })));
    expect(await listedDuring(world, async () => expect(await second()).toBe("slot_taken"))).toEqual([]);
  });

  test("an event that came while Google was answering is newer than the truth which is claimed", async () => {
    let onListed = () => {};
    const world = createWorld({
      fetch: (inner) => async (input, init) => {
        const request = new Request(input, init);
        const response = await inner(request);
        if (/\/events\?/.test(request.url)) onListed();
        return response;
      },
    });
    await world.connect();
    let addedAt = 0;
    onListed = () => {
      onListed = () => {};
      occupySecretly(world);
      addedAt = world.deps.now();
    };
    const answer = await confirm(world, { maxAgeMs: 0 });
    expect(answer.reason).toBe("free");
    expect(answer.asOf).toBeLessThanOrEqual(addedAt);
    expect(await confirm(world, { maxAgeMs: Math.max(0, world.deps.now() - addedAt - 1) })).toMatchObject({
      reason: "conflict",
    });
  });
});
