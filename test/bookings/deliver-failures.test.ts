// Deliver failures: a booking reaches its calendar exactly once through each of Google's failures.
import { describe, expect, test } from "vitest";
import { type GoogleWorld, HOUR, MINUTE, useGoogleWorld, watchedNetwork } from "../support/google-world.ts";

const newWorld = useGoogleWorld();
const SLOT = ["2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z"] as const;

const bookedEvents = (world: GoogleWorld) =>
  world.google.events(world.email).filter((event) => String(event["summary"]).startsWith("Consultation"));

async function delivery(world: GoogleWorld) {
  const [row] = await world.query("SELECT * FROM deliveries");
  return { ...row } as Record<string, unknown>;
}

/** A booking that the calendar shows, with a change that isn't delivered yet. */
async function changed() {
  const world = newWorld();
  const { connectionId } = await world.connect();
  await world.book("b-1", ...SLOT);
  await world.drain();
  await world.query(
    "UPDATE bookings SET sealed_texts = NULL, title = 'Consultation, moved room', revision = revision + 1",
  );
  await world.query("UPDATE deliveries SET wanted_revision = wanted_revision + 1, state = 'pending'");
  return { world, connectionId };
}

/** After the failure: time passes, and cron finds due work. */
async function later(world: GoogleWorld, ms: number): Promise<void> {
  world.advance(ms);
  await world.cron();
}

describe("a booking on its way into the calendar", () => {
  for (const [row, what, set, kind, code, wait] of [
    [
      "G10",
      "a user's rate limit",
      (world: GoogleWorld) =>
        world.google.knobs.set("limit.user", true, { operation: "events.insert", times: 1 }),
      "wait",
      "userRateLimitExceeded",
      MINUTE,
    ],
    [
      "G12",
      "the calendar's usage limit",
      (world: GoogleWorld) => world.google.knobs.set("limit.usage", true, { times: 1 }),
      "pause",
      "quotaExceeded",
      HOUR,
    ],
    [
      "G13",
      "a failing backend",
      (world: GoogleWorld) =>
        world.google.knobs.set("api.status", 503, { operation: "events.insert", times: 1 }),
      "retry",
      "backendError",
      MINUTE,
    ],
    [
      "G26",
      "a conflict of writes",
      (world: GoogleWorld) => world.google.knobs.set("write.conflict", true, { times: 1 }),
      "retry",
      "conflict",
      MINUTE,
    ],
    [
      "G40",
      "an answer lost after it took effect",
      (world: GoogleWorld) =>
        world.google.knobs.set("net.reset", "after", { operation: "events.insert", times: 1 }),
      "retry",
      "network",
      MINUTE,
    ],
    [
      "G40",
      "an answer cut off",
      (world: GoogleWorld) =>
        world.google.knobs.set("net.truncate", true, { operation: "events.insert", times: 1 }),
      "retry",
      "unparsable_answer",
      MINUTE,
    ],
  ] as const) {
    test(`${row}: meets ${what}, stays sold, and is written exactly once`, async () => {
      const world = newWorld();
      await world.connect();
      set(world);
      const answer = await world.book("b-1", ...SLOT);
      expect(answer).toMatchObject({ created: true, results: [{ status: "pending", reason: code }] });
      expect(await delivery(world)).toMatchObject({
        state: "pending",
        attempts: 1,
        failure_kind: kind,
        failure_code: code,
        lease_id: null,
      });
      expect(await world.ask(...SLOT)).toMatchObject({ available: false });
      await later(world, wait);
      expect(await delivery(world)).toMatchObject({ state: "delivered", attempts: 0, failure_kind: null });
      expect(bookedEvents(world)).toHaveLength(1);
      await world.drain();
      expect(await world.query("SELECT connection_number FROM busy WHERE booking_id = 'b-1'")).toEqual([
        { connection_number: 0 },
      ]);
    });
  }

  test("G12: a usage limit pauses writing for half an hour at least, and reading goes on", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.knobs.set("limit.usage", true);
    await world.book("b-1", ...SLOT);
    const inserts = world.requests("events.insert").length;
    await later(world, 20 * MINUTE);
    expect(world.requests("events.insert")).toHaveLength(inserts);
    expect(await world.connection(connectionId)).toMatchObject({ failures: 0 });
  });

  for (const state of ["live", "cancelled"] as const) {
    test(`G19, D.4.3: finds its id taken by a ${state} event and ends as one event`, async () => {
      const world = newWorld();
      await world.connect();
      world.google.knobs.set("insert.duplicate", state, { times: 1 });
      expect(await world.book("b-1", ...SLOT)).toMatchObject({ results: [{ status: "synced" }] });
      expect(bookedEvents(world)).toHaveLength(1);
      expect(await delivery(world)).toMatchObject({ state: "delivered", generation: 0 });
    });
  }

  test("G19, L31: an id that can't be revived is replaced by the next id version", async () => {
    const world = newWorld();
    await world.connect();
    world.google.knobs.set("insert.duplicate", "cancelled", { times: 1 });
    world.google.knobs.set("event.reviveFails", true);
    expect(await world.book("b-1", ...SLOT)).toMatchObject({ results: [{ status: "synced" }] });
    expect(bookedEvents(world)).toHaveLength(1);
    expect(await delivery(world)).toMatchObject({ state: "delivered", generation: 1 });
  });

  test("G20: its event id is always one that Google takes, whatever the booking id is", async () => {
    const world = newWorld();
    await world.connect();
    const names = ["b", "B-1/ü", "x".repeat(120), "💎", "a b\tc"];
    for (const [day, name] of names.entries()) {
      const booked = await world.book(name, `2026-03-2${day}T10:00:00Z`, `2026-03-2${day}T11:00:00Z`);
      expect(booked).toMatchObject({ results: [{ status: "synced" }] });
    }
    expect(bookedEvents(world)).toHaveLength(names.length);
  });

  test("G21: a read-only calendar fails the delivery with its reason, and the booking stands", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.changeEntry(world.email, world.email, { role: "reader" });
    expect(await world.book("b-1", ...SLOT)).toMatchObject({
      created: true,
      results: [{ status: "failed", reason: "requiredAccessLevel" }],
    });
    expect(await delivery(world)).toMatchObject({ state: "failed", failure_kind: "read-only" });
    const inserts = world.requests("events.insert").length;
    await later(world, 24 * HOUR);
    expect(world.requests("events.insert")).toHaveLength(inserts);
    expect(await world.connection(connectionId)).toMatchObject({ isActive: true, failures: 0 });
    expect(await world.ask(...SLOT)).toMatchObject({ available: false });
  });

  test("G21, P3: once the calendar can be written again, the daily check of the calendar list delivers the booking", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.changeEntry(world.email, world.email, { role: "reader" });
    await world.book("b-1", ...SLOT);
    await world.cron("17 3 * * *");
    expect(await world.connection(connectionId)).toMatchObject({ role: "reader" });
    world.google.changeEntry(world.email, world.email, { role: "owner" });
    await world.cron("17 3 * * *");
    expect(await world.connection(connectionId)).toMatchObject({ role: "writer" });
    expect(bookedEvents(world)).toHaveLength(1);
    expect(await delivery(world)).toMatchObject({ state: "delivered" });
  });

  test("G7: meets a refused token, refreshes it once and is written", async () => {
    const world = newWorld();
    await world.connect();
    world.google.expireAccessTokens(world.email);
    expect(await world.book("b-1", ...SLOT)).toMatchObject({ results: [{ status: "synced" }] });
    expect(bookedEvents(world)).toHaveLength(1);
  });

  test("G8: meets a missing scope: the delivery waits for consent, and the account says so", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.knobs.set("api.scopeCheck", true);
    expect(await world.book("b-1", ...SLOT)).toMatchObject({
      results: [{ status: "pending", reason: "insufficientPermissions" }],
    });
    expect((await world.account(connectionId)).status).toBe("needs_reauth");
    world.google.knobs.clear();
    await later(world, HOUR);
    expect(bookedEvents(world)).toHaveLength(1);
    expect((await world.account(connectionId)).status).toBe("active");
  });

  test("G8: is refused this write alone: the delivery fails, and the account stays as it is", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.knobs.set("api.scopeCheck", true, { operation: "events.insert" });
    expect(await world.book("b-1", ...SLOT)).toMatchObject({
      results: [{ status: "failed", reason: "insufficientPermissions" }],
    });
    expect((await world.account(connectionId)).status).toBe("active");
  });

  test("a deployment at fault (G9) alerts the operator and keeps the booking waiting", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.knobs.set("api.notConfigured", true, { operation: "events.insert", times: 1 });
    await world.book("b-1", ...SLOT);
    expect(world.logged("delivery.failed")).toMatchObject([{ level: "error", fields: { kind: "operator" } }]);
    expect((await world.account(connectionId)).status).toBe("active");
    await later(world, 5 * MINUTE);
    expect(bookedEvents(world)).toHaveLength(1);
  });

  test("P3: after a Worker died once Google had taken the event, the next one finds it and makes no second one", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const { connectionId } = await world.connect();
    await world.book("b-1", ...SLOT);
    // The Worker died before it recorded the outcome.
    await world.query(
      `UPDATE deliveries SET state = 'pending', external_id = NULL, etag = NULL, delivered_revision = 0,
         lease_id = 'dead', lease_until = ?`,
      [world.deps.now() + MINUTE],
    );
    await later(world, 2 * MINUTE);
    expect(bookedEvents(world)).toHaveLength(1);
    expect(await delivery(world)).toMatchObject({ state: "delivered" });
    expect(await world.rows(connectionId)).toEqual([]);
  });

  test("the engine's writes send no mail to anybody", async () => {
    const { world } = await changed();
    await world.cron();
    const writes = world.google.requests.filter(({ operation }) =>
      /insert|patch|delete/.test(operation ?? ""),
    );
    expect(writes.length).toBeGreaterThanOrEqual(2);
    for (const { sendUpdates } of writes) expect(sendUpdates).toBe("none");
  });
});

describe("a change on its way into the calendar", () => {
  test("updates the event in place, on the condition that it is still the known version", async () => {
    const { world } = await changed();
    await world.cron();
    expect(bookedEvents(world)).toMatchObject([{ summary: "Consultation, moved room" }]);
    expect(world.requests("events.patch")).toMatchObject([{ status: 200 }]);
    expect(world.requests("events.patch")[0]?.ifMatch).toBeTruthy();
    expect(await delivery(world)).toMatchObject({ state: "delivered", delivered_revision: 2 });
  });

  for (const status of [404, 410] as const) {
    test(`G22: finds the event deleted (${status}), and makes it again under the next id version`, async () => {
      const { world } = await changed();
      world.google.knobs.set("event.remove", status, { operation: "events.patch", times: 1 });
      await world.cron();
      await world.drain();
      expect(bookedEvents(world)).toMatchObject([{ summary: "Consultation, moved room" }]);
      expect(await delivery(world)).toMatchObject({ state: "delivered" });
    });
  }

  test("G23: finds the event edited meanwhile, reads it again and writes again", async () => {
    const { world } = await changed();
    world.google.knobs.set("event.touch", true, { operation: "events.patch", times: 1 });
    await world.cron();
    expect(world.requests("events.patch")).toMatchObject([{ status: 412 }, { status: 200 }]);
    expect(bookedEvents(world)).toMatchObject([{ summary: "Consultation, moved room" }]);
    expect(await delivery(world)).toMatchObject({ state: "delivered" });
  });

  test("G23: edited every time, gives up after three rereads and comes back later", async () => {
    const { world } = await changed();
    world.google.knobs.set("event.touch", true, { operation: "events.patch" });
    await world.cron();
    expect(world.requests("events.patch")).toHaveLength(4);
    expect(await delivery(world)).toMatchObject({ state: "pending", failure_kind: "reread" });
    world.google.knobs.clear();
    await later(world, MINUTE);
    expect(await delivery(world)).toMatchObject({ state: "delivered" });
  });

  test("G25: to an event that now belongs to another organiser is skipped and reported, and delays nothing else", async () => {
    const { world } = await changed();
    world.google.knobs.set("event.foreign", true, { operation: "events.patch", times: 1 });
    await world.cron();
    expect(await delivery(world)).toMatchObject({
      failure_kind: "ignore",
      failure_code: "forbiddenForNonOrganizer",
      lease_id: null,
    });
    expect(await world.book("b-2", "2026-03-21T10:00:00Z", "2026-03-21T11:00:00Z")).toMatchObject({
      results: [{ status: "synced" }],
    });
  });
});

describe("a cancellation on its way into the calendar", () => {
  async function cancelled() {
    const world = newWorld();
    await world.connect();
    await world.book("b-1", ...SLOT);
    await world.drain();
    await world.query("UPDATE bookings SET state = 'cancelled', revision = revision + 1");
    await world.query("DELETE FROM busy WHERE booking_id = 'b-1'");
    await world.query("UPDATE deliveries SET wanted_revision = wanted_revision + 1, state = 'pending'");
    return world;
  }

  for (const how of ["still there", "deleted by the agent (410)", "forgotten by Google (404)"] as const) {
    test(`G24: ends without an event, though it was ${how}`, async () => {
      const world = await cancelled();
      const id = String((await delivery(world))["external_id"]);
      if (how !== "still there") world.google.deleteEvent(world.email, id);
      if (how.endsWith("(404)")) world.google.eraseEvent(world.email, id);
      await world.cron();
      expect(bookedEvents(world)).toEqual([]);
      expect(await delivery(world)).toMatchObject({ state: "delivered", external_id: null });
      expect(await world.ask(...SLOT)).toMatchObject({ available: true });
    });
  }

  test("G23: removes the event even if the agent edited it meanwhile", async () => {
    const world = await cancelled();
    world.google.knobs.set("event.touch", true, { operation: "events.delete", times: 1 });
    await world.cron();
    expect(bookedEvents(world)).toEqual([]);
  });

  test("D.4.9: waits while the account wants consent, and is done after the reconnect", async () => {
    const world = await cancelled();
    world.google.removeAccess(world.email);
    world.advance(2 * HOUR);
    await world.cron();
    expect(await delivery(world)).toMatchObject({ state: "pending", failure_kind: "reauth" });
    expect(bookedEvents(world)).toHaveLength(1);
    const [account] = await world.query("SELECT id FROM accounts");
    await world.connect({ accountId: String(account?.["id"]) });
    expect(bookedEvents(world)).toEqual([]);
  });
});
