// Idempotent bookings: the answer to each write of a booking is lost once, and sending it again does no harm.
import { describe, expect, test } from "vitest";
import { changeConnection, connectCalendar } from "../../src/accounts/connections.ts";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { placeHold, releaseHold } from "../../src/bookings/hold.ts";
import { recover } from "../bookings/accidents.ts";
import {
  bookingRequest,
  changeRequest,
  codeOf,
  holdRequest,
  liveEvents,
  SLOT,
} from "../bookings/requests.ts";
import { lossyWorld } from "../support/lossy-world.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { workerOf } from "../support/worker.ts";
import { createWorld, type World, type WorldOptions } from "../support/world.ts";

const databaseUrl = useOwnDatabase();

const HOUR = 3_600_000;
const LATER = { start: SLOT.start + 2 * HOUR, end: SLOT.end + 2 * HOUR };

const createLossyWorld = (options: WorldOptions = {}) =>
  lossyWorld(databaseUrl(), { bindings: { CONFIRM_MAX_AGE_SECONDS: "86400" }, ...options });

/** These columns of all rows of a table. */
const rows = (world: World, table: string, columns: string) =>
  world.query(`SELECT ${columns} FROM ${table} ORDER BY 1, 2`);

const ownTime = async (world: World) =>
  (
    await world.query("SELECT event_key, starts_at FROM busy WHERE connection_number = 0 ORDER BY starts_at")
  ).map((row) => [row["event_key"], row["starts_at"]]);

async function booked(options: WorldOptions = {}) {
  const { world, lost } = createLossyWorld(options);
  const connected = await world.connect();
  await createBooking(world.deps, bookingRequest(world));
  await world.drain();
  return { world, lost, ...connected };
}

const writes = (world: World) =>
  world.google.requests.filter(({ operation }) =>
    /^events\.(?:insert|patch|update|delete)$/.test(operation ?? ""),
  ).length;

describe("with the answer to every write lost once", () => {
  test("a booking moves once, and its event is written once more", async () => {
    const { world, lost } = await booked();
    const before = lost();
    const answer = await changeBooking(world.deps, changeRequest(world, { slot: LATER }));
    expect(lost() - before).toBeGreaterThan(1);
    expect(answer).toMatchObject({
      booking: { revision: 2, startsAt: LATER.start },
      results: [{ status: "synced" }],
    });
    expect(await ownTime(world)).toEqual([["b-1", LATER.start]]);
    expect(await rows(world, "deliveries", "wanted_revision, delivered_revision, lease_id")).toMatchObject([
      { wanted_revision: 2, delivered_revision: 2, lease_id: null },
    ]);
    expect(writes(world)).toBe(2);
    expect(liveEvents(world)).toHaveLength(1);
  });

  test("a change left to a job raises the revision once", async () => {
    const { world } = await booked();
    for (const title of ["One", "Two", "Three"])
      await changeBooking(world.deps, changeRequest(world, { changes: { title }, deliver: "later" }));
    await world.drain();
    expect(await rows(world, "bookings", "booking_id, revision")).toMatchObject([{ revision: 4 }]);
    expect(liveEvents(world, "Three")).toHaveLength(1);
    expect(writes(world)).toBe(2);
  });

  test("a refused change changes nothing", async () => {
    const { world } = await booked();
    await createBooking(world.deps, bookingRequest(world, { bookingId: "b-2", slot: LATER }));
    const before = await rows(world, "bookings", "*");
    expect(await codeOf(changeBooking(world.deps, changeRequest(world, { slot: LATER })))).toBe("slot_taken");
    expect(await rows(world, "bookings", "*")).toEqual(before);
  });

  test("a booking is cancelled once, and a second request leaves it cancelled", async () => {
    const { world } = await booked();
    const cancel = () =>
      cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "now" });
    const answer = await cancel();
    expect(answer).toMatchObject({
      booking: { state: "cancelled", revision: 2 },
      results: [{ status: "synced", externalId: null }],
    });
    expect(await cancel()).toMatchObject({ booking: { revision: 2 } });
    expect(await ownTime(world)).toEqual([]);
    expect(liveEvents(world)).toEqual([]);
    expect(writes(world)).toBe(2);
  });

  test("a hold is placed once, and is given back once", async () => {
    const { world } = createLossyWorld();
    await world.connect();
    const answer = await placeHold(world.deps, holdRequest(world));
    expect(answer.created).toBe(true);
    expect(await ownTime(world)).toEqual([["h-1", SLOT.start]]);
    expect(await codeOf(placeHold(world.deps, holdRequest(world, { holdId: "h-2" })))).toBe("slot_taken");
    const release = () => releaseHold(world.deps, { agentId: world.agentId, holdId: "h-1" });
    expect((await release()).hold.state).toBe("released");
    expect(await ownTime(world)).toEqual([]);
    expect((await placeHold(world.deps, holdRequest(world, { holdId: "h-3" }))).created).toBe(true);
    expect((await release()).hold.state).toBe("released");
    expect(await ownTime(world)).toEqual([["h-3", SLOT.start]]);
  });

  test("a hold becomes one booking", async () => {
    const { world } = createLossyWorld();
    await world.connect();
    await placeHold(world.deps, holdRequest(world));
    const answer = await createBooking(world.deps, bookingRequest(world, { holdId: "h-1" }));
    expect(answer).toMatchObject({ created: true, results: [{ status: "synced" }] });
    expect(await ownTime(world)).toEqual([["b-1", SLOT.start]]);
    expect(await rows(world, "holds", "hold_id, state, booking_id")).toMatchObject([
      { hold_id: "h-1", state: "booked", booking_id: "b-1" },
    ]);
    expect(liveEvents(world)).toHaveLength(1);
  });

  test("each outcome of a delivery makes one notice", async () => {
    const { world } = await booked({ notices: true });
    await changeBooking(world.deps, changeRequest(world, { slot: LATER }));
    world.google.changeEntry(world.email, world.email, { role: "reader" });
    await changeBooking(world.deps, changeRequest(world, { changes: { title: "Another" } }));
    const kinds = (await rows(world, "notices", "sequence, kind")).map((row) => row["kind"]);
    expect(kinds).toEqual(["booking.delivered", "booking.delivered", "booking.delivery_failed"]);
  });

  test("a late calendar gets each booking once, and one that stops loses only deliveries never begun", async () => {
    const { world, accountId, connectionId } = await booked();
    const calendarId = `second-${world.agentId}`;
    world.google.addCalendar({ id: calendarId, summary: "Second", timeZone: null, owner: world.email });
    const second = await connectCalendar(world.deps, {
      ...{ ownedBy: null, accountId, calendarId },
      ...{ blocksAvailability: true, receivesBookings: false },
    });
    await world.drain();
    const receive = (id: string, receivesBookings: boolean) =>
      changeConnection(world.deps, { ownedBy: null, connectionId: id, patch: { receivesBookings } });
    const delivered = () => rows(world, "deliveries", "connection_id, state");
    expect(await delivered()).toHaveLength(1);
    await receive(second.id, true);
    expect(await delivered()).toHaveLength(2);
    await receive(second.id, false);
    await receive(connectionId, false);
    expect(await delivered()).toMatchObject([{ connection_id: connectionId, state: "delivered" }]);
    await receive(second.id, true);
    await world.cron();
    expect(liveEvents(world, "Consultation", calendarId)).toHaveLength(1);
    expect(liveEvents(world)).toHaveLength(1);
  });
});

/** A Worker whose first write takes effect without an answer, and is sent again after `meanwhile`. */
function delayedWorker(world: World, meanwhile: () => Promise<unknown>) {
  let isFirst = true;
  return workerOf(world, {
    sleep: async () => {},
    databaseFetch: (inner) => async (input, init) => {
      const request = new Request(input, init);
      const isWrite = (await request.clone().text()).includes("BEGIN IMMEDIATE");
      const response = await inner(request);
      if (!isWrite || !isFirst) return response;
      isFirst = false;
      await response.arrayBuffer();
      await meanwhile();
      throw new TypeError("terminated");
    },
  });
}

describe("a write that is sent again after newer writes", () => {
  const calm = async () => {
    const world = createWorld({
      databaseUrl: databaseUrl(),
      bindings: { CONFIRM_MAX_AGE_SECONDS: "86400" },
    });
    await world.connect();
    const cancel = () =>
      cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "now" });
    return { world, cancel };
  };

  test("brings no cancelled booking back after its creation", async () => {
    const { world, cancel } = await calm();
    const worker = delayedWorker(world, cancel);
    expect(await codeOf(createBooking(worker, bookingRequest(world)))).toBe("booking_cancelled");
    await world.drain();
    expect(await ownTime(world)).toEqual([]);
    expect(liveEvents(world)).toEqual([]);
  });

  test("brings no cancelled booking back after its move", async () => {
    const { world, cancel } = await calm();
    await createBooking(world.deps, bookingRequest(world));
    const worker = delayedWorker(world, cancel);
    expect(await codeOf(changeBooking(worker, changeRequest(world, { slot: LATER })))).toBe(
      "booking_cancelled",
    );
    await recover(world);
    expect(await ownTime(world)).toEqual([]);
    expect(liveEvents(world)).toEqual([]);
  });

  test("P1: takes no slot again that another booking has taken meanwhile", async () => {
    const { world } = await calm();
    await createBooking(world.deps, bookingRequest(world));
    const worker = delayedWorker(world, async () => {
      await changeBooking(world.deps, changeRequest(world, { slot: SLOT }));
      await createBooking(world.deps, bookingRequest(world, { bookingId: "b-2", slot: LATER }));
    });
    expect(await codeOf(changeBooking(worker, changeRequest(world, { slot: LATER })))).toBe("slot_taken");
    await recover(world);
    expect(await ownTime(world)).toEqual([
      ["b-1", SLOT.start],
      ["b-2", LATER.start],
    ]);
    expect(liveEvents(world)).toHaveLength(2);
  });

  test("holds no slot again that was given back, was booked, or has another hold", async () => {
    const { world } = await calm();
    const release = async () => {
      await releaseHold(world.deps, { agentId: world.agentId, holdId: "h-1" });
      await placeHold(world.deps, holdRequest(world, { holdId: "h-2" }));
    };
    expect(await codeOf(placeHold(delayedWorker(world, release), holdRequest(world)))).toBe("hold_over");
    expect(await ownTime(world)).toEqual([["h-2", SLOT.start]]);
    const use = () => createBooking(world.deps, bookingRequest(world, { holdId: "h-3", slot: LATER }));
    const third = holdRequest(world, { holdId: "h-3", slot: LATER });
    expect(await codeOf(placeHold(delayedWorker(world, use), third))).toBe("hold_over");
    expect(await ownTime(world)).toEqual([
      ["h-2", SLOT.start],
      ["b-1", LATER.start],
    ]);
  });
});
