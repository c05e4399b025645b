// Unreadable: an event that can't be read to the end is known, told, and keeps the calendar from being sold until the
// agent has said that it counts as free.
import { describe, expect, test } from "vitest";
import { disconnect } from "../../src/accounts/disconnect.ts";
import { putSettings } from "../../src/availability/settings.ts";
import { findSlots } from "../../src/availability/slots.ts";
import { countAsFree, listUnreadable } from "../../src/availability/unreadable.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { readReadiness } from "../../src/sync/readiness.ts";
import { syncNow } from "../../src/sync/sync-now.ts";
import { codeOf } from "../bookings/requests.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";
import { ask, book } from "./requests.ts";

const databaseUrl = useOwnDatabase();
const worldOf = () => createWorld({ databaseUrl: databaseUrl() });

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const FIRST = ["2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z"] as const;
const LATER = ["2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z"] as const;

const ics = (uid: string, lines: readonly string[]) =>
  [
    ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", `UID:${uid}`],
    ...["DTSTAMP:20260301T000000Z", "SUMMARY:Canary summary", ...lines, "END:VEVENT", "END:VCALENDAR", ""],
  ].join("\r\n");
const MEETING = ["DTSTART:20260303T100000Z", "DTEND:20260303T110000Z"];
const SOMETIMES = [...MEETING, "RRULE:FREQ=SOMETIMES"];
const LOST = ["DTSTART:soon", "DTEND:later"];

const allowStale = (world: World) =>
  putSettings(world.deps, {
    agentId: world.agentId,
    settings: { ...DEFAULT_SETTINGS, timeZone: "Europe/Lisbon", onStale: "allow" },
  });

const shown = async (world: World, purpose: "display" | "confirm" = "display") => {
  const found = await findSlots(world.deps, {
    ...{
      agentId: world.agentId,
      from: Date.parse(LATER[0]),
      to: Date.parse(LATER[1]),
      purpose,
      maxAgeMs: null,
    },
    ...{ durationMs: 60 * MINUTE, stepMs: 60 * MINUTE, limit: 10 },
  });
  return found.slots.length;
};

const notices = async (world: World) =>
  (
    await world.query(
      "SELECT data FROM notices WHERE agent_id = ? AND kind = 'calendar.unreadable' ORDER BY sequence",
      [world.agentId],
    )
  ).map((row) => JSON.parse(String(row["data"])) as Record<string, unknown>);

const storedOf = (world: World, connectionId: string) =>
  world.query("SELECT * FROM unreadable_objects WHERE connection_id = ?", [connectionId]);

const own = (connectionId: string) => ({ ownedBy: null, connectionId });
const seenOf = async (world: World, connectionId: string) =>
  (await listUnreadable(world.deps, own(connectionId))).map(({ key, version }) => ({ key, version }));

async function poll(world: World) {
  world.advance(20 * MINUTE);
  await world.cron();
}

test("P2: a rule that can't be read blocks its first occurrence, and nothing is sold until the agent has spoken", async () => {
  const world = worldOf();
  world.dav.putEvent(world.apple.calendar, ics("m-1", SOMETIMES));
  const { connectionId } = await world.connectByPassword();
  expect(await ask(world, ...FIRST)).toMatchObject({ available: false, reason: "conflict" });
  const doubted = { connectionId, fresh: false, reason: "unreadable", unreadable: 1 };
  for (const purpose of ["display", "confirm"] as const) {
    expect(await ask(world, ...LATER, purpose)).toMatchObject({
      ...{ available: false, reason: "unverified", complete: false, calendars: [doubted] },
    });
    expect(await shown(world, purpose)).toBe(0);
  }
  const before = world.dav.requests.length;
  await expect(book(world, "b-1", ...LATER)).rejects.toMatchObject({
    code: "slot_unverified",
    extra: { calendars: [doubted] },
  });
  // A pull can't help, so none was tried.
  expect(world.dav.requests.length).toBe(before);

  const [object] = await listUnreadable(world.deps, own(connectionId));
  expect(object).toMatchObject({
    ...{
      reason: "bad_rule",
      extent: "unknown",
      startsAt: Date.parse(FIRST[0]),
      endsBy: null,
      countedFreeAt: null,
    },
  });
  await countAsFree(world.deps, { ...own(connectionId), objects: await seenOf(world, connectionId) });
  expect(await ask(world, ...LATER, "confirm")).toMatchObject({
    ...{ available: true, complete: true, calendars: [{ unreadable: 0, reason: null }] },
  });
  expect(await shown(world)).toBe(1);
  expect((await book(world, "b-1", ...LATER)).created).toBe(true);
  expect(await codeOf(book(world, "b-2", ...FIRST))).toBe("slot_taken");
});

test("with onStale allow what can't be read is named and sold over, except for its first occurrence", async () => {
  const world = worldOf();
  world.dav.putEvent(world.apple.calendar, ics("m-1", SOMETIMES));
  await world.connectByPassword();
  await allowStale(world);
  expect(await ask(world, ...LATER, "confirm")).toMatchObject({
    ...{ available: true, complete: false, calendars: [{ reason: "unreadable", unreadable: 1 }] },
  });
  expect(await shown(world, "confirm")).toBe(1);
  expect((await book(world, "b-1", ...LATER)).created).toBe(true);
  expect(await codeOf(book(world, "b-2", ...FIRST))).toBe("slot_taken");
});

test("it is in the report, the log, the readiness and one notice, and none of them holds its title", async () => {
  const world = worldOf();
  const before = (await readReadiness(world.deps)).backlog?.unreadable ?? 0;
  world.dav.putEvent(world.apple.calendar, ics("m-1", LOST));
  world.dav.putEvent(world.apple.calendar, ics("m-2", [...MEETING, "EXDATE:never"]));
  const { connectionId, accountId } = await world.connectByPassword();
  const told = { accountId, provider: "APPLE", connectionId, count: 2, unknown: 1 };
  expect(await notices(world)).toEqual([
    { ...told, reasons: expect.arrayContaining(["bad_time", "bad_date"]) },
  ]);
  expect(world.logs.filter(({ event }) => event === "pull.unreadable")).toMatchObject([
    { level: "warn", fields: { connectionId, count: 2 } },
  ]);
  expect((await readReadiness(world.deps)).backlog?.unreadable).toBe(before + 2);
  const [run] = await world.query("SELECT SUM(unreadable) AS total FROM sync_runs WHERE connection_id = ?", [
    connectionId,
  ]);
  expect(run?.["total"]).toBe(2);
  world.advance(20 * MINUTE);
  expect(await syncNow(world.deps, own(connectionId))).toMatchObject({ outcome: "ok", unreadable: 0 });
  expect(await notices(world)).toHaveLength(1);
  expect((await ask(world, ...LATER)).calendars).toMatchObject([{ unreadable: 2 }]);
  const stored = await storedOf(world, connectionId);
  expect(JSON.stringify([stored, world.logs])).not.toContain("Canary");

  await disconnect(world.deps, own(connectionId));
  expect(await storedOf(world, connectionId)).toEqual([]);
});

test("the agent's word holds for exactly the version that was seen", async () => {
  const world = worldOf();
  const { name } = world.dav.putEvent(world.apple.calendar, ics("m-1", LOST));
  const { connectionId } = await world.connectByPassword();
  const seen = await seenOf(world, connectionId);
  world.dav.editEvent(world.apple.calendar, name, (text) => text.replace("soon", "sooner"));
  await poll(world);
  expect(await codeOf(countAsFree(world.deps, { ...own(connectionId), objects: seen }))).toBe(
    "unreadable_changed",
  );
  expect((await ask(world, ...LATER)).calendars).toMatchObject([{ unreadable: 1 }]);

  await countAsFree(world.deps, { ...own(connectionId), objects: await seenOf(world, connectionId) });
  await countAsFree(world.deps, { ...own(connectionId), objects: await seenOf(world, connectionId) });
  expect((await ask(world, ...LATER, "confirm")).complete).toBe(true);
  // A snapshot names the same version again.
  await world.query("UPDATE connections SET cursor = NULL, poll_due_at = 0 WHERE id = ?", [connectionId]);
  await poll(world);
  expect((await ask(world, ...LATER, "confirm")).complete).toBe(true);

  world.dav.editEvent(world.apple.calendar, name, (text) => text.replace("sooner", "soonest"));
  await poll(world);
  expect((await ask(world, ...LATER, "confirm")).complete).toBe(false);
  expect(await notices(world)).toHaveLength(3);

  world.dav.editEvent(world.apple.calendar, name, (text) => text.replace("soonest", "20260303T100000Z"));
  world.dav.editEvent(world.apple.calendar, name, (text) => text.replace("later", "20260303T110000Z"));
  await poll(world);
  expect(await ask(world, ...LATER, "confirm")).toMatchObject({
    complete: true,
    calendars: [{ unreadable: 0 }],
  });
});

test.each([
  [
    "a broken rule that names its end",
    [
      ...MEETING.map((line) => line.replaceAll("2026", "2019")),
      "RRULE:FREQ=SOMETIMES;UNTIL=20200101T000000Z",
    ],
  ],
  ["an end on a day that is over", ["DTSTART:soon", "DTEND:20190303T110000Z"]],
])("what has ended before today by any reading is not outstanding: %s", async (_, lines) => {
  const world = worldOf();
  world.dav.putEvent(world.apple.calendar, ics("m-1", lines));
  await world.connectByPassword();
  expect(await ask(world, ...LATER, "confirm")).toMatchObject({
    complete: true,
    calendars: [{ unreadable: 0 }],
  });
  expect(await notices(world)).toEqual([]);
});

test("it stops being outstanding once it has ended, and the roll forgets it", async () => {
  const world = worldOf();
  world.dav.putEvent(world.apple.calendar, ics("m-1", ["DTSTART:soon", "DTEND:20260304T110000Z"]));
  const { connectionId } = await world.connectByPassword();
  expect((await ask(world, ...LATER)).calendars).toMatchObject([{ unreadable: 1 }]);
  world.advance(2 * DAY + 4 * 60 * MINUTE);
  expect((await ask(world, ...LATER)).calendars).toMatchObject([{ unreadable: 0 }]);
  await world.cron();
  await world.cron();
  expect(await storedOf(world, connectionId)).toEqual([]);
});

test("a version that says when it ends leaves no doubt of the version before it", async () => {
  const world = worldOf();
  world.dav.putEvent(world.apple.calendar, ics("m-1", SOMETIMES));
  const { connectionId } = await world.connectByPassword();
  const stored = () => world.query("SELECT * FROM kept_series WHERE connection_id = ?", [connectionId]);
  expect(await stored()).toHaveLength(1);
  world.dav.putEvent(world.apple.calendar, ics("m-1", ["DTSTART:soon", "DTEND:20260304T110000Z"]));
  await poll(world);
  expect(await stored()).toEqual([]);
  expect((await ask(world, ...LATER)).calendars).toMatchObject([{ unreadable: 1 }]);
  world.advance(3 * DAY);
  for (let day = 0; day < 2; day += 1) await world.cron();
  expect(await storedOf(world, connectionId)).toEqual([]);
  expect((await ask(world, ...LATER)).calendars).toMatchObject([{ unreadable: 0 }]);
});

describe("P2, G43, M53, C19: what can't be read any longer keeps the time that it took", () => {
  const LONG = ["2026-03-03T10:00:00Z", "2026-03-03T16:00:00Z"] as const;
  const AFTERNOON = ["2026-03-03T14:00:00Z", "2026-03-03T15:00:00Z"] as const;
  const relist = async (world: World) => {
    await world.query("UPDATE connections SET cursor = NULL, poll_due_at = 0");
    await poll(world);
  };
  const audit = async (world: World) => {
    await world.query("UPDATE connections SET audit_due_at = 0, poll_due_at = 9e15");
    await world.cron();
    const [run] = await world.query(
      "SELECT * FROM sync_runs WHERE agent_id = ? AND mode = 'audit' ORDER BY finished_at DESC LIMIT 1",
      [world.agentId],
    );
    expect(run).toMatchObject({ outcome: "ok", missing: 0, extra: 0 });
    await world.query("UPDATE connections SET poll_due_at = 0");
  };
  const isTaken = async (world: World, slot: readonly [string, string]) =>
    (await ask(world, ...slot)).reason === "conflict";

  describe.each(["GOOGLE", "OFFICE365"] as const)("%s", (provider) => {
    const at = (dateTime: string) =>
      provider === "GOOGLE"
        ? { dateTime, timeZone: "UTC" }
        : { dateTime: dateTime.slice(0, -1), timeZone: "UTC" };
    const meeting = ([start, end]: readonly [string, string]) => ({ start: at(start), end: at(end) });
    const daily =
      provider === "GOOGLE"
        ? { recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] }
        : {
            recurrence: {
              pattern: { type: "daily", interval: 1 },
              range: { type: "numbered", startDate: "2026-03-03", numberOfOccurrences: 3 },
            },
          };

    test.each([
      ["start", "event"],
      ["end", "event"],
      ["row", "event"],
      ["start", "series"],
      ["end", "series"],
      ["row", "series"],
    ] as const)("whose %s it is, of an %s", async (part, kind) => {
      const world = worldOf();
      const owner = provider === "GOOGLE" ? world.google : world.microsoft;
      const calendar = provider === "GOOGLE" ? world.email : world.microsoft.calendarId(world.workEmail);
      const event = { ...meeting(LONG), ...(kind === "series" && daily) };
      const id = String(owner.addEvent(calendar, event)["id"]);
      const { connectionId } = await world.connect({ provider });
      expect(await isTaken(world, AFTERNOON)).toBe(true);

      owner.breakEvent(calendar, id, part);
      await poll(world);
      const known = await listUnreadable(world.deps, own(connectionId));
      expect(known).toHaveLength(provider === "GOOGLE" && kind === "series" ? 3 : 1);
      expect(known).toMatchObject([{ extent: "unknown" }, ...known.slice(1)]);
      expect(await isTaken(world, AFTERNOON)).toBe(true);
      await relist(world);
      expect(await isTaken(world, AFTERNOON)).toBe(true);
      await audit(world);
      expect(await isTaken(world, AFTERNOON)).toBe(true);
      expect(await listUnreadable(world.deps, own(connectionId))).toHaveLength(known.length);

      // It moves to another day, where its start can be read but perhaps not its end.
      owner.patchEvent(calendar, id, meeting(["2026-03-06T10:00:00Z", "2026-03-06T11:00:00Z"]));
      await poll(world);
      // A series at Google has other instances then: its delta says that the former ones are gone.
      expect(await isTaken(world, AFTERNOON)).toBe(provider === "OFFICE365" || kind === "event");
      const moved = ["2026-03-06T10:30:00Z", "2026-03-06T11:00:00Z"] as const;
      expect(await isTaken(world, moved)).toBe(part === "end");

      owner.breakEvent(calendar, id, null);
      await poll(world);
      expect(await isTaken(world, moved)).toBe(true);
      expect(await ask(world, ...AFTERNOON, "confirm")).toMatchObject({ available: true, complete: true });
    });

    test("an audit finds out that an event can be read again, or is gone, though no delta says so", async () => {
      const world = worldOf();
      const owner = provider === "GOOGLE" ? world.google : world.microsoft;
      const calendar = provider === "GOOGLE" ? world.email : world.microsoft.calendarId(world.workEmail);
      const breakOnce = (part: "row") =>
        provider === "GOOGLE"
          ? world.google.knobs.set("list.broken", part, { times: 1 })
          : world.microsoft.knobs.set("rows.broken", part, { times: 1 });
      owner.addEvent(calendar, meeting(FIRST));
      breakOnce("row");
      await world.connect({ provider });
      expect((await ask(world, ...LATER, "confirm")).complete).toBe(false);
      await world.query("UPDATE connections SET audit_due_at = 0, poll_due_at = 9e15");
      await world.cron();
      expect(await isTaken(world, FIRST)).toBe(true);
      expect((await ask(world, ...LATER, "confirm")).complete).toBe(true);
    });
  });

  test.each([
    ["end", "DTEND:20260303T160000Z", "DTEND:later"],
    ["rule", "DTEND:20260303T160000Z", "DTEND:20260303T110000Z\r\nRRULE:FREQ=SOMETIMES"],
    ["start", "DTSTART:20260303T100000Z", "DTSTART:soon"],
  ])("CalDAV: whose %s it is", async (_, was, is) => {
    const world = worldOf();
    const { calendar } = world.apple;
    const { name } = world.dav.putEvent(
      calendar,
      ics("m-1", ["DTSTART:20260303T100000Z", "DTEND:20260303T160000Z"]),
    );
    const { connectionId } = await world.connectByPassword();
    world.dav.editEvent(calendar, name, (text) => text.replace(was, is));
    await poll(world);
    expect(await listUnreadable(world.deps, own(connectionId))).toMatchObject([{ extent: "unknown" }]);
    expect(await isTaken(world, AFTERNOON)).toBe(true);
    await relist(world);
    await audit(world);
    expect(await isTaken(world, AFTERNOON)).toBe(true);
    world.dav.putEvent(calendar, ics("m-1", MEETING), name);
    await poll(world);
    expect(await ask(world, ...AFTERNOON, "confirm")).toMatchObject({ available: true, complete: true });
  });

  test("an older row that begins with the new one never blocks less than either", async () => {
    const world = worldOf();
    await putSettings(world.deps, {
      agentId: world.agentId,
      settings: {
        ...DEFAULT_SETTINGS,
        timeZone: "Europe/Lisbon",
        rules: { ...DEFAULT_SETTINGS.rules, tentative: false },
      },
    });
    const meeting = { start: { dateTime: LONG[0] }, end: { dateTime: LONG[1] } };
    const busy = String(world.google.addEvent(world.email, meeting)["id"]);
    await world.connect();
    world.google.patchEvent(world.email, busy, { status: "tentative" });
    world.google.breakEvent(world.email, busy, "end");
    await poll(world);
    expect(await isTaken(world, FIRST)).toBe(true);
    expect(await isTaken(world, AFTERNOON)).toBe(true);
  });
});

describe.each(["GOOGLE", "OFFICE365"] as const)("%s", (provider) => {
  const put = (world: World, start: string, end: string) =>
    provider === "GOOGLE"
      ? world.google.addEvent(world.email, { start: { dateTime: start }, end: { dateTime: end } })
      : world.microsoft.addEvent(world.microsoft.calendarId(world.workEmail), {
          start: { dateTime: start.slice(0, -1), timeZone: "UTC" },
          end: { dateTime: end.slice(0, -1), timeZone: "UTC" },
        });
  const break_ = (world: World, what: "start" | "end" | "row") =>
    provider === "GOOGLE"
      ? world.google.knobs.set("list.broken", what, { times: 1 })
      : world.microsoft.knobs.set("rows.broken", what, { times: 1 });

  test.each([
    ["start", "bad_time", "unverified"],
    ["end", "bad_end", "conflict"],
    ["row", "bad_row", "unverified"],
  ] as const)(
    "G43, M53: a row whose %s can't be read costs itself only, and is known",
    async (what, reason, answer) => {
      const world = worldOf();
      put(world, ...FIRST);
      break_(world, what);
      const { connectionId } = await world.connect({ provider });
      expect(await listUnreadable(world.deps, own(connectionId))).toMatchObject([
        { reason, extent: "unknown" },
      ]);
      expect(await ask(world, ...FIRST)).toMatchObject({ available: false, reason: answer });
      expect(await ask(world, ...LATER, "confirm")).toMatchObject({
        ...{ complete: false, calendars: [{ fresh: false, reason: "unreadable", unreadable: 1 }] },
      });
      // The next listing reads it.
      await world.query("UPDATE connections SET cursor = NULL, poll_due_at = 0 WHERE id = ?", [connectionId]);
      await poll(world);
      expect(await ask(world, ...FIRST)).toMatchObject({
        available: false,
        reason: "conflict",
        complete: true,
      });
    },
  );
});
