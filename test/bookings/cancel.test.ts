// Cancel: a booking ends for good, its slot is free at once, and its events leave the calendars.
import { describe, expect, test } from "vitest";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";
import {
  HOUR,
  KINDS,
  type Kind,
  noticed,
  pass,
  patientWorld,
  type Seat,
  seated,
} from "./one-calendar-each.ts";
import { asked, changing, codeOf, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const LATER = { start: SLOT.start + 2 * HOUR, end: SLOT.end + 2 * HOUR };

async function booked(kind: Kind) {
  const world = patientWorld(databaseUrl());
  const seat = await seated(world, kind);
  await createBooking(world.deps, asked(world));
  await world.drain();
  return { world, seat };
}

const cancel = (world: World, deliver: "now" | "later" = "now", bookingId = "b-1") =>
  cancelBooking(world.deps, { agentId: world.agentId, bookingId, deliver });

const answerOf = (world: World) => getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });

describe.each(KINDS)("a booking in a calendar of %s", (kind) => {
  test("is cancelled for good, and its event is gone with the answer", async () => {
    const { world, seat } = await booked(kind);
    expect(await cancel(world)).toMatchObject({
      created: false,
      booking: { state: "cancelled", revision: 2, startsAt: SLOT.start },
      results: [{ status: "synced", externalId: null, reason: null }],
    });
    expect(seat.written()).toEqual([]);
    const writes = seat.writes();
    expect(await cancel(world)).toMatchObject({ booking: { state: "cancelled", revision: 2 } });
    expect(seat.writes()).toBe(writes);
    expect(await codeOf(changeBooking(world.deps, changing(world, { slot: LATER })))).toBe(
      "booking_cancelled",
    );
    expect(await codeOf(createBooking(world.deps, asked(world)))).toBe("booking_cancelled");
  });

  test("frees its slot at once, though the calendar still shows it and is read again", async () => {
    const { world, seat } = await booked(kind);
    seat.breakDown();
    expect(await cancel(world)).toMatchObject({ results: [{ status: "pending" }] });
    expect(await codeOf(createBooking(world.deps, asked(world, { bookingId: "b-2" })))).toBeNull();
    await cancel(world, "later", "b-2");
    seat.recover();
    seat.loseCursors();
    expect(seat.written()).toHaveLength(1);
    // Nothing has been taken out yet when the calendar is listed anew.
    world.jobs.urgent.splice(0);
    await noticed(world, seat);
    const third = asked(world, { bookingId: "b-3", title: "Third", maxAgeMs: 0 });
    expect(await codeOf(createBooking(world.deps, third))).toBeNull();
    await pass(world, 3);
    expect(seat.written().map(({ title }) => title)).toEqual(["Third"]);
  });

  test("L31: whose event the agent has deleted already is cancelled all the same", async () => {
    const { world, seat } = await booked(kind);
    await seat.person.remove(seat.written()[0]?.eventId ?? "");
    expect(await cancel(world)).toMatchObject({ results: [{ status: "synced", reason: null }] });
    await pass(world, 3);
    expect(seat.written()).toEqual([]);
  });

  test("made, moved and cancelled before anything was written leaves nothing behind", async () => {
    const world = patientWorld(databaseUrl());
    const seat = await seated(world, kind);
    await createBooking(world.deps, asked(world, { deliver: "later" }));
    await changeBooking(world.deps, changing(world, { slot: LATER, deliver: "later" }));
    await cancel(world, "later");
    await world.drain();
    expect(seat.written()).toEqual([]);
    expect(await answerOf(world)).toMatchObject({
      booking: { state: "cancelled", revision: 3 },
      results: [{ status: "synced" }],
    });
  });

  test("L30: cancelled after the answer to its first write was lost leaves nothing behind", async () => {
    const world = patientWorld(databaseUrl());
    const seat = await seated(world, kind);
    if (kind === "GOOGLE")
      world.google.knobs.set("net.reset", "after", { operation: "events.insert", times: 1 });
    if (kind === "OFFICE365")
      world.microsoft.knobs.set("net.reset", "after", { operation: "events.create", times: 1 });
    if (kind === "APPLE") world.dav.knobs.set("net.reset", "after", { operation: "put", times: 1 });
    await createBooking(world.deps, asked(world));
    expect(seat.written()).toHaveLength(1);
    await cancel(world);
    await pass(world, 3);
    expect(seat.written()).toEqual([]);
    expect(await answerOf(world)).toMatchObject({ results: [{ status: "synced" }] });
  });

  test("P3: cancelled while the provider is down leaves the calendar when it is up again", async () => {
    const { world, seat } = await booked(kind);
    seat.breakDown();
    await cancel(world);
    await pass(world, 3);
    expect(seat.written()).toHaveLength(1);
    seat.recover();
    await pass(world, 20);
    expect(seat.written()).toEqual([]);
    expect(await answerOf(world)).toMatchObject({ results: [{ status: "synced" }] });
  });
});

test("L32: a cancelled booking leaves the calendars it was written into, whichever receives new ones", async () => {
  const world = patientWorld(databaseUrl());
  const seats: Seat[] = [];
  for (const kind of KINDS) seats.push(await seated(world, kind));
  await createBooking(world.deps, asked(world));
  await world.query("UPDATE connections SET receives_bookings = 0 WHERE agent_id = ?", [world.agentId]);
  await cancel(world);
  expect(seats.map((seat) => seat.written())).toEqual([[], [], []]);
});

test("a booking cancelled while its insert is under way leaves nothing behind", async () => {
  let release = () => {};
  let arrive = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const world = patientWorld(databaseUrl(), {
    fetch: (inner) => async (input, init) => {
      const request = new Request(input, init);
      if (request.method === "POST" && /\/events\?/.test(request.url)) {
        arrive();
        await released;
      }
      return inner(request);
    },
  });
  const seat = await seated(world, "GOOGLE");
  const creating = createBooking(world.deps, asked(world));
  await arrived;
  expect(await cancel(world)).toMatchObject({ results: [{ status: "pending" }] });
  release();
  await creating;
  await world.drain();
  expect(seat.written()).toEqual([]);
});

test("P1: cancelling, moving and booking at once never leave two on one slot", async () => {
  const world = patientWorld(databaseUrl());
  await seated(world, "GOOGLE");
  for (let round = 0; round < 8; round += 1) {
    const wish = { start: SLOT.start + round * 24 * HOUR, end: SLOT.end + round * 24 * HOUR };
    const away = { start: wish.start + 2 * HOUR, end: wish.end + 2 * HOUR };
    const [first, second] = [`b-${round}`, `c-${round}`];
    await createBooking(world.deps, asked(world, { bookingId: first, slot: wish, deliver: "later" }));
    const moving = { bookingId: first, slot: away, deliver: "later" as const };
    await Promise.all([
      codeOf(createBooking(world.deps, asked(world, { bookingId: second, slot: wish, deliver: "later" }))),
      cancel(world, "later", first),
      codeOf(changeBooking(world.deps, changing(world, moving))),
      codeOf(
        createBooking(world.deps, asked(world, { bookingId: `d-${round}`, slot: away, deliver: "later" })),
      ),
    ]);
    const rows = await world.query(
      `SELECT (SELECT count(*) FROM busy b WHERE b.agent_id = k.agent_id AND b.connection_id = ''
          AND b.booking_id = k.booking_id AND b.starts_at = k.starts_at) AS own, k.state
        FROM bookings k WHERE k.agent_id = ? AND k.booking_id LIKE ?`,
      [world.agentId, `%-${round}`],
    );
    for (const { own, state } of rows) expect(own).toBe(state === "confirmed" ? 1 : 0);
    const [overlapping] = await world.query(
      `SELECT count(*) AS total FROM bookings a JOIN bookings b ON a.agent_id = b.agent_id
          AND a.booking_id < b.booking_id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
        WHERE a.agent_id = ? AND a.state = 'confirmed' AND b.state = 'confirmed'`,
      [world.agentId],
    );
    expect(overlapping?.["total"]).toBe(0);
  }
});

test("a booking nobody made, or another agent's, isn't cancelled", async () => {
  const { world } = await booked("GOOGLE");
  const other = createWorld({ databaseUrl: databaseUrl() });
  await other.connect();
  expect(await codeOf(cancel(other))).toBe("booking_not_found");
  expect((await answerOf(world)).booking.state).toBe("confirmed");
});

test("L32: a booking cancelled while its calendar is switched off leaves it when that is on again", async () => {
  const { world, seat } = await booked("GOOGLE");
  await world.query("UPDATE connections SET is_active = 0 WHERE id = ?", [seat.connectionId]);
  expect(await cancel(world)).toMatchObject({
    results: [{ status: "pending", reason: "calendar_switched_off" }],
  });
  await world.query("UPDATE connections SET is_active = 1 WHERE id = ?", [seat.connectionId]);
  await pass(world, 1);
  expect(seat.written()).toEqual([]);
});
