// Lost calendars: one that is gone stays busy until its agent has acted, and one that has a new id goes on under it.
import { describe, expect, test } from "vitest";
import { connectCalendar, listConnections } from "../../src/accounts/connections.ts";
import { disconnect } from "../../src/accounts/disconnect.ts";
import { checkAvailability } from "../../src/availability/check.ts";
import { findSlots } from "../../src/availability/slots.ts";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { extendChannel, failChannel } from "../../src/store/calendars/channels.ts";
import { readReadiness } from "../../src/sync/readiness.ts";
import {
  type ConnectedCalendar,
  connectAt,
  DAY,
  HOUR,
  type Kind,
  kindsOf,
  noticesOf,
  passMinutes,
  patientWorld,
  pullAndReconcile,
  setExternalChangePolicy,
  settled,
} from "../bookings/one-calendar-each.ts";
import { bookingRequest, codeOf, SLOT } from "../bookings/requests.ts";
import { personOf as davPersonOf, writtenOf } from "../contract/worlds/caldav.ts";
import { personOf as googlePersonOf, bookingsOf as googleWrittenOf } from "../contract/worlds/google.ts";
import {
  personOf as microsoftPersonOf,
  bookingsOf as microsoftWrittenOf,
} from "../contract/worlds/microsoft.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";

const databaseUrl = useOwnDatabase();
const DAILY = "17 3 * * *";
const BUSY = { startsAt: SLOT.start, endsAt: SLOT.end };

/** The calendar under another id, as its owner sees it. */
const AT: Record<Kind, (world: World, id: string) => Pick<ConnectedCalendar, "person" | "written">> = {
  GOOGLE: ({ google }, id) => ({
    person: googlePersonOf(google, id),
    written: () => googleWrittenOf(google, id),
  }),
  OFFICE365: ({ microsoft }, id) => ({
    person: microsoftPersonOf(microsoft, id),
    written: () => microsoftWrittenOf(microsoft, id),
  }),
  APPLE: ({ dav, apple }, id) => ({
    person: davPersonOf(dav, id, apple.email),
    written: () =>
      dav.events(id).flatMap(({ name, text }) => {
        const written = writtenOf(name, text);
        return written === null ? [] : [written];
      }),
  }),
};

const GIVE_NEW_ID: Record<Kind, (world: World, calendarId: string) => string> = {
  GOOGLE({ google, email }, calendarId) {
    google.giveNewId(calendarId, `new-${email}`);
    return `new-${email}`;
  },
  OFFICE365: ({ microsoft }, calendarId) => microsoft.giveNewId(calendarId),
  APPLE: ({ dav }, calendarId) => dav.giveNewPath(calendarId),
};

const REMOVE: Record<Kind, (world: World, calendar: ConnectedCalendar) => void> = {
  GOOGLE: (world, { calendarId }) => world.google.removeCalendar(calendarId),
  OFFICE365: (world, { calendarId }) => world.microsoft.removeCalendar(calendarId),
  APPLE: (world, { calendarId }) => world.dav.removeCalendar(calendarId),
};

/** The agent's calendar with an event in it. */
async function busyCalendar(kind: Kind) {
  const world = patientWorld(databaseUrl());
  const calendar = await connectAt(world, kind);
  await calendar.person.create({ title: "Dentist", when: BUSY });
  await pullAndReconcile(world, calendar);
  return { world, calendar };
}

async function lost(kind: Kind) {
  const { world, calendar } = await busyCalendar(kind);
  REMOVE[kind](world, calendar);
  // An empty list is believed the second time.
  for (let time = 0; time < 2; time += 1) await pullAndReconcile(world, calendar);
  return { world, calendar };
}

/** The calendar under a new id, which the engine has followed. */
async function moved(world: World, kind: Kind, calendar: ConnectedCalendar) {
  const newId = GIVE_NEW_ID[kind](world, calendar.calendarId);
  await pullAndReconcile(world, calendar);
  await passMinutes(world, 3);
  return { newId, ...AT[kind](world, newId) };
}

const ask = (world: World, purpose: "display" | "confirm", hours = 0) =>
  checkAvailability(world.deps, {
    ...{ agentId: world.agentId, purpose, maxAgeMs: null },
    slot: { start: SLOT.start + hours * HOUR, end: SLOT.end + hours * HOUR },
  });

const book = (world: World, number: number) =>
  createBooking(
    world.deps,
    bookingRequest(world, {
      ...{ bookingId: `b-${number}`, title: `B${number}` },
      slot: { start: SLOT.start + number * HOUR, end: SLOT.end + number * HOUR },
    }),
  );

const connectionOf = async (world: World, { connectionId }: ConnectedCalendar) =>
  (await listConnections(world.deps, { agentId: world.agentId })).find(({ id }) => id === connectionId);

const titles = ({ written }: Pick<ConnectedCalendar, "written">) =>
  written()
    .map(({ title, startsAt }) => `${title}+${(startsAt - SLOT.start) / HOUR}`)
    .sort();

const TROUBLE = [
  "booking.conflict",
  "booking.moved_outside",
  "booking.removed_outside",
  "booking.delivery_failed",
];

describe.each(kindsOf("APPLE"))("%s: a calendar that is gone", (kind) => {
  test("P2, P9: stays busy, is named with its reason for any purpose, and nothing is offered or sold", async () => {
    const { world, calendar } = await lost(kind);
    for (const purpose of ["display", "confirm"] as const) {
      expect(await ask(world, purpose)).toMatchObject({ available: false, reason: "conflict" });
      expect(await ask(world, purpose, 3)).toMatchObject({
        ...{ available: false, reason: "unverified", complete: false },
        calendars: [{ connectionId: calendar.connectionId, fresh: false, reason: "calendar_gone" }],
      });
      const range = { from: SLOT.start, to: SLOT.end + 5 * HOUR, durationMs: HOUR, stepMs: HOUR, limit: 9 };
      const found = await findSlots(world.deps, {
        ...{ agentId: world.agentId, ...range, purpose, maxAgeMs: null },
      });
      expect(found).toMatchObject({ slots: [], complete: false });
    }
    expect(await codeOf(book(world, 3))).toBe("slot_unverified");
    expect(await connectionOf(world, calendar)).toMatchObject({
      ...{ status: "calendar_gone", statusReason: "calendar_gone", isActive: true },
    });
    expect((await readReadiness(world.deps)).backlog).toMatchObject({ goneCalendars: 1 });
  });

  // At Google and Microsoft the account has another calendar left, so its list isn't empty.
  const isTheOnlyOne = kind === "APPLE";
  test.runIf(isTheOnlyOne)(
    "is gone at the second list in a row without any calendar, because one such list may be a fault",
    async () => {
      const { world, calendar } = await busyCalendar(kind);
      REMOVE[kind](world, calendar);
      const shown = [];
      for (let time = 0; time < 2; time += 1) {
        await pullAndReconcile(world, calendar);
        shown.push((await connectionOf(world, calendar))?.status === "calendar_gone");
      }
      expect(shown).toEqual([false, true]);
    },
  );

  test("P2: stays busy for days, is asked about a few times a day, and MaraPlace is told once", async () => {
    const { world } = await lost(kind);
    const rows = await world.query(
      "SELECT * FROM busy WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?)",
      [world.agentId],
    );
    world.advance(-2 * HOUR);
    for (let hour = 0; hour < 30; hour += 1) {
      world.advance(HOUR);
      await world.cron();
      if (hour % 24 === 3) await world.cron(DAILY);
    }
    const runs = await world.query("SELECT * FROM sync_runs WHERE agent_id = ? AND outcome = 'failed'", [
      world.agentId,
    ]);
    expect(runs.length).toBeLessThan(25);
    expect(
      await world.query(
        "SELECT * FROM busy WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?)",
        [world.agentId],
      ),
    ).toEqual(rows);
    expect(await noticesOf(world, "connection.lost")).toHaveLength(1);
  });

  test("an agent who allows stale calendars can be booked beside what is known of it", async () => {
    const { world, calendar } = await lost(kind);
    await world.query("UPDATE agents SET on_stale = 'allow' WHERE agent_id = ?", [world.agentId]);
    expect(await ask(world, "confirm", 3)).toMatchObject({ available: true, complete: false });
    expect(await codeOf(book(world, 0))).toBe("slot_taken");
    expect(await book(world, 3)).toMatchObject({ created: true });
    await passMinutes(world, 2);
    const { results } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-3" });
    expect(results).toMatchObject([
      { connectionId: calendar.connectionId, status: "pending", reason: "calendar_gone" },
    ]);
    expect(await noticesOf(world, ...TROUBLE)).toEqual([]);
  });

  test("no longer counts once the agent has disconnected it", async () => {
    const { world, calendar } = await lost(kind);
    await disconnect(world.deps, { ownedBy: world.agentId, connectionId: calendar.connectionId });
    await world.drain();
    expect(await ask(world, "confirm")).toMatchObject({ available: true, complete: true, calendars: [] });
  });
});

test("a calendar that was gone and is listed again comes back by itself, with its bookings and one notice", async () => {
  const { world, calendar } = await busyCalendar("GOOGLE");
  const { google, email } = world;
  const entry = (deleted: boolean) => google.changeEntry(calendar.calendarId, email, { deleted });
  entry(true);
  await pullAndReconcile(world, calendar);
  await pullAndReconcile(world, calendar);
  await world.query("UPDATE agents SET on_stale = 'allow' WHERE agent_id = ?", [world.agentId]);
  await book(world, 3);
  expect(await connectionOf(world, calendar)).toMatchObject({ status: "calendar_gone" });
  entry(false);
  world.advance(DAY / 2);
  await world.cron(DAILY);
  await passMinutes(world, 1);
  expect(await connectionOf(world, calendar)).toMatchObject({ status: "active", statusReason: null });
  expect(await noticesOf(world, "connection.lost", "connection.restored")).toMatchObject([
    { kind: "connection.lost" },
    { kind: "connection.restored", connectionIds: [calendar.connectionId] },
  ]);
  expect(titles(calendar)).toEqual(["B3+3"]);
});

describe.each(kindsOf("OFFICE365"))("%s: a calendar that has a new id", (kind) => {
  test("P2: is recognised, and its connection goes on there without a moment of being free", async () => {
    const { world, calendar } = await busyCalendar(kind);
    const rows = () =>
      world.query(
        "SELECT starts_at, ends_at FROM busy WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?)",
        [world.agentId],
      );
    const before = await rows();
    const newId = GIVE_NEW_ID[kind](world, calendar.calendarId);
    await pullAndReconcile(world, calendar);
    expect(await rows()).toEqual(before);
    const later = { startsAt: SLOT.start + 2 * HOUR, endsAt: SLOT.end + 2 * HOUR };
    const there = { calendarId: newId, fallbackTimeZone: "UTC" };
    await calendar.person.create({ title: "Gym", when: later }, there);
    await passMinutes(world, 2);
    await pullAndReconcile(world, calendar);
    expect(await connectionOf(world, calendar)).toMatchObject({ calendarId: newId, status: "active" });
    expect(await ask(world, "confirm", 2)).toMatchObject({ available: false, reason: "conflict" });
    expect(await ask(world, "confirm", 5)).toMatchObject({ available: true, complete: true });
    expect(await rows()).toHaveLength(2);
    expect(await noticesOf(world)).toEqual([]);
  });

  test.each(["keep", "follow"] as const)(
    "P3: shows each booking once, and follows its changes (%s)",
    async (policy) => {
      const world = patientWorld(databaseUrl());
      const calendar = await connectAt(world, kind);
      await setExternalChangePolicy(world, policy);
      for (const number of [1, 2, 3]) await book(world, number);
      await settled(world);
      const next = await moved(world, kind, calendar);
      expect(titles(next)).toEqual(["B1+1", "B2+2", "B3+3"]);
      await book(world, 4);
      await cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "now" });
      await changeBooking(world.deps, {
        ...{ agentId: world.agentId, bookingId: "b-2", changes: {} },
        slot: { start: SLOT.start + 7 * HOUR, end: SLOT.end + 7 * HOUR },
        ...{ maxAgeMs: null, force: false, deliver: "now" },
      });
      await settled(world);
      await pullAndReconcile(world, calendar);
      expect(titles(next)).toEqual(["B2+7", "B3+3", "B4+4"]);
      expect(await noticesOf(world, ...TROUBLE)).toEqual([]);
      expect(await world.query("SELECT * FROM busy WHERE connection_number <> 0", [])).toEqual([]);
    },
  );

  test("P3: an event whose write was never answered is found there, and so is one whose id changed too", async () => {
    const world = patientWorld(databaseUrl());
    const calendar = await connectAt(world, kind);
    for (const number of [1, 2]) await book(world, number);
    await settled(world);
    await world.query(
      `UPDATE deliveries SET state = 'pending', external_id = NULL, etag = NULL, attempts = 1,
        failure_kind = 'retry', next_attempt_at = ?, delivered_revision = 0
       WHERE booking_id = 'b-1' AND agent_id = ?`,
      [world.deps.now() + DAY, world.agentId],
    );
    const newId = GIVE_NEW_ID[kind](world, calendar.calendarId);
    const next = AT[kind](world, newId);
    for (const { eventId } of next.written()) await next.person.rename(eventId);
    await pullAndReconcile(world, calendar);
    await passMinutes(world, 4);
    await pullAndReconcile(world, calendar);
    expect(titles(next)).toEqual(["B1+1", "B2+2"]);
    expect(await noticesOf(world, ...TROUBLE)).toEqual([]);
    expect(await world.query("SELECT * FROM busy WHERE connection_number <> 0", [])).toEqual([]);
  });

  test("P3: shows each booking once after it is disconnected and connected again", async () => {
    const world = patientWorld(databaseUrl());
    const calendar = await connectAt(world, kind);
    await book(world, 1);
    await settled(world);
    const next = await moved(world, kind, calendar);
    await world.query("UPDATE deliveries SET external_id = NULL WHERE agent_id = ?", [world.agentId]);
    await disconnect(world.deps, { ownedBy: null, connectionId: calendar.connectionId });
    await world.drain();
    await connectAt(world, kind);
    await passMinutes(world, 3);
    expect(titles(next)).toEqual(["B1+1"]);
  });
});

test.each(["before", "after"] as const)(
  "P3: shows each booking once if its agent disconnects it %s it has a new id, and connects it there",
  async (when) => {
    const world = patientWorld(databaseUrl());
    const calendar = await connectAt(world, "OFFICE365");
    for (const number of [1, 2]) await book(world, number);
    await settled(world);
    await world.query("UPDATE deliveries SET external_id = NULL WHERE agent_id = ? AND booking_id = 'b-1'", [
      world.agentId,
    ]);
    const leave = () => disconnect(world.deps, { ownedBy: null, connectionId: calendar.connectionId });
    if (when === "before") await leave();
    const next = AT.OFFICE365(world, world.microsoft.giveNewId(calendar.calendarId));
    if (when === "after") await leave();
    await world.drain();
    // The same person's other mailbox has a default calendar, too.
    await world.connect({ provider: "OUTLOOK" });
    await connectAt(world, "OFFICE365");
    await passMinutes(world, 3);
    expect(titles(next)).toEqual(["B1+1", "B2+2"]);
    await cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-2", deliver: "now" });
    expect(titles(next)).toEqual(["B1+1"]);
  },
);

test("P6: a calendar that has a new id is watched there, and the subscription of the old id is closed", async () => {
  const { world, calendar } = await busyCalendar("OFFICE365");
  const [old] = world.microsoft.subscriptions();
  const { newId, person } = await moved(world, "OFFICE365", calendar);
  expect(world.microsoft.subscriptions()).toMatchObject([{ calendarId: newId }]);
  expect(world.microsoft.subscriptions()[0]?.id).not.toBe(old?.id);
  await person.create({
    title: "Gym",
    when: { startsAt: SLOT.start + 2 * HOUR, endsAt: SLOT.end + 2 * HOUR },
  });
  await world.drain();
  expect(await ask(world, "display", 2)).toMatchObject({ available: false });
});

/** A second calendar at Microsoft, connected and lost, beside calendars with the same name. */
async function secondLost(
  change: (world: World, calendarId: string) => void,
  options: { before?: (world: World) => void; sharedBy?: string } = {},
) {
  const world = patientWorld(databaseUrl());
  const { accountId } = await connectAt(world, "OFFICE365");
  options.before?.(world);
  const { workEmail, microsoft } = world;
  const made = microsoft.addCalendar({
    ...{ user: workEmail, name: "Clients" },
    ...(options.sharedBy === undefined ? {} : { sharedBy: options.sharedBy }),
  });
  const { id } = await connectCalendar(world.deps, {
    ...{ ownedBy: null, accountId, calendarId: made.id },
    ...{ blocksAvailability: true, receivesBookings: false },
  });
  await world.drain();
  change(world, made.id);
  await pullAndReconcile(world, { connectionId: id });
  await passMinutes(world, 2);
  return (await listConnections(world.deps, { agentId: world.agentId })).find((each) => each.id === id);
}

const another = ({ microsoft, workEmail }: World, more: { sharedBy?: string } = {}) =>
  microsoft.addCalendar({ user: workEmail, name: "Clients", ...more });

describe("a calendar other than the default one", () => {
  test("is recognised by its name and owner", async () => {
    expect(await secondLost((world, id) => void world.microsoft.giveNewId(id))).toMatchObject({
      status: "active",
    });
  });

  test("is gone if its name belongs to a calendar of somebody else", async () => {
    const status = await secondLost((world, id) => {
      world.microsoft.removeCalendar(id);
      another(world, { sharedBy: "bo@contoso.example" });
    });
    expect(status).toMatchObject({ status: "calendar_gone" });
  });

  test("is gone if two calendars have its name", async () => {
    const status = await secondLost((world, id) => {
      world.microsoft.giveNewId(id);
      another(world);
    });
    expect(status).toMatchObject({ status: "calendar_gone" });
  });

  test("P2: is gone if the calendar with its name was listed beside it before", async () => {
    const options = { before: (world: World) => void another(world) };
    const removed = await secondLost((world, id) => world.microsoft.removeCalendar(id), options);
    expect(removed).toMatchObject({ status: "calendar_gone" });
  });

  test("P2: is gone if another calendar, listed beside it before, got its name", async () => {
    const other = { id: "" };
    const status = await secondLost(
      (world, id) => {
        world.microsoft.removeCalendar(id);
        world.microsoft.changeCalendar(other.id, { name: "Clients" });
      },
      {
        before: ({ microsoft, workEmail }) => {
          other.id = microsoft.addCalendar({ user: workEmail, name: "Old" }).id;
        },
      },
    );
    expect(status).toMatchObject({ status: "calendar_gone" });
  });

  test("is gone if it was renamed, too", async () => {
    const status = await secondLost((world, id) => {
      world.microsoft.changeCalendar(world.microsoft.giveNewId(id), { name: "Renamed" });
    });
    expect(status).toMatchObject({ status: "calendar_gone" });
  });
});

test("P2: a calendar at Google that was deleted isn't taken for a new one of its name, because ids last there", async () => {
  const world = patientWorld(databaseUrl());
  const { accountId } = await connectAt(world, "GOOGLE");
  const add = (id: string) =>
    world.google.addCalendar({ id, summary: "Clients", timeZone: null, owner: world.email });
  const calendarId = `first-${world.agentId}`;
  add(calendarId);
  const { id } = await connectCalendar(world.deps, {
    ...{ ownedBy: null, accountId, calendarId, blocksAvailability: true, receivesBookings: false },
  });
  await world.drain();
  world.google.removeCalendar(calendarId);
  add(`second-${world.agentId}`);
  await pullAndReconcile(world, { connectionId: id });
  const after = (await listConnections(world.deps, { agentId: world.agentId })).find(
    (each) => each.id === id,
  );
  expect(after).toMatchObject({ calendarId, status: "calendar_gone" });
});

test("a calendar that the agent has connected under its new id by hand is gone under the old one", async () => {
  const { world, calendar } = await busyCalendar("OFFICE365");
  const newId = world.microsoft.giveNewId(calendar.calendarId);
  await connectCalendar(world.deps, {
    ...{ ownedBy: null, accountId: calendar.accountId, calendarId: newId },
    ...{ blocksAvailability: true, receivesBookings: false },
  });
  await pullAndReconcile(world, calendar);
  expect(await connectionOf(world, calendar)).toMatchObject({
    calendarId: calendar.calendarId,
    status: "calendar_gone",
  });
});

test("a calendar that was told as gone and is found under a new id later goes on there, with one notice", async () => {
  const { world, calendar } = await busyCalendar("OFFICE365");
  await world.query("UPDATE connections SET recognition = NULL WHERE id = ?", [calendar.connectionId]);
  const newId = world.microsoft.giveNewId(calendar.calendarId);
  await pullAndReconcile(world, calendar);
  expect(await connectionOf(world, calendar)).toMatchObject({ status: "calendar_gone" });
  await world.query("UPDATE connections SET recognition = ? WHERE id = ?", [
    JSON.stringify({ by: "default", among: [calendar.calendarId] }),
    calendar.connectionId,
  ]);
  world.advance(DAY / 2);
  await world.cron(DAILY);
  await passMinutes(world, 2);
  expect(await connectionOf(world, calendar)).toMatchObject({ calendarId: newId, status: "active" });
  expect(await noticesOf(world, "connection.lost", "connection.restored")).toMatchObject([
    { kind: "connection.lost" },
    { kind: "connection.restored" },
  ]);
});

test("P6: an answer about the channel of the old id doesn't delay the channel of the new one", async () => {
  const world = createWorld({ databaseUrl: databaseUrl() });
  const { connectionId } = await world.connect({ provider: "OFFICE365" });
  await world.cron();
  const [channel] = await world.query("SELECT id FROM channels WHERE connection_id = ?", [connectionId]);
  const answer = { id: String(channel?.["id"]), connectionId };
  const due = async () =>
    (await world.query("SELECT channel_due_at, watch FROM connections WHERE id = ?", [connectionId]))[0];
  // The calendar gets its new id while a renewal is on its way.
  await world.query("UPDATE channels SET state = 'retiring'");
  await world.query("UPDATE connections SET channel_due_at = 5");
  const later = world.deps.now() + DAY;
  await extendChannel(world.deps.db, { ...answer, expiresAt: later, replaceAt: later });
  expect(await due()).toEqual({ channel_due_at: 5, watch: "wanted" });
  await failChannel(world.deps.db, { ...answer, unsupported: true, nextAttemptAt: later });
  expect(await due()).toEqual({ channel_due_at: 5, watch: "wanted" });
});
