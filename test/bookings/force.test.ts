// Force: overrides the agent's calendars, minimum notice and hours, but no booking, no hold and no past time.
import { describe, expect, test } from "vitest";
import { putSettings } from "../../src/availability/settings.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { placeHold } from "../../src/bookings/hold.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";
import {
  type ConnectedCalendar,
  connectAt,
  HOUR,
  MINUTE,
  patientWorld,
  pullAndReconcile,
} from "./one-calendar-each.ts";
import { bookingRequest, changeRequest, codeOf, holdRequest, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const AWAY = { start: SLOT.start + 6 * HOUR, end: SLOT.end + 6 * HOUR };

type Slot = typeof SLOT;

/** The operations that take a slot by force; the booking that is moved lies elsewhere. */
const VERBS: Record<string, (world: World, slot: Slot, force: boolean) => Promise<unknown>> = {
  booking: (world, slot, force) => createBooking(world.deps, bookingRequest(world, { slot, force })),
  moving: async (world, slot, force) => {
    await createBooking(world.deps, bookingRequest(world, { bookingId: "mover", slot: AWAY, force: true }));
    return changeBooking(world.deps, changeRequest(world, { bookingId: "mover", slot, force }));
  },
  holding: (world, slot, force) => placeHold(world.deps, holdRequest(world, { slot, force })),
};

async function connected() {
  const world = patientWorld(databaseUrl());
  const calendar = await connectAt(world, "GOOGLE");
  return { world, calendar };
}

const settle = (world: World, change: Partial<typeof DEFAULT_SETTINGS>) =>
  putSettings(world.deps, {
    agentId: world.agentId,
    settings: { ...DEFAULT_SETTINGS, timeZone: "UTC", ...change },
  });

const dentist = async (world: World, calendar: ConnectedCalendar) => {
  await calendar.person.create({ title: "Dentist", when: { startsAt: SLOT.start, endsAt: SLOT.end } });
  await pullAndReconcile(world, calendar);
};

describe.each(Object.entries(VERBS))("%s by force", (_, take) => {
  test("overrides an event of the agent", async () => {
    const { world, calendar } = await connected();
    await dentist(world, calendar);
    expect(await codeOf(take(world, SLOT, false))).toBe("slot_taken");
    expect(await codeOf(take(world, SLOT, true))).toBeNull();
  });

  test("overrides minimum notice and working hours", async () => {
    const { world } = await connected();
    await settle(world, { minimumNoticeMs: 60 * HOUR, workingHours: [] });
    expect(await codeOf(take(world, SLOT, false))).toBe("slot_taken");
    expect(await codeOf(take(world, SLOT, true))).toBeNull();
  });

  test("pulls no calendar, however old its cache is", async () => {
    const world = createWorld({ databaseUrl: databaseUrl() });
    await connectAt(world, "GOOGLE");
    world.advance(30 * MINUTE);
    world.google.knobs.set("api.status", 503, { operation: "events.list" });
    expect(await codeOf(take(world, SLOT, false))).toMatch(/slot_unverified/);
    const lists = () => world.google.requests.filter(({ operation }) => operation === "events.list").length;
    const before = lists();
    expect(await codeOf(take(world, SLOT, true))).toBeNull();
    expect(lists()).toBe(before);
  });

  test("is refused by another booking and its buffers, and the conflict names only that", async () => {
    const { world, calendar } = await connected();
    await dentist(world, calendar);
    await settle(world, { bufferAfterMs: 30 * MINUTE });
    const other = bookingRequest(world, { bookingId: "other", force: true, slot: SLOT });
    await createBooking(world.deps, other);
    await expect(take(world, SLOT, true)).rejects.toMatchObject({
      code: "slot_taken",
      extra: { conflicts: [{ reason: "booking", bookingId: "other", connectionId: null }] },
    });
    const close = { start: SLOT.end + 20 * MINUTE, end: SLOT.end + 80 * MINUTE };
    await expect(take(world, close, true)).rejects.toMatchObject({
      extra: { conflicts: [{ reason: "buffer", bookingId: "other" }] },
    });
  });

  test("is refused by a hold until the hold ends", async () => {
    const { world } = await connected();
    await placeHold(world.deps, holdRequest(world, { holdId: "other" }));
    await expect(take(world, SLOT, true)).rejects.toMatchObject({
      extra: { conflicts: [{ reason: "hold" }] },
    });
    world.advance(10 * MINUTE);
    expect(await codeOf(take(world, SLOT, true))).toBeNull();
  });

  test("is refused in the past", async () => {
    const { world } = await connected();
    const begun = { start: world.deps.now() - MINUTE, end: world.deps.now() + HOUR };
    await expect(take(world, begun, true)).rejects.toMatchObject({
      code: "slot_taken",
      extra: { conflicts: [{ reason: "past" }] },
    });
  });

  test("is refused for an unknown agent", async () => {
    const world = createWorld({ databaseUrl: databaseUrl() });
    expect(await codeOf(take(world, SLOT, true))).toMatch(/agent_not_found/);
  });
});

test("P1: of many bookings by force at once exactly one gets the slot", async () => {
  const { world, calendar } = await connected();
  await dentist(world, calendar);
  const calls = Array.from({ length: 30 }, (_, index) =>
    codeOf(
      createBooking(
        world.deps,
        bookingRequest(world, { bookingId: `b-${index}`, force: index % 2 === 0, deliver: "later" }),
      ),
    ),
  );
  const codes = await Promise.all(calls);
  expect(codes.filter((code) => code === null)).toHaveLength(1);
  expect(codes.filter((code) => code === "slot_taken")).toHaveLength(29);
});

test("a booking made by force may have its details changed without force", async () => {
  const { world, calendar } = await connected();
  await dentist(world, calendar);
  await createBooking(world.deps, bookingRequest(world, { force: true }));
  const details = changeRequest(world, { slot: SLOT, changes: { title: "Another" } });
  expect(await codeOf(changeBooking(world.deps, details))).toBeNull();
  expect(calendar.written().map(({ title }) => title)).toEqual(["Another"]);
});
