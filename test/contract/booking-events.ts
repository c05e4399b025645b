// The contract of reading a booking's event: it finds the person's changes, and takes no failure for a deletion.
import { expect } from "vitest";
import type { BookingEvent, KnownEvent } from "../../src/providers/booking-event.ts";
import type { Contract } from "./provider.ts";
import { DAY, emptyCache, inHours, sync, type World } from "./world.ts";

const bookingOf = (world: World): BookingEvent => ({
  bookingId: "booking-1",
  agentId: "agent-1",
  title: "Consultation",
  description: null,
  location: null,
  clientName: null,
  clientEmail: null,
  ...inHours(world, 4),
  timeZone: "Europe/Lisbon",
  reminderMinutes: [],
});

const IDENTITY = { bookingId: "booking-1", agentId: "agent-1" };

const put = (world: World, known: KnownEvent | null = null) =>
  world.account.putBooking(world.calendar, bookingOf(world), known);

const read = (world: World, known: KnownEvent) => world.account.readBooking(world.calendar, IDENTITY, known);

export function bookingEventContract(contract: Contract): void {
  standingContract(contract);
  absenceContract(contract);
  renamingContract(contract);
  doubtContract(contract);
}

function standingContract(contract: Contract): void {
  contract("an event nobody touched stands as it was written", async (world) => {
    const known = await put(world);
    expect(await read(world, known)).toEqual({ ...inHours(world, 4), ...known });
  });

  contract("an event that was moved stands where it was moved to", async (world) => {
    const known = await put(world);
    await world.person.move(known.externalId, inHours(world, 30));
    const event = await read(world, known);
    expect(event).toMatchObject(inHours(world, 30));
    expect(event?.etag).not.toBe(known.etag);
  });

  contract("an event made all-day stands for its days, by the calendar's clocks", async (world) => {
    const calendar = { ...world.calendar, fallbackTimeZone: "Pacific/Niue" };
    const known = await world.account.putBooking(calendar, bookingOf(world), null);
    await world.person.move(known.externalId, { date: "2026-03-09", days: 2 });
    const startsAt = Date.parse("2026-03-09T00:00:00-11:00");
    expect(await world.account.readBooking(calendar, IDENTITY, known)).toMatchObject({
      startsAt,
      endsAt: startsAt + 2 * DAY,
    });
  });

  contract("an event made recurring stands where its first occurrence is", async (world) => {
    const known = await put(world);
    await world.person.repeat(known.externalId, 3);
    expect(await read(world, known)).toMatchObject(inHours(world, 4));
    await world.person.move(known.externalId, inHours(world, 6));
    expect(await read(world, known)).toMatchObject(inHours(world, 6));
  });

  contract("an event made recurring is a single one again once it is written", async (world) => {
    const known = await put(world);
    await world.person.repeat(known.externalId, 3);
    await put(world, known);
    const cache = emptyCache();
    await sync(world, cache);
    expect([...cache.rows.values()]).toMatchObject([inHours(world, 4)]);
  });

  contract("an event made free still stands", async (world) => {
    const known = await put(world);
    await world.person.makeFree(known.externalId);
    expect(await read(world, known)).toMatchObject(inHours(world, 4));
  });
}

function absenceContract(contract: Contract): void {
  contract(
    "an event that was deleted is no longer there, and is there again once it is restored",
    async (world) => {
      const known = await put(world);
      await world.person.remove(known.externalId);
      expect(await read(world, known)).toBeNull();
      await world.person.restore(known.externalId);
      expect(await read(world, known)).toMatchObject(inHours(world, 4));
    },
  );

  contract(
    "an event moved to another calendar is missing in its own, and the next write leaves it alone",
    async (world) => {
      const known = await put(world);
      const other = await world.calendarIn("Europe/Paris");
      await world.person.take(known.externalId, other);
      expect(await read(world, known)).toBeNull();
      const moved = { ...bookingOf(world), ...inHours(world, 6) };
      const again = await world.account.putBooking(world.calendar, moved, known);
      expect(await world.bookings()).toMatchObject([{ eventId: again.externalId, ...inHours(world, 6) }]);
      const cache = emptyCache();
      await sync(world, cache, { calendar: other });
      expect([...cache.rows.values()]).toMatchObject([inHours(world, 4)]);
    },
  );

  contract("an event that we removed is no longer there", async (world) => {
    const known = await put(world);
    await world.account.removeBooking(world.calendar, bookingOf(world), known);
    expect(await read(world, known)).toBeNull();
  });

  contract("an event that was deleted and written again stands under its new name", async (world) => {
    const known = await put(world);
    await world.person.remove(known.externalId);
    world.stage.burnIds();
    const again = await put(world, known);
    expect(await read(world, again)).toMatchObject(inHours(world, 4));
    const event = await read(world, known);
    if (event !== null) expect(event.externalId).toBe(again.externalId);
  });
}

function renamingContract(contract: Contract): void {
  const renamed = async (world: World) => {
    const known = await put(world);
    return { known, name: await world.person.rename(known.externalId) };
  };

  contract("an event that has another id is found there", async (world) => {
    const { known, name } = await renamed(world);
    expect(await read(world, known)).toMatchObject({ ...inHours(world, 4), externalId: name });
    await world.person.move(name, inHours(world, 30));
    expect(await read(world, known)).toMatchObject({ ...inHours(world, 30), externalId: name });
  });

  contract(
    "an event that has another id is written there, by whichever id the engine knows it",
    async (world) => {
      const { known, name } = await renamed(world);
      const event = await read(world, known);
      for (const where of [known, event, null]) {
        await world.person.move(name, inHours(world, 30));
        expect((await put(world, where)).externalId).toBe(name);
        expect(await world.bookings()).toMatchObject([{ eventId: name, ...inHours(world, 4) }]);
      }
    },
  );

  contract("an event that has another id is removed there", async (world) => {
    const { known } = await renamed(world);
    await world.account.removeBooking(world.calendar, IDENTITY, known);
    expect(await world.bookings()).toEqual([]);
    expect(await read(world, known)).toBeNull();
  });
}

/** Each failure, before and after the event was deleted: only an answer of the calendar may say that it is gone. */
function doubtContract(contract: Contract): void {
  const failures = [
    ["a calendar that is gone", "gone", (world: World) => world.stage.removeCalendar()],
    ["access that ended", "reauth", (world: World) => world.stage.expireToken()],
    ["a provider that is down", "retry", (world: World) => world.stage.breakDown()],
    ["throttling", "wait", (world: World) => world.stage.throttle(60)],
    ["a broken connection", "retry", (world: World) => world.stage.breakNetwork()],
  ] as const;
  for (const [name, kind, fail] of failures) {
    contract(`${name} is no deletion`, async (world) => {
      const known = await put(world);
      await fail(world);
      await expect(read(world, known)).rejects.toMatchObject({ kind });
    });

    contract(`${name} hides a deletion`, async (world) => {
      const known = await put(world);
      await world.person.remove(known.externalId);
      await fail(world);
      await expect(read(world, known)).rejects.toMatchObject({ kind });
    });
  }

  contract("an answer cut off is no deletion", async (world) => {
    const known = await put(world);
    world.stage.cutAnswer();
    await expect(read(world, known)).rejects.toMatchObject({ kind: "retry" });
    expect(await read(world, known)).toMatchObject(inHours(world, 4));
  });
}
