// False alarms: some changes look like the agent's and aren't, and some happen while an event is being reconciled.
import { describe, expect, test } from "vitest";
import { connectCalendar } from "../../../src/accounts/connections.ts";
import { checkAvailability } from "../../../src/availability/check.ts";
import { cancelBooking } from "../../../src/bookings/cancel.ts";
import { changeBooking } from "../../../src/bookings/change.ts";
import { createBooking } from "../../../src/bookings/create.ts";
import { reconcileDelivery } from "../../../src/bookings/reconcile.ts";
import { pullConnection } from "../../../src/sync/pull.ts";
import { useOwnDatabase } from "../../support/own-database.ts";
import type { World } from "../../support/world.ts";
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
  setExternalChangePolicy,
  settled,
} from "../one-calendar-each.ts";
import { bookingRequest, SLOT } from "../requests.ts";
import { BOOKED, bookedBefore, bookingOf, EXTERNAL_CHANGES, later, type Policy } from "./booked.ts";

const databaseUrl = useOwnDatabase();

const slotOf = ({ startsAt, endsAt }: { startsAt: number; endsAt: number }) => ({
  start: startsAt,
  end: endsAt,
});

/** A network in which `meanwhile` happens once, before the answer to the next matching request arrives. */
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

/** The request that lists changed events. */
const LISTING: Record<Kind, RegExp> = {
  GOOGLE: /^GET .*\/events\?.*syncToken/,
  OFFICE365: /^GET .*delta/i,
  APPLE: /^REPORT .*calendar-multiget/s,
};

/** The request that reads one event. */
const READING: Record<Kind, RegExp> = {
  GOOGLE: /^GET .*\/events\/[^?]/,
  OFFICE365: /^GET .*\/events\/[^?]/,
  APPLE: /^REPORT .*calendar-multiget/s,
};

/** The person edits only the title. */
function retitle(world: World, calendar: ConnectedCalendar, eventId: string): void {
  const title = "Renamed by the agent";
  if (calendar.kind === "GOOGLE") world.google.patchEvent(calendar.calendarId, eventId, { summary: title });
  else if (calendar.kind === "OFFICE365")
    world.microsoft.patchEvent(calendar.calendarId, eventId, { subject: title });
  else
    world.dav.editEvent(calendar.calendarId, eventId, (text) =>
      text.replace(/^SUMMARY.*$/m, `SUMMARY:${title}`),
    );
}

async function bookedAt(kind: Kind, onExternalChange: Policy) {
  const network = slowNetwork();
  const options = { fetch: network.fetch };
  return { network, ...(await bookedBefore(databaseUrl(), { kind, onExternalChange, options })) };
}

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

/** Pulls the calendar, and drops the jobs that would reconcile what the pull found. */
async function pulledOnly(world: World, connectionId: string): Promise<void> {
  world.advance(1_000);
  await pullConnection(world.deps, { connectionId, verifiedSince: world.deps.now() });
  world.jobs.urgent.splice(0);
}

describe.each(kindsOf("APPLE"))("%s", (kind) => {
  test("C35: for two minutes after our own write the engine believes nothing that a calendar says of the event", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "follow");
    await change(world, later(2));
    await world.drain();
    await calendar.person.move(eventId, later(5));
    await pullAndReconcile(world, calendar);
    expect(await bookingOf(world)).toMatchObject({ revision: 2, ...later(2) });
    await passMinutes(world, 1);
    expect(await bookingOf(world)).toMatchObject({ revision: 2, ...later(2) });
    await passMinutes(world, 2);
    expect(await bookingOf(world)).toMatchObject({ revision: 3, ...later(5) });
  });

  test("a page listed before our own reschedule and applied after it isn't taken for an external change", async () => {
    const { world, calendar, network, eventId } = await bookedAt(kind, "follow");
    retitle(world, calendar, eventId);
    network.slowOnce(LISTING[kind], () => change(world, later(2)));
    await pulledOnly(world, calendar.connectionId);
    expect(network.met).toBe(true);
    expect(await due(world)).not.toBeNull();
    await passMinutes(world, 5);
    expect(await bookingOf(world)).toMatchObject({ revision: 2, ...later(2) });
    expect(calendar.written()).toMatchObject([later(2)]);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toEqual([]);
    expect(await due(world)).toBeNull();
  });

  test("a title that the agent changes stays as it is, and no notice is inserted", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "keep");
    const before = calendar.writes();
    retitle(world, calendar, eventId);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 4);
    expect(calendar.written()).toMatchObject([{ title: "Renamed by the agent", ...BOOKED }]);
    expect(calendar.writes()).toBe(before);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toEqual([]);
  });

  test("an event without length isn't followed: it is put back", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "follow");
    await calendar.person.move(eventId, { startsAt: SLOT.start + HOUR, endsAt: SLOT.start + HOUR });
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 4);
    expect(await bookingOf(world)).toMatchObject({ revision: 1, ...BOOKED });
    expect(calendar.written()).toMatchObject([BOOKED]);
  });

  test("a booking that MaraPlace cancels before reconciliation is removed, and no notice is inserted", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "follow");
    await calendar.person.move(eventId, later(3));
    await pulledOnly(world, calendar.connectionId);
    await cancel(world);
    await passMinutes(world, 5);
    expect(calendar.written()).toEqual([]);
    expect(await bookingOf(world)).toMatchObject({ state: "cancelled", revision: 2 });
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toEqual([]);
  });

  test("a booking that MaraPlace moves before reconciliation goes where MaraPlace says", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "follow");
    await calendar.person.move(eventId, later(3));
    await pulledOnly(world, calendar.connectionId);
    await change(world, later(2));
    await passMinutes(world, 5);
    expect(calendar.written()).toMatchObject([later(2)]);
    expect(await bookingOf(world)).toMatchObject({ revision: 2, ...later(2) });
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toEqual([]);
  });

  test.each(["moved", "deleted"] as const)(
    "a booking that MaraPlace moves while its %s event is being reconciled goes where MaraPlace says",
    async (how) => {
      const { world, calendar, network, eventId } = await bookedAt(kind, "follow");
      await (how === "moved" ? calendar.person.move(eventId, later(3)) : calendar.person.remove(eventId));
      await pulledOnly(world, calendar.connectionId);
      network.slowOnce(READING[kind], () => change(world, later(2)));
      await reconcileDelivery(world.deps, { connectionId: calendar.connectionId, bookingId: "b-1" });
      expect(network.met).toBe(true);
      await passMinutes(world, 5);
      expect(await bookingOf(world)).toMatchObject({ state: "confirmed", revision: 2, ...later(2) });
      expect(calendar.written()).toMatchObject([later(2)]);
      expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toEqual([]);
    },
  );

  test("Workers that reconcile one event at once make one decision and one notice", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "follow");
    await calendar.person.move(eventId, later(3));
    await pulledOnly(world, calendar.connectionId);
    const job = { connectionId: calendar.connectionId, bookingId: "b-1" };
    await Promise.all([
      reconcileDelivery(world.deps, job),
      reconcileDelivery(world.deps, job),
      reconcileDelivery(world.deps, job),
    ]);
    await passMinutes(world, 4);
    expect(await bookingOf(world)).toMatchObject({ revision: 2, ...later(3) });
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toHaveLength(1);
  });

  test("a booking that is over is left alone, whatever the agent does with its event", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "follow");
    world.advance(2 * DAY);
    await calendar.person.remove(eventId);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 4);
    expect(await bookingOf(world)).toMatchObject({ state: "confirmed", revision: 1 });
    expect(calendar.written()).toEqual([]);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toEqual([]);
  });

  test("another tool that moves the event again each time makes us write at most once in two minutes", async () => {
    const { world, calendar, eventId } = await bookedAt(kind, "keep");
    const before = calendar.writes();
    for (let minute = 0; minute < 12; minute += 1) {
      const [event] = calendar.written();
      if (event?.startsAt !== later(3).startsAt) await calendar.person.move(eventId, later(3));
      await pullAndReconcile(world, calendar);
      await passMinutes(world, 1);
    }
    const changes = (await noticesOf(world, ...EXTERNAL_CHANGES)).length;
    expect(changes).toBeGreaterThan(2);
    // The first at once, then one every two minutes.
    expect(changes).toBeLessThanOrEqual(7);
    // Each takes at most two writes: the first may find the event changed.
    expect(calendar.writes() - before).toBeLessThanOrEqual(2 * changes);
  });

  test("an agent who clears the calendar gets every booking back as soon as the pull sees it", async () => {
    const { world, calendar } = await bookedAt(kind, "keep");
    for (let number = 2; number <= 13; number += 1) {
      const slot = slotOf(later(number));
      await createBooking(world.deps, bookingRequest(world, { bookingId: `b-${number}`, slot }));
    }
    await settled(world);
    for (const { eventId } of calendar.written()) await calendar.person.remove(eventId);
    await pullAndReconcile(world, calendar);
    expect(calendar.written()).toHaveLength(13);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toHaveLength(13);
  });
});

// When the agent duplicates a booking's event, the duplicate carries the booking's mark.
test.each(["keep", "follow"] as const)(
  "a duplicate of a booking's event is the agent's own busy time, and doesn't move the booking (%s)",
  async (onExternalChange) => {
    const { world, calendar, eventId } = await bookedAt("GOOGLE", onExternalChange);
    const { extendedProperties } = world.google.event(calendar.calendarId, eventId) ?? {};
    const add = ({ startsAt, endsAt }: { startsAt: number; endsAt: number }) =>
      world.google.addEvent(calendar.calendarId, {
        summary: "Duplicate",
        start: { dateTime: new Date(startsAt).toISOString() },
        end: { dateTime: new Date(endsAt).toISOString() },
        extendedProperties,
      });
    const id = String(add(later(3))["id"]);
    add(BOOKED);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 4);
    world.google.deleteEvent(calendar.calendarId, id);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 4);
    expect(await bookingOf(world)).toMatchObject({ state: "confirmed", revision: 1, ...BOOKED });
    expect(await noticesOf(world, ...EXTERNAL_CHANGES, "booking.conflict")).toEqual([]);
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
  "an event moved to another calendar of the agent counts as removed, and conflicts with nothing there (%s)",
  async (onExternalChange) => {
    const { world, calendar, eventId } = await bookedAt("OFFICE365", onExternalChange);
    const other = world.microsoft.addCalendar({ user: world.workEmail, name: "Private" });
    const connected = await connectCalendar(world.deps, {
      ...{ ownedBy: null, accountId: calendar.accountId, calendarId: other.id },
      ...{ blocksAvailability: true, receivesBookings: false },
    });
    await world.drain();
    world.microsoft.moveEvent(calendar.calendarId, eventId, other.id);
    await pullAndReconcile(world, calendar);
    await pullAndReconcile(world, { connectionId: connected.id });
    await passMinutes(world, 4);
    expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toMatchObject([
      { kind: "booking.removed_outside", followed: onExternalChange === "follow" },
    ]);
    expect(await noticesOf(world, "booking.conflict")).toEqual([]);
    expect(await bookingOf(world)).toMatchObject({
      state: onExternalChange === "follow" ? "cancelled" : "confirmed",
    });
    expect(calendar.written()).toHaveLength(onExternalChange === "follow" ? 0 : 1);
    // A cancelled booking's event is removed from the other calendar too.
    expect(world.microsoft.events(other.id)).toHaveLength(onExternalChange === "follow" ? 0 : 1);
  },
);

test("a booking whose times have milliseconds isn't taken for a moved one", async () => {
  const world = patientWorld(databaseUrl());
  const calendars = [];
  for (const kind of KINDS) calendars.push(await connectAt(world, kind));
  const slot = { start: SLOT.start + 250, end: SLOT.end + 750 };
  const made = await createBooking(world.deps, bookingRequest(world, { slot }));
  expect(made.booking).toMatchObject(BOOKED);
  await settled(world);
  for (const calendar of calendars) {
    for (const { eventId } of calendar.written()) retitle(world, calendar, eventId);
    await pullAndReconcile(world, calendar);
  }
  await passMinutes(world, 4);
  expect(await noticesOf(world, ...EXTERNAL_CHANGES)).toEqual([]);
});

describe.each(["keep", "follow"] as const)(
  "an event that was written and removed between two pulls (%s)",
  (onExternalChange) => {
    test("P3: is noticed as removed, though the calendar's list of names is unchanged", async () => {
      const world = patientWorld(databaseUrl());
      world.dav.knobs.set("sync.unsupported", 501);
      const calendar = await connectAt(world, "APPLE");
      await setExternalChangePolicy(world, onExternalChange);
      await pullAndReconcile(world, calendar);
      await createBooking(world.deps, bookingRequest(world));
      world.advance(5 * 60_000);
      await calendar.person.remove(calendar.written()[0]?.eventId ?? "");
      await pullAndReconcile(world, calendar);
      await passMinutes(world, 5);
      expect(await noticesOf(world, "booking.removed_outside")).toMatchObject([
        { followed: onExternalChange === "follow" },
      ]);
      expect(calendar.written()).toHaveLength(onExternalChange === "follow" ? 0 : 1);
    });
  },
);

test.each(kindsOf("OFFICE365"))(
  "P3: an event beyond the window, removed while the cursor was lost, is noticed as removed once the window reaches it (%s)",
  async (kind) => {
    const world = patientWorld(databaseUrl(), { bindings: { WINDOW_FUTURE_DAYS: "10" } });
    const calendar = await connectAt(world, kind);
    const distant = { start: SLOT.start + 14 * DAY, end: SLOT.end + 14 * DAY };
    await createBooking(world.deps, bookingRequest(world, { slot: distant, force: true }));
    await world.drain();
    await passMinutes(world, 5);
    await pullAndReconcile(world, calendar);
    calendar.loseCursors();
    await calendar.person.remove(calendar.written()[0]?.eventId ?? "");
    await pullAndReconcile(world, calendar);
    expect(await noticesOf(world, "booking.removed_outside")).toEqual([]);
    for (let day = 0; day < 10; day += 1) {
      world.advance(DAY);
      await world.cron();
      await pullAndReconcile(world, calendar);
    }
    await passMinutes(world, 5);
    expect(await noticesOf(world, "booking.removed_outside")).toHaveLength(1);
    expect(calendar.written()).toHaveLength(1);
  },
);

test("an event that a pull has listed as it was written isn't reconciled", async () => {
  const world = patientWorld(databaseUrl());
  const calendar = await connectAt(world, "GOOGLE");
  await createBooking(world.deps, bookingRequest(world));
  await world.drain();
  await passMinutes(world, 5);
  await pullAndReconcile(world, calendar);
  await pullAndReconcile(world, calendar);
  await passMinutes(world, 5);
  expect(world.google.requests.filter(({ operation }) => operation === "events.get")).toEqual([]);
});
