// Outside: what an agent does to a booking's event in their own calendar, and what becomes of the booking.
import { describe, expect, test } from "vitest";
import { checkAvailability } from "../../../src/availability/check.ts";
import { createBooking } from "../../../src/bookings/create.ts";
import { getBooking } from "../../../src/bookings/get.ts";
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
  noticed,
  pass,
  patientWorld,
  policy,
  type Seat,
  seated,
  settled,
  told,
} from "../one-calendar-each.ts";
import { asked, SLOT, slot } from "../requests.ts";

const databaseUrl = useOwnDatabase();

const OUTSIDE = ["booking.moved_outside", "booking.removed_outside"] as const;
const BOOKED = { startsAt: SLOT.start, endsAt: SLOT.end };
const ELSEWHERE = { startsAt: SLOT.start + 3 * HOUR, endsAt: SLOT.end + 3 * HOUR };

/** An agent who keeps or follows, with a calendar of this kind in which one booking stands long enough to be believed. */
async function bookedAt(kind: Kind, onExternalChange: "keep" | "follow", ...others: Kind[]) {
  const world = patientWorld(databaseUrl());
  const seat = await seated(world, kind);
  const further: Seat[] = [];
  for (const other of others) further.push(await seated(world, other));
  await policy(world, onExternalChange);
  await createBooking(world.deps, asked(world));
  await world.drain();
  await settled(world);
  return { world, seat, others: further, eventId: eventOf(seat).eventId };
}

function eventOf(seat: Seat) {
  const [event, ...more] = seat.written();
  if (event === undefined || more.length > 0) throw new Error(`${more.length} events too many, or none`);
  return event;
}

const booking = async (world: World, bookingId = "b-1") =>
  (await getBooking(world.deps, { agentId: world.agentId, bookingId })).booking;

const blocks = async (world: World, { startsAt, endsAt }: { startsAt: number; endsAt: number }) => {
  const answer = await checkAvailability(world.deps, {
    agentId: world.agentId,
    slot: { start: startsAt, end: endsAt },
    purpose: "display",
    maxAgeMs: null,
  });
  return !answer.available;
};

describe.each(KINDS)("%s", (kind) => {
  test("a copy that was moved is put back where the agent keeps bookings, and told once", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "keep");
    await seat.person.move(eventId, ELSEWHERE);
    await noticed(world, seat);
    expect(eventOf(seat)).toMatchObject({ eventId, ...BOOKED });
    await pass(world, 5);
    expect(await told(world, ...OUTSIDE)).toEqual([
      {
        kind: "booking.moved_outside",
        agentId: world.agentId,
        bookingId: "b-1",
        revision: 1,
        connectionId: seat.connectionId,
        followed: false,
        ...ELSEWHERE,
      },
    ]);
    expect(await booking(world)).toMatchObject({ state: "confirmed", revision: 1, ...BOOKED });
    expect(await blocks(world, BOOKED)).toBe(true);
    expect(await blocks(world, ELSEWHERE)).toBe(false);
  });

  test("a copy that was moved takes the booking along where the agent follows, and the other calendars with it", async () => {
    const [other = "GOOGLE"] = KINDS.filter((each) => each !== kind);
    const { world, seat, others, eventId } = await bookedAt(kind, "follow", other);
    await seat.person.move(eventId, ELSEWHERE);
    await noticed(world, seat);
    expect(await booking(world)).toMatchObject({ state: "confirmed", revision: 2, ...ELSEWHERE });
    for (const each of [seat, ...others]) expect(eventOf(each)).toMatchObject(ELSEWHERE);
    await pass(world, 5);
    expect(await told(world, ...OUTSIDE)).toEqual([
      {
        kind: "booking.moved_outside",
        agentId: world.agentId,
        bookingId: "b-1",
        revision: 2,
        connectionId: seat.connectionId,
        followed: true,
        ...ELSEWHERE,
      },
    ]);
    expect(await blocks(world, BOOKED)).toBe(false);
    expect(await blocks(world, ELSEWHERE)).toBe(true);
  });

  test("a copy that was deleted is written again, once, where the agent keeps bookings", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "keep");
    await seat.person.remove(eventId);
    await noticed(world, seat);
    expect(eventOf(seat)).toMatchObject(BOOKED);
    await pass(world, 5);
    await noticed(world, seat);
    expect(eventOf(seat)).toMatchObject(BOOKED);
    expect(await told(world, ...OUTSIDE)).toMatchObject([
      { kind: "booking.removed_outside", revision: 1, followed: false, connectionId: seat.connectionId },
    ]);
    expect(await booking(world)).toMatchObject({ state: "confirmed", revision: 1 });
  });

  test("a copy that was deleted cancels the booking where the agent follows, and empties the other calendars", async () => {
    const [other = "GOOGLE"] = KINDS.filter((each) => each !== kind);
    const { world, seat, others, eventId } = await bookedAt(kind, "follow", other);
    await seat.person.remove(eventId);
    await noticed(world, seat);
    await pass(world, 4);
    for (const each of [seat, ...others]) expect(each.written()).toEqual([]);
    expect(await booking(world)).toMatchObject({ state: "cancelled", revision: 2 });
    expect(await told(world, ...OUTSIDE)).toMatchObject([
      { kind: "booking.removed_outside", revision: 2, followed: true },
    ]);
    expect(await blocks(world, BOOKED)).toBe(false);
  });

  test("P1: a copy dragged onto another booking or onto a hold is put back", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "follow");
    const second = { start: SLOT.start + 3 * HOUR, end: SLOT.end + 3 * HOUR };
    await createBooking(world.deps, asked(world, { bookingId: "b-2", title: "Second", slot: second }));
    const held = { start: SLOT.start + 6 * HOUR, end: SLOT.end + 6 * HOUR };
    await placeHold(world.deps, {
      ...{ agentId: world.agentId, holdId: "h-1", slot: held, lifetimeMs: 2 * HOUR },
      ...{ maxAgeMs: null, force: false },
    });
    for (const startsAt of [second.start + HOUR / 2, held.start - HOUR / 2]) {
      await settled(world);
      await seat.person.move(eventId, { startsAt, endsAt: startsAt + HOUR });
      await noticed(world, seat);
      expect(seat.written().find((event) => event.eventId === eventId)).toMatchObject(BOOKED);
    }
    expect(await booking(world)).toMatchObject({ revision: 1, ...BOOKED });
    expect(await told(world, ...OUTSIDE)).toMatchObject([{ followed: false }, { followed: false }]);
  });

  test.each([
    ["longer than a day", { startsAt: SLOT.start, endsAt: SLOT.start + 25 * HOUR }],
    ["two whole days", { date: "2026-03-04", days: 2 }],
  ] as [string, When][])("a copy made %s is put back even where the agent follows", async (_, to) => {
    const { world, seat, eventId } = await bookedAt(kind, "follow");
    await seat.person.move(eventId, to);
    await noticed(world, seat);
    expect(eventOf(seat)).toMatchObject(BOOKED);
    expect(await booking(world)).toMatchObject({ revision: 1, ...BOOKED });
    expect(await told(world, ...OUTSIDE)).toMatchObject([{ followed: false }]);
  });

  test("a copy made all-day is put back as a timed event", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "keep");
    await seat.person.move(eventId, { date: "2026-03-03", days: 1 });
    await noticed(world, seat);
    expect(eventOf(seat)).toMatchObject(BOOKED);
    await pass(world, 4);
    expect(await told(world, ...OUTSIDE)).toMatchObject([{ followed: false }]);
  });

  test("a copy made recurring stays the booking's while its first occurrence stands, and collides with nobody", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "follow");
    await seat.person.repeat(eventId, 3);
    await noticed(world, seat);
    await pass(world, 4);
    expect(await booking(world)).toMatchObject({ state: "confirmed", revision: 1, ...BOOKED });
    expect(await told(world, ...OUTSIDE, "booking.conflict")).toEqual([]);
    const tomorrow = { startsAt: BOOKED.startsAt + DAY, endsAt: BOOKED.endsAt + DAY };
    expect(await blocks(world, tomorrow)).toBe(true);
  });

  test("a recurring copy that was moved whole takes the booking along", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "follow");
    await seat.person.repeat(eventId, 3);
    await noticed(world, seat);
    await pass(world, 4);
    await seat.person.move(eventId, ELSEWHERE);
    await noticed(world, seat);
    await pass(world, 1);
    expect(await booking(world)).toMatchObject({ state: "confirmed", revision: 2, ...ELSEWHERE });
  });

  test("a copy made free keeps its booking's time blocked, also where it is moved afterwards", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "keep");
    await seat.person.makeFree(eventId);
    await noticed(world, seat);
    await pass(world, 4);
    expect(await told(world, ...OUTSIDE)).toEqual([]);
    expect(await blocks(world, BOOKED)).toBe(true);
    await seat.person.move(eventId, ELSEWHERE);
    await noticed(world, seat);
    expect(eventOf(seat)).toMatchObject(BOOKED);
  });

  test("a copy deleted while nobody could list the changes is missed by the next full listing", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "keep");
    await seat.person.create({ title: "Outside", when: ELSEWHERE });
    await seat.person.remove(eventId);
    seat.loseCursors();
    await noticed(world, seat);
    expect(eventOf(seat)).toMatchObject(BOOKED);
    expect(await told(world, ...OUTSIDE)).toMatchObject([{ kind: "booking.removed_outside" }]);
  });

  test("a copy moved while the Worker was down for days is found when it is back", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "follow");
    const far = slot("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    const to = { startsAt: far.start, endsAt: far.end };
    await createBooking(world.deps, asked(world, { bookingId: "b-2", title: "Second", slot: far }));
    await settled(world);
    const second = seat.written().find(({ startsAt }) => startsAt === to.startsAt)?.eventId ?? "";
    await seat.person.move(second, { startsAt: to.startsAt + DAY, endsAt: to.endsAt + DAY });
    await seat.person.remove(eventId);
    world.advance(4 * DAY);
    world.jobs.urgent.splice(0);
    await pass(world, 2);
    expect(await booking(world, "b-2")).toMatchObject({ revision: 2, startsAt: to.startsAt + DAY });
    // Over by now: nothing is to be done about it.
    expect(await booking(world)).toMatchObject({ state: "confirmed", revision: 1 });
  });

  test("a look that the provider couldn't answer is taken again later, and decides then", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "keep");
    await seat.person.move(eventId, ELSEWHERE);
    world.advance(1);
    await world.query("UPDATE deliveries SET look_due_at = ?", [world.deps.now()]);
    seat.breakDown();
    await reconcileDelivery(world.deps, { connectionId: seat.connectionId, bookingId: "b-1" });
    expect(await told(world, ...OUTSIDE)).toEqual([]);
    await pass(world, 2);
    expect(await told(world, ...OUTSIDE)).toEqual([]);
    seat.recover();
    await pass(world, 20);
    expect(eventOf(seat)).toMatchObject(BOOKED);
    expect(await told(world, ...OUTSIDE)).toMatchObject([{ followed: false }]);
  });
});
