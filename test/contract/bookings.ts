// The contract of writing: a booking is in the calendar exactly once, whatever happened.
import { expect } from "vitest";
import type { BookingEvent, KnownEvent } from "../../src/providers/booking-event.ts";
import type { Contract } from "./provider.ts";
import { emptyCache, inHours, sync, type World } from "./world.ts";

function bookingOf(world: World, changes: Partial<BookingEvent> = {}): BookingEvent {
  return {
    bookingId: "booking-1",
    agentId: "agent-1",
    title: "Consultation",
    description: "Bring the papers.",
    location: "Rua Augusta 1",
    clientName: "Bo Client",
    clientEmail: "bo@client.example",
    ...inHours(world, 4),
    timeZone: "Europe/Lisbon",
    reminderMinutes: [10, 60],
    ...changes,
  };
}

const IDENTITY = { bookingId: "booking-1", agentId: "agent-1" };

const put = (world: World, booking: BookingEvent, known: KnownEvent | null = null) =>
  world.account.putBooking(world.calendar, booking, known);

const remove = (world: World, known: KnownEvent | null) =>
  world.account.removeBooking(world.calendar, IDENTITY, known);

export function bookingContract(contract: Contract): void {
  putContract(contract);
  reconnectionContract(contract);
  raceContract(contract);
  removalContract(contract);
}

function putContract(contract: Contract): void {
  contract("writes what the agent should see, and invites nobody", async (world) => {
    await put(world, bookingOf(world));
    const [event, ...more] = await world.bookings();
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      title: "Consultation",
      location: "Rua Augusta 1",
      ...inHours(world, 4),
      guests: 0,
    });
    const reminders = [...(event?.reminderMinutes ?? [])].sort((a, b) => a - b);
    expect(reminders).toEqual([10, 60].slice(0, world.remindersKept));
    for (const text of ["Bring the papers.", "Bo Client", "bo@client.example"]) {
      expect(event?.description).toContain(text);
    }
  });

  contract("writes a booking that has few fields", async (world) => {
    const bare = { description: null, location: null, clientName: null, clientEmail: null };
    const first = await put(world, bookingOf(world, { ...bare, reminderMinutes: [] }));
    const [event] = await world.bookings();
    expect(event).toMatchObject({ description: "", location: "", reminderMinutes: [] });
    expect(await put(world, bookingOf(world, { ...bare, reminderMinutes: [] }))).toEqual(first);
  });

  contract("L30: a repeated put finds the first event, and L33: leaves it alone", async (world) => {
    const first = await put(world, bookingOf(world));
    expect(await put(world, bookingOf(world))).toEqual(first);
    expect(await world.bookings()).toHaveLength(1);
  });

  contract("a repeated put brings the event it finds up to date", async (world) => {
    await put(world, bookingOf(world));
    await put(world, bookingOf(world, { title: "Longer consultation", ...inHours(world, 6) }));
    expect(await world.bookings()).toMatchObject([{ title: "Longer consultation", ...inHours(world, 6) }]);
  });

  contract("D.4.3: a put whose answer is lost makes no second event", async (world) => {
    world.stage.loseAnswer();
    await expect(put(world, bookingOf(world))).rejects.toMatchObject({ kind: "retry" });
    expect(await world.bookings()).toHaveLength(1);
    await put(world, bookingOf(world));
    expect(await world.bookings()).toHaveLength(1);
  });

  contract("a known event is changed with its booking", async (world) => {
    const first = await put(world, bookingOf(world));
    const changed = bookingOf(world, { ...inHours(world, 9), location: null, reminderMinutes: [] });
    const second = await put(world, changed, first);
    expect(second.externalId).toBe(first.externalId);
    expect(second.etag).not.toBe(first.etag);
    expect(await world.bookings()).toMatchObject([
      { ...inHours(world, 9), location: "", reminderMinutes: [] },
    ]);
  });

  contract("two bookings, and one booking id of two agents, make two events", async (world) => {
    await put(world, bookingOf(world));
    await put(world, bookingOf(world, { bookingId: "booking-2" }));
    const others = await put(world, bookingOf(world, { agentId: "agent-2" }));
    expect(new Set((await world.bookings()).map((event) => event.eventId)).size).toBe(3);
    await world.account.removeBooking(world.calendar, { ...IDENTITY, agentId: "agent-2" }, others);
    expect(await put(world, bookingOf(world, { agentId: "agent-2" }))).not.toEqual(
      await put(world, bookingOf(world)),
    );
    expect(await world.bookings()).toHaveLength(3);
  });

  contract("a booking id may be any text of 200 characters", async (world) => {
    for (const bookingId of ["a/b?c#d e@f", "ünïcödé-日本語-🙂", "x".repeat(200), "..", '"quoted"']) {
      const known = await put(world, bookingOf(world, { bookingId }));
      expect(await put(world, bookingOf(world, { bookingId }))).toEqual(known);
      const cache = emptyCache();
      await sync(world, cache);
      expect([...cache.rows.values()].map((row) => row.bookingId)).toEqual([bookingId]);
      await world.account.removeBooking(world.calendar, { ...IDENTITY, bookingId }, known);
    }
    expect(await world.bookings()).toEqual([]);
  });

  contract("a pull recognises the booking's event by its mark and its id", async (world) => {
    const cache = emptyCache();
    await sync(world, cache);
    const known = await put(world, bookingOf(world));
    await world.person.create({ title: "Own", when: inHours(world, 20) });
    await sync(world, cache);
    expect(cache.rows.get(known.externalId)).toMatchObject({ bookingId: "booking-1", ...inHours(world, 4) });
    const inOrder = [...cache.rows.values()].sort((a, b) => a.startsAt - b.startsAt);
    expect(inOrder.map((row) => row.bookingId)).toEqual(["booking-1", null]);
  });
}

function reconnectionContract(contract: Contract): void {
  /** After a new connection the engine knows no event, and may know another zone for the calendar. */
  const putAnew = (world: World, booking: BookingEvent) =>
    world.account.putBooking({ ...world.calendar, fallbackTimeZone: "Asia/Tokyo" }, booking, null);

  contract("a booking written before its calendar was connected again is one event", async (world) => {
    const before = await put(world, bookingOf(world));
    expect(await putAnew(world, bookingOf(world))).toEqual(before);
    expect(await world.bookings()).toHaveLength(1);
  });

  contract(
    "a booking changed before its calendar was connected again is changed in that event",
    async (world) => {
      const before = await put(world, bookingOf(world));
      const changes = { ...inHours(world, 26), title: "Second meeting", timeZone: "America/New_York" };
      const again = await putAnew(world, bookingOf(world, changes));
      expect(again.externalId).toBe(before.externalId);
      expect(await world.bookings()).toMatchObject([{ ...inHours(world, 26), title: "Second meeting" }]);
    },
  );

  contract("a booking cancelled before its calendar was connected again is removed", async (world) => {
    await put(world, bookingOf(world));
    await remove(world, null);
    expect(await world.bookings()).toEqual([]);
  });
}

function raceContract(contract: Contract): void {
  contract("G23: an event edited meanwhile ends as the booking says", async (world) => {
    const known = await put(world, bookingOf(world));
    await world.person.move(known.externalId, inHours(world, 30));
    const again = await put(world, bookingOf(world), known);
    expect(again.externalId).toBe(known.externalId);
    expect(await world.bookings()).toMatchObject([inHours(world, 4)]);
  });

  contract("an event edited in the moment of the write ends as the booking says", async (world) => {
    const known = await put(world, bookingOf(world));
    world.stage.editBeforeWrite();
    await put(world, bookingOf(world, inHours(world, 7)), known);
    expect(await world.bookings()).toMatchObject([inHours(world, 7)]);
  });

  contract("an event made all-day by the person becomes timed again", async (world) => {
    const known = await put(world, bookingOf(world));
    await world.person.move(known.externalId, { date: "2026-03-09", days: 1 });
    await put(world, bookingOf(world), known);
    expect(await world.bookings()).toMatchObject([inHours(world, 4)]);
  });

  contract("G22: an event the person deleted is written again", async (world) => {
    const known = await put(world, bookingOf(world));
    await world.person.remove(known.externalId);
    const again = await put(world, bookingOf(world, inHours(world, 5)), known);
    expect(await world.bookings()).toMatchObject([{ ...inHours(world, 5), eventId: again.externalId }]);
  });

  contract("L31: an id that is burnt is left for another, and found again there", async (world) => {
    const known = await put(world, bookingOf(world));
    await world.person.remove(known.externalId);
    world.stage.burnIds();
    const again = await put(world, bookingOf(world), known);
    expect(again.externalId).not.toBe(known.externalId);
    expect(again.idVersion).toBeGreaterThan(known.idVersion);
    expect(await put(world, bookingOf(world), known)).toEqual(again);
    expect(await put(world, bookingOf(world), null)).toEqual(again);
    expect(await world.bookings()).toHaveLength(1);
  });
}

function removalContract(contract: Contract): void {
  contract(
    "G24: a second removal succeeds, and so does that of an event the person removed",
    async (world) => {
      const known = await put(world, bookingOf(world));
      await remove(world, known);
      expect(await world.bookings()).toEqual([]);
      await remove(world, known);
      const again = await put(world, bookingOf(world));
      await world.person.remove(again.externalId);
      await remove(world, again);
      expect(await world.bookings()).toEqual([]);
    },
  );

  contract("removing a booking that was never written succeeds", async (world) => {
    await remove(world, null);
    expect(await world.bookings()).toEqual([]);
  });

  contract("an event whose put was never answered is removed too", async (world) => {
    world.stage.loseAnswer();
    await put(world, bookingOf(world)).catch(() => null);
    expect(await world.bookings()).toHaveLength(1);
    await remove(world, null);
    expect(await world.bookings()).toEqual([]);
  });

  contract("an event that took another id unknown to us is removed too", async (world) => {
    const known = await put(world, bookingOf(world));
    await world.person.remove(known.externalId);
    world.stage.burnIds();
    await put(world, bookingOf(world), known);
    await remove(world, known);
    expect(await world.bookings()).toEqual([]);
    await put(world, bookingOf(world), known);
    await remove(world, null);
    expect(await world.bookings()).toEqual([]);
  });

  contract("a removed booking can be put again", async (world) => {
    await remove(world, await put(world, bookingOf(world)));
    await put(world, bookingOf(world));
    expect(await world.bookings()).toHaveLength(1);
  });
}
