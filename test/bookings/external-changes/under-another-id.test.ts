// Outside, renamed: the agent's apps store a booking's event anew, under another id. It is the booking's all the same.
import { describe, expect, test } from "vitest";
import { cancelBooking } from "../../../src/bookings/cancel.ts";
import { changeBooking } from "../../../src/bookings/change.ts";
import { createBooking } from "../../../src/bookings/create.ts";
import { getBooking } from "../../../src/bookings/get.ts";
import { personOf } from "../../contract/worlds/caldav.ts";
import { useOwnDatabase } from "../../support/own-database.ts";
import type { World } from "../../support/world.ts";
import {
  HOUR,
  KINDS,
  type Kind,
  noticed,
  pass,
  patientWorld,
  policy,
  seated,
  settled,
  told,
} from "../one-calendar-each.ts";
import { asked, changing, SLOT } from "../requests.ts";

const databaseUrl = useOwnDatabase();

const BOOKED = { startsAt: SLOT.start, endsAt: SLOT.end };
const LATER = { startsAt: SLOT.start + 3 * HOUR, endsAt: SLOT.end + 3 * HOUR };
const OVERLAPPING = { start: SLOT.start + HOUR / 2, end: SLOT.end + HOUR / 2 };

/** A booking whose event has got another id. */
async function renamedAt(kind: Kind, onExternalChange: "keep" | "follow") {
  const world = patientWorld(databaseUrl());
  const seat = await seated(world, kind);
  await policy(world, onExternalChange);
  await createBooking(world.deps, asked(world));
  await world.drain();
  await settled(world);
  const eventId = await seat.person.rename(seat.written()[0]?.eventId ?? "");
  return { world, seat, eventId };
}

const booking = async (world: World) =>
  (await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" })).booking;

const outside = (world: World) =>
  told(world, "booking.moved_outside", "booking.removed_outside", "booking.conflict");

const cached = (world: World, connectionId: string) =>
  world.query("SELECT event_key FROM busy WHERE connection_id = ?", [connectionId]);

describe.each(KINDS)("%s", (kind) => {
  test.each(["keep", "follow"] as const)(
    "a booking stays, and nobody is told: %s",
    async (onExternalChange) => {
      const { world, seat, eventId } = await renamedAt(kind, onExternalChange);
      await noticed(world, seat);
      await pass(world, 5);
      expect(await booking(world)).toMatchObject({ state: "confirmed", ...BOOKED });
      expect(seat.written()).toMatchObject([{ eventId, ...BOOKED }]);
      expect(await outside(world)).toEqual([]);
    },
  );

  test("what it takes isn't counted beside the booking, which can be moved over it", async () => {
    const { world, seat, eventId } = await renamedAt(kind, "follow");
    await noticed(world, seat);
    await pass(world, 5);
    expect(await cached(world, seat.connectionId)).toEqual([]);
    await changeBooking(world.deps, changing(world, { slot: OVERLAPPING }));
    expect(seat.written()).toMatchObject([{ eventId, startsAt: OVERLAPPING.start }]);
  });

  test("where the agent moved it then, the booking follows", async () => {
    const { world, seat, eventId } = await renamedAt(kind, "follow");
    await seat.person.move(eventId, LATER);
    await noticed(world, seat);
    await pass(world, 5);
    expect(await booking(world)).toMatchObject({ state: "confirmed", ...LATER });
    expect(seat.written()).toMatchObject([{ eventId, ...LATER }]);
    expect(await cached(world, seat.connectionId)).toEqual([]);
  });

  test("or it is put back, and there is one", async () => {
    const { world, seat, eventId } = await renamedAt(kind, "keep");
    await seat.person.move(eventId, LATER);
    await noticed(world, seat);
    await pass(world, 5);
    expect(await booking(world)).toMatchObject({ state: "confirmed", ...BOOKED });
    expect(seat.written()).toMatchObject([{ eventId, ...BOOKED }]);
    expect(await cached(world, seat.connectionId)).toEqual([]);
  });

  test.each(["before anybody noticed", "after it was noticed"])(
    "it goes with the booking: %s",
    async (when) => {
      const { world, seat } = await renamedAt(kind, "follow");
      if (when === "after it was noticed") {
        await noticed(world, seat);
        await pass(world, 5);
      }
      const { results } = await cancelBooking(world.deps, {
        agentId: world.agentId,
        bookingId: "b-1",
        deliver: "now",
      });
      expect(results).toMatchObject([{ status: "synced" }]);
      expect(seat.written()).toEqual([]);
    },
  );

  test("it changes with the booking before anybody noticed", async () => {
    const { world, seat, eventId } = await renamedAt(kind, "follow");
    await changeBooking(world.deps, changing(world, { slot: { start: LATER.startsAt, end: LATER.endsAt } }));
    await noticed(world, seat);
    await pass(world, 5);
    expect(seat.written()).toMatchObject([{ eventId, ...LATER }]);
    expect(await booking(world)).toMatchObject({ state: "confirmed", ...LATER });
    expect(await outside(world)).toEqual([]);
  });

  test("removed then, it is gone", async () => {
    const { world, seat, eventId } = await renamedAt(kind, "follow");
    await noticed(world, seat);
    await pass(world, 5);
    await seat.person.remove(eventId);
    await noticed(world, seat);
    await pass(world, 5);
    expect(await booking(world)).toMatchObject({ state: "cancelled" });
    expect(await outside(world)).toMatchObject([{ kind: "booking.removed_outside" }]);
  });
});

test("C22: a booking whose write was never answered is one event, where the server doesn't say what has its UID", async () => {
  const world = patientWorld(databaseUrl());
  const { dav, caldav } = world;
  await world.connectByPassword({ provider: "CALDAV" });
  dav.knobs.set("net.reset", "after", { operation: "put", times: 1 });
  await createBooking(world.deps, asked(world));
  const [event] = dav.events(caldav.calendar);
  const eventId = await personOf(dav, caldav.calendar, caldav.email).rename(event?.name ?? "");
  await pass(world, 5);
  expect(dav.events(caldav.calendar)).toMatchObject([{ name: eventId }]);
  expect(await world.query("SELECT state, external_id, generation FROM deliveries")).toMatchObject([
    { state: "delivered", external_id: eventId, generation: 0 },
  ]);
});
