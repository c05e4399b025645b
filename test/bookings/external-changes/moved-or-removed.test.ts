// Moved or removed: an agent changes a booking's event in their own calendar, and it is put back or followed.
import { describe, expect, test } from "vitest";
import { checkAvailability } from "../../../src/availability/check.ts";
import { createBooking } from "../../../src/bookings/create.ts";
import { placeHold } from "../../../src/bookings/hold.ts";
import { reconcileDelivery } from "../../../src/bookings/reconcile.ts";
import type { When } from "../../contract/world.ts";
import { useOwnDatabase } from "../../support/own-database.ts";
import type { World } from "../../support/world.ts";
import {
  DAY,
  HOUR,
  KINDS,
  type Kind,
  kindsOf,
  noticesOf,
  passMinutes,
  pullAndReconcile,
  settled,
} from "../one-calendar-each.ts";
import { bookingRequest, SLOT, slot } from "../requests.ts";
import { BOOKED, bookedBefore, bookingOf, EXTERNAL_CHANGES, eventOf, later, type Policy } from "./booked.ts";

const databaseUrl = useOwnDatabase();

const ELSEWHERE = later(3);

const bookedAt = (kind: Kind, onExternalChange: Policy, ...others: Kind[]) =>
  bookedBefore(databaseUrl(), { kind, onExternalChange, others });

const blocks = async (world: World, { startsAt, endsAt }: { startsAt: number; endsAt: number }) => {
  const answer = await checkAvailability(world.deps, {
    agentId: world.agentId,
    slot: { start: startsAt, end: endsAt },
    purpose: "display",
    maxAgeMs: null,
  });
  return !answer.available;
};

describe.each(kindsOf("OFFICE365"))("%s", (kind) => {
  test("keep: a moved event is put back, and one notice is inserted", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "keep");
    await calendar.person.move(eventId, ELSEWHERE);
    await pullAndReconcile(world, calendar);
    expect(eventOf(calendar)).toMatchObject({ eventId, ...BOOKED });
    await passMinutes(world, 5);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toEqual([
      {
        kind: "booking.moved_outside",
        agentId: world.agentId,
        bookingId: "b-1",
        revision: 1,
        connectionId: calendar.connectionId,
        followed: false,
        ...ELSEWHERE,
      },
    ]);
    expect(await bookingOf(world)).toMatchObject({ state: "confirmed", revision: 1, ...BOOKED });
    expect(await blocks(world, BOOKED)).toBe(true);
    expect(await blocks(world, ELSEWHERE)).toBe(false);
  });

  test("follow: a moved event moves the booking, and the events in the other calendars", async () => {
    const [other = "GOOGLE"] = KINDS.filter((each) => each !== kind);
    const { world, calendar, others, eventId } = await bookedAt(kind, "follow", other);
    await calendar.person.move(eventId, ELSEWHERE);
    await pullAndReconcile(world, calendar);
    expect(await bookingOf(world)).toMatchObject({ state: "confirmed", revision: 2, ...ELSEWHERE });
    for (const each of [calendar, ...others]) expect(eventOf(each)).toMatchObject(ELSEWHERE);
    await passMinutes(world, 5);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toEqual([
      {
        kind: "booking.moved_outside",
        agentId: world.agentId,
        bookingId: "b-1",
        revision: 2,
        connectionId: calendar.connectionId,
        followed: true,
        ...ELSEWHERE,
      },
    ]);
    expect(await blocks(world, BOOKED)).toBe(false);
    expect(await blocks(world, ELSEWHERE)).toBe(true);
  });

  test("keep: a deleted event is written again, once", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "keep");
    await calendar.person.remove(eventId);
    await pullAndReconcile(world, calendar);
    expect(eventOf(calendar)).toMatchObject(BOOKED);
    await passMinutes(world, 5);
    await pullAndReconcile(world, calendar);
    expect(eventOf(calendar)).toMatchObject(BOOKED);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toMatchObject([
      { kind: "booking.removed_outside", revision: 1, followed: false, connectionId: calendar.connectionId },
    ]);
    expect(await bookingOf(world)).toMatchObject({ state: "confirmed", revision: 1 });
  });

  test("follow: a deleted event cancels the booking, and removes the events in the other calendars", async () => {
    const [other = "GOOGLE"] = KINDS.filter((each) => each !== kind);
    const { world, calendar, others, eventId } = await bookedAt(kind, "follow", other);
    await calendar.person.remove(eventId);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 4);
    for (const each of [calendar, ...others]) expect(each.written()).toEqual([]);
    expect(await bookingOf(world)).toMatchObject({ state: "cancelled", revision: 2 });
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toMatchObject([
      { kind: "booking.removed_outside", revision: 2, followed: true },
    ]);
    expect(await blocks(world, BOOKED)).toBe(false);
  });

  test("P1: an event dragged onto another booking or onto a hold is put back", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "follow");
    const second = { start: SLOT.start + 3 * HOUR, end: SLOT.end + 3 * HOUR };
    await createBooking(
      world.deps,
      bookingRequest(world, { bookingId: "b-2", title: "Second", slot: second }),
    );
    const held = { start: SLOT.start + 6 * HOUR, end: SLOT.end + 6 * HOUR };
    await placeHold(world.deps, {
      ...{ agentId: world.agentId, holdId: "h-1", slot: held, lifetimeMs: 2 * HOUR },
      ...{ maxAgeMs: null, force: false },
    });
    for (const startsAt of [second.start + HOUR / 2, held.start - HOUR / 2]) {
      await settled(world);
      await calendar.person.move(eventId, { startsAt, endsAt: startsAt + HOUR });
      await pullAndReconcile(world, calendar);
      expect(calendar.written().find((event) => event.eventId === eventId)).toMatchObject(BOOKED);
    }
    expect(await bookingOf(world)).toMatchObject({ revision: 1, ...BOOKED });
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toMatchObject([
      { followed: false },
      { followed: false },
    ]);
  });

  test.each([
    ["longer than a day", { startsAt: SLOT.start, endsAt: SLOT.start + 25 * HOUR }],
    ["two whole days", { date: "2026-03-04", days: 2 }],
  ] as [string, When][])("follow: an event made %s is put back all the same", async (_, to) => {
    const { world, calendar, eventId } = await bookedAt(kind, "follow");
    await calendar.person.move(eventId, to);
    await pullAndReconcile(world, calendar);
    expect(eventOf(calendar)).toMatchObject(BOOKED);
    expect(await bookingOf(world)).toMatchObject({ revision: 1, ...BOOKED });
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toMatchObject([{ followed: false }]);
  });

  test("keep: an event made all-day is put back as a timed event", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "keep");
    await calendar.person.move(eventId, { date: "2026-03-03", days: 1 });
    await pullAndReconcile(world, calendar);
    expect(eventOf(calendar)).toMatchObject(BOOKED);
    await passMinutes(world, 4);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toMatchObject([{ followed: false }]);
  });

  test("an event made recurring stays the booking's while its first occurrence is unchanged, and conflicts with nothing", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "follow");
    await calendar.person.repeat(eventId, 3);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 4);
    expect(await bookingOf(world)).toMatchObject({ state: "confirmed", revision: 1, ...BOOKED });
    expect(await noticesOf(world, ...EXTERNAL_CHANGES, "booking.conflict")).toEqual([]);
    const tomorrow = { startsAt: BOOKED.startsAt + DAY, endsAt: BOOKED.endsAt + DAY };
    expect(await blocks(world, tomorrow)).toBe(true);
  });

  test("follow: a series that the agent made of the event moves the booking when it is moved whole", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "follow");
    await calendar.person.repeat(eventId, 3);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 4);
    await calendar.person.move(eventId, ELSEWHERE);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 1);
    expect(await bookingOf(world)).toMatchObject({ state: "confirmed", revision: 2, ...ELSEWHERE });
  });

  test("keep: an event made free leaves the booking's time blocked, and is put back when it is moved afterwards", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "keep");
    await calendar.person.makeFree(eventId);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 4);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toEqual([]);
    expect(await blocks(world, BOOKED)).toBe(true);
    await calendar.person.move(eventId, ELSEWHERE);
    await pullAndReconcile(world, calendar);
    expect(eventOf(calendar)).toMatchObject(BOOKED);
  });

  test("keep: a deletion that no delta listed is found by the next full listing", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "keep");
    await calendar.person.create({ title: "Outside", when: ELSEWHERE });
    await calendar.person.remove(eventId);
    calendar.loseCursors();
    await pullAndReconcile(world, calendar);
    expect(eventOf(calendar)).toMatchObject(BOOKED);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toMatchObject([{ kind: "booking.removed_outside" }]);
  });

  test("follow: an event moved while the Worker was down for days is found when the Worker is back", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "follow");
    const far = slot("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    const to = { startsAt: far.start, endsAt: far.end };
    await createBooking(world.deps, bookingRequest(world, { bookingId: "b-2", title: "Second", slot: far }));
    await settled(world);
    const second = calendar.written().find(({ startsAt }) => startsAt === to.startsAt)?.eventId ?? "";
    await calendar.person.move(second, { startsAt: to.startsAt + DAY, endsAt: to.endsAt + DAY });
    await calendar.person.remove(eventId);
    world.advance(4 * DAY);
    world.jobs.urgent.splice(0);
    await passMinutes(world, 2);
    expect(await bookingOf(world, "b-2")).toMatchObject({ revision: 2, startsAt: to.startsAt + DAY });
    // This booking is over by now, so its removal changes nothing.
    expect(await bookingOf(world)).toMatchObject({ state: "confirmed", revision: 1 });
  });

  test("a reconciliation that the provider couldn't answer runs again later, and decides then", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "keep");
    await calendar.person.move(eventId, ELSEWHERE);
    world.advance(1);
    await world.query("UPDATE deliveries SET look_due_at = ?", [world.deps.now()]);
    calendar.breakDown();
    await reconcileDelivery(world.deps, { connectionId: calendar.connectionId, bookingId: "b-1" });
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toEqual([]);
    await passMinutes(world, 2);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toEqual([]);
    calendar.recover();
    await passMinutes(world, 20);
    expect(eventOf(calendar)).toMatchObject(BOOKED);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toMatchObject([{ followed: false }]);
  });
});
