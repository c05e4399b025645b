// Outside, doubted: the agent has changed a copy, nobody has looked yet, and MaraPlace changes the booking.
import { describe, expect, test } from "vitest";
import { cancelBooking } from "../../../src/bookings/cancel.ts";
import { changeBooking } from "../../../src/bookings/change.ts";
import { createBooking } from "../../../src/bookings/create.ts";
import { getBooking } from "../../../src/bookings/get.ts";
import { useOwnDatabase } from "../../support/own-database.ts";
import {
  HOUR,
  KINDS,
  type Kind,
  noticed,
  pass,
  patientWorld,
  policy,
  seated,
  told,
} from "../one-calendar-each.ts";
import { asked, changing, SLOT } from "../requests.ts";

const databaseUrl = useOwnDatabase();

const BOOKED = { startsAt: SLOT.start, endsAt: SLOT.end };
const MOVED = { startsAt: SLOT.start + 3 * HOUR, endsAt: SLOT.end + 3 * HOUR };
const DETAILS = { changes: { description: "Bring papers" } };

/** A booking whose copy the agent changes half a minute after it was written, which is too soon to be looked at. */
async function doubted(kind: Kind, onExternalChange: "keep" | "follow", what: "move" | "remove") {
  const world = patientWorld(databaseUrl());
  const seat = await seated(world, kind);
  await policy(world, onExternalChange);
  await createBooking(world.deps, asked(world));
  await world.drain();
  world.advance(30_000);
  const [event] = seat.written();
  if (what === "move") await seat.person.move(event?.eventId ?? "", MOVED);
  else await seat.person.remove(event?.eventId ?? "");
  await noticed(world, seat);
  expect(
    await world.query("SELECT 1 FROM deliveries WHERE look_due_at > ?", [world.deps.now()]),
  ).toHaveLength(1);
  world.advance(20_000);
  const settle = async () => {
    await world.drain();
    await pass(world, 5);
    await noticed(world, seat);
    await pass(world, 5);
    const { booking, results } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
    return { booking, results };
  };
  return { world, seat, settle };
}

describe.each(KINDS)("%s", (kind) => {
  test("P3: other details wait for the look, and go where the agent has moved the booking", async () => {
    const { world, seat, settle } = await doubted(kind, "follow", "move");
    const { results } = await changeBooking(world.deps, changing(world, DETAILS));
    expect(results).toMatchObject([{ status: "pending" }]);
    expect(await settle()).toMatchObject({
      booking: { ...MOVED, description: "Bring papers" },
      results: [{ status: "synced" }],
    });
    expect(seat.written()).toMatchObject([MOVED]);
    expect(await told(world, "booking.moved_outside")).toMatchObject([{ followed: true }]);
  });

  test("P3: other details wait for the look, and come with what is put back", async () => {
    const { world, seat, settle } = await doubted(kind, "keep", "move");
    await changeBooking(world.deps, changing(world, DETAILS));
    expect(await settle()).toMatchObject({ booking: BOOKED, results: [{ status: "synced" }] });
    expect(seat.written()).toMatchObject([BOOKED]);
    expect(await told(world, "booking.moved_outside")).toMatchObject([{ followed: false }]);
  });

  test("P3: what the agent has removed is cancelled, whatever else was changed before anybody looked", async () => {
    const { world, seat, settle } = await doubted(kind, "follow", "remove");
    await changeBooking(world.deps, changing(world, DETAILS));
    expect(await settle()).toMatchObject({ booking: { state: "cancelled" } });
    expect(seat.written()).toEqual([]);
    expect(await told(world, "booking.removed_outside")).toMatchObject([{ followed: true }]);
  });

  test("P3: another slot is the newer word, and is written at once", async () => {
    const { world, seat, settle } = await doubted(kind, "follow", "move");
    const slot = { start: SLOT.start + 6 * HOUR, end: SLOT.end + 6 * HOUR };
    const { results } = await changeBooking(world.deps, changing(world, { slot }));
    expect(results).toMatchObject([{ status: "synced" }]);
    expect(await settle()).toMatchObject({
      booking: { startsAt: slot.start },
      results: [{ status: "synced" }],
    });
    expect(seat.written()).toMatchObject([{ startsAt: slot.start, endsAt: slot.end }]);
  });

  test("P3: so is a cancellation", async () => {
    const { world, seat, settle } = await doubted(kind, "keep", "move");
    await cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "now" });
    expect(await settle()).toMatchObject({
      booking: { state: "cancelled" },
      results: [{ status: "synced" }],
    });
    expect(seat.written()).toEqual([]);
  });
});

test("P3: bookings made for later are never begun before a job writes them", async () => {
  const world = patientWorld(databaseUrl());
  const seat = await seated(world, "GOOGLE");
  await createBooking(world.deps, asked(world, { deliver: "later" }));
  world.jobs.urgent.length = 0;
  const writes = seat.writes();
  const { results } = await cancelBooking(world.deps, {
    agentId: world.agentId,
    bookingId: "b-1",
    deliver: "now",
  });
  expect(results).toMatchObject([{ status: "synced", reason: null }]);
  expect(seat.writes() - writes).toBeLessThanOrEqual(1);
});
