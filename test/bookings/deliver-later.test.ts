// Later: bookings whose calendars are left to jobs, and whose jobs may get lost.
import { expect, test } from "vitest";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { HOUR, KINDS, pass, patientWorld, type Seat, seated } from "./one-calendar-each.ts";
import { asked, changing, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const LATER = { start: SLOT.start + 2 * HOUR, end: SLOT.end + 2 * HOUR };

async function everywhere() {
  const world = patientWorld(databaseUrl());
  const seats: Seat[] = [];
  for (const kind of KINDS) seats.push(await seated(world, kind));
  return { world, seats };
}

test("the answer waits for no provider, and one job for each calendar writes it", async () => {
  const { world, seats } = await everywhere();
  const answer = await createBooking(world.deps, asked(world, { deliver: "later" }));
  expect(answer.results.map(({ status, reason }) => [status, reason])).toEqual(
    KINDS.map(() => ["pending", null]),
  );
  expect(seats.map((seat) => seat.writes())).toEqual([0, 0, 0]);
  expect(world.jobs.urgent.map(({ kind }) => kind)).toEqual(["deliver", "deliver", "deliver"]);
  await world.drain();
  expect(seats.map((seat) => seat.written().length)).toEqual([1, 1, 1]);
  const { results } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
  expect(results.map(({ status }) => status)).toEqual(["synced", "synced", "synced"]);
});

test.each(["lost", "doubled"] as const)(
  "P3: jobs that are %s leave one event in each calendar",
  async (how) => {
    const { world, seats } = await everywhere();
    const jobs = async () => {
      if (how === "lost") world.jobs.urgent.splice(0);
      else world.jobs.urgent.push(...world.jobs.urgent);
      if (how === "lost") await pass(world, 1);
      else await world.drain();
    };
    await createBooking(world.deps, asked(world, { deliver: "later" }));
    await jobs();
    expect(seats.map((seat) => seat.written().length)).toEqual([1, 1, 1]);
    await changeBooking(world.deps, changing(world, { slot: LATER, deliver: "later" }));
    await jobs();
    expect(seats.map((seat) => seat.written().map(({ startsAt }) => startsAt))).toEqual(
      KINDS.map(() => [LATER.start]),
    );
    await cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "later" });
    await jobs();
    expect(seats.map((seat) => seat.written().length)).toEqual([0, 0, 0]);
  },
);
