// Deliver later: jobs write the calendars of a booking, and jobs may get lost or doubled.
import { expect, test } from "vitest";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import {
  type ConnectedCalendar,
  connectAt,
  HOUR,
  KINDS,
  passMinutes,
  patientWorld,
} from "./one-calendar-each.ts";
import { bookingRequest, changeRequest, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const LATER = { start: SLOT.start + 2 * HOUR, end: SLOT.end + 2 * HOUR };

async function everywhere() {
  const world = patientWorld(databaseUrl());
  const calendars: ConnectedCalendar[] = [];
  for (const kind of KINDS) calendars.push(await connectAt(world, kind));
  return { world, calendars };
}

test("the answer waits for no provider, and one job a calendar writes the event", async () => {
  const { world, calendars } = await everywhere();
  const answer = await createBooking(world.deps, bookingRequest(world, { deliver: "later" }));
  expect(answer.results.map(({ status, reason }) => [status, reason])).toEqual(
    KINDS.map(() => ["pending", null]),
  );
  expect(calendars.map((calendar) => calendar.writes())).toEqual([0, 0, 0]);
  expect(world.jobs.urgent.map(({ kind }) => kind)).toEqual(["deliver", "deliver", "deliver"]);
  await world.drain();
  expect(calendars.map((calendar) => calendar.written().length)).toEqual([1, 1, 1]);
  const { results } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
  expect(results.map(({ status }) => status)).toEqual(["synced", "synced", "synced"]);
});

test.each(["lost", "doubled"] as const)(
  "P3: jobs that are %s leave one event in each calendar",
  async (how) => {
    const { world, calendars } = await everywhere();
    const jobs = async () => {
      if (how === "lost") world.jobs.urgent.splice(0);
      else world.jobs.urgent.push(...world.jobs.urgent);
      if (how === "lost") await passMinutes(world, 1);
      else await world.drain();
    };
    await createBooking(world.deps, bookingRequest(world, { deliver: "later" }));
    await jobs();
    expect(calendars.map((calendar) => calendar.written().length)).toEqual([1, 1, 1]);
    await changeBooking(world.deps, changeRequest(world, { slot: LATER, deliver: "later" }));
    await jobs();
    expect(calendars.map((calendar) => calendar.written().map(({ startsAt }) => startsAt))).toEqual(
      KINDS.map(() => [LATER.start]),
    );
    await cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "later" });
    await jobs();
    expect(calendars.map((calendar) => calendar.written().length)).toEqual([0, 0, 0]);
  },
);
