// Conflicts: an outside event that comes to lie over a confirmed booking is told, once, and nothing else is.
import { describe, expect, test } from "vitest";
import { changeConnection, connectCalendar } from "../../src/accounts/connections.ts";
import { createBooking } from "../../src/bookings/create.ts";
import type { PersonEvent, When } from "../contract/world.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import type { World, WorldOptions } from "../support/world.ts";
import {
  DAY,
  HOUR,
  KINDS,
  type Kind,
  noticed,
  patientWorld,
  type Seat,
  seated,
  settled,
  told,
} from "./one-calendar-each.ts";
import { asked, SLOT, slot } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const OVER = { startsAt: SLOT.start - HOUR / 2, endsAt: SLOT.start + HOUR / 2 };
const AFTER = { startsAt: SLOT.end, endsAt: SLOT.end + HOUR };

const outside = (when: When, more: Partial<PersonEvent> = {}): PersonEvent => ({
  title: "canary title",
  when,
  ...more,
});

async function bookedAt(kind: Kind, options: WorldOptions = {}) {
  const world = patientWorld(databaseUrl(), options);
  const seat = await seated(world, kind);
  await createBooking(world.deps, asked(world));
  await world.drain();
  await settled(world);
  return { world, seat };
}

const conflicts = (world: World) => told(world, "booking.conflict");

/** A rule of the agent, by its column. */
const rule = (world: World, column: string, blocks: boolean) =>
  world.query(`UPDATE agents SET ${column} = ? WHERE agent_id = ?`, [blocks ? 1 : 0, world.agentId]);

describe.each(KINDS)("%s", (kind) => {
  test("an event made over a booking is told once, however often it is listed", async () => {
    const { world, seat } = await bookedAt(kind);
    await seat.person.create(outside(OVER));
    await seat.person.create(outside(AFTER));
    await noticed(world, seat);
    const expected = [
      {
        kind: "booking.conflict",
        agentId: world.agentId,
        bookingId: "b-1",
        connectionId: seat.connectionId,
        ...OVER,
        status: "busy",
      },
    ];
    expect(await conflicts(world)).toEqual(expected);
    for (let round = 0; round < 2; round += 1) {
      seat.loseCursors();
      await noticed(world, seat);
    }
    expect(await conflicts(world)).toEqual(expected);
  });

  test("an event moved onto a booking is told, and again when it moves on the booking, but not when it leaves", async () => {
    const { world, seat } = await bookedAt(kind);
    const id = await seat.person.create(outside(AFTER));
    await noticed(world, seat);
    expect(await conflicts(world)).toEqual([]);
    const further = { startsAt: OVER.startsAt + HOUR, endsAt: OVER.endsAt + HOUR };
    for (const to of [OVER, further, AFTER]) {
      await seat.person.move(id, to);
      await noticed(world, seat);
    }
    expect(await conflicts(world)).toMatchObject([OVER, further]);
  });

  test("an occurrence of a series is told with its own times", async () => {
    const { world, seat } = await bookedAt(kind);
    const first = { startsAt: SLOT.start - DAY + HOUR / 2, endsAt: SLOT.end - DAY + HOUR / 2 };
    await seat.person.create(outside(first, { repeats: { daily: 5 } }));
    await noticed(world, seat);
    seat.loseCursors();
    await noticed(world, seat);
    const over = { startsAt: SLOT.start + HOUR / 2, endsAt: SLOT.end + HOUR / 2 };
    expect(await conflicts(world)).toMatchObject([over]);
  });

  test.each([true, false])("an all-day event is told where such block (%s)", async (allDay) => {
    const { world, seat } = await bookedAt(kind);
    await rule(world, "all_day_blocks", allDay);
    await seat.person.create(outside({ date: "2026-03-03", days: 1 }));
    await noticed(world, seat);
    expect(await conflicts(world)).toHaveLength(allDay ? 1 : 0);
  });

  test.each([true, false])("a tentative event is told where such block (%s)", async (tentative) => {
    const { world, seat } = await bookedAt(kind);
    await rule(world, "tentative_blocks", tentative);
    await seat.person.create(outside(OVER, { shows: "tentative" }));
    await seat.person.create(outside(OVER, { shows: "free" }));
    await noticed(world, seat);
    expect(await conflicts(world)).toMatchObject(tentative ? [{ status: "tentative" }] : []);
  });

  test("an event of many days is told once, wherever the cached window cuts it", async () => {
    const { world, seat } = await bookedAt(kind);
    const when = { startsAt: SLOT.start - 10 * DAY, endsAt: SLOT.start + 10 * DAY };
    await createBooking(world.deps, {
      ...asked(world, { bookingId: "b-2", slot: slot("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z") }),
    });
    await seat.person.create(outside(when));
    await noticed(world, seat);
    for (let day = 0; day < 3; day += 1) {
      world.advance(DAY);
      seat.loseCursors();
      await noticed(world, seat);
    }
    expect(await conflicts(world)).toMatchObject([
      { bookingId: "b-1", ...when },
      { bookingId: "b-2", ...when },
    ]);
  });

  test("a calendar that doesn't block collides with nobody", async () => {
    const { world, seat } = await bookedAt(kind);
    const { connectionId } = seat;
    await changeConnection(world.deps, { ownedBy: null, connectionId, patch: { blocksAvailability: false } });
    await seat.person.create(outside(OVER));
    await noticed(world, seat);
    expect(await conflicts(world)).toEqual([]);
  });

  test("bookings collide neither with their own copies nor when they are over or cancelled", async () => {
    const { world, seat } = await bookedAt(kind);
    seat.loseCursors();
    await noticed(world, seat);
    world.advance(2 * DAY);
    await seat.person.create(outside(OVER));
    await noticed(world, seat);
    expect(await conflicts(world)).toEqual([]);
  });
});

/** One more calendar of the person at Google, with an event over the booking in it. */
async function addCalendar(world: World, seat: Seat, receivesBookings: boolean) {
  const { id } = world.google.addCalendar({ owner: world.email, summary: "Late", timeZone: "Europe/Lisbon" });
  world.google.addEvent(id, {
    summary: "Outside",
    start: { dateTime: new Date(OVER.startsAt).toISOString() },
    end: { dateTime: new Date(OVER.endsAt).toISOString() },
  });
  const { id: connectionId } = await connectCalendar(world.deps, {
    ...{ ownedBy: null, accountId: seat.accountId, calendarId: id },
    ...{ blocksAvailability: true, receivesBookings },
  });
  await world.drain();
  return connectionId;
}

test("what a calendar connected later holds over bookings is told", async () => {
  const { world, seat } = await bookedAt("GOOGLE");
  const connectionId = await addCalendar(world, seat, true);
  await world.cron();
  expect(await conflicts(world)).toMatchObject([{ bookingId: "b-1", connectionId, ...OVER }]);
});

test("what comes over a booking only when the window reaches it is told when it rolls in", async () => {
  const { world, seat } = await bookedAt("GOOGLE", { bindings: { WINDOW_FUTURE_DAYS: "30" } });
  const far = slot("2026-04-20T10:00:00Z", "2026-04-20T11:00:00Z");
  // Beyond what is cached: only the service may book so far ahead.
  await createBooking(world.deps, asked(world, { bookingId: "far", slot: far, force: true }));
  await seat.person.create(outside({ startsAt: far.start, endsAt: far.end }));
  await noticed(world, seat);
  expect(await conflicts(world)).toEqual([]);
  for (let day = 0; day < 25; day += 1) {
    world.advance(DAY);
    await world.cron();
  }
  expect(await conflicts(world)).toMatchObject([{ bookingId: "far", startsAt: far.start }]);
});

test("copies left behind in a calendar that no longer shows bookings collide with nobody", async () => {
  const { world, seat } = await bookedAt("GOOGLE");
  const { connectionId } = seat;
  await world.query("DELETE FROM deliveries WHERE connection_id = ?", [connectionId]);
  await changeConnection(world.deps, { ownedBy: null, connectionId, patch: { receivesBookings: false } });
  seat.loseCursors();
  await noticed(world, seat);
  expect(await conflicts(world)).toEqual([]);
});
