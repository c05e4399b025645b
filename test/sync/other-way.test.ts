// Another way: calendars whose changes can't be read, or of which one part fails always, are read all the same.
import { describe, expect, test } from "vitest";
import { connectCalendar } from "../../src/accounts/connections.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { shareOf } from "../support/share.ts";
import { createWorld, type World, type WorldOptions } from "../support/world.ts";
import { ask, book } from "./requests.ts";

const databaseUrl = useOwnDatabase();
const worldOf = (options: WorldOptions = {}) => createWorld({ databaseUrl: databaseUrl(), ...options });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SLOT = ["2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z"] as const;
const LATER = ["2026-03-04T14:00:00Z", "2026-03-04T15:00:00Z"] as const;

const utc = (dateTime: string) => ({ dateTime, timeZone: "UTC" });
const meeting = ([start, end]: readonly [string, string]) => ({ start: utc(start), end: utc(end) });
const daily = {
  ...meeting(SLOT),
  recurrence: {
    pattern: { type: "daily", interval: 1 },
    range: { type: "noEnd", startDate: "2026-03-03" },
  },
};

const ics = (uid: string, [start, end]: readonly [string, string]) => {
  const time = (text: string) => text.replaceAll(/[-:]/g, "");
  return [
    ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", `UID:${uid}`],
    ...["DTSTAMP:20260301T000000Z", `DTSTART:${time(start)}`, `DTEND:${time(end)}`],
    ...["END:VEVENT", "END:VCALENDAR", ""],
  ].join("\r\n");
};

const row = async (world: World, id: string) =>
  (await world.query("SELECT * FROM connections WHERE id = ?", [id]))[0];
const failures = (world: World) => world.logs.filter(({ event }) => event === "pull.failed");

/** Cron's turns over some hours: each half hour, or over a long time every second hour. */
async function pass(world: World, hours: number) {
  const stepMs = hours > 6 ? 2 * HOUR : HOUR / 2;
  for (let passedMs = 0; passedMs < hours * HOUR; passedMs += stepMs) {
    world.advance(stepMs);
    await world.cron();
  }
}

async function expectUsable(world: World) {
  expect(await ask(world, ...SLOT, "confirm")).toMatchObject({
    available: false,
    complete: true,
    reason: "conflict",
  });
  expect(await ask(world, ...LATER, "confirm")).toMatchObject({ available: true, complete: true });
}

/** The slot is taken. The calendar is verified, and only the part that fails alone keeps it from being complete. */
async function expectTakenInDoubt(world: World, slot: readonly [string, string], connectionId: string) {
  expect(await ask(world, ...slot, "confirm")).toMatchObject({
    reason: "conflict",
    complete: false,
    calendars: [{ reason: "unreadable", unreadable: 1 }],
  });
  const connection = await row(world, connectionId);
  expect(connection?.["failures"]).toBe(0);
  expect(Number(connection?.["verified_at"])).toBeGreaterThan(world.deps.now() - HOUR);
}

describe("Microsoft", () => {
  test("M52: a delta that stands still ends as a failure of its own, and the calendar is listed and sold", async () => {
    const world = worldOf();
    const calendarId = world.microsoft.calendarId(world.workEmail);
    world.microsoft.addEvent(calendarId, daily);
    world.microsoft.knobs.set("delta.stall", 100);
    const { connectionId } = await world.connect({ provider: "OFFICE365" });
    expect(failures(world)).toMatchObject([{ fields: { kind: "retry", code: "round_standstill" } }]);
    const asked = world.microsoft.requests.length;
    expect(asked).toBeLessThan(40);
    expect(await row(world, connectionId)).toMatchObject({ failures: 1, failure_code: "round_standstill" });
    await pass(world, 1);
    await expectUsable(world);
    expect(await row(world, connectionId)).toMatchObject({ failures: 0, cursor: null });
    const booked = ["2026-03-05T16:00:00Z", "2026-03-05T17:00:00Z"] as const;
    expect(await book(world, "b-1", ...booked)).toMatchObject({ results: [{ status: "synced" }] });
    // Changes are tried again after 18 to 30 hours, and the rest are listings.
    await pass(world, 31);
    expect(failures(world)).toHaveLength(2);
    await expectUsable(world);
    world.microsoft.knobs.clear();
    await pass(world, 31);
    expect((await row(world, connectionId))?.["cursor"]).toContain("deltatoken");
  });

  test("M52: the pages that are asked for are larger than any series, so that a daily one causes no standstill", async () => {
    const world = worldOf();
    world.microsoft.addEvent(world.microsoft.calendarId(world.workEmail), daily);
    world.microsoft.knobs.set("delta.stall", true);
    await world.connect({ provider: "OFFICE365" });
    expect(failures(world)).toEqual([]);
    await expectUsable(world);
  });

  test.each([
    ["delta.504", true],
    ["delta.noCalendarPath", true],
    ["delta.code", "SyncStateNotFound"],
  ] as const)(
    "M19, G 13: a delta that is refused for ever (%s) leads to listings, without a failure",
    async (knob, value) => {
      const world = worldOf();
      world.microsoft.addEvent(world.microsoft.calendarId(world.workEmail), daily);
      world.microsoft.knobs.set(knob, value);
      await world.connect({ provider: "OFFICE365" });
      await pass(world, 3);
      expect(failures(world)).toEqual([]);
      await expectUsable(world);
    },
  );

  test("M55: one series that fails always keeps its time, and the others of its calendar are verified", async () => {
    const world = worldOf();
    const calendarId = world.microsoft.calendarId(world.workEmail);
    const { id } = world.microsoft.addEvent(calendarId, daily);
    const { connectionId } = await world.connect({ provider: "OFFICE365" });
    world.microsoft.knobs.set("series.fails", { id: String(id), status: 500 });
    world.microsoft.patchEvent(calendarId, String(id), { showAs: "oof" });
    world.microsoft.addEvent(calendarId, meeting(LATER));
    await world.drain();
    await pass(world, 1);
    await expectTakenInDoubt(world, SLOT, connectionId);
    await expectTakenInDoubt(world, LATER, connectionId);
    const failed = failures(world).length;
    await pass(world, 4);
    expect(failures(world)).toHaveLength(failed);
    // It is asked for again in each round.
    world.microsoft.knobs.clear();
    await pass(world, 2);
    expect((await ask(world, ...SLOT)).conflicts).toMatchObject([{ reason: "out_of_office" }]);
  });

  test.each([500, 403, 401] as const)(
    "M54: one event whose mark is refused always (%s) takes its time, and its calendar is verified and audited",
    async (status) => {
      const world = worldOf();
      const calendarId = world.microsoft.calendarId(world.workEmail);
      const { connectionId } = await world.connect({ provider: "OFFICE365" });
      const { id } = world.microsoft.addEvent(calendarId, { ...meeting(SLOT), sensitivity: "private" });
      world.microsoft.knobs.set("mark.fails", { id: String(id), status });
      await pass(world, 2);
      await expectUsable(world);
      expect(await row(world, connectionId)).toMatchObject({ failures: 0, lists_until: 0 });
      expect(await noticesOf(world)).toEqual([]);
      await world.query("UPDATE connections SET audit_due_at = 0 WHERE id = ?", [connectionId]);
      await world.cron();
      const audits = "SELECT outcome FROM sync_runs WHERE connection_id = ? AND mode = 'audit'";
      expect(await world.query(audits, [connectionId])).toEqual([{ outcome: "ok" }]);
      // A listing has the same patience.
      await world.query(
        "UPDATE connections SET cursor = NULL, lists_until = 9e15, poll_due_at = 0 WHERE id = ?",
        [connectionId],
      );
      await pass(world, 2);
      await expectUsable(world);
    },
  );

  test("M54: a mark that is refused for a while only is read all the same", async () => {
    const world = worldOf();
    const calendarId = world.microsoft.calendarId(world.workEmail);
    const { connectionId } = await world.connect({ provider: "OFFICE365" });
    const { id } = world.microsoft.addEvent(calendarId, { ...meeting(SLOT), sensitivity: "private" });
    world.microsoft.knobs.set("mark.fails", { id: String(id), status: 503 }, { times: 2 });
    await pass(world, 1);
    await expectUsable(world);
    expect(failures(world).length).toBeGreaterThan(0);
    expect(await row(world, connectionId)).toMatchObject({ failures: 0 });
  });
});

/** The notices about the agent, as kind and data. */
const noticesOf = async (world: World) =>
  (
    await world.query("SELECT kind, data FROM notices WHERE agent_id = ? ORDER BY sequence", [world.agentId])
  ).map(({ kind, data }) => ({ kind, ...(JSON.parse(String(data)) as object) }));

test("M52: people are told of a standstill once for each way, and again after the calendar has been read", async () => {
  const world = worldOf();
  const calendarId = world.microsoft.calendarId(world.workEmail);
  world.microsoft.addEvent(calendarId, daily);
  world.microsoft.knobs.set("delta.stall", 100);
  const { connectionId, accountId } = await world.connect({ provider: "OFFICE365" });
  const told = {
    kind: "calendar.standstill",
    ...{ accountId, connectionId, provider: "OFFICE365", reason: "round_standstill" },
    ...{ triedBy: "changes", nextBy: "listings" },
  };
  expect(await noticesOf(world)).toEqual([told]);
  // Changes are tried again each day. That they still stand still is no news.
  await pass(world, 31);
  expect(failures(world)).toHaveLength(2);
  expect(await noticesOf(world)).toEqual([told]);
  world.microsoft.knobs.clear();
  await pass(world, 31);
  world.microsoft.knobs.set("delta.stall", 100);
  world.microsoft.patchEvent(calendarId, String(world.microsoft.events(calendarId)[0]?.["seriesMasterId"]), {
    showAs: "oof",
  });
  world.microsoft.expireDeltaTokens();
  await pass(world, 3);
  expect(await noticesOf(world)).toEqual([told, told]);
});

test("G37: a calendar that stands still in both ways is told of as such, and no more often", async () => {
  const world = worldOf();
  world.google.addEvent(world.email, { start: { dateTime: SLOT[0] }, end: { dateTime: SLOT[1] } });
  world.google.knobs.set("list.endless", "same");
  await world.connect();
  await pass(world, 24);
  expect(failures(world).length).toBeGreaterThan(4);
  expect(await noticesOf(world)).toMatchObject([
    { kind: "calendar.standstill", triedBy: "changes", nextBy: "listings" },
    { kind: "calendar.standstill", triedBy: "listings", nextBy: "changes" },
  ]);
});

test("an audit lists in the other way where one leads nowhere", async () => {
  const world = worldOf();
  const calendarId = world.microsoft.calendarId(world.workEmail);
  world.microsoft.addEvent(calendarId, daily);
  const { connectionId } = await world.connect({ provider: "OFFICE365" });
  world.microsoft.knobs.set("delta.stall", 100, { operation: "calendarView.delta" });
  await world.query("UPDATE connections SET audit_due_at = 0, poll_due_at = 9e15 WHERE id = ?", [
    connectionId,
  ]);
  await world.cron();
  const audits = "SELECT outcome, missing, extra FROM sync_runs WHERE connection_id = ? AND mode = 'audit'";
  expect(await world.query(audits, [connectionId])).toEqual([{ outcome: "ok", missing: 0, extra: 0 }]);
});

describe("Google", () => {
  const add = (world: World, [start, end]: readonly [string, string]) =>
    world.google.addEvent(world.email, { start: { dateTime: start }, end: { dateTime: end } });

  test.each((["empty", "same"] as const).slice(0, shareOf(2, 1)))(
    "a listing without an end (%s pages) fails, backs off, and is bounded",
    async (kind) => {
      const world = worldOf();
      add(world, SLOT);
      world.google.knobs.set("list.endless", kind);
      const { connectionId } = await world.connect();
      expect(await row(world, connectionId)).toMatchObject({ failure_code: "round_standstill" });
      await pass(world, 24);
      expect(
        world.google.requests.filter(({ operation }) => operation === "events.list").length,
      ).toBeLessThan(900);
      expect(await ask(world, ...SLOT)).toMatchObject({ complete: false });
      world.google.knobs.clear();
      await pass(world, 3);
      await expectUsable(world);
    },
  );

  test("G44: a calendar that never gets a sync token is kept by listings: fresh, bookable, and changes are found", async () => {
    const world = worldOf();
    add(world, SLOT);
    world.google.knobs.set("list.noSyncToken", true);
    const { connectionId } = await world.connect();
    await expectUsable(world);
    const { id } = add(world, LATER);
    await world.drain();
    expect(await ask(world, ...LATER, "confirm")).toMatchObject({ available: false, complete: true });
    world.google.deleteEvent(world.email, String(id));
    await world.drain();
    await expectUsable(world);
    expect(failures(world)).toEqual([]);
    expect(await row(world, connectionId)).toMatchObject({ failures: 0, cursor: null });
    expect(await book(world, "b-1", ...LATER)).toMatchObject({ results: [{ status: "synced" }] });
  });

  test("G45: a sync token that is refused at once, for ever, leads to listings, and to few requests", async () => {
    const world = worldOf();
    add(world, SLOT);
    await world.connect();
    world.google.knobs.set("sync.expire", true);
    await pass(world, 24);
    expect(failures(world)).toEqual([]);
    await expectUsable(world);
    expect(world.google.requests.filter(({ operation }) => operation === "events.list").length).toBeLessThan(
      120,
    );
  });
});

describe("CalDAV", () => {
  test.each(["APPLE", "CALDAV"] as const)(
    "C49: a server whose first sync-collection names nothing is listed by its members (%s), and no empty calendar is believed",
    async (provider) => {
      const world = worldOf();
      const { calendar } = provider === "APPLE" ? world.apple : world.caldav;
      world.dav.putEvent(calendar, ics("m-1", SLOT));
      world.dav.knobs.set("sync.emptyFirst", true);
      const { connectionId } = await world.connectByPassword({ provider });
      await expectUsable(world);
      // Its token leads to changes, as any other does.
      const { name } = world.dav.putEvent(calendar, ics("m-2", LATER));
      await pass(world, 1);
      expect(await ask(world, ...LATER, "confirm")).toMatchObject({ available: false, complete: true });
      world.dav.deleteEvent(calendar, name);
      await pass(world, 1);
      await expectUsable(world);
      expect((await row(world, connectionId))?.["cursor"]).toContain('"how":"sync"');
    },
  );

  test("C49: a calendar that is really empty costs one more request, once", async () => {
    const world = worldOf();
    const { connectionId } = await world.connectByPassword({ provider: "CALDAV" });
    const before = world.dav.requests.length;
    await pass(world, 1);
    const asked = world.dav.requests.slice(before).map(({ operation }) => operation);
    expect(new Set(asked)).toEqual(new Set(["sync-collection"]));
    expect(await row(world, connectionId)).toMatchObject({ failures: 0 });
  });

  test.each([
    ["sync.refuseFirst", 403],
    ["sync.expire", 403],
    ["sync.truncate", 0],
    ["sync.unsupported", 500],
  ] as const)(
    "C10, C12, C14: a server whose sync-collection never works (%s) is read by etags",
    async (knob, value) => {
      const world = worldOf();
      const { calendar } = world.caldav;
      world.dav.putEvent(calendar, ics("m-1", SLOT));
      world.dav.knobs.set(knob, value);
      const { connectionId } = await world.connectByPassword({ provider: "CALDAV" });
      await pass(world, 3);
      await expectUsable(world);
      const { name } = world.dav.putEvent(calendar, ics("m-2", LATER));
      await pass(world, 1);
      expect(await ask(world, ...LATER, "confirm")).toMatchObject({ available: false, complete: true });
      world.dav.deleteEvent(calendar, name);
      await pass(world, 1);
      await expectUsable(world);
      expect(await row(world, connectionId)).toMatchObject({ failures: 0 });
    },
  );

  test.each([403, 500] as const)(
    "C50: one object that is refused always (%s) keeps its time, and the others are verified",
    async (status) => {
      const world = worldOf();
      const { calendar } = world.caldav;
      const { name } = world.dav.putEvent(calendar, ics("m-1", SLOT));
      const { connectionId } = await world.connectByPassword({ provider: "CALDAV" });
      world.dav.knobs.set("object.fails", { name, status });
      world.dav.putEvent(calendar, ics("m-1", ["2026-03-03T10:00:00Z", "2026-03-03T12:00:00Z"]), name);
      world.dav.putEvent(calendar, ics("m-2", LATER));
      await pass(world, 2);
      await expectTakenInDoubt(world, SLOT, connectionId);
      await expectTakenInDoubt(world, LATER, connectionId);
      // It is asked for again in each round.
      world.dav.knobs.clear();
      await pass(world, 2);
      const rest = ["2026-03-03T11:00:00Z", "2026-03-03T12:00:00Z"] as const;
      expect(await ask(world, ...rest, "confirm")).toMatchObject({ available: false, complete: true });
    },
  );
});

test("one calendar that fails always doesn't keep its account's others from being verified", async () => {
  const world = worldOf();
  const { accountId } = await world.connect();
  const { id } = world.google.addCalendar({ owner: world.email, summary: "x", timeZone: "UTC", push: true });
  const failing = await connectCalendar(world.deps, {
    ...{
      ownedBy: world.agentId,
      accountId,
      calendarId: id,
      blocksAvailability: true,
      receivesBookings: false,
    },
  });
  world.google.knobs.set("api.status", 500, { calendar: id });
  await pass(world, 24);
  const rows = await world.query("SELECT id, failures, poll_due_at FROM connections WHERE agent_id = ?", [
    world.agentId,
  ]);
  for (const { id: connectionId, failures: failed, poll_due_at: pollDueAt } of rows) {
    if (connectionId === failing.id) expect(Number(failed)).toBeGreaterThan(3);
    else expect(Number(pollDueAt)).toBeGreaterThan(world.deps.now());
  }
});
