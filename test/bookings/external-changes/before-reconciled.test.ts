// Before reconciliation: the agent has changed an event, and MaraPlace changes the booking before we reconcile.
import { describe, expect, test } from "vitest";
import { cancelBooking } from "../../../src/bookings/cancel.ts";
import { changeBooking } from "../../../src/bookings/change.ts";
import { createBooking } from "../../../src/bookings/create.ts";
import { getBooking } from "../../../src/bookings/get.ts";
import { useOwnDatabase } from "../../support/own-database.ts";
import {
  connectAt,
  HOUR,
  type Kind,
  kindsOf,
  noticesOf,
  passMinutes,
  patientWorld,
  pullAndReconcile,
} from "../one-calendar-each.ts";
import { bookingRequest, changeRequest, SLOT } from "../requests.ts";
import { BOOKED, bookedNow, later, type Policy } from "./booked.ts";

const databaseUrl = useOwnDatabase();

const MOVED = later(3);
const DETAILS = { changes: { description: "Bring papers" } };

/** A booking whose event the agent changes 30 s after our write, which is too soon to reconcile (C35). */
async function changedByAgent(kind: Kind, onExternalChange: Policy, what: "move" | "remove") {
  const { world, calendar, eventId } = await bookedNow(databaseUrl(), { kind, onExternalChange });
  world.advance(30_000);
  if (what === "move") await calendar.person.move(eventId, MOVED);
  else await calendar.person.remove(eventId);
  await pullAndReconcile(world, calendar);
  expect(
    await world.query("SELECT 1 FROM deliveries WHERE look_due_at > ?", [world.deps.now()]),
  ).toHaveLength(1);
  world.advance(20_000);
  const settle = async () => {
    await world.drain();
    await passMinutes(world, 5);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 5);
    const { booking, results } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
    return { booking, results };
  };
  return { world, calendar, settle };
}

describe.each(kindsOf("GOOGLE"))("%s", (kind) => {
  test("P3: other details wait for the reconciliation, and go where the agent has moved the booking", async () => {
    const { world, calendar, settle } = await changedByAgent(kind, "follow", "move");
    const { results } = await changeBooking(world.deps, changeRequest(world, DETAILS));
    expect(results).toMatchObject([{ status: "pending" }]);
    expect(await settle()).toMatchObject({
      booking: { ...MOVED, description: "Bring papers" },
      results: [{ status: "synced" }],
    });
    expect(calendar.written()).toMatchObject([MOVED]);
    expect(await noticesOf(world, "booking.moved_outside")).toMatchObject([{ followed: true }]);
  });

  test("P3: other details wait for the reconciliation, and are written when the event is put back", async () => {
    const { world, calendar, settle } = await changedByAgent(kind, "keep", "move");
    await changeBooking(world.deps, changeRequest(world, DETAILS));
    expect(await settle()).toMatchObject({ booking: BOOKED, results: [{ status: "synced" }] });
    expect(calendar.written()).toMatchObject([BOOKED]);
    expect(await noticesOf(world, "booking.moved_outside")).toMatchObject([{ followed: false }]);
  });

  test("P3: a booking whose event the agent removed is cancelled, though MaraPlace changed other details meanwhile", async () => {
    const { world, calendar, settle } = await changedByAgent(kind, "follow", "remove");
    await changeBooking(world.deps, changeRequest(world, DETAILS));
    expect(await settle()).toMatchObject({ booking: { state: "cancelled" } });
    expect(calendar.written()).toEqual([]);
    expect(await noticesOf(world, "booking.removed_outside")).toMatchObject([{ followed: true }]);
  });

  test("P3: another slot is newer than the agent's change, and is written at once", async () => {
    const { world, calendar, settle } = await changedByAgent(kind, "follow", "move");
    const slot = { start: SLOT.start + 6 * HOUR, end: SLOT.end + 6 * HOUR };
    const { results } = await changeBooking(world.deps, changeRequest(world, { slot }));
    expect(results).toMatchObject([{ status: "synced" }]);
    expect(await settle()).toMatchObject({
      booking: { startsAt: slot.start },
      results: [{ status: "synced" }],
    });
    expect(calendar.written()).toMatchObject([{ startsAt: slot.start, endsAt: slot.end }]);
  });

  test("P3: a cancellation is newer than the agent's change, and is written at once", async () => {
    const { world, calendar, settle } = await changedByAgent(kind, "keep", "move");
    await cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "now" });
    expect(await settle()).toMatchObject({
      booking: { state: "cancelled" },
      results: [{ status: "synced" }],
    });
    expect(calendar.written()).toEqual([]);
  });
});

test("P3: a booking cancelled before any job has written it costs one write at most", async () => {
  const world = patientWorld(databaseUrl());
  const calendar = await connectAt(world, "GOOGLE");
  await createBooking(world.deps, bookingRequest(world, { deliver: "later" }));
  world.jobs.urgent.length = 0;
  const writes = calendar.writes();
  const { results } = await cancelBooking(world.deps, {
    agentId: world.agentId,
    bookingId: "b-1",
    deliver: "now",
  });
  expect(results).toMatchObject([{ status: "synced", reason: null }]);
  expect(calendar.writes() - writes).toBeLessThanOrEqual(1);
});
