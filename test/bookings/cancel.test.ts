// Cancel: a booking ends for good, its slot is free at once, and its events are removed from the calendars.
import { describe, expect, test } from "vitest";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";
import {
  type ConnectedCalendar,
  connectAt,
  HOUR,
  KINDS,
  type Kind,
  kindsOf,
  passMinutes,
  patientWorld,
  pullAndReconcile,
} from "./one-calendar-each.ts";
import { bookingRequest, changeRequest, codeOf, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const LATER = { start: SLOT.start + 2 * HOUR, end: SLOT.end + 2 * HOUR };

async function booked(kind: Kind) {
  const world = patientWorld(databaseUrl());
  const calendar = await connectAt(world, kind);
  await createBooking(world.deps, bookingRequest(world));
  await world.drain();
  return { world, calendar };
}

const cancel = (world: World, deliver: "now" | "later" = "now", bookingId = "b-1") =>
  cancelBooking(world.deps, { agentId: world.agentId, bookingId, deliver });

const answerOf = (world: World) => getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });

describe.each(kindsOf("APPLE"))("a booking in a calendar of %s", (kind) => {
  test("is cancelled for good, and its event is removed before the answer", async () => {
    const { world, calendar } = await booked(kind);
    expect(await cancel(world)).toMatchObject({
      created: false,
      booking: { state: "cancelled", revision: 2, startsAt: SLOT.start },
      results: [{ status: "synced", externalId: null, reason: null }],
    });
    expect(calendar.written()).toEqual([]);
    const writes = calendar.writes();
    expect(await cancel(world)).toMatchObject({ booking: { state: "cancelled", revision: 2 } });
    expect(calendar.writes()).toBe(writes);
    expect(await codeOf(changeBooking(world.deps, changeRequest(world, { slot: LATER })))).toBe(
      "booking_cancelled",
    );
    expect(await codeOf(createBooking(world.deps, bookingRequest(world)))).toBe("booking_cancelled");
  });

  test("frees its slot at once, though a resync still lists its event", async () => {
    const { world, calendar } = await booked(kind);
    calendar.breakDown();
    expect(await cancel(world)).toMatchObject({ results: [{ status: "pending" }] });
    expect(await codeOf(createBooking(world.deps, bookingRequest(world, { bookingId: "b-2" })))).toBeNull();
    await cancel(world, "later", "b-2");
    calendar.recover();
    calendar.loseCursors();
    expect(calendar.written()).toHaveLength(1);
    // The event hasn't been removed yet when the calendar is listed anew.
    world.jobs.urgent.splice(0);
    await pullAndReconcile(world, calendar);
    const third = bookingRequest(world, { bookingId: "b-3", title: "Third", maxAgeMs: 0 });
    expect(await codeOf(createBooking(world.deps, third))).toBeNull();
    await passMinutes(world, 3);
    expect(calendar.written().map(({ title }) => title)).toEqual(["Third"]);
  });

  test("L31: is cancelled though the agent has already deleted its event", async () => {
    const { world, calendar } = await booked(kind);
    await calendar.person.remove(calendar.written()[0]?.eventId ?? "");
    expect(await cancel(world)).toMatchObject({ results: [{ status: "synced", reason: null }] });
    await passMinutes(world, 3);
    expect(calendar.written()).toEqual([]);
  });

  test("made, moved and cancelled before any write leaves no event", async () => {
    const world = patientWorld(databaseUrl());
    const calendar = await connectAt(world, kind);
    await createBooking(world.deps, bookingRequest(world, { deliver: "later" }));
    await changeBooking(world.deps, changeRequest(world, { slot: LATER, deliver: "later" }));
    await cancel(world, "later");
    await world.drain();
    expect(calendar.written()).toEqual([]);
    expect(await answerOf(world)).toMatchObject({
      booking: { state: "cancelled", revision: 3 },
      results: [{ status: "synced" }],
    });
  });

  test("L30: cancelled after the answer to its first write was lost leaves no event", async () => {
    const world = patientWorld(databaseUrl());
    const calendar = await connectAt(world, kind);
    if (kind === "GOOGLE")
      world.google.knobs.set("net.reset", "after", { operation: "events.insert", times: 1 });
    if (kind === "OFFICE365")
      world.microsoft.knobs.set("net.reset", "after", { operation: "events.create", times: 1 });
    if (kind === "APPLE") world.dav.knobs.set("net.reset", "after", { operation: "put", times: 1 });
    await createBooking(world.deps, bookingRequest(world));
    expect(calendar.written()).toHaveLength(1);
    await cancel(world);
    await passMinutes(world, 3);
    expect(calendar.written()).toEqual([]);
    expect(await answerOf(world)).toMatchObject({ results: [{ status: "synced" }] });
  });

  test("P3: cancelled while the provider is down is removed from the calendar when the provider is up", async () => {
    const { world, calendar } = await booked(kind);
    calendar.breakDown();
    await cancel(world);
    await passMinutes(world, 3);
    expect(calendar.written()).toHaveLength(1);
    calendar.recover();
    await passMinutes(world, 20);
    expect(calendar.written()).toEqual([]);
    expect(await answerOf(world)).toMatchObject({ results: [{ status: "synced" }] });
  });
});

test("L32: a cancelled booking is removed from every calendar that shows it, whichever receives new ones", async () => {
  const world = patientWorld(databaseUrl());
  const calendars: ConnectedCalendar[] = [];
  for (const kind of KINDS) calendars.push(await connectAt(world, kind));
  await createBooking(world.deps, bookingRequest(world));
  await world.query("UPDATE connections SET receives_bookings = 0 WHERE agent_id = ?", [world.agentId]);
  await cancel(world);
  expect(calendars.map((calendar) => calendar.written())).toEqual([[], [], []]);
});

test("a booking cancelled while its insert is under way leaves no event", async () => {
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
  const calendar = await connectAt(world, "GOOGLE");
  const creating = createBooking(world.deps, bookingRequest(world));
  await arrived;
  expect(await cancel(world)).toMatchObject({ results: [{ status: "pending" }] });
  release();
  await creating;
  await world.drain();
  expect(calendar.written()).toEqual([]);
});

test("P1: cancelling, moving and booking at once never leave two bookings on one slot", async () => {
  const world = patientWorld(databaseUrl());
  await connectAt(world, "GOOGLE");
  for (let round = 0; round < 8; round += 1) {
    const wanted = { start: SLOT.start + round * 24 * HOUR, end: SLOT.end + round * 24 * HOUR };
    const away = { start: wanted.start + 2 * HOUR, end: wanted.end + 2 * HOUR };
    const [first, second] = [`b-${round}`, `c-${round}`];
    await createBooking(
      world.deps,
      bookingRequest(world, { bookingId: first, slot: wanted, deliver: "later" }),
    );
    const moving = { bookingId: first, slot: away, deliver: "later" as const };
    await Promise.all([
      codeOf(
        createBooking(
          world.deps,
          bookingRequest(world, { bookingId: second, slot: wanted, deliver: "later" }),
        ),
      ),
      cancel(world, "later", first),
      codeOf(changeBooking(world.deps, changeRequest(world, moving))),
      codeOf(
        createBooking(
          world.deps,
          bookingRequest(world, { bookingId: `d-${round}`, slot: away, deliver: "later" }),
        ),
      ),
    ]);
    const rows = await world.query(
      `SELECT (SELECT count(*) FROM busy b WHERE b.agent_number = a.number AND b.connection_number = 0
          AND b.booking_id = k.booking_id AND b.starts_at = k.starts_at) AS own, k.state
        FROM bookings k JOIN agents a ON a.agent_id = k.agent_id WHERE k.agent_id = ? AND k.booking_id LIKE ?`,
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

test("an unknown booking, or another agent's, isn't cancelled", async () => {
  const { world } = await booked("GOOGLE");
  const other = createWorld({ databaseUrl: databaseUrl() });
  await other.connect();
  expect(await codeOf(cancel(other))).toBe("booking_not_found");
  expect((await answerOf(world)).booking.state).toBe("confirmed");
});

test("L32: a booking cancelled while its calendar is inactive is removed when the calendar is active again", async () => {
  const { world, calendar } = await booked("GOOGLE");
  await world.query("UPDATE connections SET is_active = 0 WHERE id = ?", [calendar.connectionId]);
  expect(await cancel(world)).toMatchObject({
    results: [{ status: "pending", reason: "calendar_switched_off" }],
  });
  await world.query("UPDATE connections SET is_active = 1 WHERE id = ?", [calendar.connectionId]);
  await passMinutes(world, 1);
  expect(calendar.written()).toEqual([]);
});
