// Outside, in doubt: what looks like the agent's doing and isn't, and what happens while a copy is looked at.
import { describe, expect, test } from "vitest";
import { connectCalendar } from "../../../src/accounts/connections.ts";
import { checkAvailability } from "../../../src/availability/check.ts";
import { cancelBooking } from "../../../src/bookings/cancel.ts";
import { changeBooking } from "../../../src/bookings/change.ts";
import { createBooking } from "../../../src/bookings/create.ts";
import { getBooking } from "../../../src/bookings/get.ts";
import { reconcileDelivery } from "../../../src/bookings/reconcile.ts";
import { pullConnection } from "../../../src/sync/pull.ts";
import { useOwnDatabase } from "../../support/own-database.ts";
import type { World } from "../../support/world.ts";
import {
  DAY,
  HOUR,
  KINDS,
  type Kind,
  noticed,
  pass,
  patientWorld,
  policy,
  type Seat,
  seated,
  settled,
  told,
} from "../one-calendar-each.ts";
import { asked, SLOT } from "../requests.ts";

const databaseUrl = useOwnDatabase();

const OUTSIDE = ["booking.moved_outside", "booking.removed_outside"] as const;
const BOOKED = { startsAt: SLOT.start, endsAt: SLOT.end };
const later = (hours: number) => ({
  startsAt: SLOT.start + hours * HOUR,
  endsAt: SLOT.end + hours * HOUR,
});
const slotOf = ({ startsAt, endsAt }: { startsAt: number; endsAt: number }) => ({
  start: startsAt,
  end: endsAt,
});

/** Stands in the network's way: `meanwhile` happens once, before the next answer to a matching request arrives. */
function slowNetwork() {
  let waiting: { pattern: RegExp; meanwhile: () => Promise<unknown> } | null = null;
  return {
    slowOnce(pattern: RegExp, meanwhile: () => Promise<unknown>) {
      waiting = { pattern, meanwhile };
    },
    get met() {
      return waiting === null;
    },
    fetch:
      (inner: typeof fetch): typeof fetch =>
      async (input, init) => {
        const request = new Request(input, init);
        const asked = `${request.method} ${request.url} ${await request.clone().text()}`;
        const answer = await inner(request);
        const matching = waiting?.pattern.test(asked) ? waiting : null;
        if (matching === null) return answer;
        waiting = null;
        await matching.meanwhile();
        return answer;
      },
  };
}

/** What lists the events that changed. */
const LISTING: Record<Kind, RegExp> = {
  GOOGLE: /^GET .*\/events\?.*syncToken/,
  OFFICE365: /^GET .*delta/i,
  APPLE: /^REPORT .*calendar-multiget/s,
};

/** What reads one event. */
const READING: Record<Kind, RegExp> = {
  GOOGLE: /^GET .*\/events\/[^?]/,
  OFFICE365: /^GET .*\/events\/[^?]/,
  APPLE: /^REPORT .*calendar-multiget/s,
};

/** The person edits nothing but the title. */
function retitle(world: World, seat: Seat, eventId: string): void {
  const title = "Renamed by the agent";
  if (seat.kind === "GOOGLE") world.google.patchEvent(seat.calendarId, eventId, { summary: title });
  else if (seat.kind === "OFFICE365")
    world.microsoft.patchEvent(seat.calendarId, eventId, { subject: title });
  else
    world.dav.editEvent(seat.calendarId, eventId, (text) => text.replace(/^SUMMARY.*$/m, `SUMMARY:${title}`));
}

async function bookedAt(kind: Kind, onExternalChange: "keep" | "follow") {
  const network = slowNetwork();
  const world = patientWorld(databaseUrl(), { fetch: network.fetch });
  const seat = await seated(world, kind);
  await policy(world, onExternalChange);
  await createBooking(world.deps, asked(world));
  await world.drain();
  await settled(world);
  return { world, seat, network, eventId: seat.written()[0]?.eventId ?? "" };
}

const booking = async (world: World, bookingId = "b-1") =>
  (await getBooking(world.deps, { agentId: world.agentId, bookingId })).booking;

const change = (world: World, to: { startsAt: number; endsAt: number }) =>
  changeBooking(world.deps, {
    agentId: world.agentId,
    bookingId: "b-1",
    changes: {},
    slot: slotOf(to),
    maxAgeMs: null,
    force: false,
    deliver: "now",
  });

const cancel = (world: World) =>
  cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "now" });

const due = async (world: World) =>
  (await world.query("SELECT look_due_at FROM deliveries WHERE agent_id = ?", [world.agentId]))[0]?.[
    "look_due_at"
  ];

/** The calendar is pulled without anybody acting on what that makes known. */
async function pulledOnly(world: World, connectionId: string): Promise<void> {
  world.advance(1);
  await pullConnection(world.deps, { connectionId, verifiedSince: world.deps.now() });
  world.jobs.urgent.splice(0);
}

describe.each(KINDS)("%s", (kind) => {
  test("C35: for two minutes after our own write nothing that a calendar says of a copy is believed", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "follow");
    await change(world, later(2));
    await world.drain();
    await seat.person.move(eventId, later(5));
    await noticed(world, seat);
    expect(await booking(world)).toMatchObject({ revision: 2, ...later(2) });
    await pass(world, 1);
    expect(await booking(world)).toMatchObject({ revision: 2, ...later(2) });
    await pass(world, 2);
    expect(await booking(world)).toMatchObject({ revision: 3, ...later(5) });
  });

  test("a page listed before our own reschedule and applied after it is never the agent's doing", async () => {
    const { world, seat, network, eventId } = await bookedAt(kind, "follow");
    retitle(world, seat, eventId);
    network.slowOnce(LISTING[kind], () => change(world, later(2)));
    await pulledOnly(world, seat.connectionId);
    expect(network.met).toBe(true);
    expect(await due(world)).not.toBeNull();
    await pass(world, 5);
    expect(await booking(world)).toMatchObject({ revision: 2, ...later(2) });
    expect(seat.written()).toMatchObject([later(2)]);
    expect(await told(world, ...OUTSIDE)).toEqual([]);
    expect(await due(world)).toBeNull();
  });

  test("a new title is the agent's own business", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "keep");
    const before = seat.writes();
    retitle(world, seat, eventId);
    await noticed(world, seat);
    await pass(world, 4);
    expect(seat.written()).toMatchObject([{ title: "Renamed by the agent", ...BOOKED }]);
    expect(seat.writes()).toBe(before);
    expect(await told(world, ...OUTSIDE)).toEqual([]);
  });

  test("an event of no length is no time to follow to", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "follow");
    await seat.person.move(eventId, { startsAt: SLOT.start + HOUR, endsAt: SLOT.start + HOUR });
    await noticed(world, seat);
    await pass(world, 4);
    expect(await booking(world)).toMatchObject({ revision: 1, ...BOOKED });
    expect(seat.written()).toMatchObject([BOOKED]);
  });

  test("a booking that MaraPlace cancelled after the suspicion is only taken out", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "follow");
    await seat.person.move(eventId, later(3));
    await pulledOnly(world, seat.connectionId);
    await cancel(world);
    await pass(world, 5);
    expect(seat.written()).toEqual([]);
    expect(await booking(world)).toMatchObject({ state: "cancelled", revision: 2 });
    expect(await told(world, ...OUTSIDE)).toEqual([]);
  });

  test("a booking that MaraPlace moved after the suspicion goes where MaraPlace says", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "follow");
    await seat.person.move(eventId, later(3));
    await pulledOnly(world, seat.connectionId);
    await change(world, later(2));
    await pass(world, 5);
    expect(seat.written()).toMatchObject([later(2)]);
    expect(await booking(world)).toMatchObject({ revision: 2, ...later(2) });
    expect(await told(world, ...OUTSIDE)).toEqual([]);
  });

  test.each(["moved", "deleted"] as const)(
    "a booking that MaraPlace moves while its %s copy is being looked at goes where MaraPlace says",
    async (how) => {
      const { world, seat, network, eventId } = await bookedAt(kind, "follow");
      await (how === "moved" ? seat.person.move(eventId, later(3)) : seat.person.remove(eventId));
      await pulledOnly(world, seat.connectionId);
      network.slowOnce(READING[kind], () => change(world, later(2)));
      await reconcileDelivery(world.deps, { connectionId: seat.connectionId, bookingId: "b-1" });
      expect(network.met).toBe(true);
      await pass(world, 5);
      expect(await booking(world)).toMatchObject({ state: "confirmed", revision: 2, ...later(2) });
      expect(seat.written()).toMatchObject([later(2)]);
      expect(await told(world, ...OUTSIDE)).toEqual([]);
    },
  );

  test("two Workers that look at once come to one decision and one notice", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "follow");
    await seat.person.move(eventId, later(3));
    await pulledOnly(world, seat.connectionId);
    const job = { connectionId: seat.connectionId, bookingId: "b-1" };
    await Promise.all([
      reconcileDelivery(world.deps, job),
      reconcileDelivery(world.deps, job),
      reconcileDelivery(world.deps, job),
    ]);
    await pass(world, 4);
    expect(await booking(world)).toMatchObject({ revision: 2, ...later(3) });
    expect(await told(world, ...OUTSIDE)).toHaveLength(1);
  });

  test("a booking that is over is left alone, whatever becomes of its copy", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "follow");
    world.advance(2 * DAY);
    await seat.person.remove(eventId);
    await noticed(world, seat);
    await pass(world, 4);
    expect(await booking(world)).toMatchObject({ state: "confirmed", revision: 1 });
    expect(seat.written()).toEqual([]);
    expect(await told(world, ...OUTSIDE)).toEqual([]);
  });

  test("another tool that moves the copy back each time makes us write at most once in two minutes", async () => {
    const { world, seat, eventId } = await bookedAt(kind, "keep");
    const before = seat.writes();
    for (let minute = 0; minute < 12; minute += 1) {
      const [event] = seat.written();
      if (event?.startsAt !== later(3).startsAt) await seat.person.move(eventId, later(3));
      await noticed(world, seat);
      await pass(world, 1);
    }
    const findings = (await told(world, ...OUTSIDE)).length;
    expect(findings).toBeGreaterThan(2);
    // At once, and every two minutes from then on.
    expect(findings).toBeLessThanOrEqual(7);
    // Each with one attempt that finds the event changed.
    expect(seat.writes() - before).toBeLessThanOrEqual(2 * findings);
  });

  test("an agent who clears the calendar gets every booking back within few minutes", async () => {
    const { world, seat } = await bookedAt(kind, "keep");
    for (let number = 2; number <= 13; number += 1) {
      const slot = slotOf(later(number));
      await createBooking(world.deps, asked(world, { bookingId: `b-${number}`, slot }));
    }
    await settled(world);
    for (const { eventId } of seat.written()) await seat.person.remove(eventId);
    await noticed(world, seat);
    expect(seat.written()).toHaveLength(13);
    expect(await told(world, ...OUTSIDE)).toHaveLength(13);
  });
});

/** The mark of a booking's event, copied by the agent along with it. */
test.each(["keep", "follow"] as const)(
  "a duplicate of a booking's event is the agent's own time and moves nothing (%s)",
  async (word) => {
    const { world, seat, eventId } = await bookedAt("GOOGLE", word);
    const { extendedProperties } = world.google.event(seat.calendarId, eventId) ?? {};
    const add = ({ startsAt, endsAt }: { startsAt: number; endsAt: number }) =>
      world.google.addEvent(seat.calendarId, {
        summary: "Duplicate",
        start: { dateTime: new Date(startsAt).toISOString() },
        end: { dateTime: new Date(endsAt).toISOString() },
        extendedProperties,
      });
    const id = String(add(later(3))["id"]);
    add(BOOKED);
    await noticed(world, seat);
    await pass(world, 4);
    world.google.deleteEvent(seat.calendarId, id);
    await noticed(world, seat);
    await pass(world, 4);
    expect(await booking(world)).toMatchObject({ state: "confirmed", revision: 1, ...BOOKED });
    expect(await told(world, ...OUTSIDE, "booking.conflict")).toEqual([]);
    const { conflicts } = await checkAvailability(world.deps, {
      agentId: world.agentId,
      slot: slotOf(BOOKED),
      purpose: "display",
      maxAgeMs: null,
      ignoreBookingId: "b-1",
    });
    expect(conflicts).toMatchObject([{ reason: "busy", bookingId: null }]);
  },
);

test.each(["keep", "follow"] as const)(
  "a copy moved into another calendar of the agent is gone from its own, and collides with nobody there (%s)",
  async (word) => {
    const { world, seat, eventId } = await bookedAt("OFFICE365", word);
    const other = world.microsoft.addCalendar({ user: world.workEmail, name: "Private" });
    const connected = await connectCalendar(world.deps, {
      ...{ ownedBy: null, accountId: seat.accountId, calendarId: other.id },
      ...{ blocksAvailability: true, receivesBookings: false },
    });
    await world.drain();
    world.microsoft.moveEvent(seat.calendarId, eventId, other.id);
    await noticed(world, seat);
    await noticed(world, { connectionId: connected.id });
    await pass(world, 4);
    expect(await told(world, ...OUTSIDE)).toMatchObject([
      { kind: "booking.removed_outside", followed: word === "follow" },
    ]);
    expect(await told(world, "booking.conflict")).toEqual([]);
    expect(await booking(world)).toMatchObject({ state: word === "follow" ? "cancelled" : "confirmed" });
    expect(seat.written()).toHaveLength(word === "follow" ? 0 : 1);
    // A cancelled booking's event goes wherever it was moved.
    expect(world.microsoft.events(other.id)).toHaveLength(word === "follow" ? 0 : 1);
  },
);

test("a booking with milliseconds in its times isn't taken for one that was moved", async () => {
  const world = patientWorld(databaseUrl());
  const seats = [];
  for (const kind of KINDS) seats.push(await seated(world, kind));
  const slot = { start: SLOT.start + 250, end: SLOT.end + 750 };
  const made = await createBooking(world.deps, asked(world, { slot }));
  expect(made.booking).toMatchObject(BOOKED);
  await settled(world);
  for (const seat of seats) {
    for (const { eventId } of seat.written()) retitle(world, seat, eventId);
    await noticed(world, seat);
  }
  await pass(world, 4);
  expect(await told(world, ...OUTSIDE)).toEqual([]);
});

describe.each(["keep", "follow"] as const)(
  "a copy that came and went between two pulls (%s)",
  (onExternalChange) => {
    test("P3: is missed, though the calendar's list of names is as it was", async () => {
      const world = patientWorld(databaseUrl());
      world.dav.knobs.set("sync.unsupported", 501);
      const seat = await seated(world, "APPLE");
      await policy(world, onExternalChange);
      await noticed(world, seat);
      await createBooking(world.deps, asked(world));
      world.advance(5 * 60_000);
      await seat.person.remove(seat.written()[0]?.eventId ?? "");
      await noticed(world, seat);
      await pass(world, 5);
      expect(await told(world, "booking.removed_outside")).toMatchObject([
        { followed: onExternalChange === "follow" },
      ]);
      expect(seat.written()).toHaveLength(onExternalChange === "follow" ? 0 : 1);
    });
  },
);

test.each(KINDS)(
  "P3: a copy beyond the window, removed while cursors were lost, is missed once the window has reached it (%s)",
  async (kind) => {
    const world = patientWorld(databaseUrl(), { bindings: { WINDOW_FUTURE_DAYS: "10" } });
    const seat = await seated(world, kind);
    const distant = { start: SLOT.start + 14 * DAY, end: SLOT.end + 14 * DAY };
    await createBooking(world.deps, asked(world, { slot: distant, force: true }));
    await world.drain();
    await pass(world, 5);
    await noticed(world, seat);
    seat.loseCursors();
    await seat.person.remove(seat.written()[0]?.eventId ?? "");
    await noticed(world, seat);
    expect(await told(world, "booking.removed_outside")).toEqual([]);
    for (let day = 0; day < 10; day += 1) {
      world.advance(DAY);
      await world.cron();
      await noticed(world, seat);
    }
    await pass(world, 5);
    expect(await told(world, "booking.removed_outside")).toHaveLength(1);
    expect(seat.written()).toHaveLength(1);
  },
);

test("a copy that a pull has named is looked at by nobody", async () => {
  const world = patientWorld(databaseUrl());
  const seat = await seated(world, "GOOGLE");
  await createBooking(world.deps, asked(world));
  await world.drain();
  await pass(world, 5);
  await noticed(world, seat);
  await noticed(world, seat);
  await pass(world, 5);
  expect(world.google.requests.filter(({ operation }) => operation === "events.get")).toEqual([]);
});
