// Taken elsewhere: the agent moves an event to another calendar or to the bin, where its id still reaches it.
import { describe, expect, test } from "vitest";
import { cancelBooking } from "../../../src/bookings/cancel.ts";
import { changeBooking } from "../../../src/bookings/change.ts";
import { getBooking } from "../../../src/bookings/get.ts";
import { pullConnection } from "../../../src/sync/pull.ts";
import { useOwnDatabase } from "../../support/own-database.ts";
import { noticesOf, passMinutes, pullAndReconcile, settled } from "../one-calendar-each.ts";
import { changeRequest } from "../requests.ts";
import { BOOKED, bookedBefore, later, type Policy } from "./booked.ts";

const databaseUrl = useOwnDatabase();

const LATER = later(3);

type Place = "bin" | "other calendar";
type Moment = "before a pull" | "before the reconciliation";

/** A booking whose event the agent has taken away. Its id still reaches it (`docs/providers/microsoft.md` B.2). */
async function takenTo(place: Place, moment: Moment, onExternalChange: Policy = "keep") {
  const booked = await bookedBefore(databaseUrl(), { kind: "OFFICE365", onExternalChange });
  const { world, calendar, eventId } = booked;
  const { microsoft } = world;
  const other = microsoft.addCalendar({ user: world.workEmail, name: "Private" }).id;
  microsoft.knobs.set("event.lingers", true);
  if (place === "bin") await calendar.person.remove(eventId);
  else microsoft.moveEvent(calendar.calendarId, eventId, other);
  if (moment === "before the reconciliation") {
    world.advance(1_000);
    await pullConnection(world.deps, {
      connectionId: calendar.connectionId,
      verifiedSince: world.deps.now(),
    });
    world.jobs.urgent.splice(0);
  }
  const home = microsoft.calendars(world.workEmail).find(({ id }) => id === calendar.calendarId);
  const stray = () => ({ ...(microsoft.event(other, eventId) ?? home?.bin.get(eventId)) });
  return { world, calendar, before: stray(), stray };
}

const cases = (["bin", "other calendar"] as const).flatMap((place) =>
  (["before a pull", "before the reconciliation"] as const).map((moment) => ({ place, moment })),
);

describe.each(cases)("an event taken to the $place", ({ place, moment }) => {
  test(`a change ${moment} writes a new event in its calendar, and leaves the old one where it is`, async () => {
    const { world, calendar, before, stray } = await takenTo(place, moment);
    await changeBooking(
      world.deps,
      changeRequest(world, { slot: { start: LATER.startsAt, end: LATER.endsAt } }),
    );
    await passMinutes(world, 5);
    expect(calendar.written()).toMatchObject([LATER]);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 5);
    expect(calendar.written()).toMatchObject([LATER]);
    expect(stray()).toEqual(before);
    const { booking, results } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
    expect(booking).toMatchObject({ state: "confirmed", ...LATER });
    expect(results).toMatchObject([{ status: "synced" }]);
  });

  test(`a cancellation ${moment} removes it, and the new event whose write wasn't answered`, async () => {
    const { world, calendar, stray } = await takenTo(place, moment);
    world.microsoft.knobs.set("net.reset", "after", { operation: "events.create", times: 1 });
    await changeBooking(
      world.deps,
      changeRequest(world, { slot: { start: LATER.startsAt, end: LATER.endsAt } }),
    );
    expect(calendar.written()).toMatchObject([LATER]);
    const identity = { agentId: world.agentId, bookingId: "b-1" };
    const { results } = await cancelBooking(world.deps, { ...identity, deliver: "now" });
    expect(results).toMatchObject([{ status: "synced" }]);
    await passMinutes(world, 5);
    expect(calendar.written()).toEqual([]);
    expect(stray()).toEqual({});
  });
});

test.each(["bin", "other calendar"] as const)(
  "follow: an event taken to the %s cancels the booking, and is removed with it",
  async (place) => {
    const { world, calendar, stray } = await takenTo(place, "before a pull", "follow");
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 5);
    const { booking } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
    expect(booking).toMatchObject({ state: "cancelled", ...BOOKED });
    expect(await noticesOf(world, "booking.removed_outside")).toMatchObject([{ followed: true }]);
    expect(calendar.written()).toEqual([]);
    expect(stray()).toEqual({});
  },
);

test("an event restored after another was written in its place: the next change leaves one event", async () => {
  const { world, calendar } = await takenTo("bin", "before a pull");
  await pullAndReconcile(world, calendar);
  await settled(world);
  const main = calendar.calendarId;
  const home = world.microsoft.calendars(world.workEmail).find(({ id }) => id === main);
  for (const eventId of home?.bin.keys() ?? []) await calendar.person.restore(eventId);
  expect(calendar.written()).toHaveLength(2);
  await changeBooking(
    world.deps,
    changeRequest(world, { slot: { start: LATER.startsAt, end: LATER.endsAt } }),
  );
  await passMinutes(world, 5);
  expect(calendar.written()).toMatchObject([LATER]);
});
