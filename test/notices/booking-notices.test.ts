// Booking notices have the documented form and hold no text that a person wrote.
import { afterEach, expect, test } from "vitest";
import { connectCalendar } from "../../src/accounts/connections.ts";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { bookingRequest, liveEvents, SLOT } from "../bookings/requests.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";

const databaseUrl = useOwnDatabase();

const MINUTE = 60_000;
const WORDS = { title: "Consultation", clientName: "Canary Client", clientEmail: "canary@example.com" };

let world: World;

/** A connected calendar and one booking in it. */
async function booked() {
  world = createWorld({ databaseUrl: databaseUrl(), notices: true });
  const { connectionId } = await world.connect();
  await createBooking(
    world.deps,
    bookingRequest(world, { ...WORDS, description: "canary", location: "canary" }),
  );
  await world.drain();
  return connectionId;
}

const received = () => world.maraplace.arrivals.map(({ type, data }) => ({ type, ...data }));

const eventId = () => String(liveEvents(world)[0]?.["id"]);

/** Lets so much time pass that a change of the event is believed. */
async function settle(): Promise<void> {
  for (let minute = 0; minute < 5; minute += 1) {
    world.advance(MINUTE);
    await world.cron();
  }
}

afterEach(() => {
  expect(world.maraplace.faults).toEqual([]);
  expect(JSON.stringify(world.maraplace.arrivals)).not.toMatch(/canary|Consultation|@|ya29/i);
});

test("a notice says that every calendar shows a booking, and another that none shows it any longer", async () => {
  await booked();
  const about = { type: "booking.delivered", agentId: world.agentId, bookingId: "b-1" };
  expect(received()).toEqual([{ ...about, revision: 1, state: "confirmed" }]);
  await cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "now" });
  await world.drain();
  expect(received()[1]).toEqual({ ...about, revision: 2, state: "cancelled" });
});

test("a notice says that the agent moved the event, and another that the agent deleted it", async () => {
  const connectionId = await booked();
  await settle();
  const about = { agentId: world.agentId, bookingId: "b-1", connectionId, followed: false };
  world.google.patchEvent(world.email, eventId(), {
    start: { dateTime: "2026-03-03T17:00:00Z" },
    end: { dateTime: "2026-03-03T18:00:00Z" },
  });
  await settle();
  const times = { start: "2026-03-03T17:00:00.000Z", end: "2026-03-03T18:00:00.000Z" };
  expect(received()).toContainEqual({
    type: "booking.moved_outside",
    revision: expect.any(Number),
    ...about,
    ...times,
  });
  world.google.deleteEvent(world.email, eventId());
  await settle();
  expect(received()).toContainEqual({
    type: "booking.removed_outside",
    revision: expect.any(Number),
    ...about,
  });
});

test("a notice says that an outside event lies over a booking, once however often it is read", async () => {
  const connectionId = await booked();
  world.google.addEvent(world.email, {
    summary: "canary of the agent's own",
    start: { dateTime: new Date(SLOT.start).toISOString() },
    end: { dateTime: "2026-03-03T16:00:00Z" },
  });
  await world.drain();
  world.google.expireSyncTokens();
  await settle();
  await settle();
  await settle();
  expect(received().filter(({ type }) => type === "booking.conflict")).toEqual([
    {
      type: "booking.conflict",
      agentId: world.agentId,
      bookingId: "b-1",
      connectionId,
      start: "2026-03-03T14:00:00.000Z",
      end: "2026-03-03T16:00:00.000Z",
      status: "busy",
    },
  ]);
});

test("a notice says that a calendar can't show a booking", async () => {
  world = createWorld({ databaseUrl: databaseUrl(), notices: true });
  const { connectionId } = await world.connect();
  world.google.knobs.set("cal.role", "reader");
  await createBooking(world.deps, bookingRequest(world, WORDS));
  await world.drain();
  expect(received()).toContainEqual({
    type: "booking.delivery_failed",
    agentId: world.agentId,
    bookingId: "b-1",
    revision: 1,
    connectionId,
    reason: expect.stringMatching(/^\w+$/),
  });
});

test("a delivery that had its notice gets no second one when a calendar connects after that notice was deleted", async () => {
  world = createWorld({ databaseUrl: databaseUrl(), notices: true });
  const { accountId } = await world.connect();
  const days = (count: number) => count * 24 * 60 * MINUTE;
  const slot = { start: SLOT.start + days(60), end: SLOT.end + days(60) };
  await createBooking(world.deps, bookingRequest(world, { slot }));
  await world.drain();
  expect(received()).toHaveLength(1);
  world.advance(days(35));
  await world.cron("17 3 * * *");
  const calendarId = `second-${world.agentId}`;
  world.google.addCalendar({ id: calendarId, summary: "Second", timeZone: null, owner: world.email });
  await connectCalendar(world.deps, {
    ...{ ownedBy: null, accountId, calendarId, blocksAvailability: true, receivesBookings: true },
  });
  await settle();
  expect(liveEvents(world, "Consultation", calendarId)).toHaveLength(1);
  expect(received()).toHaveLength(1);
  world.advance(days(60));
  await world.cron("17 3 * * *");
  expect(await world.query("SELECT 1 FROM notices")).toEqual([]);
});
