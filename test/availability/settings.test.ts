// Settings: a change of an agent's settings counts at once, also for a sale under way.
import { describe, expect, inject, test } from "vitest";
import { checkAvailability } from "../../src/availability/check.ts";
import { getSettings, putSettings } from "../../src/availability/settings.ts";
import { findSlots } from "../../src/availability/slots.ts";
import { createBooking } from "../../src/bookings/create.ts";
import {
  type AgentSettings,
  DEFAULT_SETTINGS,
  type OpenHours,
  type Weekday,
} from "../../src/domain/settings.ts";
import { at, bookingRequest, codeOf, SLOT } from "../bookings/requests.ts";
import { lossyWorld } from "../support/lossy-world.ts";
import { workerOf } from "../support/worker.ts";
import { createWorld, type World } from "../support/world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TUESDAY = 2;

const put = (world: World, change: Partial<AgentSettings>) =>
  putSettings(world.deps, { agentId: world.agentId, settings: { ...DEFAULT_SETTINGS, ...change } });

const hours = (weekday: Weekday, from: number, to: number): OpenHours => ({
  weekday,
  startMinute: from * 60,
  endMinute: to * 60,
});

const check = (world: World, slot = SLOT) =>
  checkAvailability(world.deps, { agentId: world.agentId, slot, purpose: "display", maxAgeMs: null });

test("an agent without settings has the defaults, and each change raises the revision", async () => {
  const world = createWorld();
  expect(await getSettings(world.deps, { agentId: world.agentId })).toEqual(DEFAULT_SETTINGS);
  const first = await put(world, { timeZone: "Europe/Berlin" });
  const second = await put(world, { timeZone: "Europe/Berlin", bufferAfterMs: 5 * MINUTE });
  expect(second).toEqual({ ...first, bufferAfterMs: 5 * MINUTE, revision: first.revision + 1 });
  expect(await getSettings(world.deps, { agentId: world.agentId })).toEqual(second);
});

describe("settings put with the revision they were read at", () => {
  const putAt = (world: World, revision: number, change: Partial<AgentSettings>) =>
    putSettings(world.deps, {
      agentId: world.agentId,
      settings: { ...DEFAULT_SETTINGS, ...change },
      revision,
    });

  test("are refused once another caller has put settings, and change nothing", async () => {
    const world = createWorld();
    const { revision } = await put(world, {});
    const theirs = await putAt(world, revision, { bufferBeforeMs: 5 * MINUTE });
    expect(await codeOf(putAt(world, revision, { bufferAfterMs: 5 * MINUTE }))).toBe("settings_changed");
    expect(await codeOf(putAt(world, theirs.revision + 1, {}))).toBe("settings_changed");
    expect(await getSettings(world.deps, world)).toEqual(theirs);
    const both = { bufferBeforeMs: 5 * MINUTE, bufferAfterMs: 5 * MINUTE };
    expect(await putAt(world, theirs.revision, both)).toMatchObject({ ...both, revision: revision + 2 });
  });

  test("of two at once one is stored, the other refused", async () => {
    const world = createWorld();
    const { revision } = await put(world, {});
    const codes = await Promise.all(
      [1, 2].map((n) => codeOf(putAt(world, revision, { bufferAfterMs: n * MINUTE }))),
    );
    expect(codes.sort()).toEqual([null, "settings_changed"].sort());
    expect((await getSettings(world.deps, world)).revision).toBe(revision + 1);
  });

  test("start from the defaults of an agent without settings", async () => {
    const world = createWorld();
    expect(await codeOf(putAt(world, 1, {}))).toBe("settings_changed");
    expect(await getSettings(world.deps, world)).toEqual(DEFAULT_SETTINGS);
    const first = await putAt(world, 0, { timeZone: "Asia/Tokyo" });
    expect(first).toMatchObject({ timeZone: "Asia/Tokyo", revision: 1 });
    expect(await codeOf(putAt(world, 0, {}))).toBe("settings_changed");
    expect(await getSettings(world.deps, world)).toEqual(first);
  });

  test("are recognised as stored when the answer was lost and they are put again", async () => {
    const { world, lost } = lossyWorld(inject("sqldUrl"));
    const hoursOf = { workingHours: [hours(TUESDAY, 9, 15)] };
    expect(await putAt(world, 0, hoursOf)).toMatchObject({ revision: 1 });
    expect(await putAt(world, 1, { reminderMinutes: [10] })).toMatchObject({ revision: 2 });
    expect(lost()).toBe(2);
    expect(await codeOf(putAt(world, 1, hoursOf))).toBe("settings_changed");
  });
});

test("the first calendar gives a new agent its zone, and doesn't change a known agent's zone", async () => {
  const fresh = createWorld({ timeZone: "Asia/Tokyo" });
  await fresh.connect();
  expect((await getSettings(fresh.deps, fresh)).timeZone).toBe("Asia/Tokyo");
  const known = createWorld({ timeZone: "Asia/Tokyo" });
  await put(known, { timeZone: "Europe/Berlin" });
  await known.connect();
  expect((await getSettings(known.deps, known)).timeZone).toBe("Europe/Berlin");
});

describe("a sale obeys the settings in force when it is made", () => {
  test("a sale within working hours is made, and one outside is refused with the reason", async () => {
    const world = createWorld();
    await put(world, { workingHours: [hours(TUESDAY, 9, 15)] });
    expect((await createBooking(world.deps, bookingRequest(world))).created).toBe(true);
    const late = { start: SLOT.end - 30 * MINUTE, end: SLOT.end + 30 * MINUTE };
    const refused = createBooking(world.deps, bookingRequest(world, { bookingId: "b-2", slot: late }));
    await expect(refused).rejects.toMatchObject({ code: "slot_taken" });
    expect((await check(world, { start: SLOT.end, end: SLOT.end + HOUR })).conflicts).toMatchObject([
      { reason: "hours" },
    ]);
  });

  test("working hours that shrink between two attempts refuse the sale, other settings don't", async () => {
    for (const [until, expected] of [
      [14, "slot_taken"],
      [16, null],
    ] as const) {
      const world = createWorld();
      await put(world, { workingHours: [hours(TUESDAY, 9, 18)] });
      let attempts = 0;
      const racing = workerOf(world, {
        databaseFetch: (inner) => async (input, init) => {
          const response = await inner(input, init);
          attempts += 1;
          // The first attempt has read the settings. The agent changes them before the second.
          if (attempts === 1) await put(world, { workingHours: [hours(TUESDAY, 9, until)] });
          return response;
        },
      });
      expect(await codeOf(createBooking(racing, bookingRequest(world)))).toBe(expected);
      expect(attempts).toBeGreaterThan(1);
    }
  });

  test("settings that change before every attempt refuse the sale in the end", async () => {
    const world = createWorld();
    await put(world, { workingHours: [hours(TUESDAY, 9, 18)] });
    const racing = workerOf(world, {
      databaseFetch: (inner) => async (input, init) => {
        const response = await inner(input, init);
        await put(world, { workingHours: [hours(TUESDAY, 9, 18)] });
        return response;
      },
    });
    expect(await codeOf(createBooking(racing, bookingRequest(world)))).toBe("slot_unverified");
    expect(await world.query("SELECT 1 FROM bookings WHERE agent_id = ?", [world.agentId])).toEqual([]);
  });

  test("a new buffer or minimum notice counts at once, for checks, slots and sales", async () => {
    const world = createWorld();
    await put(world, {});
    await createBooking(world.deps, bookingRequest(world));
    const next = { start: SLOT.end, end: SLOT.end + HOUR };
    expect((await check(world, next)).available).toBe(true);
    await put(world, { bufferAfterMs: 10 * MINUTE });
    expect((await check(world, next)).conflicts).toMatchObject([{ reason: "buffer", bookingId: "b-1" }]);
    const sale = bookingRequest(world, { bookingId: "b-2", slot: next });
    expect(await codeOf(createBooking(world.deps, sale))).toBe("slot_taken");
    await put(world, { minimumNoticeMs: 72 * HOUR });
    expect((await check(world, next)).conflicts).toMatchObject([{ reason: "notice" }]);
    expect(await codeOf(createBooking(world.deps, sale))).toBe("slot_taken");
    const search = { from: SLOT.start, to: SLOT.start + 24 * HOUR, durationMs: HOUR, stepMs: HOUR, limit: 9 };
    const found = await findSlots(world.deps, {
      agentId: world.agentId,
      purpose: "display",
      maxAgeMs: null,
      ...search,
    });
    expect(found.slots).toEqual([]);
    await put(world, {});
    expect(await codeOf(createBooking(world.deps, sale))).toBeNull();
  });
});

describe("busy rules", () => {
  const TIMES = { start: { dateTime: "2026-03-03T14:00:00Z" }, end: { dateTime: "2026-03-03T15:00:00Z" } };

  test("are applied when an answer is made: a changed rule needs no new sync", async () => {
    const world = createWorld();
    world.google.addEvent(world.email, { summary: "Maybe", status: "tentative", ...TIMES });
    const { connectionId } = await world.connect();
    expect((await check(world)).conflicts).toMatchObject([{ reason: "tentative", connectionId }]);
    await put(world, { rules: { ...DEFAULT_SETTINGS.rules, tentative: false } });
    expect(await check(world)).toMatchObject({ available: true, conflicts: [] });
    expect((await createBooking(world.deps, bookingRequest(world))).created).toBe(true);
  });

  test("a new zone of the agent places all-day events again in calendars without a zone", async () => {
    const world = createWorld();
    world.google.changeCalendar(world.email, { timeZone: null });
    const day = { start: { date: "2026-03-03" }, end: { date: "2026-03-04" } };
    world.google.addEvent(world.email, { summary: "Day", ...day });
    await put(world, { timeZone: "Pacific/Kiritimati" });
    const { connectionId } = await world.connect();
    const bounds = async () => {
      const rows = await world.query(
        "SELECT starts_at, ends_at FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?)",
        [connectionId],
      );
      return rows.map((row) => ({ startsAt: row["starts_at"], endsAt: row["ends_at"] }));
    };
    expect(await bounds()).toEqual([{ startsAt: at("2026-03-02T10:00Z"), endsAt: at("2026-03-03T10:00Z") }]);
    await put(world, { timeZone: "Etc/GMT+12" });
    await world.drain();
    expect(await bounds()).toEqual([{ startsAt: at("2026-03-03T12:00Z"), endsAt: at("2026-03-04T12:00Z") }]);
  });

  test("a new zone of the agent changes nothing in calendars with a zone of their own", async () => {
    const world = createWorld();
    await world.connect();
    await put(world, { timeZone: "Europe/Berlin" });
    const before = world.google.requests.length;
    await put(world, { timeZone: "Etc/GMT+12" });
    await world.drain();
    expect(world.google.requests.length).toBe(before);
  });
});
