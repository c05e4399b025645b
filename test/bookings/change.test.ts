// Change: a booking moves as if it were sold anew, without itself as a conflict, and its calendars follow.
import { describe, expect, test } from "vitest";
import { changeConnection } from "../../src/accounts/connections.ts";
import { putSettings } from "../../src/availability/settings.ts";
import { cancelBooking } from "../../src/bookings/cancel.ts";
import { changeBooking } from "../../src/bookings/change.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { placeHold } from "../../src/bookings/hold.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";
import {
  type ConnectedCalendar,
  connectAt,
  HOUR,
  KINDS,
  type Kind,
  kindsOf,
  MINUTE,
  passMinutes,
  patientWorld,
  pullAndReconcile,
} from "./one-calendar-each.ts";
import { at, bookingRequest, changeRequest, codeOf, holdRequest, SLOT, slot } from "./requests.ts";

const databaseUrl = useOwnDatabase();

const SECOND = 1_000;
const LATER = { start: SLOT.start + 2 * HOUR, end: SLOT.end + 2 * HOUR };
const OVERLAPPING = { start: SLOT.start + HOUR / 2, end: SLOT.end + HOUR / 2 };

/** An agent with a calendar of this kind, and the booking in it. */
async function booked(kind: Kind, more: Parameters<typeof bookingRequest>[1] = {}) {
  const world = patientWorld(databaseUrl());
  const calendar = await connectAt(world, kind);
  await createBooking(world.deps, bookingRequest(world, more));
  await world.drain();
  return { world, calendar };
}

/** All rows of the agent's bookings, deliveries, own busy time and holds. */
const stored = async ({ query, agentId }: World) => ({
  bookings: await query("SELECT * FROM bookings WHERE agent_id = ? ORDER BY booking_id", [agentId]),
  deliveries: await query("SELECT * FROM deliveries WHERE agent_id = ? ORDER BY booking_id", [agentId]),
  own: await query(
    "SELECT * FROM busy WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?) AND connection_number = 0",
    [agentId],
  ),
  holds: await query("SELECT * FROM holds WHERE agent_id = ?", [agentId]),
});

const ownTime = async (world: World) =>
  (await stored(world)).own.map((row) => ({ start: Number(row["starts_at"]), end: Number(row["ends_at"]) }));

const shown = (calendar: ConnectedCalendar) =>
  calendar.written().map(({ startsAt, endsAt }) => ({ start: startsAt, end: endsAt }));

const answerOf = (world: World, bookingId = "b-1") =>
  getBooking(world.deps, { agentId: world.agentId, bookingId });

describe.each(kindsOf("OFFICE365"))("a booking in a calendar of %s", (kind) => {
  test("moves onto a slot that overlaps its own, and so does its one event", async () => {
    const { world, calendar } = await booked(kind);
    // The cache has seen the booking's event.
    await pullAndReconcile(world, calendar);
    const answer = await changeBooking(world.deps, changeRequest(world, { slot: OVERLAPPING, maxAgeMs: 0 }));
    expect(answer).toMatchObject({
      created: false,
      booking: { startsAt: OVERLAPPING.start, endsAt: OVERLAPPING.end, revision: 2 },
      results: [{ status: "synced", reason: null }],
    });
    expect(shown(calendar)).toEqual([OVERLAPPING]);
    expect(await ownTime(world)).toEqual([OVERLAPPING]);
    await pullAndReconcile(world, calendar);
    expect(await codeOf(createBooking(world.deps, bookingRequest(world, { bookingId: "b-2" })))).toBe(
      "slot_taken",
    );
    const freed = { start: SLOT.start - HOUR / 2, end: OVERLAPPING.start };
    expect(
      await codeOf(createBooking(world.deps, bookingRequest(world, { bookingId: "b-3", slot: freed }))),
    ).toBeNull();
  });

  test("L33: a change to what the booking already says costs no write", async () => {
    const { world, calendar } = await booked(kind, { description: "Bring papers" });
    const [before, writes] = [await stored(world), calendar.writes()];
    const same = { slot: SLOT, changes: { title: "Consultation", description: "Bring papers" } };
    for (const change of [same, {}, { slot: SLOT }, { changes: { location: null } }]) {
      const answer = await changeBooking(world.deps, changeRequest(world, change));
      expect(answer).toMatchObject({ booking: { revision: 1 }, results: [{ status: "synced" }] });
    }
    await world.drain();
    expect(await stored(world)).toEqual(before);
    expect(calendar.writes()).toBe(writes);
  });

  test("L33: a change of buffers alone writes no calendar, and all of them show it", async () => {
    const { world, calendar } = await booked(kind);
    const writes = calendar.writes();
    const wider = { slot: SLOT, rules: { bufferAfterMs: 40 * MINUTE } };
    expect(await changeBooking(world.deps, changeRequest(world, wider))).toMatchObject({
      ...{
        booking: { revision: 2, bufferAfterMs: 40 * MINUTE },
        results: [{ status: "synced", reason: null }],
      },
    });
    await world.drain();
    expect(calendar.writes()).toBe(writes);
    const { own, deliveries } = await stored(world);
    expect(own).toMatchObject([{ buffer_after_ms: 40 * MINUTE }]);
    expect(deliveries).toMatchObject([{ state: "delivered", wanted_revision: 2, delivered_revision: 2 }]);
    const said = await world.query(
      "SELECT data FROM notices WHERE agent_id = ? AND kind = 'booking.delivered' ORDER BY sequence",
      [world.agentId],
    );
    expect(said.map(({ data }) => JSON.parse(String(data)).revision)).toEqual([1, 2]);
    const moved = { slot: LATER, rules: { bufferAfterMs: 0 } };
    await changeBooking(world.deps, changeRequest(world, moved));
    expect(shown(calendar)).toEqual([LATER]);
  });

  test("L33: a change updates its event in place", async () => {
    const { world, calendar } = await booked(kind);
    const [before] = calendar.written();
    const changes = { title: "Another", description: "More", location: "Room 2" };
    await changeBooking(world.deps, changeRequest(world, { changes }));
    await changeBooking(world.deps, changeRequest(world, { changes: { location: null } }));
    const [after, ...more] = calendar.written();
    expect(more).toEqual([]);
    expect(after).toMatchObject({ eventId: before?.eventId, title: "Another", location: "" });
    expect(after?.description).toContain("More");
    expect(shown(calendar)).toEqual([SLOT]);
  });

  test("ten changes at once are written once, as the last one says", async () => {
    const { world, calendar } = await booked(kind);
    const writes = calendar.writes();
    for (let index = 1; index <= 10; index += 1) {
      const wanted = { start: SLOT.start + index * HOUR, end: SLOT.end + index * HOUR };
      const change = { slot: wanted, changes: { title: `Title ${index}` }, deliver: "later" as const };
      const { results } = await changeBooking(world.deps, changeRequest(world, change));
      expect(results).toMatchObject([{ status: "pending" }]);
    }
    await world.drain();
    expect(calendar.writes()).toBe(writes + 1);
    expect(calendar.written()).toMatchObject([{ title: "Title 10", startsAt: SLOT.start + 10 * HOUR }]);
    expect(await answerOf(world)).toMatchObject({
      booking: { revision: 11 },
      results: [{ status: "synced" }],
    });
  });

  test("L30: a change after the answer to the first write was lost leaves one event", async () => {
    const world = patientWorld(databaseUrl());
    const calendar = await connectAt(world, kind);
    if (kind === "GOOGLE")
      world.google.knobs.set("net.reset", "after", { operation: "events.insert", times: 1 });
    if (kind === "OFFICE365")
      world.microsoft.knobs.set("net.reset", "after", { operation: "events.create", times: 1 });
    if (kind === "APPLE") world.dav.knobs.set("net.reset", "after", { operation: "put", times: 1 });
    const { results } = await createBooking(world.deps, bookingRequest(world));
    expect(results).toMatchObject([{ status: "pending" }]);
    const { results: changed } = await changeBooking(world.deps, changeRequest(world, { slot: LATER }));
    await passMinutes(world, 2);
    expect(shown(calendar)).toEqual([LATER]);
    expect(changed).toMatchObject([{ reason: null }]);
    expect((await answerOf(world)).results).toMatchObject([{ status: "synced" }]);
  });
});

describe("a taken slot is refused, and nothing changes", () => {
  const inTheWay: Record<string, (world: World, calendar: ConnectedCalendar) => Promise<unknown>> = {
    "another booking": (world) =>
      createBooking(world.deps, bookingRequest(world, { bookingId: "b-2", slot: LATER })),
    "a hold": (world) => placeHold(world.deps, holdRequest(world, { slot: LATER })),
    "an event of the agent": async (world, calendar) => {
      const when = { startsAt: LATER.start, endsAt: LATER.end };
      await calendar.person.create({ title: "Dentist", when });
      await pullAndReconcile(world, calendar);
    },
  };

  test.each(Object.entries(inTheWay))("%s", async (_, stand) => {
    const { world, calendar } = await booked("GOOGLE");
    await stand(world, calendar);
    await world.drain();
    const [before, writes] = [await stored(world), calendar.writes()];
    const wanted = { start: LATER.start - HOUR / 2, end: LATER.start + SECOND };
    const change = changeRequest(world, { slot: wanted, changes: { title: "Another" } });
    await expect(changeBooking(world.deps, change)).rejects.toMatchObject({
      code: "slot_taken",
      extra: { conflicts: [{ start: new Date(LATER.start).toISOString() }] },
    });
    await world.drain();
    expect(await stored(world)).toEqual(before);
    expect(calendar.writes()).toBe(writes);
  });

  test("a slot outside the agent's minimum notice or working hours", async () => {
    const { world } = await booked("GOOGLE");
    const open = [{ weekday: 2 as const, startMinute: 10 * 60, endMinute: 18 * 60 }];
    const settings = { ...DEFAULT_SETTINGS, timeZone: "UTC", minimumNoticeMs: 24 * HOUR, workingHours: open };
    await putSettings(world.deps, { agentId: world.agentId, settings });
    const tooSoon = slot("2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z");
    const tooLate = slot("2026-03-03T17:30:00Z", "2026-03-03T18:30:00Z");
    for (const wanted of [tooSoon, tooLate])
      expect(await codeOf(changeBooking(world.deps, changeRequest(world, { slot: wanted })))).toBe(
        "slot_taken",
      );
    // A booking that keeps its slot may be changed whatever the hours are now.
    const details = changeRequest(world, { slot: SLOT, changes: { title: "Another" } });
    expect(await codeOf(changeBooking(world.deps, details))).toBeNull();
    expect(await codeOf(changeBooking(world.deps, changeRequest(world, { slot: LATER })))).toBeNull();
  });

  test("the change of an unknown booking, a cancelled one or another agent's", async () => {
    const { world } = await booked("GOOGLE");
    const other = createWorld({ databaseUrl: databaseUrl() });
    await other.connect();
    const title = { changes: { title: "Another" } };
    expect(await codeOf(changeBooking(other.deps, changeRequest(other, title)))).toBe("booking_not_found");
    await cancelBooking(world.deps, { agentId: world.agentId, bookingId: "b-1", deliver: "now" });
    expect(await codeOf(changeBooking(world.deps, changeRequest(world, title)))).toBe("booking_cancelled");
    expect(await codeOf(changeBooking(world.deps, changeRequest(world, { slot: LATER })))).toBe(
      "booking_cancelled",
    );
  });
});

describe("local times", () => {
  const local = (date: string, startTime: string, endTime: string, timeZone: string | null = null) => ({
    date,
    startTime,
    endTime,
    timeZone,
  });
  const inNewYork = () =>
    booked("GOOGLE", { slot: local("2026-03-06", "10:00", "11:00", "America/New_York") });

  test("are read in the booking's own zone", async () => {
    const { world, calendar } = await inNewYork();
    const moved = changeRequest(world, { slot: local("2026-03-06", "12:00", "13:00") });
    const { booking } = await changeBooking(world.deps, moved);
    expect(booking).toMatchObject({ timeZone: "America/New_York", startsAt: at("2026-03-06T17:00:00Z") });
    expect(shown(calendar)).toEqual([slot("2026-03-06T17:00:00Z", "2026-03-06T18:00:00Z")]);
  });

  test("with another zone change the booking's zone, even if its instants stay", async () => {
    const { world } = await inNewYork();
    const moved = changeRequest(world, { slot: local("2026-03-06", "15:00", "16:00", "Europe/Lisbon") });
    const { booking } = await changeBooking(world.deps, moved);
    expect(booking).toMatchObject({
      timeZone: "Europe/Lisbon",
      startsAt: at("2026-03-06T15:00:00Z"),
      revision: 2,
    });
  });

  test("that the clock change skips are refused, repeated ones mean the earlier, and a slot across it follows the clock", async () => {
    const { world, calendar } = await inNewYork();
    const before = await stored(world);
    const skipped = changeRequest(world, { slot: local("2026-03-08", "02:30", "03:30") });
    expect(await codeOf(changeBooking(world.deps, skipped))).toBe("time_skipped_by_dst");
    expect(await stored(world)).toEqual(before);
    const across = changeRequest(world, { slot: local("2026-03-09", "10:00", "11:00") });
    expect((await changeBooking(world.deps, across)).booking.startsAt).toBe(at("2026-03-09T14:00:00Z"));
    const doubled = changeRequest(world, { slot: local("2026-11-01", "01:30", "02:30") });
    const { booking } = await changeBooking(world.deps, doubled);
    expect(booking).toMatchObject({
      startsAt: at("2026-11-01T05:30:00Z"),
      endsAt: at("2026-11-01T07:30:00Z"),
    });
    expect(shown(calendar)).toEqual([slot("2026-11-01T05:30:00Z", "2026-11-01T07:30:00Z")]);
  });

  test("that make a booking longer than a day, or negative, are refused", async () => {
    const { world } = await inNewYork();
    const long = { start: SLOT.start, end: SLOT.start + 24 * HOUR + SECOND };
    expect(await codeOf(changeBooking(world.deps, changeRequest(world, { slot: long })))).toBe(
      "invalid_time",
    );
    const reversed = { start: SLOT.end, end: SLOT.start };
    expect(await codeOf(changeBooking(world.deps, changeRequest(world, { slot: reversed })))).toBe(
      "invalid_time",
    );
  });
});

describe("L1: a reschedule believes no cache that is older than asked", () => {
  /** A booking at Google on a calendar that was last verified ten minutes ago and has changed silently since. */
  async function stale() {
    const world = createWorld({ databaseUrl: databaseUrl() });
    const calendar = await connectAt(world, "GOOGLE");
    await createBooking(world.deps, bookingRequest(world));
    world.advance(10 * MINUTE);
    world.google.knobs.set("push.drop", true);
    return { world, calendar };
  }

  test("an event added meanwhile refuses the new slot", async () => {
    const { world, calendar } = await stale();
    await calendar.person.create({ title: "Dentist", when: { startsAt: LATER.start, endsAt: LATER.end } });
    expect(await codeOf(changeBooking(world.deps, changeRequest(world, { slot: LATER })))).toBe("slot_taken");
    expect((await answerOf(world)).booking.startsAt).toBe(SLOT.start);
  });

  test("an event removed meanwhile doesn't", async () => {
    const { world, calendar } = await stale();
    const id = await calendar.person.create({
      title: "Dentist",
      when: { startsAt: LATER.start, endsAt: LATER.end },
    });
    await pullAndReconcile(world, calendar);
    world.advance(10 * MINUTE);
    await calendar.person.remove(id);
    expect(await codeOf(changeBooking(world.deps, changeRequest(world, { slot: LATER })))).toBeNull();
  });

  test("an unverified calendar is refused with a code of its own, unless the agent allows it", async () => {
    const { world, calendar } = await stale();
    world.google.knobs.set("api.status", 503, { operation: "events.list" });
    const change = changeRequest(world, { slot: LATER });
    await expect(changeBooking(world.deps, change)).rejects.toMatchObject({
      code: "slot_unverified",
      extra: { calendars: [{ connectionId: calendar.connectionId }] },
    });
    expect((await answerOf(world)).booking.startsAt).toBe(SLOT.start);
    await world.query("UPDATE agents SET on_stale = 'allow' WHERE agent_id = ?", [world.agentId]);
    expect(await changeBooking(world.deps, change)).toMatchObject({ booking: { startsAt: LATER.start } });
    expect(shown(calendar)).toEqual([LATER]);
  });

  test("a change of details alone asks no provider", async () => {
    const { world } = await stale();
    const lists = () => world.google.requests.filter(({ operation }) => operation === "events.list").length;
    const before = lists();
    await changeBooking(world.deps, changeRequest(world, { changes: { title: "Another" } }));
    expect(lists()).toBe(before);
  });
});

/** A world in which the first insert at Google is held back until it is released. */
function heldWorld() {
  let release = () => {};
  let arrive = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  let isFirst = true;
  const world = patientWorld(databaseUrl(), {
    fetch: (inner) => async (input, init) => {
      const request = new Request(input, init);
      if (request.method === "POST" && /\/events\?/.test(request.url) && isFirst) {
        isFirst = false;
        arrive();
        await released;
      }
      return inner(request);
    },
  });
  return { world, arrived, release: () => release() };
}

test("a change while the first write is under way is written after it, never before", async () => {
  const { world, arrived, release } = heldWorld();
  const calendar = await connectAt(world, "GOOGLE");
  const creating = createBooking(world.deps, bookingRequest(world));
  await arrived;
  const { results } = await changeBooking(world.deps, changeRequest(world, { slot: LATER }));
  expect(results).toMatchObject([{ status: "pending" }]);
  await world.drain();
  expect(calendar.writes()).toBe(0);
  release();
  await creating;
  await world.drain();
  expect(shown(calendar)).toEqual([LATER]);
  expect(await answerOf(world)).toMatchObject({ booking: { revision: 2 }, results: [{ status: "synced" }] });
});

test("a change for an inactive calendar is answered as such, and written when the calendar is active again", async () => {
  const { world, calendar } = await booked("GOOGLE");
  const { connectionId } = calendar;
  const switched = (isActive: boolean) =>
    changeConnection(world.deps, { ownedBy: null, connectionId, patch: { isActive } });
  await switched(false);
  const { results } = await changeBooking(world.deps, changeRequest(world, { slot: LATER }));
  expect(results).toMatchObject([{ status: "pending", reason: "calendar_switched_off" }]);
  await passMinutes(world, 2);
  expect(shown(calendar)).toEqual([SLOT]);
  await switched(true);
  await passMinutes(world, 1);
  expect(shown(calendar)).toEqual([LATER]);
});

test("a calendar that no longer receives bookings still follows those it shows", async () => {
  const { world, calendar } = await booked("GOOGLE");
  await world.query("UPDATE connections SET receives_bookings = 0 WHERE id = ?", [calendar.connectionId]);
  await changeBooking(world.deps, changeRequest(world, { slot: LATER }));
  expect(shown(calendar)).toEqual([LATER]);
});

test("L32: a change goes to every calendar that shows the booking, whichever receives new ones", async () => {
  const world = patientWorld(databaseUrl());
  const calendars: ConnectedCalendar[] = [];
  for (const kind of KINDS) calendars.push(await connectAt(world, kind));
  await createBooking(world.deps, bookingRequest(world));
  await world.query("UPDATE connections SET receives_bookings = 0 WHERE id = ?", [
    calendars[0]?.connectionId ?? "",
  ]);
  const { results } = await changeBooking(world.deps, changeRequest(world, { slot: LATER }));
  expect(results.map(({ status }) => status)).toEqual(["synced", "synced", "synced"]);
  expect(calendars.map(shown)).toEqual([[LATER], [LATER], [LATER]]);
});

test("L34: a change that one calendar fails to take is pending only there, and arrives later", async () => {
  const world = patientWorld(databaseUrl());
  const [google, apple] = [await connectAt(world, "GOOGLE"), await connectAt(world, "APPLE")];
  await createBooking(world.deps, bookingRequest(world));
  google.breakDown();
  const { results } = await changeBooking(world.deps, changeRequest(world, { slot: LATER }));
  const statusOf = ({ connectionId }: ConnectedCalendar) =>
    results.find((result) => result.connectionId === connectionId)?.status;
  expect([statusOf(google), statusOf(apple)]).toEqual(["pending", "synced"]);
  google.recover();
  await passMinutes(world, 2);
  expect([shown(google), shown(apple)]).toEqual([[LATER], [LATER]]);
});

test("P1: many bookings that swap slots at once never overlap", { timeout: 60_000 }, async () => {
  const world = patientWorld(databaseUrl());
  await connectAt(world, "GOOGLE");
  const place = (index: number) => ({ start: SLOT.start + index * HOUR, end: SLOT.end + index * HOUR });
  for (let index = 0; index < 6; index += 1) {
    const input = bookingRequest(world, { bookingId: `b-${index}`, slot: place(index), deliver: "later" });
    await createBooking(world.deps, input);
  }
  for (let round = 0; round < 5; round += 1) {
    const moves = Array.from({ length: 24 }, (_, index) => {
      const slotWanted = place((index * 5 + round * 7) % 9);
      const change = { bookingId: `b-${index % 6}`, slot: slotWanted, deliver: "later" as const };
      return codeOf(changeBooking(world.deps, changeRequest(world, change)));
    });
    for (const code of await Promise.all(moves)) expect([null, "slot_taken"]).toContain(code);
    const own = (await ownTime(world)).sort((a, b) => a.start - b.start);
    expect(own).toHaveLength(6);
    for (const [index, { end }] of own.entries())
      expect(own[index + 1]?.start ?? end).toBeGreaterThanOrEqual(end);
    const said = (await stored(world)).bookings.map((row) => Number(row["starts_at"])).sort((a, b) => a - b);
    expect(own.map(({ start }) => start)).toEqual(said);
  }
});
