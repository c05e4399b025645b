// Under another id: the agent's app stores a booking's event again with a new id, and it stays the booking's event.
import { describe, expect, test } from "vitest";
import { cancelBooking } from "../../../src/bookings/cancel.ts";
import { changeBooking } from "../../../src/bookings/change.ts";
import { createBooking } from "../../../src/bookings/create.ts";
import { personOf } from "../../contract/worlds/caldav.ts";
import { useOwnDatabase } from "../../support/own-database.ts";
import type { World } from "../../support/world.ts";
import {
  HOUR,
  type Kind,
  kindsOf,
  noticesOf,
  passMinutes,
  patientWorld,
  pullAndReconcile,
} from "../one-calendar-each.ts";
import { bookingRequest, changeRequest, SLOT } from "../requests.ts";
import { BOOKED, bookedBefore, bookingOf, later, type Policy } from "./booked.ts";

const databaseUrl = useOwnDatabase();

const LATER = later(3);
const OVERLAPPING = { start: SLOT.start + HOUR / 2, end: SLOT.end + HOUR / 2 };

/** A booking whose event has got another id. */
async function renamedAt(kind: Kind, onExternalChange: Policy) {
  const { world, calendar, eventId } = await bookedBefore(databaseUrl(), { kind, onExternalChange });
  return { world, calendar, eventId: await calendar.person.rename(eventId) };
}

const changesAndConflicts = (world: World) =>
  noticesOf(world, "booking.moved_outside", "booking.removed_outside", "booking.conflict");

const cached = (world: World, connectionId: string) =>
  world.query(
    "SELECT event_key FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?)",
    [connectionId],
  );

describe.each(kindsOf("APPLE"))("%s", (kind) => {
  test.each(["keep", "follow"] as const)(
    "the booking stays as it is, and no notice is inserted (%s)",
    async (onExternalChange) => {
      const { world, calendar, eventId } = await renamedAt(kind, onExternalChange);
      await pullAndReconcile(world, calendar);
      await passMinutes(world, 5);
      expect(await bookingOf(world)).toMatchObject({ state: "confirmed", ...BOOKED });
      expect(calendar.written()).toMatchObject([{ eventId, ...BOOKED }]);
      expect(await changesAndConflicts(world)).toEqual([]);
    },
  );

  test("the event isn't counted beside the booking, so the booking can be moved over it", async () => {
    const { world, calendar, eventId } = await renamedAt(kind, "follow");
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 5);
    expect(await cached(world, calendar.connectionId)).toEqual([]);
    await changeBooking(world.deps, changeRequest(world, { slot: OVERLAPPING }));
    expect(calendar.written()).toMatchObject([{ eventId, startsAt: OVERLAPPING.start }]);
  });

  test("follow: the booking moves when the agent moves the event then", async () => {
    const { world, calendar, eventId } = await renamedAt(kind, "follow");
    await calendar.person.move(eventId, LATER);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 5);
    expect(await bookingOf(world)).toMatchObject({ state: "confirmed", ...LATER });
    expect(calendar.written()).toMatchObject([{ eventId, ...LATER }]);
    expect(await cached(world, calendar.connectionId)).toEqual([]);
  });

  test("keep: the event is put back, and there is one event", async () => {
    const { world, calendar, eventId } = await renamedAt(kind, "keep");
    await calendar.person.move(eventId, LATER);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 5);
    expect(await bookingOf(world)).toMatchObject({ state: "confirmed", ...BOOKED });
    expect(calendar.written()).toMatchObject([{ eventId, ...BOOKED }]);
    expect(await cached(world, calendar.connectionId)).toEqual([]);
  });

  test.each(["before a pull saw the new id", "after a pull saw the new id"])(
    "the event is removed with the booking, cancelled %s",
    async (when) => {
      const { world, calendar } = await renamedAt(kind, "follow");
      if (when === "after a pull saw the new id") {
        await pullAndReconcile(world, calendar);
        await passMinutes(world, 5);
      }
      const { results } = await cancelBooking(world.deps, {
        agentId: world.agentId,
        bookingId: "b-1",
        deliver: "now",
      });
      expect(results).toMatchObject([{ status: "synced" }]);
      expect(calendar.written()).toEqual([]);
    },
  );

  test("the event changes with the booking before a pull saw the new id", async () => {
    const { world, calendar, eventId } = await renamedAt(kind, "follow");
    await changeBooking(
      world.deps,
      changeRequest(world, { slot: { start: LATER.startsAt, end: LATER.endsAt } }),
    );
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 5);
    expect(calendar.written()).toMatchObject([{ eventId, ...LATER }]);
    expect(await bookingOf(world)).toMatchObject({ state: "confirmed", ...LATER });
    expect(await changesAndConflicts(world)).toEqual([]);
  });

  test("follow: the booking is cancelled when the agent removes the event then", async () => {
    const { world, calendar, eventId } = await renamedAt(kind, "follow");
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 5);
    await calendar.person.remove(eventId);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 5);
    expect(await bookingOf(world)).toMatchObject({ state: "cancelled" });
    expect(await changesAndConflicts(world)).toMatchObject([{ kind: "booking.removed_outside" }]);
  });
});

test("C22: a booking whose write was never answered is one event, though the server doesn't say which event has its UID", async () => {
  const world = patientWorld(databaseUrl());
  const { dav, caldav } = world;
  await world.connectByPassword({ provider: "CALDAV" });
  dav.knobs.set("net.reset", "after", { operation: "put", times: 1 });
  await createBooking(world.deps, bookingRequest(world));
  const [event] = dav.events(caldav.calendar);
  const eventId = await personOf(dav, caldav.calendar, caldav.email).rename(event?.name ?? "");
  await passMinutes(world, 5);
  expect(dav.events(caldav.calendar)).toMatchObject([{ name: eventId }]);
  expect(await world.query("SELECT state, external_id, generation FROM deliveries")).toMatchObject([
    { state: "delivered", external_id: eventId, generation: 0 },
  ]);
});
