// Outside, elsewhere: the agent takes a booking's event to another calendar or deletes it, and it can still be reached.
import { describe, expect, test } from "vitest";
import { cancelBooking } from "../../../src/bookings/cancel.ts";
import { changeBooking } from "../../../src/bookings/change.ts";
import { createBooking } from "../../../src/bookings/create.ts";
import { getBooking } from "../../../src/bookings/get.ts";
import { pullConnection } from "../../../src/sync/pull.ts";
import { useOwnDatabase } from "../../support/own-database.ts";
import { HOUR, noticed, pass, patientWorld, policy, seated, settled, told } from "../one-calendar-each.ts";
import { asked, changing, SLOT } from "../requests.ts";

const databaseUrl = useOwnDatabase();

const BOOKED = { startsAt: SLOT.start, endsAt: SLOT.end };
const LATER = { startsAt: SLOT.start + 3 * HOUR, endsAt: SLOT.end + 3 * HOUR };

type Place = "bin" | "other calendar";
type Moment = "before anybody noticed" | "before anybody looked";

/** A booking whose event the agent has taken away. Its immutable id still leads to it (`providers.md` B.2). */
async function takenTo(place: Place, moment: Moment, onExternalChange: "keep" | "follow" = "keep") {
  const world = patientWorld(databaseUrl());
  const { microsoft } = world;
  const seat = await seated(world, "OFFICE365");
  await policy(world, onExternalChange);
  await createBooking(world.deps, asked(world));
  await world.drain();
  await settled(world);
  const eventId = seat.written()[0]?.eventId ?? "";
  const other = microsoft.addCalendar({ user: world.workEmail, name: "Private" }).id;
  microsoft.knobs.set("event.lingers", true);
  if (place === "bin") await seat.person.remove(eventId);
  else microsoft.moveEvent(seat.calendarId, eventId, other);
  if (moment === "before anybody looked") {
    world.advance(1);
    await pullConnection(world.deps, { connectionId: seat.connectionId, verifiedSince: world.deps.now() });
    world.jobs.urgent.splice(0);
  }
  const home = microsoft.calendars(world.workEmail).find(({ id }) => id === seat.calendarId);
  const stray = () => ({ ...(microsoft.event(other, eventId) ?? home?.bin.get(eventId)) });
  return { world, seat, before: stray(), stray };
}

const cases = (["bin", "other calendar"] as const).flatMap((place) =>
  (["before anybody noticed", "before anybody looked"] as const).map((moment) => ({ place, moment })),
);

describe.each(cases)("an event taken to the $place", ({ place, moment }) => {
  test(`${moment} shows again in its calendar with the next change, and is left where it is`, async () => {
    const { world, seat, before, stray } = await takenTo(place, moment);
    await changeBooking(world.deps, changing(world, { slot: { start: LATER.startsAt, end: LATER.endsAt } }));
    await pass(world, 5);
    expect(seat.written()).toMatchObject([LATER]);
    await noticed(world, seat);
    await pass(world, 5);
    expect(seat.written()).toMatchObject([LATER]);
    expect(stray()).toEqual(before);
    const { booking, results } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
    expect(booking).toMatchObject({ state: "confirmed", ...LATER });
    expect(results).toMatchObject([{ status: "synced" }]);
  });

  test(`${moment} goes with the booking, and with it what was written instead without an answer`, async () => {
    const { world, seat, stray } = await takenTo(place, moment);
    world.microsoft.knobs.set("net.reset", "after", { operation: "events.create", times: 1 });
    await changeBooking(world.deps, changing(world, { slot: { start: LATER.startsAt, end: LATER.endsAt } }));
    expect(seat.written()).toMatchObject([LATER]);
    const identity = { agentId: world.agentId, bookingId: "b-1" };
    const { results } = await cancelBooking(world.deps, { ...identity, deliver: "now" });
    expect(results).toMatchObject([{ status: "synced" }]);
    await pass(world, 5);
    expect(seat.written()).toEqual([]);
    expect(stray()).toEqual({});
  });
});

test.each(["bin", "other calendar"] as const)(
  "an event taken to the %s cancels the booking where the agent follows, and goes with it",
  async (place) => {
    const { world, seat, stray } = await takenTo(place, "before anybody noticed", "follow");
    await noticed(world, seat);
    await pass(world, 5);
    const { booking } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
    expect(booking).toMatchObject({ state: "cancelled", ...BOOKED });
    expect(await told(world, "booking.removed_outside")).toMatchObject([{ followed: true }]);
    expect(seat.written()).toEqual([]);
    expect(stray()).toEqual({});
  },
);

test("an event brought back after another was written instead is one with the next change", async () => {
  const { world, seat } = await takenTo("bin", "before anybody noticed");
  await noticed(world, seat);
  await settled(world);
  const main = seat.calendarId;
  const home = world.microsoft.calendars(world.workEmail).find(({ id }) => id === main);
  for (const eventId of home?.bin.keys() ?? []) await seat.person.restore(eventId);
  expect(seat.written()).toHaveLength(2);
  await changeBooking(world.deps, changing(world, { slot: { start: LATER.startsAt, end: LATER.endsAt } }));
  await pass(world, 5);
  expect(seat.written()).toMatchObject([LATER]);
});
