// Calendars that come late, leave and come back: each shows what it is to show, exactly once, and nothing is forgotten.
import { describe, expect, test } from "vitest";
import { changeConnection, connectCalendar } from "../../src/accounts/connections.ts";
import { disconnect } from "../../src/accounts/disconnect.ts";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import type { World } from "../support/world.ts";
import {
  DAY,
  HOUR,
  KINDS,
  type Kind,
  noticed,
  pass,
  patientWorld,
  type Seat,
  seated,
  settled,
  told,
} from "./one-calendar-each.ts";
import { asked, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const later = (hours: number) => ({ start: SLOT.start + hours * HOUR, end: SLOT.end + hours * HOUR });

const book = (world: World, number: number) =>
  createBooking(
    world.deps,
    asked(world, { bookingId: `b-${number}`, title: `B${number}`, slot: later(number) }),
  );

const cancel = (world: World, number: number) =>
  cancelBooking(world.deps, { agentId: world.agentId, bookingId: `b-${number}`, deliver: "now" });

const move = (world: World, number: number, to: number) =>
  changeBooking(world.deps, {
    ...{ agentId: world.agentId, bookingId: `b-${number}`, changes: {}, slot: later(to) },
    ...{ maxAgeMs: null, force: false, deliver: "now" },
  });

const use = (
  world: World,
  { connectionId }: Seat,
  patch: { isActive?: boolean; receivesBookings?: boolean },
) => changeConnection(world.deps, { ownedBy: null, connectionId, patch });

/** Titles and hours after SLOT of what the calendar shows, in order. */
const shown = (seat: Seat) =>
  seat
    .written()
    .map(({ title, startsAt }) => `${title}+${(startsAt - SLOT.start) / HOUR}`)
    .sort();

const deliveriesOf = async (world: World, { connectionId }: Seat) =>
  world.query("SELECT * FROM deliveries WHERE connection_id = ?", [connectionId]);

const others = (kind: Kind): Kind => (kind === "GOOGLE" ? "APPLE" : "GOOGLE");

async function seatedAt(kind: Kind) {
  const world = patientWorld(databaseUrl());
  return { world, seat: await seated(world, kind) };
}

describe.each(KINDS)("%s", (kind) => {
  test("a calendar connected later gets all bookings that aren't over, within a minute", async () => {
    const world = patientWorld(databaseUrl());
    await seated(world, others(kind));
    for (const number of [1, 2, 3, 30]) await book(world, number);
    await world.drain();
    await cancel(world, 2);
    await world.drain();
    world.advance(SLOT.start + 3 * HOUR - world.deps.now());
    const seat = await seated(world, kind);
    await pass(world, 1);
    // b-1 is over, b-3 has just begun, b-2 is cancelled.
    expect(shown(seat)).toEqual(["B3+3", "B30+30"]);
    expect(
      (await told(world, "booking.delivered")).filter(({ bookingId }) => bookingId === "b-30"),
    ).toHaveLength(1);
  });

  test.each(["receivesBookings", "isActive"] as const)(
    "a calendar whose %s is switched on again gets what it missed, within a minute",
    async (flag) => {
      const { world, seat } = await seatedAt(kind);
      for (const number of [1, 2]) await book(world, number);
      await world.drain();
      await use(world, seat, { [flag]: false });
      await book(world, 3);
      await world.drain();
      expect(shown(seat)).toEqual(["B1+1", "B2+2"]);
      await cancel(world, 1);
      await move(world, 2, 5);
      await pass(world, 1);
      // Switched off from receiving, what it shows is kept true; switched off altogether, nobody touches it.
      expect(shown(seat)).toEqual(flag === "receivesBookings" ? ["B2+5"] : ["B1+1", "B2+2"]);
      await use(world, seat, { [flag]: true });
      await pass(world, 1);
      expect(shown(seat)).toEqual(["B2+5", "B3+3"]);
    },
  );

  test("a delivery that was never begun is dropped when the calendar receives bookings no longer", async () => {
    const { world, seat } = await seatedAt(kind);
    await createBooking(world.deps, asked(world, { deliver: "later" }));
    await use(world, seat, { receivesBookings: false });
    await pass(world, 1);
    expect(seat.written()).toEqual([]);
    expect(await deliveriesOf(world, seat)).toEqual([]);
  });

  test("a disconnected calendar is written no more, and connected again it shows each booking once, as it now is", async () => {
    const { world, seat } = await seatedAt(kind);
    // Another calendar of the account keeps it alive where that matters.
    for (const number of [1, 2, 3]) await book(world, number);
    await settled(world);
    await disconnect(world.deps, { ownedBy: null, connectionId: seat.connectionId });
    await world.drain();
    const writes = seat.writes();
    await cancel(world, 1);
    await move(world, 2, 6);
    await pass(world, 3);
    expect(seat.writes()).toBe(writes);
    expect(shown(seat)).toEqual(["B1+1", "B2+2", "B3+3"]);
    expect(await deliveriesOf(world, seat)).toEqual([]);
    const again = await seated(world, kind);
    await pass(world, 3);
    await noticed(world, again);
    expect(shown(again)).toEqual(["B2+6", "B3+3"]);
    expect(await told(world, "booking.conflict", "booking.moved_outside", "booking.removed_outside")).toEqual(
      [],
    );
  });

  test("a booking whose event was once deleted and written again is found after disconnecting, not doubled", async () => {
    const { world, seat } = await seatedAt(kind);
    await book(world, 1);
    await settled(world);
    if (kind === "GOOGLE") world.google.knobs.set("event.reviveFails", true);
    if (kind === "APPLE") world.dav.knobs.set("uid.trash", true);
    await seat.person.remove(seat.written()[0]?.eventId ?? "");
    await noticed(world, seat);
    expect(shown(seat)).toEqual(["B1+1"]);
    await disconnect(world.deps, { ownedBy: null, connectionId: seat.connectionId });
    await world.drain();
    const again = await seated(world, kind);
    await pass(world, 3);
    expect(shown(again)).toEqual(["B1+1"]);
    await cancel(world, 1);
    await pass(world, 1);
    expect(shown(again)).toEqual([]);
  });

  test("an account that is authorised again catches up, cancellations and tampered copies included", async () => {
    const { world, seat } = await seatedAt(kind);
    for (const number of [1, 2, 3]) await book(world, number);
    await settled(world);
    const third = seat.written().find(({ title }) => title === "B3")?.eventId ?? "";
    seat.withdraw();
    // The refusal is believed the second time.
    await pass(world, 3);
    await cancel(world, 1);
    await move(world, 2, 7);
    await book(world, 4);
    await seat.person.move(third, { startsAt: later(9).start, endsAt: later(9).end });
    await pass(world, 10);
    expect(shown(seat)).toEqual(["B1+1", "B2+2", "B3+9"]);
    await seat.consentAgain();
    await pass(world, 3);
    expect(shown(seat)).toEqual(["B2+7", "B3+3", "B4+4"]);
    expect(await told(world, "connection.restored")).toHaveLength(1);
  });

  test("a copy put back while access was lost is put back when it is there again", async () => {
    const { world, seat } = await seatedAt(kind);
    await book(world, 1);
    await settled(world);
    await seat.person.remove(seat.written()[0]?.eventId ?? "");
    // Noticed just before access goes: the look already finds the door shut.
    world.advance(1);
    await world.query("UPDATE deliveries SET look_due_at = ? WHERE connection_id = ?", [
      world.deps.now(),
      seat.connectionId,
    ]);
    seat.withdraw();
    await pass(world, 5);
    await seat.consentAgain();
    await pass(world, 2);
    expect(shown(seat)).toEqual(["B1+1"]);
  });
});

/** The calendar's owner lets us write, or only read. */
const ALLOW: Record<Kind, (world: World, seat: Seat, writing: boolean) => void> = {
  GOOGLE: (world, { calendarId }, writing) =>
    world.google.changeEntry(calendarId, world.email, { role: writing ? "owner" : "reader" }),
  OFFICE365: (world, { calendarId }, canEdit) => world.microsoft.changeCalendar(calendarId, { canEdit }),
  APPLE: (world, { calendarId }, writable) => world.dav.changeCalendar(calendarId, { writable }),
};

const DAILY = "17 3 * * *";

test.each(KINDS)(
  "%s: a calendar that can only be read is told once, and written when it can be again",
  async (kind) => {
    const { world, seat } = await seatedAt(kind);
    ALLOW[kind](world, seat, false);
    await book(world, 1);
    await pass(world, 5);
    await world.cron(DAILY);
    await pass(world, 2);
    const { results } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
    expect(results).toMatchObject([{ status: "failed" }]);
    expect(await told(world, "booking.delivery_failed", "booking.delivered")).toMatchObject([
      { kind: "booking.delivery_failed", bookingId: "b-1", revision: 1, connectionId: seat.connectionId },
    ]);
    ALLOW[kind](world, seat, true);
    await world.cron(DAILY);
    await pass(world, 1);
    expect(shown(seat)).toEqual(["B1+1"]);
    expect(await told(world, "booking.delivery_failed", "booking.delivered")).toMatchObject([
      { kind: "booking.delivery_failed" },
      { kind: "booking.delivered", revision: 1 },
    ]);
  },
);

const REMOVE: Record<Kind, (world: World, seat: Seat) => void> = {
  GOOGLE: (world, { calendarId }) => world.google.removeCalendar(calendarId),
  OFFICE365: (world, { calendarId }) => world.microsoft.removeCalendar(calendarId),
  APPLE: (world, { calendarId }) => world.dav.removeCalendar(calendarId),
};

test.each(KINDS)(
  "%s: a calendar that is gone doesn't keep its bookings from being delivered elsewhere",
  async (kind) => {
    const { world, seat } = await seatedAt(kind);
    const other = await seated(world, others(kind));
    REMOVE[kind](world, seat);
    await book(world, 1);
    for (let day = 0; day < 2; day += 1) {
      await world.cron(DAILY);
      await pass(world, 20);
    }
    expect(shown(other)).toEqual(["B1+1"]);
    expect(await told(world, "connection.lost")).toHaveLength(1);
    expect(await told(world, "booking.delivered")).toMatchObject([{ bookingId: "b-1", revision: 1 }]);
    expect(await told(world, "booking.removed_outside")).toEqual([]);
  },
);

/** Two calendars at Google; writes into the second fail until it is mended. */
async function halfBroken() {
  const { world, seat } = await seatedAt("GOOGLE");
  const calendarId = `second-${world.agentId}`;
  world.google.addCalendar({ id: calendarId, summary: "Second", timeZone: null, owner: world.email });
  const second = await connectCalendar(world.deps, {
    ...{ ownedBy: null, accountId: seat.accountId, calendarId },
    ...{ blocksAvailability: true, receivesBookings: true },
  });
  await world.drain();
  world.google.changeEntry(calendarId, world.email, { role: "reader" });
  await book(world, 1);
  await pass(world, 2);
  return { world, calendarId, second };
}

const LIFE = ["booking.delivered", "booking.delivery_failed"] as const;

describe("what is told of deliveries", () => {
  test("each revision is told delivered once, when the last calendar shows it", async () => {
    const world = patientWorld(databaseUrl());
    for (const kind of KINDS) await seated(world, kind);
    world.dav.knobs.set("api.status", { status: 503, html: true });
    await book(world, 1);
    await world.drain();
    expect(await told(world, ...LIFE)).toEqual([]);
    world.dav.knobs.clear();
    await pass(world, 2);
    expect(await told(world, ...LIFE)).toMatchObject([{ revision: 1, state: "confirmed" }]);
    await move(world, 1, 4);
    await pass(world, 1);
    await cancel(world, 1);
    await pass(world, 4);
    expect(await told(world, ...LIFE)).toMatchObject([
      { kind: "booking.delivered", revision: 1, state: "confirmed" },
      { kind: "booking.delivered", revision: 2, state: "confirmed" },
      { kind: "booking.delivered", revision: 3, state: "cancelled" },
    ]);
  });

  test("a calendar that failed and was mended completes the delivery, in order", async () => {
    const { world, calendarId, second } = await halfBroken();
    expect(await told(world, ...LIFE)).toMatchObject([
      { kind: "booking.delivery_failed", connectionId: second.id },
    ]);
    world.google.changeEntry(calendarId, world.email, { role: "owner" });
    await world.cron(DAILY);
    await pass(world, 1);
    expect(await told(world, ...LIFE)).toMatchObject([
      { kind: "booking.delivery_failed", revision: 1 },
      { kind: "booking.delivered", revision: 1 },
    ]);
  });

  test.each(["disconnected", "switched off"] as const)(
    "a calendar that failed and is %s leaves the booking delivered everywhere else",
    async (how) => {
      const { world, second } = await halfBroken();
      if (how === "disconnected") await disconnect(world.deps, { ownedBy: null, connectionId: second.id });
      else
        await changeConnection(world.deps, {
          ownedBy: null,
          connectionId: second.id,
          patch: { isActive: false },
        });
      await pass(world, 1);
      expect((await told(world, ...LIFE)).slice(1)).toMatchObject([
        { kind: "booking.delivered", revision: 1 },
      ]);
    },
  );

  test("late calendars and forgotten ones tell nothing again", async () => {
    const { world, seat } = await seatedAt("GOOGLE");
    await book(world, 1);
    await pass(world, 1);
    await seated(world, "APPLE");
    await pass(world, 1);
    await disconnect(world.deps, { ownedBy: null, connectionId: seat.connectionId });
    world.advance(DAY / 4);
    await pass(world, 1);
    expect(await told(world, ...LIFE)).toHaveLength(1);
  });
});

test.each(["failed", "was killed"] as const)(
  "P3: a write that %s may have left an event, which goes with its booking although the calendar receives no more",
  async (how) => {
    const { world, seat } = await seatedAt("GOOGLE");
    world.google.knobs.set("net.reset", "after", { operation: "events.insert", times: 1 });
    await book(world, 1);
    if (how === "was killed") {
      await world.query(
        "UPDATE deliveries SET attempts = 0, failure_kind = NULL, lease_id = 'dead', lease_until = 1",
      );
    }
    const changes = { title: "B2" };
    await changeBooking(world.deps, {
      ...{ agentId: world.agentId, bookingId: "b-1", changes, slot: null },
      ...{ maxAgeMs: null, force: false, deliver: "later" },
    });
    await use(world, seat, { receivesBookings: false });
    expect(shown(seat)).toEqual(["B1+1"]);
    await cancel(world, 1);
    await pass(world, 1);
    expect(shown(seat)).toEqual([]);
  },
);

test("a calendar connected again after an id was burnt still shows the booking once", async () => {
  const { world, seat } = await seatedAt("APPLE");
  // The server keeps the booking's first UID in its bin: the event is written under the next one.
  world.dav.knobs.set("uid.conflict", 409, { times: 2 });
  await book(world, 1);
  await settled(world);
  expect(shown(seat)).toEqual(["B1+1"]);
  await disconnect(world.deps, { ownedBy: null, connectionId: seat.connectionId });
  await world.drain();
  world.dav.knobs.clear();
  const again = await seated(world, "APPLE");
  await pass(world, 3);
  expect(shown(again)).toEqual(["B1+1"]);
});
