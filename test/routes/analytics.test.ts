// Analytics over HTTP: bookings by when things happened and by when they are, lost sales, and reasons in words.
import { describe, expect, test } from "vitest";
import { countLostSales } from "../../src/store/bookings/lost-sales.ts";
import { type Api, connected } from "../http/api.ts";
import { DAY, HOUR, useGoogleWorld, watchedDatabase } from "../support/google-world.ts";

const newWorld = useGoogleWorld();

/** A connected agent in Berlin, busy on 2026-03-03 from ten to eleven UTC. Now is Monday, 2026-03-02, 08:00 UTC. */
async function scene() {
  const database = watchedDatabase();
  const world = newWorld(database);
  const { agent, service, connectionId } = await connected(world);
  const slot = (day: number, hour: number) => ({
    start: new Date(Date.UTC(2026, 2, day, hour)).toISOString(),
    end: new Date(Date.UTC(2026, 2, day, hour + 1)).toISOString(),
  });
  const book = (bookingId: string, day: number, hour: number, more: object = {}, api: Api = agent) =>
    api("createBooking", { body: { bookingId, title: "Talk", ...slot(day, hour), ...more } });
  const analytics = async (query: Record<string, string> = {}) => {
    await world.drain();
    return (await agent("readAnalytics", { query })).body;
  };
  const settings = (body: object) => agent("changeSettings", { body: { ...body } });
  return { world, database, agent, service, connectionId, slot, book, analytics, settings };
}

describe("Bookings in analytics", () => {
  test("that were sold for the future count, without being asked for", async () => {
    const { book, analytics, agent, slot, world } = await scene();
    await book("b-1", 12, 9);
    await book("b-2", 13, 9);
    await book("b-3", 14, 9);
    world.advance(HOUR);
    await agent("changeBooking", { params: { bookingId: "b-2" }, body: { ...slot(15, 9) } });
    await agent("changeBooking", { params: { bookingId: "b-1" }, body: { title: "Another" } });
    await agent("cancelBooking", { params: { bookingId: "b-3" } });
    world.advance(HOUR);
    expect(await analytics()).toMatchObject({
      bookings: { confirmed: 2, cancelled: 1 },
      happened: { sold: 3, moved: 1, cancelled: 1 },
      appointments: { confirmed: 0, cancelled: 0, upcoming: 2 },
      deliveries: { delivered: 3, pending: 0, failed: 0, reasons: [] },
    });
  });

  test("count by when they happened, and by when they are", async () => {
    const { book, analytics, agent, slot, world } = await scene();
    await book("b-1", 12, 9);
    await book("b-2", 12, 11);
    world.advance(2 * DAY);
    await agent("changeBooking", { params: { bookingId: "b-1" }, body: { ...slot(13, 9) } });
    await agent("cancelBooking", { params: { bookingId: "b-2" } });
    const on = (from: number, to: number) => analytics({ from: slot(from, 0).start, to: slot(to, 0).start });
    expect(await on(2, 3)).toMatchObject({
      happened: { sold: 2, moved: 0, cancelled: 0 },
      bookings: { confirmed: 1, cancelled: 1 },
      appointments: { confirmed: 0, cancelled: 0, upcoming: 1 },
    });
    expect(await on(4, 5)).toMatchObject({ happened: { sold: 0, moved: 1, cancelled: 1 } });
    expect(await on(12, 14)).toMatchObject({
      happened: { sold: 0, moved: 0, cancelled: 0 },
      appointments: { confirmed: 1, cancelled: 1, upcoming: 0 },
      utilisation: { weeks: [{ openMinutes: 167 * 60 + 60, bookedMinutes: 60, share: 0.006 }] },
    });
  });

  test("have their lead time and the utilisation of their weeks", async () => {
    const { book, analytics, settings } = await scene();
    const workingHours = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: "09:00", end: "13:00" }));
    await settings({ workingHours, timeZone: "UTC" });
    await book("b-1", 4, 9);
    await book("b-2", 5, 11);
    const { leadTime, utilisation } = await analytics({ to: "2026-03-09T00:00:00Z" });
    expect(leadTime).toMatchObject({ medianHours: 75, p10Hours: 49, p90Hours: 75 });
    expect(utilisation.timeZone).toBe("UTC");
    expect(utilisation.weeks.at(-1)).toEqual({
      from: "2026-03-02T00:00:00.000Z",
      to: "2026-03-09T00:00:00.000Z",
      ...{ openMinutes: 1_200, bookedMinutes: 120, share: 0.1 },
    });
  });

  test("that reach into a week in which the clocks go back count in it, asked for in its last hour", async () => {
    const { world, analytics, settings } = await scene();
    await settings({ timeZone: "Europe/Berlin" });
    const startsAt = Date.parse("2025-10-18T22:15:00Z");
    await world.query(
      `INSERT INTO bookings (agent_id, booking_id, title, starts_at, ends_at, time_zone, state, revision, write_id,
         created_at, updated_at) VALUES (?, 'b-1', '', ?, ?, 'UTC', 'confirmed', 1, 'w', ?, ?)`,
      [world.agentId, startsAt, startsAt + DAY, startsAt, startsAt],
    );
    const { utilisation } = await analytics({ from: "2025-10-26T22:45:00Z", to: "2025-10-26T23:00:00Z" });
    expect(utilisation.weeks).toMatchObject([{ openMinutes: 169 * 60, bookedMinutes: 15 }]);
  });

  test("are asked for over 400 days at most, and not of longer ago than 800", async () => {
    const { agent } = await scene();
    const asked = (from: string, to: string) => agent("readAnalytics", { query: { from, to } });
    const refused = { status: 400, body: { code: "invalid_time" } };
    expect(await asked("2025-01-02T00:00:00Z", "2026-03-02T00:00:00Z")).toMatchObject(refused);
    expect(await asked("2023-12-20T00:00:00Z", "2023-12-21T00:00:00Z")).toMatchObject(refused);
    expect((await asked("2023-12-24T00:00:00Z", "2024-12-24T00:00:00Z")).status).toBe(200);
  });

  test("that a version before cancelled during a deployment count by their last change", async () => {
    const { book, analytics, agent, world } = await scene();
    await book("b-1", 12, 9);
    world.advance(2 * DAY);
    await agent("cancelBooking", { params: { bookingId: "b-1" } });
    await world.query("UPDATE bookings SET cancelled_at = NULL");
    const on = async (from: string, to: string) => (await analytics({ from, to })).happened;
    expect(await on("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z")).toMatchObject({ sold: 1, cancelled: 0 });
    expect(await on("2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z")).toMatchObject({ sold: 0, cancelled: 1 });
  });

  test("that a calendar doesn't take are explained for people, beside the provider's code", async () => {
    const { world, book, analytics, agent } = await scene();
    world.google.knobs.set("cal.role", "reader", { calendar: world.email });
    const { body } = await book("b-1", 12, 9);
    const explanation = {
      meaning: "read_only",
      means: expect.stringContaining("not write"),
      whatToDo: expect.stringMatching(/^The agent must/),
    };
    const reason = "requiredAccessLevel";
    expect(body.results).toMatchObject([{ status: "failed", reason, explanation }]);
    expect((await analytics()).deliveries).toEqual({
      ...{ delivered: 0, pending: 0, failed: 1 },
      reasons: [{ reason, count: 1, explanation }],
    });
    expect((await agent("listFailures")).body.failures).toMatchObject([{ reason, explanation }]);
  });
});

describe("Lost sales", () => {
  test("are counted by reason and by the agent's own day, and nothing says who asked", async () => {
    const { world, book, analytics, agent, settings, slot } = await scene();
    // Eleven in UTC is one in the morning of the next day there.
    world.advance(3 * HOUR);
    await settings({ timeZone: "Pacific/Kiritimati", minimumNoticeMinutes: 24 * 60 });
    await book("b-1", 3, 10);
    await book("b-0", 3, 10);
    await agent("placeHold", { body: { holdId: "h-1", ...slot(2, 12) } });
    await settings({
      minimumNoticeMinutes: 0,
      overrides: [{ from: "2026-03-06", to: "2026-03-08", hours: [] }],
    });
    await book("b-2", 6, 12);
    await settings({ overrides: [], workingHours: [{ weekday: 2, start: "00:00", end: "24:00" }] });
    await book("b-3", 5, 20);
    await settings({ workingHours: null, horizonDays: 3 });
    await book("b-4", 9, 12);
    await settings({ horizonDays: null, maxPerDay: 1 });
    expect((await book("b-5", 9, 12)).status).toBe(201);
    await book("b-6", 9, 14);
    await book("b-7", 1, 12);
    await world.query("UPDATE connections SET gone_at = 1");
    await book("b-8", 19, 12);
    const { lostSales } = await analytics({ to: "2026-03-04T00:00:00Z" });
    const once = { past: 1, closed: 1, hours: 1, horizon: 1, notice: 1, full: 1, unverified: 1 };
    expect(lostSales).toMatchObject({ total: 9, byReason: { taken: 2, ...once } });
    expect(new Set(lostSales.days.map(({ date }: { date: string }) => date))).toEqual(
      new Set(["2026-03-03"]),
    );
    const columns = await world.query("SELECT name FROM pragma_table_info('lost_sales')");
    expect(columns.map(({ name }) => name)).toEqual(["agent_id", "day", "reason", "count"]);
  });

  test("of the day before don't count for a range that begins with the agent's midnight", async () => {
    const { world, book, analytics, settings } = await scene();
    await settings({ timeZone: "Pacific/Kiritimati" });
    await book("b-1", 3, 10);
    world.advance(DAY);
    await book("b-1", 3, 10);
    expect((await analytics()).lostSales).toMatchObject({ total: 2 });
    const { lostSales } = await analytics({ from: "2026-03-02T10:00:00Z" });
    expect(lostSales).toMatchObject({ total: 1, days: [{ date: "2026-03-03", reason: "taken", count: 1 }] });
  });

  test("are not what moves, and what others of several agents sold instead", async () => {
    const { world, book, analytics, agent, service, slot } = await scene();
    await book("b-1", 12, 9);
    expect(
      (await agent("changeBooking", { params: { bookingId: "b-1" }, body: { ...slot(3, 10) } })).status,
    ).toBe(409);
    const change = { action: "change", bookingId: "b-1", ...slot(3, 10) };
    for (const atomic of [false, true])
      await agent("bulkBookings", { body: { atomic, operations: [change] } });
    expect((await analytics()).lostSales).toMatchObject({ total: 0, days: [] });
    const other = `${world.agentId}-other`;
    await service("changeSettings", { query: { agentId: other }, body: { minimumNoticeMinutes: 0 } });
    const agents = [world.agentId, other];
    expect((await book("b-2", 3, 10, { agents }, service)).status).toBe(201);
    expect((await analytics()).lostSales.total).toBe(0);
    expect((await book("b-3", 3, 10, { agents }, service)).status).toBe(409);
    expect((await analytics()).lostSales).toMatchObject({ byReason: { taken: 1 } });
  });

  test("of many operations are counted in one write behind the answer, each once", async () => {
    const { world, database, analytics, agent, slot, book } = await scene();
    const operations = ["m-1", "m-2", "m-3"].map((bookingId) => ({
      ...{ action: "create", bookingId, title: "Talk", ...slot(3, 10) },
    }));
    const counts: string[] = [];
    database.before = async (sent) => {
      if (sent.includes("INTO lost_sales")) counts.push(sent);
    };
    await agent("bulkBookings", { body: { operations } });
    await world.drain();
    expect(counts).toHaveLength(1);
    await agent("bulkBookings", {
      body: { atomic: true, operations: [{ ...operations[0], bookingId: "m-4" }] },
    });
    await world.drain();
    expect(counts).toHaveLength(2);
    await book("b-1", 12, 9);
    expect((await analytics()).lostSales.byReason).toEqual({ taken: 4 });
    expect(counts).toHaveLength(2);
  });

  test("are counted once, although their write arrives twice", async () => {
    const { world, analytics } = await scene();
    const lost = ["count-1", "count-2", "count-1"].map((countId) => ({
      ...{ agentId: world.agentId, day: 20_514, reason: "taken" as const, countId },
    }));
    const count = { lost, now: world.deps.now() };
    await countLostSales(world.deps.db, count);
    await countLostSales(world.deps.db, count);
    expect((await analytics()).lostSales.byReason).toEqual({ taken: 2 });
  });

  test("are counted once, although their caller asks for the same booking again", async () => {
    const { world, analytics, book, agent, slot } = await scene();
    await book("b-1", 3, 10);
    await book("b-1", 3, 10);
    await agent("placeHold", { body: { holdId: "b-1", ...slot(3, 10) } });
    await book("b-2", 3, 10);
    expect((await analytics()).lostSales.byReason).toEqual({ taken: 3 });
    world.advance(DAY);
    await book("b-1", 3, 10);
    expect((await analytics()).lostSales.total).toBe(4);
  });

  test("of an agent who is being erased are not counted, and those of the past go with the agent", async () => {
    const { world, book, service } = await scene();
    await book("b-1", 3, 10);
    await world.drain();
    expect(await world.query("SELECT count FROM lost_sales")).toEqual([{ count: 1 }]);
    await service("eraseAgent", { params: { agentId: world.agentId } });
    await world.drain();
    const lost = [{ agentId: world.agentId, day: 20_514, reason: "taken" as const, countId: "count-1" }];
    await countLostSales(world.deps.db, { lost, now: world.deps.now() });
    expect(await world.query("SELECT count FROM lost_sales")).toEqual([]);
  });

  test("are forgotten after 30 days", async () => {
    const { world, book, analytics } = await scene();
    await book("b-1", 3, 10);
    await world.drain();
    await world.query("UPDATE connections SET poll_due_at = 9e15, roll_due_at = 9e15");
    const total = async () => (await analytics({ from: "2026-03-02T00:00:00Z" })).lostSales.total;
    world.advance(29 * DAY);
    await world.cron("17 3 * * *");
    expect(await total()).toBe(1);
    world.advance(3 * DAY);
    await world.cron("17 3 * * *");
    expect(await total()).toBe(0);
  });
});
