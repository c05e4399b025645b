// Settings over HTTP: days that differ, limits, the horizon, and changes of what is named.
import { beforeEach, describe, expect, test } from "vitest";
import { settingsOperations } from "../../src/routes/settings.ts";
import { type Api, connected } from "../http/api.ts";
import { SETTINGS } from "../http/samples.ts";
import { createWorld, type World } from "../support/world.ts";

let world: World;
let agent: Api;
let service: Api;

beforeEach(async () => {
  world = createWorld();
  ({ agent, service } = await connected(world));
});

test("PATCH and PUT of settings declare the same refusals, an erasure's among them", () => {
  const errorsOf = (wanted: string) => settingsOperations.find(({ id }) => id === wanted)?.errors;
  expect(errorsOf("changeSettings")).toContain("agent_being_erased");
  expect(errorsOf("changeSettings")).toEqual(errorsOf("putSettings"));
});

const patch = (body: object) => agent("changeSettings", { body: { ...body } });
const slotAt = (date: string, hour: number) => ({
  start: `${date}T${String(hour).padStart(2, "0")}:00:00Z`,
  end: `${date}T${String(hour + 1).padStart(2, "0")}:00:00Z`,
});
const book = (bookingId: string, slot: object, rest: object = {}, api = agent) =>
  api("createBooking", { body: { bookingId, title: "Talk", ...slot, ...rest } });
const reasonsOf = ({ body }: { body: { conflicts?: { reason: string }[] } }) =>
  body.conflicts?.map(({ reason }) => reason);

/** The rule that every way to take a slot names; the ways agree. [] means that the slot is sold. */
async function refusal(slot: { start: string; end: string }): Promise<string[] | undefined> {
  const check = await agent("checkAvailability", { body: { ...slot, purpose: "confirm" } });
  const offered = await agent("findSlots", {
    body: { from: slot.start, to: slot.end, durationMinutes: 60, stepMinutes: 60 },
  });
  const hold = await agent("placeHold", { body: { holdId: `h ${slot.start}`, ...slot } });
  if (check.body.available) {
    expect([hold.status, offered.body.slots.length]).toEqual([201, 1]);
    await agent("releaseHold", { params: { holdId: `h ${slot.start}` } });
    return [];
  }
  const booked = await book(`b ${slot.start}`, slot);
  const { body: many } = await agent("bulkBookings", {
    body: { operations: [{ action: "create", bookingId: `m ${slot.start}`, title: "Talk", ...slot }] },
  });
  expect(booked).toMatchObject({ status: 409, body: { code: "slot_taken" } });
  for (const refused of [booked, hold, { body: many.results[0].error }])
    expect(reasonsOf(refused)).toEqual(reasonsOf(check));
  expect(offered.body.slots).toEqual([]);
  return reasonsOf(check);
}

describe("Days that differ", () => {
  test("are closed, or have other hours, as dates and as ranges, and the refusal says so", async () => {
    const overrides = [
      { date: "2026-03-10", hours: [] },
      { from: "2026-03-12", to: "2026-03-14", hours: [] },
      {
        date: "2026-03-13",
        hours: [
          { start: "09:00", end: "12:00" },
          { start: "14:00", end: "16:00" },
        ],
      },
    ];
    const { status, body } = await patch({ overrides });
    expect({ status, overrides: body.overrides }).toEqual({ status: 200, overrides });
    expect((await agent("getSettings")).body).toEqual(body);
    expect(await refusal(slotAt("2026-03-10", 10))).toEqual(["closed"]);
    expect(await refusal(slotAt("2026-03-11", 10))).toEqual([]);
    expect(await refusal(slotAt("2026-03-12", 10))).toEqual(["closed"]);
    expect(await refusal(slotAt("2026-03-13", 10))).toEqual([]);
    expect(await refusal(slotAt("2026-03-13", 12))).toEqual(["closed"]);
    expect(await refusal(slotAt("2026-03-14", 10))).toEqual(["closed"]);
  });

  test("open a day of the week that is closed", async () => {
    await patch({
      workingHours: [],
      overrides: [{ date: "2026-03-08", hours: [{ start: "10:00", end: "24:00" }] }],
    });
    expect(await refusal(slotAt("2026-03-08", 10))).toEqual([]);
    expect(await refusal(slotAt("2026-03-08", 9))).toEqual(["closed"]);
    expect(await refusal(slotAt("2026-03-09", 10))).toEqual(["hours"]);
  });

  test("are at most 400, which fit into one request", async () => {
    const hours = Array.from({ length: 8 }, (_, hour) => ({
      start: `0${hour}:00:00`,
      end: `0${hour}:30:00`,
    }));
    const overrides = Array.from({ length: 400 }, (_, index) => {
      const date = new Date(Date.UTC(2026, 2, 4 + index)).toISOString().slice(0, 10);
      return { from: date, to: date, hours };
    });
    const { status, body } = await patch({ overrides });
    expect(status).toBe(200);
    expect(body.overrides).toHaveLength(400);
    expect(await refusal(slotAt("2026-12-24", 10))).toEqual(["closed"]);
    const more = await patch({ overrides: [...overrides, { date: "2026-03-04", hours: [] }] });
    expect(more).toMatchObject({ status: 400, body: { errors: [{ path: "overrides" }] } });
  });

  test.each([
    ["no date", { hours: [] }, "date"],
    ["a range without an end", { from: "2026-03-04", hours: [] }, "to"],
    ["a range without a beginning", { to: "2026-03-04", hours: [] }, "from"],
    ["a range that ends first", { from: "2026-03-04", to: "2026-03-03", hours: [] }, "to"],
    ["a date and a range", { date: "2026-03-04", from: "2026-03-04", to: "2026-03-05", hours: [] }, "date"],
    ["a date that isn't", { date: "2026-02-30", hours: [] }, "date"],
    ["no hours", { date: "2026-03-04" }, "hours"],
    [
      "hours that end first",
      { date: "2026-03-04", hours: [{ start: "10:00", end: "09:00" }] },
      "hours.0.end",
    ],
    ["half a minute", { date: "2026-03-04", hours: [{ start: "10:00:30", end: "11:00" }] }, "hours.0"],
  ])("with %s are refused, and nothing changes", async (_, override, path) => {
    const before = (await agent("getSettings")).body;
    const { status, body } = await patch({ overrides: [override] });
    expect({ status, paths: body.errors?.map((error: { path: string }) => error.path) }).toEqual({
      status: 400,
      paths: [`overrides.0.${path}`],
    });
    expect((await agent("getSettings")).body).toEqual(before);
  });
});

describe("Public holidays", () => {
  const berlin = { timeZone: "UTC", holidays: "DE-BE" };

  test("close their dates to every way of taking a slot, and settings name each", async () => {
    const { status, body } = await patch(berlin);
    expect({ status, ...body }).toMatchObject({ status: 200, holidays: "DE-BE", workedHolidays: [] });
    expect(body.publicHolidays).toMatchObject({ knownFrom: "2026-01-01", knownUntil: "2030-12-31" });
    expect(body.publicHolidays.days).toContainEqual({
      ...{ date: "2026-03-08", name: "Internationaler Frauentag", applied: true },
    });
    expect((await agent("getSettings")).body).toEqual(body);
    expect(await refusal(slotAt("2026-03-08", 10))).toEqual(["closed"]);
    expect(await refusal(slotAt("2026-03-09", 10))).toEqual([]);
    await patch({ holidays: "DE" });
    expect(await refusal(slotAt("2026-03-08", 10))).toEqual([]);
    expect(await refusal(slotAt("2026-04-03", 10))).toEqual(["closed"]);
    expect((await patch({ holidays: null })).body.publicHolidays.days).toEqual([]);
    expect(await refusal(slotAt("2026-04-03", 12))).toEqual([]);
  });

  test("can be taken out each, and an override of the same date wins", async () => {
    const hours = [{ start: "10:00", end: "12:00" }];
    const { body } = await patch({
      ...berlin,
      workedHolidays: ["2026-03-08"],
      overrides: [{ date: "2026-04-03", hours }],
    });
    expect(body.publicHolidays.days.filter(({ applied }: { applied: boolean }) => !applied)).toEqual([
      { date: "2026-03-08", name: "Internationaler Frauentag", applied: false },
    ]);
    expect(await refusal(slotAt("2026-03-08", 10))).toEqual([]);
    expect(await refusal(slotAt("2026-04-03", 10))).toEqual([]);
    expect(await refusal(slotAt("2026-04-03", 12))).toEqual(["closed"]);
    expect(await refusal(slotAt("2026-04-06", 10))).toEqual(["closed"]);
  });

  test("are among the dates of the agent's zone", async () => {
    await patch({ timeZone: "Pacific/Auckland", holidays: "NZ" });
    // 6 April is Easter Monday there, from 12:00 UTC of the day before: summer time has just ended.
    expect(await refusal(slotAt("2026-04-05", 11))).toEqual([]);
    expect(await refusal(slotAt("2026-04-05", 12))).toEqual(["closed"]);
    expect(await refusal(slotAt("2026-04-06", 12))).toEqual([]);
  });

  test("come back from what GET answered, and stay where PUT leaves them out", async () => {
    const { body: before } = await patch({ ...berlin, workedHolidays: ["2026-03-08"] });
    const { status, body } = await agent("putSettings", { body: before });
    expect({ status, body }).toEqual({ status: 200, body: { ...before, revision: before.revision + 1 } });
    expect((await agent("putSettings", { body: SETTINGS })).body).toMatchObject({
      ...{ holidays: "DE-BE", workedHolidays: ["2026-03-08"] },
    });
    expect(await patch({ publicHolidays: before.publicHolidays })).toMatchObject({ status: 400 });
    const { knownFrom: _, ...older } = before.publicHolidays;
    const { revision } = (await agent("getSettings")).body;
    const sent = { ...before, revision, publicHolidays: older };
    expect((await agent("putSettings", { body: sent })).status).toBe(200);
  });

  test.each([
    ["an unknown region of a known country", "DE-XX", /one of DE, DE-BB, DE-BE, .*DE-TH, or null\.$/],
    ["a country of many regions in small letters", "us-ca", /one of US, US-AL, .*US-CA/],
    ["a country without regions", "PL-MA", /one of PL, or null\.$/],
    ["an unknown country", "XX", /Known countries: AT, AU, .*SK, US\.$/],
    ["a name", "Germany", /Known countries: AT/],
    ["a number", 49, /Known countries: AT/],
  ])("of %s are refused with what there is instead", async (_, holidays, message) => {
    const { status, body } = await patch({ holidays });
    expect({ status, path: body.errors[0].path }).toEqual({ status: 400, path: "holidays" });
    expect(body.errors[0].message).toMatch(message);
  });
});

describe("Limits", () => {
  test("of a day count bookings and holds by the agent's dates, and free their place with a cancellation", async () => {
    await patch({ timeZone: "America/New_York", maxPerDay: 2 });
    // 2026-03-10 in New York is 04:00 to 28:00 UTC.
    await book("b-1", slotAt("2026-03-10", 4));
    await agent("placeHold", { body: { holdId: "h-1", ...slotAt("2026-03-10", 14) } });
    expect(await refusal(slotAt("2026-03-10", 18))).toEqual(["day_full"]);
    expect(await refusal(slotAt("2026-03-11", 3))).toEqual(["day_full"]);
    expect(await refusal(slotAt("2026-03-11", 4))).toEqual([]);
    expect(await refusal(slotAt("2026-03-10", 3))).toEqual([]);
    expect((await book("b-2", slotAt("2026-03-10", 14), { holdId: "h-1" })).status).toBe(201);
    expect(await refusal(slotAt("2026-03-10", 18))).toEqual(["day_full"]);
    await agent("cancelBooking", { params: { bookingId: "b-1" } });
    expect(await refusal(slotAt("2026-03-10", 18))).toEqual([]);
  });

  test("don't count the booking that moves, and refuse its move into a full day or week", async () => {
    await patch({ maxPerDay: 1, maxPerWeek: 2 });
    for (const [id, date] of [
      ["b-1", "2026-03-10"],
      ["b-2", "2026-03-11"],
      ["b-3", "2026-03-18"],
    ] as const)
      expect((await book(id, slotAt(date, 12))).status).toBe(201);
    const move = (bookingId: string, date: string, hour: number) =>
      agent("changeBooking", { params: { bookingId }, body: slotAt(date, hour) });
    expect((await move("b-1", "2026-03-10", 15)).status).toBe(200);
    expect(reasonsOf(await move("b-1", "2026-03-11", 15))).toEqual(["day_full"]);
    expect((await move("b-1", "2026-03-12", 15)).status).toBe(200);
    expect(reasonsOf(await move("b-3", "2026-03-13", 15))).toEqual(["week_full"]);
    expect(await refusal(slotAt("2026-03-09", 9))).toEqual(["week_full"]);
    const { body } = await agent("checkAvailability", {
      body: { ...slotAt("2026-03-12", 9), ignoreBookingId: "b-1" },
    });
    expect(body).toMatchObject({ available: true });
  });

  test("hold in one bulk, too, where each operation sees those before it", async () => {
    await patch({ maxPerDay: 2 });
    const operations = [12, 13, 14].map((hour) => ({
      ...{ action: "create", bookingId: `b-${hour}`, title: "Talk" },
      ...slotAt("2026-03-10", hour),
    }));
    const { body } = await agent("bulkBookings", { body: { operations } });
    expect(body.results.map(({ status }: { status: number }) => status)).toEqual([201, 201, 409]);
  });

  test("and hours, days and horizon give way to a service that forces a slot, which counts afterwards", async () => {
    await patch({ maxPerDay: 1, horizonDays: 10, overrides: [{ date: "2026-03-20", hours: [] }] });
    const slot = slotAt("2026-03-20", 12);
    expect((await refusal(slot))?.sort()).toEqual(["closed", "horizon"]);
    const forced = { force: true, agentId: world.agentId };
    expect((await book("f-1", slot, forced, service)).status).toBe(201);
    expect((await book("f-2", slotAt("2026-03-20", 15), forced, service)).status).toBe(201);
    expect((await refusal(slotAt("2026-03-20", 18)))?.sort()).toEqual(["closed", "day_full", "horizon"]);
  });

  test.each([
    ["maxPerDay", 0],
    ["maxPerDay", 1.5],
    ["maxPerWeek", 1_001],
    ["horizonDays", 0],
    ["horizonDays", 801],
    ["horizonDays", "7"],
  ])("%s can't be %j", async (name, value) => {
    expect(await patch({ [name]: value })).toMatchObject({ status: 400, body: { errors: [{ path: name }] } });
  });
});

test("The horizon ends so many days of 24 hours from now; what has begun is called past", async () => {
  await patch({ horizonDays: 2, minimumNoticeMinutes: 60 });
  // The world begins on 2026-03-02 at 08:00 UTC.
  expect(await refusal(slotAt("2026-03-04", 8))).toEqual([]);
  expect(await refusal(slotAt("2026-03-04", 9))).toEqual(["horizon"]);
  const soon = { start: "2026-03-02T08:30:00Z", end: "2026-03-02T09:30:00Z" };
  expect(await refusal(soon)).toEqual(["notice"]);
  expect(await refusal(slotAt("2026-03-02", 7))).toEqual(["past"]);
});

describe("A change of settings", () => {
  test("changes what is named and nothing else, also one rule of several", async () => {
    const before = (await agent("putSettings", { body: SETTINGS })).body;
    const { status, body } = await patch({ maxPerDay: 4, rules: { tentative: false }, workingHours: null });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...before,
      maxPerDay: 4,
      rules: { ...before.rules, tentative: false },
      workingHours: null,
      revision: before.revision + 1,
    });
    expect((await patch({ maxPerDay: null })).body).toMatchObject({ maxPerDay: null, workingHours: null });
  });

  test("begins with the defaults of an agent who has set nothing", async () => {
    const { body } = await service("changeSettings", {
      query: { agentId: "agent-new" },
      body: { horizonDays: 30 },
    });
    expect(body).toMatchObject({ horizonDays: 30, timeZone: "UTC", reminderMinutes: [30], revision: 1 });
  });

  test("with a revision that is no longer current is refused, and nothing changes", async () => {
    const { body: read } = await agent("getSettings");
    const { body: theirs } = await patch({ maxPerWeek: 9, revision: read.revision });
    const late = await patch({ maxPerDay: 4, revision: read.revision });
    expect(late).toMatchObject({ status: 409, body: { code: "settings_changed" } });
    expect((await agent("getSettings")).body).toEqual(theirs);
    expect((await patch({ maxPerDay: 4, revision: theirs.revision })).body).toMatchObject({
      ...{ maxPerDay: 4, maxPerWeek: 9 },
    });
  });

  test("by two callers at once keeps both", async () => {
    await Promise.all([patch({ maxPerDay: 4 }), patch({ maxPerWeek: 9 })]);
    expect((await agent("getSettings")).body).toMatchObject({ maxPerDay: 4, maxPerWeek: 9 });
  });

  test.each([
    ["nothing", {}],
    ["only a revision", { revision: 1 }],
    ["an unknown field", { maxPerMonth: 3 }],
    ["an unknown rule", { rules: { lunch: true } }],
  ])("that names %s is refused", async (_, body) => {
    expect((await patch(body)).status).toBe(400);
  });

  test("PUT without the settings that came later leaves these as they are", async () => {
    const later = {
      overrides: [{ date: "2026-12-24", hours: [] }],
      maxPerDay: 4,
      maxPerWeek: 9,
      horizonDays: 90,
    };
    await patch(later);
    expect((await agent("putSettings", { body: SETTINGS })).body).toMatchObject({ ...SETTINGS, ...later });
    const none = { overrides: [], maxPerDay: null, maxPerWeek: null, horizonDays: null };
    expect((await agent("putSettings", { body: { ...SETTINGS, ...none } })).body).toMatchObject(none);
  });
});
