// Calendars that connect late, leave and come back show each booking once, and miss none.
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
  type ConnectedCalendar,
  connectAt,
  DAY,
  HOUR,
  KINDS,
  type Kind,
  kindsOf,
  noticesOf,
  passMinutes,
  patientWorld,
  pullAndReconcile,
  settled,
} from "./one-calendar-each.ts";
import { bookingRequest, SLOT } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const later = (hours: number) => ({ start: SLOT.start + hours * HOUR, end: SLOT.end + hours * HOUR });

const book = (world: World, number: number) =>
  createBooking(
    world.deps,
    bookingRequest(world, { bookingId: `b-${number}`, title: `B${number}`, slot: later(number) }),
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
  { connectionId }: ConnectedCalendar,
  patch: { isActive?: boolean; receivesBookings?: boolean },
) => changeConnection(world.deps, { ownedBy: null, connectionId, patch });

/** The calendar's events as `title+hours after SLOT`, sorted. */
const shown = (calendar: ConnectedCalendar) =>
  calendar
    .written()
    .map(({ title, startsAt }) => `${title}+${(startsAt - SLOT.start) / HOUR}`)
    .sort();

const deliveriesOf = async (world: World, { connectionId }: ConnectedCalendar) =>
  world.query("SELECT * FROM deliveries WHERE connection_id = ?", [connectionId]);

const others = (kind: Kind): Kind => (kind === "GOOGLE" ? "APPLE" : "GOOGLE");

async function connectedAt(kind: Kind) {
  const world = patientWorld(databaseUrl());
  return { world, calendar: await connectAt(world, kind) };
}

describe.each(kindsOf("OFFICE365"))("%s", (kind) => {
  test("a calendar connected later gets all bookings that aren't over, within a minute", async () => {
    const world = patientWorld(databaseUrl());
    await connectAt(world, others(kind));
    for (const number of [1, 2, 3, 30]) await book(world, number);
    await world.drain();
    await cancel(world, 2);
    await world.drain();
    world.advance(SLOT.start + 3 * HOUR - world.deps.now());
    const calendar = await connectAt(world, kind);
    await passMinutes(world, 1);
    // b-1 is over, b-3 has just begun, b-2 is cancelled.
    expect(shown(calendar)).toEqual(["B3+3", "B30+30"]);
    expect(
      (await noticesOf(world, "booking.delivered")).filter(({ bookingId }) => bookingId === "b-30"),
    ).toHaveLength(1);
  });

  test.each(["receivesBookings", "isActive"] as const)(
    "a calendar whose %s is switched on again gets what it missed, within a minute",
    async (flag) => {
      const { world, calendar } = await connectedAt(kind);
      for (const number of [1, 2]) await book(world, number);
      await world.drain();
      await use(world, calendar, { [flag]: false });
      await book(world, 3);
      await world.drain();
      expect(shown(calendar)).toEqual(["B1+1", "B2+2"]);
      await cancel(world, 1);
      await move(world, 2, 5);
      await passMinutes(world, 1);
      // A calendar that only stops receiving has its events kept up to date; an inactive one is left alone.
      expect(shown(calendar)).toEqual(flag === "receivesBookings" ? ["B2+5"] : ["B1+1", "B2+2"]);
      await use(world, calendar, { [flag]: true });
      await passMinutes(world, 1);
      expect(shown(calendar)).toEqual(["B2+5", "B3+3"]);
    },
  );

  test("a delivery that hasn't begun is dropped when the calendar no longer receives bookings", async () => {
    const { world, calendar } = await connectedAt(kind);
    await createBooking(world.deps, bookingRequest(world, { deliver: "later" }));
    await use(world, calendar, { receivesBookings: false });
    await passMinutes(world, 1);
    expect(calendar.written()).toEqual([]);
    expect(await deliveriesOf(world, calendar)).toEqual([]);
  });

  test("a disconnected calendar is no longer written, and shows each booking once, up to date, when it is connected again", async () => {
    const { world, calendar } = await connectedAt(kind);
    for (const number of [1, 2, 3]) await book(world, number);
    await settled(world);
    await disconnect(world.deps, { ownedBy: null, connectionId: calendar.connectionId });
    await world.drain();
    const writes = calendar.writes();
    await cancel(world, 1);
    await move(world, 2, 6);
    await passMinutes(world, 3);
    expect(calendar.writes()).toBe(writes);
    expect(shown(calendar)).toEqual(["B1+1", "B2+2", "B3+3"]);
    expect(await deliveriesOf(world, calendar)).toEqual([]);
    const again = await connectAt(world, kind);
    await passMinutes(world, 3);
    await pullAndReconcile(world, again);
    expect(shown(again)).toEqual(["B2+6", "B3+3"]);
    expect(
      await noticesOf(world, "booking.conflict", "booking.moved_outside", "booking.removed_outside"),
    ).toEqual([]);
  });

  test("an event that was written again under a new id is found after a reconnect, and not doubled", async () => {
    const { world, calendar } = await connectedAt(kind);
    await book(world, 1);
    await settled(world);
    if (kind === "GOOGLE") world.google.knobs.set("event.reviveFails", true);
    if (kind === "APPLE") world.dav.knobs.set("uid.trash", true);
    await calendar.person.remove(calendar.written()[0]?.eventId ?? "");
    await pullAndReconcile(world, calendar);
    expect(shown(calendar)).toEqual(["B1+1"]);
    await disconnect(world.deps, { ownedBy: null, connectionId: calendar.connectionId });
    await world.drain();
    const again = await connectAt(world, kind);
    await passMinutes(world, 3);
    expect(shown(again)).toEqual(["B1+1"]);
    await cancel(world, 1);
    await passMinutes(world, 1);
    expect(shown(again)).toEqual([]);
  });

  test("an account that is authorised again catches up, with cancellations and moved events", async () => {
    const { world, calendar } = await connectedAt(kind);
    // Else nothing is sold while access is lost.
    await world.query("UPDATE agents SET on_stale = 'allow', revision = revision + 1 WHERE agent_id = ?", [
      world.agentId,
    ]);
    for (const number of [1, 2, 3]) await book(world, number);
    await settled(world);
    const third = calendar.written().find(({ title }) => title === "B3")?.eventId ?? "";
    calendar.withdraw();
    // A refused password is believed only the second time (C2).
    await passMinutes(world, 3);
    await cancel(world, 1);
    await move(world, 2, 7);
    await book(world, 4);
    await calendar.person.move(third, { startsAt: later(9).start, endsAt: later(9).end });
    await passMinutes(world, 10);
    expect(shown(calendar)).toEqual(["B1+1", "B2+2", "B3+9"]);
    await calendar.consentAgain();
    await passMinutes(world, 3);
    expect(shown(calendar)).toEqual(["B2+7", "B3+3", "B4+4"]);
    expect(await noticesOf(world, "connection.restored")).toHaveLength(1);
  });

  test("an event removed just before access was lost is put back when access is restored", async () => {
    const { world, calendar } = await connectedAt(kind);
    await book(world, 1);
    await settled(world);
    await calendar.person.remove(calendar.written()[0]?.eventId ?? "");
    // The removal is known before access is lost, and the reconciliation is refused.
    world.advance(1);
    await world.query("UPDATE deliveries SET look_due_at = ? WHERE connection_id = ?", [
      world.deps.now(),
      calendar.connectionId,
    ]);
    calendar.withdraw();
    await passMinutes(world, 5);
    await calendar.consentAgain();
    await passMinutes(world, 2);
    expect(shown(calendar)).toEqual(["B1+1"]);
  });
});

/** Lets us write into the calendar, or only read it. */
const ALLOW: Record<Kind, (world: World, calendar: ConnectedCalendar, writing: boolean) => void> = {
  GOOGLE: (world, { calendarId }, writing) =>
    world.google.changeEntry(calendarId, world.email, { role: writing ? "owner" : "reader" }),
  OFFICE365: (world, { calendarId }, canEdit) => world.microsoft.changeCalendar(calendarId, { canEdit }),
  APPLE: (world, { calendarId }, writable) => world.dav.changeCalendar(calendarId, { writable }),
};

const DAILY = "17 3 * * *";

test.each(kindsOf("GOOGLE"))(
  "%s: a calendar that turns read-only makes one notice, and is written when that is over",
  async (kind) => {
    const { world, calendar } = await connectedAt(kind);
    ALLOW[kind](world, calendar, false);
    await book(world, 1);
    await passMinutes(world, 5);
    await world.cron(DAILY);
    await passMinutes(world, 2);
    const { results } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
    expect(results).toMatchObject([{ status: "failed" }]);
    expect(await noticesOf(world, "booking.delivery_failed", "booking.delivered")).toMatchObject([
      { kind: "booking.delivery_failed", bookingId: "b-1", revision: 1, connectionId: calendar.connectionId },
    ]);
    ALLOW[kind](world, calendar, true);
    await world.cron(DAILY);
    await passMinutes(world, 1);
    expect(shown(calendar)).toEqual(["B1+1"]);
    expect(await noticesOf(world, "booking.delivery_failed", "booking.delivered")).toMatchObject([
      { kind: "booking.delivery_failed" },
      { kind: "booking.delivered", revision: 1 },
    ]);
  },
);

const REMOVE: Record<Kind, (world: World, calendar: ConnectedCalendar) => void> = {
  GOOGLE: (world, { calendarId }) => world.google.removeCalendar(calendarId),
  OFFICE365: (world, { calendarId }) => world.microsoft.removeCalendar(calendarId),
  APPLE: (world, { calendarId }) => world.dav.removeCalendar(calendarId),
};

test.each(kindsOf("APPLE"))(
  "%s: a booking counts as delivered when one of its calendars is gone and the others show it",
  async (kind) => {
    const { world, calendar } = await connectedAt(kind);
    const other = await connectAt(world, others(kind));
    REMOVE[kind](world, calendar);
    await book(world, 1);
    for (let day = 0; day < 2; day += 1) {
      await world.cron(DAILY);
      await passMinutes(world, 20);
    }
    expect(shown(other)).toEqual(["B1+1"]);
    expect(await noticesOf(world, "connection.lost")).toHaveLength(1);
    expect(await noticesOf(world, "booking.delivered")).toMatchObject([{ bookingId: "b-1", revision: 1 }]);
    expect(await noticesOf(world, "booking.removed_outside")).toEqual([]);
  },
);

/** Two calendars at Google; writes into the second fail because it is read-only. */
async function halfBroken() {
  const { world, calendar } = await connectedAt("GOOGLE");
  const calendarId = `second-${world.agentId}`;
  world.google.addCalendar({ id: calendarId, summary: "Second", timeZone: null, owner: world.email });
  const second = await connectCalendar(world.deps, {
    ...{ ownedBy: null, accountId: calendar.accountId, calendarId },
    ...{ blocksAvailability: true, receivesBookings: true },
  });
  await world.drain();
  world.google.changeEntry(calendarId, world.email, { role: "reader" });
  await book(world, 1);
  await passMinutes(world, 2);
  return { world, calendarId, second };
}

const LIFE = ["booking.delivered", "booking.delivery_failed"] as const;

describe("notices about deliveries", () => {
  test("each revision makes one notice of delivery, when the last calendar shows it", async () => {
    const world = patientWorld(databaseUrl());
    for (const kind of KINDS) await connectAt(world, kind);
    world.dav.knobs.set("api.status", { status: 503, html: true });
    await book(world, 1);
    await world.drain();
    expect(await noticesOf(world, ...LIFE)).toEqual([]);
    world.dav.knobs.clear();
    await passMinutes(world, 2);
    expect(await noticesOf(world, ...LIFE)).toMatchObject([{ revision: 1, state: "confirmed" }]);
    await move(world, 1, 4);
    await passMinutes(world, 1);
    await cancel(world, 1);
    await passMinutes(world, 4);
    expect(await noticesOf(world, ...LIFE)).toMatchObject([
      { kind: "booking.delivered", revision: 1, state: "confirmed" },
      { kind: "booking.delivered", revision: 2, state: "confirmed" },
      { kind: "booking.delivered", revision: 3, state: "cancelled" },
    ]);
  });

  test("a calendar that failed and can be written again completes the delivery, and the notices come in order", async () => {
    const { world, calendarId, second } = await halfBroken();
    expect(await noticesOf(world, ...LIFE)).toMatchObject([
      { kind: "booking.delivery_failed", connectionId: second.id },
    ]);
    world.google.changeEntry(calendarId, world.email, { role: "owner" });
    await world.cron(DAILY);
    await passMinutes(world, 1);
    expect(await noticesOf(world, ...LIFE)).toMatchObject([
      { kind: "booking.delivery_failed", revision: 1 },
      { kind: "booking.delivered", revision: 1 },
    ]);
  });

  test.each(["disconnected", "switched off"] as const)(
    "a booking counts as delivered when the calendar that failed is %s",
    async (how) => {
      const { world, second } = await halfBroken();
      if (how === "disconnected") await disconnect(world.deps, { ownedBy: null, connectionId: second.id });
      else
        await changeConnection(world.deps, {
          ownedBy: null,
          connectionId: second.id,
          patch: { isActive: false },
        });
      await passMinutes(world, 1);
      expect((await noticesOf(world, ...LIFE)).slice(1)).toMatchObject([
        { kind: "booking.delivered", revision: 1 },
      ]);
    },
  );

  test("a calendar connected later, or disconnected, makes no second notice of delivery", async () => {
    const { world, calendar } = await connectedAt("GOOGLE");
    await book(world, 1);
    await passMinutes(world, 1);
    await connectAt(world, "APPLE");
    await passMinutes(world, 1);
    await disconnect(world.deps, { ownedBy: null, connectionId: calendar.connectionId });
    world.advance(DAY / 4);
    await passMinutes(world, 1);
    expect(await noticesOf(world, ...LIFE)).toHaveLength(1);
  });
});

test.each(["failed", "was killed"] as const)(
  "P3: a write that %s may have left an event, which is removed with its booking though the calendar no longer receives bookings",
  async (how) => {
    const { world, calendar } = await connectedAt("GOOGLE");
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
    await use(world, calendar, { receivesBookings: false });
    expect(shown(calendar)).toEqual(["B1+1"]);
    await cancel(world, 1);
    await passMinutes(world, 1);
    expect(shown(calendar)).toEqual([]);
  },
);

test("a calendar connected again after an id was burnt still shows the booking once", async () => {
  const { world, calendar } = await connectedAt("APPLE");
  // The server keeps the booking's first UID in its bin, so the event is written under the next one.
  world.dav.knobs.set("uid.conflict", 409, { times: 2 });
  await book(world, 1);
  await settled(world);
  expect(shown(calendar)).toEqual(["B1+1"]);
  await disconnect(world.deps, { ownedBy: null, connectionId: calendar.connectionId });
  await world.drain();
  world.dav.knobs.clear();
  const again = await connectAt(world, "APPLE");
  await passMinutes(world, 3);
  expect(shown(again)).toEqual(["B1+1"]);
});
