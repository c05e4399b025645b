// Bookings that belong together over HTTP: atomic bulks and groups.
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, connected, textOf } from "../http/api.ts";
import { seedStatements } from "../support/seed.ts";
import { createWorld, type World } from "../support/world.ts";

const DAY_MS = 86_400_000;

let world: World;
let agent: Api;
let service: Api;
let stranger: Api;
/** Busy from ten to eleven on 2026-03-03. */
let ana: string;
/** Never busy, in Berlin, with one calendar. */
let ben: string;

beforeEach(async () => {
  world = createWorld();
  ({ agent, service, stranger } = await connected(world));
  ana = world.agentId;
  ben = `${ana}-ben`;
  await world.deps.db.write(
    seedStatements(world.deps.db, {
      agentId: ben,
      now: world.deps.now(),
      settings: { timeZone: "Europe/Berlin" },
      connections: [{ id: `${ben}-c` }],
    }),
  );
});

const slotAt = (hour: number, days = 0) => ({
  start: new Date(Date.UTC(2026, 2, 3, hour) + days * DAY_MS).toISOString(),
  end: new Date(Date.UTC(2026, 2, 3, hour + 1) + days * DAY_MS).toISOString(),
});

const create = (agentId: string, bookingId: string, slot: object, rest: object = {}) => ({
  ...{ action: "create", agentId, bookingId, title: "Talk", ...slot, ...rest },
});

const together = (operations: readonly object[], api = service) =>
  api("bulkBookings", { body: { atomic: true, operations } });

/** The bookings of both agents: id, hour of the day since 2026-03-03, state. */
async function stored(): Promise<unknown[]> {
  const rows = await world.query(
    "SELECT booking_id, starts_at, state FROM bookings WHERE agent_id IN (?, ?) ORDER BY starts_at, booking_id",
    [ana, ben],
  );
  return rows.map((row) => [
    row["booking_id"],
    (Number(row["starts_at"]) - Date.UTC(2026, 2, 3)) / 3_600_000,
    row["state"],
  ]);
}

/** The own busy rows of both agents must be those of their confirmed bookings. */
async function expectOwnTime(): Promise<void> {
  const [wrong] = await world.query(
    `SELECT (SELECT count(*) FROM busy b JOIN agents a ON a.number = b.agent_number
        WHERE a.agent_id IN (?, ?) AND b.status = 'booking') AS busy,
      (SELECT count(*) FROM busy b JOIN agents a ON a.number = b.agent_number
        JOIN bookings k ON k.agent_id = a.agent_id AND k.booking_id = b.booking_id AND k.starts_at = b.starts_at
        WHERE a.agent_id IN (?, ?) AND k.state = 'confirmed' AND b.status = 'booking') AS matched,
      (SELECT count(*) FROM bookings WHERE agent_id IN (?, ?) AND state = 'confirmed') AS confirmed`,
    [ana, ben, ana, ben, ana, ben],
  );
  expect(wrong?.["busy"]).toBe(wrong?.["confirmed"]);
  expect(wrong?.["matched"]).toBe(wrong?.["confirmed"]);
}

describe("P1: an atomic bulk", () => {
  test("books both agents at ten, and repeating it gives the same answer", async () => {
    const both = [create(ana, "b-1", slotAt(14)), create(ben, "b-2", slotAt(14))];
    const { status, body } = await together(both);
    expect(status).toBe(200);
    expect(body.results).toMatchObject([
      { bookingId: "b-1", status: 201, result: { created: true, results: [{ status: "pending" }] } },
      { bookingId: "b-2", status: 201, result: { created: true, booking: { agentId: ben } } },
    ]);
    await expectOwnTime();
    const again = await together(both);
    expect(again.body.results).toMatchObject([{ status: 200 }, { status: 200 }]);
    await world.drain();
    const found = await agent("getBooking", { params: { bookingId: "b-1" } });
    expect(found.body.results).toMatchObject([{ status: "synced" }]);
  });

  test("sells none where one can't be, and says which failed why, without a title", async () => {
    const { status, body } = await together([
      create(ben, "b-1", slotAt(10)),
      create(ana, "b-2", slotAt(10)),
      create("nobody", "b-3", slotAt(10)),
      { action: "cancel", agentId: ben, bookingId: "nothing" },
      create(ben, "b-4", { date: "2026-03-29", startTime: "02:30", endTime: "03:30" }),
      create(ben, "b-5", slotAt(12), { holdId: "nothing" }),
    ]);
    expect([status, body.code]).toEqual([409, "bulk_refused"]);
    expect(body.failed).toMatchObject([
      {
        index: 1,
        bookingId: "b-2",
        status: 409,
        error: { code: "slot_taken", conflicts: [{ reason: "busy" }] },
      },
      { index: 2, bookingId: "b-3", status: 404, error: { code: "agent_not_found" } },
      { index: 3, status: 404, error: { code: "booking_not_found" } },
      { index: 4, status: 400, error: { code: "time_skipped_by_dst" } },
      { index: 5, status: 404, error: { code: "hold_not_found" } },
    ]);
    expect(textOf(body)).not.toContain("canary");
    expect(await stored()).toEqual([]);
  });

  test("has its own operations stand in each other's way", async () => {
    const { body } = await together([
      create(ben, "b-1", slotAt(10)),
      create(ben, "b-2", slotAt(10)),
      create(ben, "b-3", slotAt(12)),
    ]);
    expect(body.failed).toMatchObject([
      { bookingId: "b-1", error: { conflicts: [{ reason: "booking", bookingId: "b-2" }] } },
      { bookingId: "b-2", error: { conflicts: [{ reason: "booking", bookingId: "b-1" }] } },
    ]);
    expect(await stored()).toEqual([]);
  });

  test("counts its own bookings for the limits of day and week", async () => {
    await service("changeSettings", { query: { agentId: ben }, body: { maxPerDay: 2, maxPerWeek: 3 } });
    const days = (...hours: [number, number][]) =>
      hours.map(([hour, day], index) => create(ben, `b-${hour}-${day}-${index}`, slotAt(hour, day)));
    const reasons = (body: { failed: { error: { conflicts: { reason: string }[] } }[] }) => [
      ...new Set(body.failed.flatMap(({ error }) => error.conflicts.map(({ reason }) => reason))),
    ];
    expect(reasons((await together(days([9, 0], [11, 0], [13, 0]))).body)).toEqual(["day_full"]);
    expect(reasons((await together(days([9, 0], [11, 0], [9, 1], [9, 2]))).body)).toEqual(["week_full"]);
    expect((await together(days([9, 0], [11, 0], [9, 1]))).status).toBe(200);
    expect((await together(days([9, 2]))).body.failed).toHaveLength(1);
    // What leaves the day makes room for what comes.
    const swap = [
      { action: "change", agentId: ben, bookingId: "b-9-0-0", ...slotAt(9, 1) },
      create(ben, "b-new", slotAt(9, 0)),
      { action: "cancel", agentId: ben, bookingId: "b-9-1-2" },
    ];
    expect((await together(swap)).status).toBe(200);
    await expectOwnTime();
  });

  test("books out of holds, and the minimum notice counts from their beginning", async () => {
    await service("changeSettings", {
      query: { agentId: ben },
      body: { maxPerDay: 2, minimumNoticeMinutes: 60 },
    });
    const holdId = `hold-of-${ben}`;
    const hold = { agentId: ben, holdId, minutes: 60, ...slotAt(10) };
    expect((await service("placeHold", { body: hold })).status).toBe(201);
    world.advance(Date.parse(slotAt(10).start) - world.deps.now() - 30 * 60_000);
    await world.query("UPDATE connections SET verified_at = ? WHERE agent_id = ?", [world.deps.now(), ben]);
    await world.query("UPDATE busy SET expires_at = ? WHERE event_key = ?", [
      Date.parse(slotAt(11).end),
      holdId,
    ]);
    await world.query("UPDATE holds SET expires_at = ? WHERE hold_id = ?", [
      Date.parse(slotAt(11).end),
      holdId,
    ]);
    const { status } = await together([
      create(ben, "b-1", slotAt(10), { holdId }),
      create(ben, "b-2", slotAt(14)),
    ]);
    expect(status).toBe(200);
    const [row] = await world.query("SELECT state, booking_id FROM holds WHERE hold_id = ?", [holdId]);
    expect(row).toMatchObject({ state: "booked", booking_id: "b-1" });
    await expectOwnTime();
  });

  test("keeps the buffers that its bookings are sold with, between them and when a group moves", async () => {
    const rules = { bufferAfterMinutes: 15 };
    const close = [
      create(ben, "b-1", slotAt(10), { rules, groupId: `buffers-of-${ana}` }),
      create(ben, "b-2", slotAt(11)),
    ];
    const { body } = await together(close);
    expect(body.failed).toMatchObject([
      { bookingId: "b-1", error: { conflicts: [{ reason: "buffer" }] } },
      { bookingId: "b-2", error: { conflicts: [{ reason: "buffer" }] } },
    ]);
    expect((await together(close.slice(0, 1))).status).toBe(200);
    await together([create(ben, "b-2", slotAt(15))]);
    const shift = (hours: number) =>
      service("shiftGroup", {
        params: { groupId: `buffers-of-${ana}` },
        body: { from: slotAt(10).start, minutes: hours * 60 },
      });
    expect((await shift(4)).body.failed).toMatchObject([{ error: { conflicts: [{ reason: "buffer" }] } }]);
    const moved = await shift(3);
    expect(moved.body.results[0].result.booking).toMatchObject({ bufferAfterMinutes: 15, revision: 2 });
  });

  test("swaps two bookings, which no two calls could", async () => {
    await together([create(ben, "b-1", slotAt(10)), create(ben, "b-2", slotAt(11))]);
    const { body } = await together([
      { action: "change", agentId: ben, bookingId: "b-1", ...slotAt(11) },
      { action: "change", agentId: ben, bookingId: "b-2", ...slotAt(10) },
    ]);
    expect(body.results).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(await stored()).toEqual([
      ["b-2", 10, "confirmed"],
      ["b-1", 11, "confirmed"],
    ]);
    await expectOwnTime();
  });

  test("P8: is for an agent's token about that agent only", async () => {
    const { body } = await together([create(ana, "b-1", slotAt(14)), create(ben, "b-2", slotAt(14))], agent);
    expect(body.code).toBe("forbidden");
    expect(await stored()).toEqual([]);
  });

  test.each([
    ["more than fifty", Array.from({ length: 51 }, (_, index) => create("a", `b-${index}`, slotAt(14)))],
    [
      "a booking twice",
      [create("a", "b-1", slotAt(14)), { action: "cancel", agentId: "a", bookingId: "b-1" }],
    ],
    [
      "a hold twice",
      [create("a", "b-1", slotAt(14), { holdId: "h-1" }), create("a", "b-2", slotAt(16), { holdId: "h-1" })],
    ],
  ])("is refused for %s", async (_, operations) => {
    const { status, body } = await together(operations);
    expect([status, body.code]).toEqual([400, "invalid_request"]);
  });

  test("is refused for a booking of the token's agent that is named with and without the agent", async () => {
    const named = create(ana, "b-1", slotAt(14));
    const { agentId: _, ...unnamed } = create(ana, "b-1", slotAt(15));
    const { status, body } = await together([named, unnamed], agent);
    expect([status, body.code]).toEqual([400, "invalid_request"]);
    expect(await stored()).toEqual([]);
  });

  test("of fifty is sold", async () => {
    const { status } = await together(
      Array.from({ length: 50 }, (_, index) => create(ben, `b-${index}`, slotAt(9, index), { groupId: ana })),
    );
    expect(status).toBe(200);
    expect(await stored()).toHaveLength(50);
    await expectOwnTime();
  });

  test("pulls stale calendars of all agents first, and sells nothing on what that finds", async () => {
    await agent("createBooking", { body: { bookingId: "b-0", title: "x", ...slotAt(16) } });
    world.google.knobs.set("push.drop", true);
    world.google.addEvent(world.email, {
      summary: "canary",
      start: { dateTime: slotAt(14).start },
      end: { dateTime: slotAt(14).end },
    });
    const operations = [create(ana, "b-1", slotAt(14), { maxAgeMs: 0 }), create(ben, "b-2", slotAt(14))];
    const { body } = await together(operations);
    expect(body.failed).toMatchObject([{ bookingId: "b-1", error: { conflicts: [{ reason: "busy" }] } }]);
    const later = [create(ana, "b-1", slotAt(15), { maxAgeMs: 0 }), create(ben, "b-2", slotAt(14))];
    expect((await together(later)).status).toBe(200);
  });
});

describe("A group", () => {
  let group: string;
  beforeEach(() => {
    group = `group-of-${ana}`;
  });

  /** Tuesdays at ten in Berlin, over the change of clocks on 2026-03-29. */
  const series = (groupId: string) =>
    Array.from({ length: 5 }, (_, week) => {
      const date = new Date(Date.UTC(2026, 2, 3 + 7 * week)).toISOString().slice(0, 10);
      return create(ben, `g-${week}`, { date, startTime: "10:00", endTime: "11:00" }, { groupId });
    });

  const localHours = (results: { result: { booking: { start: string } } }[]) =>
    results.map(({ result }) => result.booking.start.slice(5, 16));

  test("moves by a week onto its own places and keeps its time of day; repeating it does nothing", async () => {
    expect((await together(series(group))).status).toBe(200);
    const shift = { params: { groupId: group }, body: { from: "2026-03-03T09:00:00Z", days: 7 } };
    const moved = await service("shiftGroup", shift);
    expect(moved.status).toBe(200);
    const expected = ["03-10T09:00", "03-17T09:00", "03-24T09:00", "03-31T08:00", "04-07T08:00"];
    expect(localHours(moved.body.results)).toEqual(expected);
    expect(moved.body.results[0].result.booking).toMatchObject({ groupId: group, revision: 2 });
    const again = await service("shiftGroup", shift);
    expect(localHours(again.body.results)).toEqual(expected);
    expect(again.body.results[0].result.booking.revision).toBe(2);
    await expectOwnTime();
    const stale = { params: { groupId: group }, body: { from: "2026-03-04T09:00:00Z", days: 7 } };
    expect((await service("shiftGroup", stale)).body.code).toBe("group_changed");
  });

  test("moves as a whole or not at all", async () => {
    await together(series(group));
    await service("createBooking", {
      body: { agentId: ben, bookingId: "other", title: "x", ...slotAt(11, 7) },
    });
    const shift = { params: { groupId: group }, body: { from: "2026-03-03T09:00:00Z", minutes: 120 } };
    const { status, body } = await service("shiftGroup", shift);
    expect([status, body.code]).toEqual([409, "bulk_refused"]);
    expect(body.failed).toMatchObject([
      { index: 1, bookingId: "g-1", error: { conflicts: [{ reason: "booking", bookingId: "other" }] } },
    ]);
    expect((await stored())[0]).toEqual(["g-0", 9, "confirmed"]);
  });

  test("says which of its bookings the clocks skip", async () => {
    await together([
      create(ben, "s-0", { date: "2026-03-28", startTime: "02:30", endTime: "03:00" }, { groupId: group }),
      create(ben, "s-1", { date: "2026-04-02", startTime: "02:30", endTime: "03:00" }, { groupId: group }),
    ]);
    const shift = { params: { groupId: group }, body: { from: "2026-03-28T01:30:00Z", days: 1 } };
    const { body } = await service("shiftGroup", shift);
    expect(body.failed).toMatchObject([
      { index: 0, bookingId: "s-0", error: { code: "time_skipped_by_dst" } },
    ]);
  });

  test("is listed by its id, by a service as a whole and by an agent as far as it is the agent's", async () => {
    await together([
      create(ana, "b-1", slotAt(14), { groupId: group }),
      create(ben, "b-2", slotAt(12), { groupId: group }),
      create(ben, "b-3", slotAt(16)),
    ]);
    const list = async (api: Api, query: object = {}) => {
      const { body } = await api("listBookings", { query: { groupId: group, ...query } });
      return body.bookings.map((one: { bookingId: string }) => one.bookingId);
    };
    expect(await list(service)).toEqual(["b-2", "b-1"]);
    expect(await list(service, { agentId: ben })).toEqual(["b-2"]);
    expect(await list(agent)).toEqual(["b-1"]);
    expect(await list(stranger)).toEqual([]);
  });

  test("is cancelled as one, across agents; what is over stays", async () => {
    const over = create(ben, "old", slotAt(9, -1), { groupId: group });
    await together([
      create(ana, "b-1", slotAt(14), { groupId: group }),
      create(ben, "b-2", slotAt(14), { groupId: group }),
    ]);
    expect((await together([over])).status).toBe(200);
    world.advance(Date.parse(slotAt(12, -1).start) - world.deps.now());
    const cancelled = await service("cancelGroup", { params: { groupId: group } });
    expect(cancelled.body.results.map((one: { bookingId: string }) => one.bookingId)).toEqual(["b-1", "b-2"]);
    expect(cancelled.body.results[0].result.booking.state).toBe("cancelled");
    expect((await service("cancelGroup", { params: { groupId: group } })).status).toBe(200);
    await expectOwnTime();
    const shift = { params: { groupId: group }, body: { from: slotAt(14).start, days: 7 } };
    expect((await service("shiftGroup", shift)).body.code).toBe("group_not_found");
  });

  test("may have any number of cancelled bookings: they don't count for the most that change as one", async () => {
    const half = (day: number) =>
      Array.from({ length: 26 }, (_, index) =>
        create(ben, `c-${day}-${index}`, slotAt(index % 20, day + Math.floor(index / 20)), {
          groupId: group,
        }),
      );
    const named = { params: { groupId: group } };
    await together(half(1));
    expect((await service("cancelGroup", named)).body.results).toHaveLength(26);
    await together(half(3));
    const shift = { ...named, body: { from: slotAt(0, 3).start, days: 7 } };
    const moved = await service("shiftGroup", shift);
    expect([moved.status, moved.body.results?.length]).toEqual([200, 26]);
    expect((await service("cancelGroup", named)).status).toBe(200);
    expect((await stored()).filter((row) => String(row).endsWith("confirmed"))).toEqual([]);
    await expectOwnTime();
  });

  test("P8: is for an agent only what is the agent's of it", async () => {
    await together([
      create(ana, "b-1", slotAt(14), { groupId: group }),
      create(ben, "b-2", slotAt(14), { groupId: group }),
    ]);
    expect((await stranger("cancelGroup", { params: { groupId: group } })).body.code).toBe("group_not_found");
    const own = await agent("cancelGroup", { params: { groupId: group } });
    expect(own.body.results).toMatchObject([{ bookingId: "b-1" }]);
    expect(await stored()).toEqual([
      ["b-1", 14, "cancelled"],
      ["b-2", 14, "confirmed"],
    ]);
  });

  test("is part of what a booking says: another group under the same id is another booking", async () => {
    const body = { agentId: ben, bookingId: "b-1", title: "x", groupId: group, ...slotAt(14) };
    expect((await service("createBooking", { body })).body.booking.groupId).toBe(group);
    expect((await service("createBooking", { body })).status).toBe(200);
    expect((await service("createBooking", { body: { ...body, groupId: `${group}-2` } })).body.code).toBe(
      "booking_exists",
    );
  });
});
