// CalDAV: Apple Calendar and other servers through the whole engine, polled and with their series expanded here.
import { expect, test } from "vitest";
import { withAccount } from "../../src/accounts/open.ts";
import { putSettings } from "../../src/availability/settings.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { findAccount } from "../../src/store/accounts/accounts.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type WorldOptions } from "../support/world.ts";
import { ask, book } from "./requests.ts";

const databaseUrl = useOwnDatabase();
const worldOf = (options: WorldOptions = {}) => createWorld({ databaseUrl: databaseUrl(), ...options });

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const at = (text: string) => Date.parse(text);

/** An iCalendar object with one event. */
const ics = (uid: string, lines: readonly string[]) =>
  [
    ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", `UID:${uid}`],
    ...["DTSTAMP:20260301T000000Z", "SUMMARY:Canary summary", ...lines, "END:VEVENT", "END:VCALENDAR", ""],
  ].join("\r\n");

const MEETING = ["DTSTART:20260303T100000Z", "DTEND:20260303T110000Z"];
const SLOT = ["2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z"] as const;

for (const [provider, person] of [
  ["APPLE", "apple"],
  ["CALDAV", "caldav"],
] as const) {
  test(`${provider}: an event blocks, a poll finds changes, a booking arrives once, and no title is logged or stored`, async () => {
    const world = worldOf();
    const { calendar } = world[person];
    const { name } = world.dav.putEvent(calendar, ics("m-1", MEETING));
    const { connectionId } = await world.connectByPassword({ provider });
    expect((await ask(world, ...SLOT)).conflicts).toMatchObject([{ reason: "busy", provider, connectionId }]);

    world.dav.deleteEvent(calendar, name);
    world.advance(20 * MINUTE);
    await world.cron();
    expect(await ask(world, ...SLOT)).toMatchObject({ available: true, complete: true });

    const booked = await book(world, "b-1", ...SLOT);
    expect(booked).toMatchObject({ created: true, results: [{ status: "synced", provider }] });
    world.advance(20 * MINUTE);
    await world.cron();
    expect(world.dav.events(calendar)).toHaveLength(1);
    const own = await ask(world, ...SLOT);
    expect(own.conflicts).toMatchObject([{ reason: "booking", bookingId: "b-1" }]);
    const stored = JSON.stringify([
      await world.query("SELECT * FROM busy"),
      await world.query("SELECT * FROM kept_series"),
      world.logs,
    ]);
    expect(stored).not.toContain("Canary");
    expect(stored).not.toContain(world[person].password);
    expect(world.logs.filter(({ level }) => level === "error")).toEqual([]);
  });
}

test("C17: a list without any calendar makes a calendar gone only when it comes a second time", async () => {
  const world = worldOf();
  const { connectionId } = await world.connectByPassword({ provider: "CALDAV" });
  const isGone = async () =>
    (
      await world.query("SELECT gone_at IS NOT NULL AS gone FROM connections WHERE id = ?", [connectionId])
    )[0]?.["gone"];
  world.dav.removeCalendar(world.caldav.calendar);
  world.advance(20 * MINUTE);
  await world.cron();
  expect(await isGone()).toBe(0);
  world.advance(20 * MINUTE);
  await world.cron();
  expect(await isGone()).toBe(1);
});

test("a poll of an unchanged calendar is one request, and a sale polls first", async () => {
  const world = worldOf();
  await world.connectByPassword();
  const before = world.dav.requests.length;
  world.advance(20 * MINUTE);
  await world.cron();
  expect(world.dav.requests.length - before).toBe(1);
  world.advance(2 * MINUTE);
  world.dav.putEvent(world.apple.calendar, ics("m-1", MEETING));
  await expect(book(world, "b-1", ...SLOT)).rejects.toMatchObject({ code: "slot_taken" });
});

test("L3, L26: an endless series continues as the window rolls, without a request to the server", async () => {
  const world = worldOf({ bindings: { WINDOW_FUTURE_DAYS: "30" } });
  const weekly = ["DTSTART;TZID=Europe/Lisbon:20260302T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY"];
  world.dav.putEvent(world.apple.calendar, ics("series", weekly));
  const beyond = ["DTSTART:20260515T130000Z", "DTEND:20260515T140000Z"];
  world.dav.putEvent(world.apple.calendar, ics("beyond", beyond));
  await world.connectByPassword();
  // Months later, across the clock change of March 29: nine o'clock in Lisbon is eight in UTC.
  for (let day = 0; day < 50; day += 1) {
    world.advance(DAY);
    const fetched = world.dav.requests.length;
    await world.cron();
    expect(world.dav.requests.length - fetched).toBeLessThanOrEqual(1);
  }
  const monday = await ask(world, "2026-05-11T08:00:00Z", "2026-05-11T09:00:00Z");
  expect(monday).toMatchObject({ complete: true, conflicts: [{ reason: "busy" }] });
  expect(await ask(world, "2026-05-11T09:00:00Z", "2026-05-11T10:00:00Z")).toMatchObject({ available: true });
  const rows = await world.query("SELECT starts_at FROM busy WHERE starts_at = ?", [
    at("2026-05-15T13:00:00Z"),
  ]);
  expect(rows).toHaveLength(1);
});

test("C19, P2: an object that can't be read keeps its busy time, also through a resync", async () => {
  const world = worldOf();
  const { name } = world.dav.putEvent(world.apple.calendar, ics("m-1", MEETING));
  world.dav.putEvent(world.apple.calendar, ics("m-2", ["DTSTART:20260304T100000Z", "DURATION:PT1H"]));
  await world.connectByPassword();
  world.dav.knobs.set("ics.garbage", true);
  world.dav.editEvent(world.apple.calendar, name, (text) => text.replace("T110000Z", "T113000Z"));
  world.dav.expireSyncTokens(world.apple.calendar);
  world.advance(20 * MINUTE);
  await world.cron();
  expect(await ask(world, ...SLOT)).toMatchObject({ available: false });
  world.dav.knobs.clear("ics.garbage");
  world.dav.editEvent(world.apple.calendar, name, (text) => text.replace("T113000Z", "T114500Z"));
  world.advance(20 * MINUTE);
  await world.cron();
  expect((await ask(world, "2026-03-03T11:30:00Z", "2026-03-03T12:00:00Z")).conflicts).toHaveLength(1);
});

test("C19, P2: a series whose rule can no longer be read keeps its busy time, and takes its new first hour", async () => {
  const world = worldOf();
  const weekly = ["DTSTART:20260303T110000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=4"];
  const { name } = world.dav.putEvent(world.apple.calendar, ics("w-1", weekly));
  await world.connectByPassword();
  world.dav.editEvent(world.apple.calendar, name, (text) =>
    text.replace("FREQ=WEEKLY", "FREQ=SOMETIMES").replace("DTSTART:20260303T11", "DTSTART:20260303T15"),
  );
  world.advance(20 * MINUTE);
  await world.cron();
  const isFree = async (start: string, end: string) => (await ask(world, start, end)).available;
  expect(await isFree("2026-03-03T15:00:00Z", "2026-03-03T16:00:00Z")).toBe(false);
  expect(await isFree("2026-03-10T11:00:00Z", "2026-03-10T12:00:00Z")).toBe(false);
});

test("C38, P2: a listing of another place frees nothing, is told as an error, and ends with the next right one", async () => {
  const world = worldOf();
  const { calendar } = world.caldav;
  for (const hour of [10, 12]) {
    const lines = [`DTSTART:20260303T${hour}0000Z`, `DTEND:20260303T${hour + 1}0000Z`];
    world.dav.putEvent(calendar, ics(`m-${hour}`, lines));
  }
  await world.connectByPassword({ provider: "CALDAV" });
  world.dav.knobs.set("href.as", "elsewhere");
  world.dav.expireSyncTokens(calendar);
  world.advance(20 * MINUTE);
  await world.cron();
  expect(await world.query("SELECT failure_kind, failure_code FROM connections")).toEqual([
    { failure_kind: "retry", failure_code: "listing_outside_calendar" },
  ]);
  expect(await ask(world, ...SLOT)).toMatchObject({ available: false });
  expect(await ask(world, ...SLOT, "confirm")).toMatchObject({ available: false, complete: false });
  world.dav.knobs.clear();
  world.dav.deleteEvent(calendar, "m-10.ics");
  world.advance(24 * 60 * MINUTE);
  await world.cron();
  expect(await ask(world, ...SLOT, "confirm")).toMatchObject({ available: true, complete: true });
});

test("C2: a refused password is tried again after a minute, then asks for another, and a new one ends the failure", async () => {
  const world = worldOf();
  const { accountId } = await world.connectByPassword();
  world.dav.knobs.set("auth.reject", true);
  world.advance(20 * MINUTE);
  await world.cron();
  const status = async () => (await world.query("SELECT status FROM accounts"))[0]?.["status"];
  expect(await status()).toBe("active");
  world.advance(2 * MINUTE);
  await world.cron();
  expect(await status()).toBe("needs_reauth");
  expect(await ask(world, ...SLOT, "confirm")).toMatchObject({ available: false, reason: "unverified" });
  world.dav.knobs.clear("auth.reject");
  await world.connectByPassword({ accountId });
  expect(await status()).toBe("active");
  expect(await ask(world, ...SLOT, "confirm")).toMatchObject({ available: true });
});

test("C2: other refusals of the account within that minute count as the same refusal", async () => {
  const world = worldOf();
  const { accountId } = await world.connectByPassword();
  world.dav.knobs.set("auth.reject", true);
  const look = async () => {
    const account = await findAccount(world.deps.db, { id: accountId, ownedBy: null });
    if (account === null) throw new Error("no account");
    return withAccount(world.deps, account, (opened) => opened.listCalendars()).catch(({ kind }) => kind);
  };
  expect(await look()).toBe("wait");
  world.advance(MINUTE / 2);
  expect(await look()).toBe("wait");
  world.advance(MINUTE / 2);
  expect(await look()).toBe("reauth");
});

test("C7, L11, L12: failing servers never empty the cache", async () => {
  const world = worldOf();
  world.dav.putEvent(world.apple.calendar, ics("m-1", MEETING));
  await world.connectByPassword();
  for (const status of [429, 500, 503] as const) {
    world.dav.knobs.set("api.status", status);
    world.advance(60 * MINUTE);
    await world.cron();
    expect(await ask(world, ...SLOT)).toMatchObject({ available: false });
    world.dav.knobs.clear();
  }
  world.advance(2 * 60 * MINUTE);
  await world.cron();
  expect(await ask(world, ...SLOT, "confirm")).toMatchObject({ available: false, complete: true });
});

test("L12: an object that a multiget leaves out is fetched by itself, and keeps its time", async () => {
  let shortened = 0;
  const world = worldOf({
    fetch: (inner) => async (input, init) => {
      const request = new Request(input, init);
      const asked = await request.clone().text();
      const response = await inner(request);
      if (!asked.includes("calendar-multiget") || (asked.match(/href>/g) ?? []).length < 4) return response;
      // The server answers for all objects but the last one.
      const text = await response.text();
      const cut = text.replace(
        /<([a-z]+:)?response>(?:(?!<(?:[a-z]+:)?response>)[\s\S])*$/i,
        "</$1multistatus>",
      );
      if (cut !== text) shortened += 1;
      return new Response(cut, response);
    },
  });
  const names = [10, 12, 14].map((hour) => {
    const lines = [`DTSTART:20260303T${hour}0000Z`, `DTEND:20260303T${hour + 1}0000Z`];
    return world.dav.putEvent(world.apple.calendar, ics(`m-${hour}`, lines)).name;
  });
  const { connectionId } = await world.connectByPassword();
  expect(shortened).toBe(1);
  const rows = await world.query(
    "SELECT event_key FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?)",
    [connectionId],
  );
  expect(rows).toHaveLength(names.length);
  for (const hour of [10, 12, 14]) {
    const slot = [`2026-03-03T${hour}:00:00Z`, `2026-03-03T${hour + 1}:00:00Z`] as const;
    expect(await ask(world, ...slot)).toMatchObject({ available: false, complete: true });
  }
});

test("a throttled iCloud account doesn't delay another account at iCloud", async () => {
  const world = worldOf();
  const healthy = { email: `healthy-${world.apple.email}`, password: "abcd-efgh-ijkl-mnop" };
  world.dav.addUser({ ...healthy, profile: "icloud" });
  const { path } = world.dav.addCalendar({ owner: healthy.email, name: "Work", timeZone: "Europe/Lisbon" });
  const throttled = await world.connectByPassword();
  const other = await world.connectByPassword({ username: healthy.email, password: healthy.password });
  world.dav.knobs.set("api.status", { status: 503, retryAfter: 3_600 }, { user: world.apple.email });
  world.dav.putEvent(path, ics("m-1", MEETING));
  world.advance(20 * MINUTE);
  await world.cron();
  const states = await world.query("SELECT id, failures, next_attempt_at FROM connections");
  const stateOf = ({ connectionId }: { connectionId: string }) =>
    states.find(({ id }) => id === connectionId);
  expect(stateOf(throttled)).toMatchObject({ failures: 1 });
  expect(Number(stateOf(throttled)?.["next_attempt_at"])).toBeGreaterThan(world.deps.now() + 30 * MINUTE);
  expect(stateOf(other)).toMatchObject({ failures: 0 });
  expect((await ask(world, ...SLOT)).conflicts).toMatchObject([{ connectionId: other.connectionId }]);
});

test("L28: an unanswered all-day invitation blocks only if the agent's rules say so, though it is OPAQUE", async () => {
  const world = worldOf();
  const invitation = (answer: string) => [
    ...["DTSTART;VALUE=DATE:20260303", "DTEND;VALUE=DATE:20260304", "TRANSP:OPAQUE"],
    ...["ORGANIZER:mailto:host@example.com", `ATTENDEE;PARTSTAT=${answer}:mailto:${world.apple.email}`],
  ];
  const { name } = world.dav.putEvent(world.apple.calendar, ics("i-1", invitation("NEEDS-ACTION")));
  await world.connectByPassword();
  for (const unanswered of [true, false]) {
    const settings = { ...DEFAULT_SETTINGS, timeZone: "Europe/Lisbon" };
    const rules = { ...settings.rules, unanswered };
    await putSettings(world.deps, { agentId: world.agentId, settings: { ...settings, rules } });
    expect(await ask(world, ...SLOT)).toMatchObject({ available: !unanswered });
  }
  world.dav.editEvent(world.apple.calendar, name, (text) => text.replace("NEEDS-ACTION", "ACCEPTED"));
  world.advance(20 * MINUTE);
  await world.cron();
  expect(await ask(world, ...SLOT)).toMatchObject({ available: false });
});

test("disconnecting deletes the stored series of the calendar", async () => {
  const world = worldOf();
  world.dav.putEvent(
    world.apple.calendar,
    ics("s", ["DTSTART:20260303T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"]),
  );
  const { connectionId } = await world.connectByPassword();
  expect(await world.query("SELECT * FROM kept_series")).toHaveLength(1);
  const { disconnect } = await import("../../src/accounts/disconnect.ts");
  await disconnect(world.deps, { ownedBy: null, connectionId });
  for (const table of ["kept_series", "busy", "connections", "accounts"]) {
    expect(await world.query(`SELECT * FROM ${table}`)).toEqual([]);
  }
});

test("a calendar without push is polled less often while its agent has no bookings", async () => {
  const world = worldOf();
  await world.connectByPassword();
  const interval = async () => {
    world.advance(60 * MINUTE);
    await world.cron();
    const [row] = await world.query("SELECT poll_due_at, last_sync_at FROM connections");
    return Number(row?.["poll_due_at"]) - Number(row?.["last_sync_at"]);
  };
  expect(await interval()).toBeGreaterThan(3 * 0.74 * 5 * MINUTE);
  await book(world, "b-1", "2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z");
  expect(await interval()).toBeLessThan(1.26 * 5 * MINUTE);
});
