// Hold: reserves a slot for a while, ends by itself, and becomes a booking without a gap.
import { describe, expect, test } from "vitest";
import { checkAvailability } from "../../src/availability/check.ts";
import { putSettings } from "../../src/availability/settings.ts";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { placeHold, releaseHold } from "../../src/bookings/hold.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { workerOf } from "../support/worker.ts";
import { createWorld, type World } from "../support/world.ts";
import { connectAt, HOUR, MINUTE, patientWorld, pullAndReconcile } from "./one-calendar-each.ts";
import { bookingRequest, changeRequest, codeOf, holdRequest, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const LATER = { start: SLOT.start + 2 * HOUR, end: SLOT.end + 2 * HOUR };
const HELD_MS = 10 * MINUTE;

async function connected() {
  const world = patientWorld(databaseUrl());
  const calendar = await connectAt(world, "GOOGLE");
  return { world, calendar };
}

const hold = (world: World, change: Parameters<typeof holdRequest>[1] = {}) =>
  placeHold(world.deps, holdRequest(world, change));

const book = (world: World, change: Parameters<typeof bookingRequest>[1] = {}) =>
  createBooking(world.deps, bookingRequest(world, { deliver: "later", ...change }));

const release = (world: World, holdId = "h-1") => releaseHold(world.deps, { agentId: world.agentId, holdId });

const check = (world: World) =>
  checkAvailability(world.deps, { agentId: world.agentId, slot: SLOT, purpose: "display", maxAgeMs: null });

const ownTime = ({ query, agentId }: World) =>
  query(
    "SELECT status, event_key, starts_at, ends_at FROM busy WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?) AND connection_number = 0",
    [agentId],
  );

describe("a hold", () => {
  test("refuses bookings, holds, moves and checks, and the conflict names it as a hold", async () => {
    const { world } = await connected();
    await book(world, { slot: LATER });
    const answer = await hold(world);
    expect(answer).toMatchObject({
      created: true,
      hold: { holdId: "h-1", startsAt: SLOT.start, endsAt: SLOT.end, state: "held", bookingId: null },
    });
    expect(answer.hold.expiresAt - answer.hold.createdAt).toBe(HELD_MS);
    expect(await check(world)).toMatchObject({
      available: false,
      conflicts: [{ reason: "hold", status: "hold" }],
    });
    await expect(book(world, { bookingId: "b-2" })).rejects.toMatchObject({
      code: "slot_taken",
      extra: { conflicts: [{ reason: "hold", bookingId: null }] },
    });
    expect(await codeOf(hold(world, { holdId: "h-2" }))).toBe("slot_taken");
    expect(await codeOf(changeBooking(world.deps, changeRequest(world, { slot: SLOT })))).toBe("slot_taken");
  });

  test("keeps the agent's buffers around it, like a booking", async () => {
    const { world } = await connected();
    const settings = { ...DEFAULT_SETTINGS, timeZone: "UTC", bufferAfterMs: 15 * MINUTE };
    await putSettings(world.deps, { agentId: world.agentId, settings });
    await hold(world);
    const close = { start: SLOT.end + 14 * MINUTE, end: SLOT.end + HOUR };
    expect(await codeOf(book(world, { slot: close }))).toBe("slot_taken");
    expect(await codeOf(book(world, { slot: { ...close, start: close.start + MINUTE } }))).toBeNull();
  });

  test("ends by itself, to the millisecond, with no job, no cron and no sweep", async () => {
    // This world's clock stands still until the test moves it.
    const world = patientWorld(databaseUrl());
    await connectAt(world, "GOOGLE");
    let now = world.deps.now();
    const deps = { ...world.deps, now: () => now };
    const { hold: held } = await placeHold(deps, holdRequest(world));
    now = held.expiresAt - 1;
    expect(await codeOf(createBooking(deps, bookingRequest(world, { deliver: "later" })))).toBe("slot_taken");
    expect(await codeOf(placeHold(deps, holdRequest(world, { holdId: "h-2" })))).toBe("slot_taken");
    now = held.expiresAt;
    const slot = { agentId: world.agentId, slot: SLOT, purpose: "display" as const, maxAgeMs: null };
    expect(await checkAvailability(deps, slot)).toMatchObject({ available: true, conflicts: [] });
    expect(await codeOf(createBooking(deps, bookingRequest(world, { deliver: "later" })))).toBeNull();
    expect(await ownTime(world)).toMatchObject([{ status: "booking", event_key: "b-1" }]);
  });

  test("asked for again is the same hold and lasts no longer; asked for at another time it is refused", async () => {
    const { world } = await connected();
    const first = await hold(world);
    world.advance(5 * MINUTE);
    expect(await hold(world)).toEqual({ created: false, hold: first.hold });
    expect(await codeOf(hold(world, { slot: LATER }))).toBe("hold_exists");
    expect(await ownTime(world)).toHaveLength(1);
    world.advance(5 * MINUTE);
    // Once the hold has ended, its id can't hold a slot again.
    expect(await codeOf(hold(world))).toBe("hold_over");
    expect(await codeOf(hold(world, { holdId: "h-2" }))).toBeNull();
  });

  test("is released at once, and releasing it again gives the same answer", async () => {
    const { world } = await connected();
    await hold(world);
    expect(await release(world)).toMatchObject({ created: false, hold: { state: "released" } });
    expect(await ownTime(world)).toEqual([]);
    expect(await release(world)).toMatchObject({ hold: { state: "released" } });
    expect(await codeOf(hold(world))).toBe("hold_over");
    expect(await codeOf(book(world))).toBeNull();
    expect(await codeOf(release(world, "h-9"))).toBe("hold_not_found");
  });

  test("released after its end frees nothing that another booking has taken since", async () => {
    const { world } = await connected();
    await hold(world);
    world.advance(HELD_MS);
    await hold(world, { holdId: "h-2" });
    expect(await release(world)).toMatchObject({ hold: { state: "released" } });
    expect(await codeOf(book(world))).toBe("slot_taken");
  });

  test("of another agent refuses nothing, and can't be used", async () => {
    const { world } = await connected();
    const other = patientWorld(databaseUrl());
    await connectAt(other, "GOOGLE");
    await hold(world);
    expect(await codeOf(book(other, { holdId: "h-1" }))).toBe("hold_not_found");
    expect(await codeOf(release(other))).toBe("hold_not_found");
    expect(await codeOf(hold(other))).toBeNull();
    expect(await codeOf(book(other))).toBe("slot_taken");
  });

  test("L1: believes no cache that is older than asked", async () => {
    const world = createWorld({ databaseUrl: databaseUrl() });
    const calendar = await connectAt(world, "GOOGLE");
    world.google.knobs.set("push.drop", true);
    await calendar.person.create({ title: "Dentist", when: { startsAt: SLOT.start, endsAt: SLOT.end } });
    world.advance(10 * MINUTE);
    expect(await codeOf(hold(world))).toBe("slot_taken");
    world.advance(10 * MINUTE);
    world.google.knobs.set("api.status", 503);
    expect(await codeOf(hold(world, { slot: LATER }))).toBe("slot_unverified");
    expect(await ownTime(world)).toEqual([]);
  });

  test("for an unknown agent, or longer than a day, is refused", async () => {
    const world = createWorld({ databaseUrl: databaseUrl() });
    expect(await codeOf(hold(world))).toBe("agent_not_found");
    expect(await codeOf(hold(world, { slot: { ...SLOT, end: SLOT.start + 25 * HOUR } }))).toBe(
      "invalid_time",
    );
  });
});

describe("a hold becomes a booking", () => {
  test("in its slot, without a gap in which another could take it", async () => {
    const { world } = await connected();
    const rival = workerOf(world);
    for (let round = 0; round < 6; round += 1) {
      const wanted = { start: SLOT.start + round * 24 * HOUR, end: SLOT.end + round * 24 * HOUR };
      await hold(world, { holdId: `h-${round}`, slot: wanted });
      const rivals = Array.from({ length: 12 }, (_, index) =>
        index % 3 === 0
          ? codeOf(placeHold(rival, holdRequest(world, { holdId: `x-${round}-${index}`, slot: wanted })))
          : codeOf(
              createBooking(
                rival,
                bookingRequest(world, { bookingId: `x-${round}-${index}`, slot: wanted, deliver: "later" }),
              ),
            ),
      );
      const mine = codeOf(book(world, { bookingId: `b-${round}`, slot: wanted, holdId: `h-${round}` }));
      expect(await mine).toBeNull();
      for (const code of await Promise.all(rivals)) expect(code).toBe("slot_taken");
    }
    const own = await ownTime(world);
    expect(own.map((row) => row["status"])).toEqual(Array.from({ length: 6 }, () => "booking"));
  });

  test("and is over: it can neither be placed nor released again", async () => {
    const { world } = await connected();
    await hold(world);
    await book(world, { holdId: "h-1" });
    const [row] = await world.query("SELECT state, booking_id FROM holds WHERE agent_id = ?", [
      world.agentId,
    ]);
    expect(row).toMatchObject({ state: "booked", booking_id: "b-1" });
    expect(await codeOf(hold(world))).toBe("hold_over");
    expect(await codeOf(release(world))).toBe("hold_over");
    expect((await check(world)).conflicts).toMatchObject([{ reason: "booking" }]);
  });

  test("once: the same booking asked for again is the same booking, and another one is refused", async () => {
    const { world } = await connected();
    await hold(world);
    expect((await book(world, { holdId: "h-1" })).created).toBe(true);
    expect((await book(world, { holdId: "h-1" })).created).toBe(false);
    const second = { bookingId: "b-2", holdId: "h-1", slot: LATER };
    expect(await codeOf(book(world, second))).toBe("hold_over");
    await cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "later" });
    expect(await codeOf(book(world, second))).toBe("hold_over");
  });

  test("only once when many bookings use it at the same time", async () => {
    const { world } = await connected();
    await hold(world);
    const calls = Array.from({ length: 20 }, (_, index) =>
      codeOf(book(world, { bookingId: `b-${index}`, holdId: "h-1" })),
    );
    const codes = await Promise.all(calls);
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(codes.filter((code) => code === "slot_taken" || code === "hold_over")).toHaveLength(19);
    expect(await ownTime(world)).toMatchObject([{ status: "booking" }]);
  });

  test.each(["over", "released"] as const)("after it is %s, if the slot is still free", async (how) => {
    const { world } = await connected();
    const end = async (holdId: string) => {
      if (how === "over") world.advance(HELD_MS);
      else await release(world, holdId);
    };
    await hold(world);
    await end("h-1");
    expect(await codeOf(book(world, { holdId: "h-1" }))).toBeNull();
    await hold(world, { holdId: "h-2", slot: LATER });
    await end("h-2");
    await hold(world, { holdId: "h-3", slot: LATER });
    expect(await codeOf(book(world, { bookingId: "b-2", holdId: "h-2", slot: LATER }))).toBe("slot_taken");
  });

  test("under the minimum notice that held when it was made", async () => {
    const { world } = await connected();
    const notice = SLOT.start - world.deps.now() - 5 * MINUTE;
    const settings = { ...DEFAULT_SETTINGS, timeZone: "UTC", minimumNoticeMs: notice };
    await putSettings(world.deps, { agentId: world.agentId, settings });
    await hold(world);
    world.advance(7 * MINUTE);
    expect(await codeOf(hold(world, { holdId: "h-2", slot: LATER }))).toBeNull();
    await release(world, "h-2");
    const early = { start: SLOT.start - MINUTE, end: SLOT.end };
    await expect(book(world, { holdId: "h-1", slot: early })).rejects.toMatchObject({
      code: "slot_taken",
      extra: { conflicts: [{ reason: "notice" }] },
    });
    const within = { start: SLOT.start + MINUTE, end: SLOT.end };
    expect(await codeOf(book(world, { holdId: "h-1", slot: within }))).toBeNull();
  });

  test("but under today's minimum notice once it is over", async () => {
    const { world } = await connected();
    const notice = SLOT.start - world.deps.now() - 5 * MINUTE;
    const settings = { ...DEFAULT_SETTINGS, timeZone: "UTC", minimumNoticeMs: notice };
    await putSettings(world.deps, { agentId: world.agentId, settings });
    await hold(world);
    world.advance(HELD_MS);
    expect(await codeOf(book(world, { holdId: "h-1" }))).toBe("slot_taken");
  });

  test("at another time, which releases the held slot", async () => {
    const { world } = await connected();
    await hold(world);
    expect(await codeOf(book(world, { holdId: "h-1", slot: LATER }))).toBeNull();
    expect(await ownTime(world)).toMatchObject([{ status: "booking", starts_at: LATER.start }]);
    expect(await codeOf(book(world, { bookingId: "b-2" }))).toBeNull();
  });

  test("with the hold's own id as its booking id", async () => {
    const { world } = await connected();
    await hold(world, { holdId: "same" });
    expect((await book(world, { bookingId: "same", holdId: "same" })).created).toBe(true);
    expect(await ownTime(world)).toMatchObject([{ status: "booking", event_key: "same" }]);
    await changeBooking(
      world.deps,
      changeRequest(world, { bookingId: "same", slot: LATER, deliver: "later" }),
    );
    await hold(world, { holdId: "other" });
    expect(await ownTime(world)).toHaveLength(2);
  });

  test("unless the agent has put an event there meanwhile: a hold binds MaraPlace, not the agent", async () => {
    const { world, calendar } = await connected();
    await hold(world);
    await calendar.person.create({ title: "Dentist", when: { startsAt: SLOT.start, endsAt: SLOT.end } });
    await pullAndReconcile(world, calendar);
    await expect(book(world, { holdId: "h-1" })).rejects.toMatchObject({
      code: "slot_taken",
      extra: { conflicts: [{ reason: "busy" }] },
    });
    const [row] = await world.query("SELECT state FROM holds WHERE agent_id = ?", [world.agentId]);
    expect(row).toMatchObject({ state: "held" });
  });

  test("but not from an unknown hold", async () => {
    const { world } = await connected();
    expect(await codeOf(book(world, { holdId: "h-9" }))).toBe("hold_not_found");
    expect(await ownTime(world)).toEqual([]);
  });
});

test("P1: of fifty holds and bookings for one slot at once exactly one gets it", async () => {
  const { world } = await connected();
  const workers = [world.deps, workerOf(world)];
  const calls = Array.from({ length: 50 }, (_, index) => {
    const deps = workers[index % 2] ?? world.deps;
    return index % 4 < 2
      ? codeOf(placeHold(deps, holdRequest(world, { holdId: `h-${index}` })))
      : codeOf(createBooking(deps, bookingRequest(world, { bookingId: `b-${index}`, deliver: "later" })));
  });
  const codes = await Promise.all(calls);
  expect(codes.filter((code) => code === null)).toHaveLength(1);
  expect(codes.filter((code) => code === "slot_taken")).toHaveLength(49);
  expect(await ownTime(world)).toHaveLength(1);
});

test("holds that ended long ago are deleted, and the bookings made of them stay", async () => {
  const { world } = await connected();
  await hold(world);
  await book(world, { holdId: "h-1" });
  await hold(world, { holdId: "h-2", slot: LATER });
  await world.drain();
  world.advance(60 * 24 * HOUR);
  await world.cron("17 3 * * *");
  expect(await world.query("SELECT * FROM holds WHERE agent_id = ?", [world.agentId])).toEqual([]);
  const [row] = await world.query("SELECT count(*) AS total FROM bookings WHERE agent_id = ?", [
    world.agentId,
  ]);
  expect(row?.["total"]).toBe(1);
});
