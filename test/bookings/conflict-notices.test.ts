// Conflict notices: an outside event that comes to overlap a confirmed booking makes one notice, and nothing else does.
import { describe, expect, test } from "vitest";
import { changeConnection, connectCalendar } from "../../src/accounts/connections.ts";
import { createBooking } from "../../src/bookings/create.ts";
import type { PersonEvent, When } from "../contract/world.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import type { World, WorldOptions } from "../support/world.ts";
import {
  type ConnectedCalendar,
  connectAt,
  DAY,
  HOUR,
  type Kind,
  kindsOf,
  noticesOf,
  patientWorld,
  pullAndReconcile,
  settled,
} from "./one-calendar-each.ts";
import { bookingRequest, SLOT, slot } from "./requests.ts";

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
  const calendar = await connectAt(world, kind);
  await createBooking(world.deps, bookingRequest(world));
  await world.drain();
  await settled(world);
  return { world, calendar };
}

const conflicts = (world: World) => noticesOf(world, "booking.conflict");

/** Sets a busy rule of the agent, named by its column. */
const rule = (world: World, column: string, blocks: boolean) =>
  world.query(`UPDATE agents SET ${column} = ? WHERE agent_id = ?`, [blocks ? 1 : 0, world.agentId]);

describe.each(kindsOf("GOOGLE"))("%s", (kind) => {
  test("an event made over a booking makes one notice, however often it is listed", async () => {
    const { world, calendar } = await bookedAt(kind);
    await calendar.person.create(outside(OVER));
    await calendar.person.create(outside(AFTER));
    await pullAndReconcile(world, calendar);
    const expected = [
      {
        kind: "booking.conflict",
        agentId: world.agentId,
        bookingId: "b-1",
        connectionId: calendar.connectionId,
        ...OVER,
        status: "busy",
      },
    ];
    expect(await conflicts(world)).toEqual(expected);
    for (let round = 0; round < 2; round += 1) {
      calendar.loseCursors();
      await pullAndReconcile(world, calendar);
    }
    expect(await conflicts(world)).toEqual(expected);
  });

  test("an event moved onto a booking makes a notice, another when it moves there, and none when it leaves", async () => {
    const { world, calendar } = await bookedAt(kind);
    const id = await calendar.person.create(outside(AFTER));
    await pullAndReconcile(world, calendar);
    expect(await conflicts(world)).toEqual([]);
    const further = { startsAt: OVER.startsAt + HOUR, endsAt: OVER.endsAt + HOUR };
    for (const to of [OVER, further, AFTER]) {
      await calendar.person.move(id, to);
      await pullAndReconcile(world, calendar);
    }
    expect(await conflicts(world)).toMatchObject([OVER, further]);
  });

  test("a notice about an occurrence of a series says the occurrence's own times", async () => {
    const { world, calendar } = await bookedAt(kind);
    const first = { startsAt: SLOT.start - DAY + HOUR / 2, endsAt: SLOT.end - DAY + HOUR / 2 };
    await calendar.person.create(outside(first, { repeats: { daily: 5 } }));
    await pullAndReconcile(world, calendar);
    calendar.loseCursors();
    await pullAndReconcile(world, calendar);
    const over = { startsAt: SLOT.start + HOUR / 2, endsAt: SLOT.end + HOUR / 2 };
    expect(await conflicts(world)).toMatchObject([over]);
  });

  test.each([true, false])(
    "an all-day event makes a notice only if the agent's rules let it block (%s)",
    async (allDay) => {
      const { world, calendar } = await bookedAt(kind);
      await rule(world, "all_day_blocks", allDay);
      await calendar.person.create(outside({ date: "2026-03-03", days: 1 }));
      await pullAndReconcile(world, calendar);
      expect(await conflicts(world)).toHaveLength(allDay ? 1 : 0);
    },
  );

  test.each([true, false])(
    "a tentative event makes a notice only if the agent's rules let it block (%s)",
    async (tentative) => {
      const { world, calendar } = await bookedAt(kind);
      await rule(world, "tentative_blocks", tentative);
      await calendar.person.create(outside(OVER, { shows: "tentative" }));
      await calendar.person.create(outside(OVER, { shows: "free" }));
      await pullAndReconcile(world, calendar);
      expect(await conflicts(world)).toMatchObject(tentative ? [{ status: "tentative" }] : []);
    },
  );

  test("an event of many days makes one notice a booking, wherever the cached window cuts it", async () => {
    const { world, calendar } = await bookedAt(kind);
    const when = { startsAt: SLOT.start - 10 * DAY, endsAt: SLOT.start + 10 * DAY };
    await createBooking(world.deps, {
      ...bookingRequest(world, {
        bookingId: "b-2",
        slot: slot("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z"),
      }),
    });
    await calendar.person.create(outside(when));
    await pullAndReconcile(world, calendar);
    for (let day = 0; day < 3; day += 1) {
      world.advance(DAY);
      calendar.loseCursors();
      await pullAndReconcile(world, calendar);
    }
    expect(await conflicts(world)).toMatchObject([
      { bookingId: "b-1", ...when },
      { bookingId: "b-2", ...when },
    ]);
  });

  test("a calendar that doesn't block availability makes no conflict", async () => {
    const { world, calendar } = await bookedAt(kind);
    const { connectionId } = calendar;
    await changeConnection(world.deps, { ownedBy: null, connectionId, patch: { blocksAvailability: false } });
    await calendar.person.create(outside(OVER));
    await pullAndReconcile(world, calendar);
    expect(await conflicts(world)).toEqual([]);
  });

  test("a booking conflicts neither with its own event nor with anything once it is over", async () => {
    const { world, calendar } = await bookedAt(kind);
    calendar.loseCursors();
    await pullAndReconcile(world, calendar);
    world.advance(2 * DAY);
    await calendar.person.create(outside(OVER));
    await pullAndReconcile(world, calendar);
    expect(await conflicts(world)).toEqual([]);
  });
});

/** One more calendar of the person at Google, with an event over the booking in it. */
async function addCalendar(world: World, calendar: ConnectedCalendar, receivesBookings: boolean) {
  const { id } = world.google.addCalendar({ owner: world.email, summary: "Late", timeZone: "Europe/Lisbon" });
  world.google.addEvent(id, {
    summary: "Outside",
    start: { dateTime: new Date(OVER.startsAt).toISOString() },
    end: { dateTime: new Date(OVER.endsAt).toISOString() },
  });
  const { id: connectionId } = await connectCalendar(world.deps, {
    ...{ ownedBy: null, accountId: calendar.accountId, calendarId: id },
    ...{ blocksAvailability: true, receivesBookings },
  });
  await world.drain();
  return connectionId;
}

test("an event over a booking in a calendar connected later makes a notice", async () => {
  const { world, calendar } = await bookedAt("GOOGLE");
  const connectionId = await addCalendar(world, calendar, true);
  await world.cron();
  expect(await conflicts(world)).toMatchObject([{ bookingId: "b-1", connectionId, ...OVER }]);
});

test("an event beyond the window makes its notice when the window reaches it", async () => {
  const { world, calendar } = await bookedAt("GOOGLE", { bindings: { WINDOW_FUTURE_DAYS: "30" } });
  const far = slot("2026-04-20T10:00:00Z", "2026-04-20T11:00:00Z");
  // The booking lies beyond the cached window, which only `force` allows.
  await createBooking(world.deps, bookingRequest(world, { bookingId: "far", slot: far, force: true }));
  await calendar.person.create(outside({ startsAt: far.start, endsAt: far.end }));
  await pullAndReconcile(world, calendar);
  expect(await conflicts(world)).toEqual([]);
  for (let day = 0; day < 25; day += 1) {
    world.advance(DAY);
    await world.cron();
  }
  expect(await conflicts(world)).toMatchObject([{ bookingId: "far", startsAt: far.start }]);
});

test("orphaned events in a calendar that no longer receives bookings make no conflict", async () => {
  const { world, calendar } = await bookedAt("GOOGLE");
  const { connectionId } = calendar;
  await world.query("DELETE FROM deliveries WHERE connection_id = ?", [connectionId]);
  await changeConnection(world.deps, { ownedBy: null, connectionId, patch: { receivesBookings: false } });
  calendar.loseCursors();
  await pullAndReconcile(world, calendar);
  expect(await conflicts(world)).toEqual([]);
});
