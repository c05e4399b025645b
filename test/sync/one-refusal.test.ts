// One refusal: what is refused by itself is judged by itself, and the account goes on (M48, G41, G42).
import { describe, expect, test } from "vitest";
import { connectCalendar } from "../../src/accounts/connections.ts";
import { listRemoteCalendars } from "../../src/accounts/remote-calendars.ts";
import { calendarOverview } from "../../src/availability/calendar-overview.ts";
import { statusWords } from "../../src/pages/connect/status.ts";
import { english } from "../../src/pages/words/english.ts";
import { pullConnection } from "../../src/sync/pull.ts";
import { refreshCalendarList } from "../../src/sync/refresh-calendar-list.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";
import { ask, book } from "./requests.ts";

const databaseUrl = useOwnDatabase();
const worldOf = () => createWorld({ databaseUrl: databaseUrl() });

const HOUR = 3_600_000;
const SLOT = ["2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z"] as const;
const utc = (dateTime: string) => ({ dateTime: dateTime.replace("Z", ""), timeZone: "UTC" });

/** Lets so many hours pass, with a cron run in each. */
async function hours(world: World, count: number): Promise<void> {
  for (let hour = 0; hour < count; hour += 1) {
    world.advance(HOUR);
    await world.cron();
  }
}

const kindsOf = async (world: World) =>
  (await world.query("SELECT kind FROM notices WHERE agent_id = ? ORDER BY sequence", [world.agentId])).map(
    ({ kind }) => kind,
  );
const statusesOf = async (world: World) =>
  (await world.query("SELECT status FROM accounts WHERE agent_id = ?", [world.agentId])).map(
    ({ status }) => status,
  );
const errorsOf = (world: World) => world.logs.filter(({ level }) => level === "error");

describe("a channel that is refused by itself", () => {
  test("M48: 401 ExtensionError for two days asks nobody for consent, polls, and is tried rarely", async () => {
    const world = worldOf();
    const refused = { status: 401, code: "ExtensionError" } as const;
    world.microsoft.knobs.set("api.refused", refused, { operation: "subscriptions.create" });
    const calendarId = world.microsoft.calendarId(world.workEmail);
    await world.connect({ provider: "OFFICE365" });
    await hours(world, 48);
    expect(await statusesOf(world)).toEqual(["active"]);
    expect(await kindsOf(world)).toEqual([]);
    expect(errorsOf(world)).toEqual([]);
    const tries = world.microsoft.requests.filter(({ operation }) => operation === "subscriptions.create");
    expect(tries.length).toBeGreaterThan(1);
    expect(tries.length).toBeLessThan(10);
    world.microsoft.addEvent(calendarId, { subject: "x", start: utc(SLOT[0]), end: utc(SLOT[1]) });
    await hours(world, 2);
    const rows = await world.query(
      "SELECT 1 FROM busy WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?)",
      [world.agentId],
    );
    expect(rows).toHaveLength(1);
    world.microsoft.knobs.clear();
    await hours(world, 25);
    expect(world.microsoft.subscriptions()).toHaveLength(1);
  });

  test.each([
    [401, "authError"],
    [403, "insufficientPermissions"],
    [403, "somethingNew"],
  ] as const)("G42: Google's %i %s of a watch leaves the account as it is", async (status, reason) => {
    const world = worldOf();
    world.google.knobs.set("api.refused", { status, reason }, { operation: "events.watch" });
    await world.connect();
    await hours(world, 12);
    expect(await statusesOf(world)).toEqual(["active"]);
    expect(await kindsOf(world)).toEqual([]);
    expect(errorsOf(world)).toEqual([]);
    expect(await ask(world, ...SLOT)).toMatchObject({ available: true, complete: true });
  });
});

test("writing that is refused by itself fails for that booking, and the calendar is read on", async () => {
  const world = worldOf();
  await world.connect();
  world.google.knobs.set("api.refused", { status: 401, reason: "authError" }, { operation: "events.insert" });
  const booked = await book(world, "b-1", ...SLOT);
  expect(booked.results).toMatchObject([{ status: "failed", reason: "authError" }]);
  await world.drain();
  expect(await statusesOf(world)).toEqual(["active"]);
  expect(await kindsOf(world)).toEqual(["booking.delivery_failed"]);
  const later = await ask(world, "2026-03-04T10:00:00Z", "2026-03-04T11:00:00Z");
  expect(later).toMatchObject({ available: true, complete: true });
});

/** Connects an account at Office 365 with two calendars, both read. */
async function withTwoCalendars(world: World) {
  const { accountId, connectionId } = await world.connect({ provider: "OFFICE365" });
  const second = world.microsoft.addCalendar({ user: world.workEmail, name: "Second" }).id;
  const other = await connectCalendar(world.deps, {
    ...{ ownedBy: world.agentId, accountId, calendarId: second },
    ...{ blocksAvailability: true, receivesBookings: false },
  });
  await world.drain();
  return { connectionId, second, other };
}

test("a calendar whose reading is refused by itself isn't fresh, and the account's other one is", async () => {
  const world = worldOf();
  const { connectionId, second, other } = await withTwoCalendars(world);
  const refused = { status: 401, code: "ErrorAccessDenied" } as const;
  world.microsoft.knobs.set("api.refused", refused, { calendar: second });
  world.advance(HOUR);
  const answer = await ask(world, ...SLOT, "confirm");
  expect(answer).toMatchObject({ available: false, complete: false });
  expect(answer.calendars).toMatchObject([
    { connectionId, fresh: true },
    { connectionId: other.id, fresh: false, reason: "refused" },
  ]);
  expect(await statusesOf(world)).toEqual(["active"]);
  expect(await kindsOf(world)).toEqual([]);
});

test.each([
  ["GOOGLE", 401, "authError", "calendarList.list"],
  ["GOOGLE", 403, "insufficientPermissions", "calendarList.list"],
  ["OFFICE365", 403, "ErrorAccessDenied", "calendars.list"],
] as const)(
  "G42, M48: a list of calendars that %s alone refuses (%i %s) asks nobody for consent, and the calendar is read on",
  async (provider, status, word, operation) => {
    const world = worldOf();
    const { accountId } = await world.connect({ provider });
    if (provider === "GOOGLE") world.google.knobs.set("api.refused", { status, reason: word }, { operation });
    else world.microsoft.knobs.set("api.refused", { status, code: word }, { operation });
    for (let day = 0; day < 2; day += 1) {
      await refreshCalendarList(world.deps, { accountId });
      await hours(world, 2);
    }
    expect(world.logs.filter(({ event }) => event === "calendars.not_listed")).toMatchObject([
      { fields: { code: word } },
      { fields: { code: word } },
    ]);
    expect(await statusesOf(world)).toEqual(["active"]);
    expect(await kindsOf(world)).toEqual([]);
    expect(await ask(world, ...SLOT, "confirm")).toMatchObject({ available: true, complete: true });
  },
);

test("M48: a list and one calendar that are refused each by itself leave the account and its other calendar alone", async () => {
  const world = worldOf();
  const { connectionId, second, other } = await withTwoCalendars(world);
  // The one that is refused is the one that was read last: it can't speak for itself.
  await world.query("UPDATE connections SET verified_at = verified_at + 1 WHERE id = ?", [other.id]);
  const code = "ErrorAccessDenied";
  world.microsoft.knobs.set("api.refused", { status: 403, code }, { operation: "calendars.list" });
  world.microsoft.knobs.set("api.refused", { status: 401, code }, { calendar: second });
  world.advance(HOUR);
  await pullConnection(world.deps, { connectionId: other.id, verifiedSince: world.deps.now() });
  expect((await ask(world, ...SLOT, "confirm")).calendars).toMatchObject([
    { connectionId, fresh: true },
    { connectionId: other.id, fresh: false, reason: "refused" },
  ]);
  expect(await statusesOf(world)).toEqual(["active"]);
  expect(await kindsOf(world)).toEqual([]);
});

describe("a list that is refused while the calendar that was read last is lost", () => {
  const refusal = { status: 403, reason: "insufficientPermissions" } as const;

  async function losing(calendars: 1 | 2) {
    const world = worldOf();
    const { accountId, connectionId } = await world.connect();
    const id = world.google.addCalendar({ owner: world.email, summary: "Second", timeZone: "UTC" }).id;
    const connectSecond = () =>
      connectCalendar(world.deps, {
        ...{ ownedBy: world.agentId, accountId, calendarId: id },
        ...{ blocksAvailability: true, receivesBookings: false },
      });
    if (calendars === 2) await connectSecond();
    await world.drain();
    await world.query("UPDATE connections SET verified_at = verified_at + 3600000 WHERE id = ?", [
      connectionId,
    ]);
    world.google.removeCalendar(world.email);
    world.google.knobs.set("api.refused", refusal, { operation: "calendarList.list" });
    return { world, accountId, connectSecond };
  }

  test("G42: stops the account where none is left to read, and says so", async () => {
    const { world, connectSecond } = await losing(1);
    await expect(connectSecond()).rejects.toMatchObject({ code: "account_needs_reauth" });
    expect(await statusesOf(world)).toEqual(["needs_reauth"]);
  });

  test("G42: is judged by the next calendar", async () => {
    const { world, accountId } = await losing(2);
    await refreshCalendarList(world.deps, { accountId });
    expect(world.logs.filter(({ event }) => event === "calendars.not_listed")).toMatchObject([
      { fields: { code: refusal.reason } },
    ]);
    expect(await statusesOf(world)).toEqual(["active"]);
  });
});

test("M48: a subscription that can't be renewed with 401 asks nobody for consent, and the calendar is read on", async () => {
  const world = worldOf();
  await world.connect({ provider: "OFFICE365" });
  const refused = { status: 401, code: "ErrorAccessDenied" } as const;
  world.microsoft.knobs.set("api.refused", refused, { operation: "subscriptions.update" });
  await hours(world, 24 * 7);
  const tries = world.microsoft.requests.filter(({ operation }) => operation === "subscriptions.update");
  expect(tries.length).toBeGreaterThan(0);
  expect(await statusesOf(world)).toEqual(["active"]);
  expect(await kindsOf(world)).toEqual([]);
  const later = await ask(world, "2026-03-17T10:00:00Z", "2026-03-17T11:00:00Z", "confirm");
  expect(later).toMatchObject({ available: true, complete: true });
});

test("M38: a token refused by 403 is refreshed, and nobody is asked for consent", async () => {
  const world = worldOf();
  await world.connect({ provider: "OFFICE365" });
  world.microsoft.knobs.set("api.expireAccess", 403, { times: 1 });
  world.advance(HOUR / 2);
  expect(await ask(world, ...SLOT, "confirm")).toMatchObject({ available: true, complete: true });
  expect(await statusesOf(world)).toEqual(["active"]);
  expect(await kindsOf(world)).toEqual([]);
});

test("a token that every call refuses is told once, not again with each refresh", async () => {
  const world = worldOf();
  await world.connect();
  world.google.knobs.set("api.expireAccess", true);
  await hours(world, 24);
  expect(await kindsOf(world)).toEqual(["connection.needs_consent"]);
  world.google.knobs.clear();
  await hours(world, 8);
  expect(await kindsOf(world)).toEqual(["connection.needs_consent", "connection.restored"]);
});

test("G41: an account whose Calendar service is off is told once, in plain words, and tried rarely", async () => {
  const world = worldOf();
  await world.connect();
  world.google.knobs.set("account.off", true);
  const before = world.google.requests.length;
  await hours(world, 48);
  expect(world.google.requests.length - before).toBeLessThan(40);
  expect(await statusesOf(world)).toEqual(["unavailable"]);
  expect(await kindsOf(world)).toEqual(["connection.unavailable"]);
  const [notice] = await world.query("SELECT data FROM notices WHERE agent_id = ?", [world.agentId]);
  expect(JSON.parse(String(notice?.["data"]))).toMatchObject({ reason: "notACalendarUser" });
  expect(errorsOf(world)).toEqual([]);
  const [calendar] = (await calendarOverview(world.deps, { agentId: world.agentId })).calendars;
  if (calendar === undefined) throw new Error("the connection is gone");
  expect(statusWords(english, calendar, "refuse").long).toContain("switched off for this account");
  world.google.knobs.clear();
  await hours(world, 25);
  expect(await statusesOf(world)).toEqual(["active"]);
  expect(await kindsOf(world)).toEqual(["connection.unavailable", "connection.restored"]);
});

test("a shared calendar that can't be read is listed as such, and connecting it says why", async () => {
  const world = worldOf();
  const granted = ["Calendars.ReadWrite", "User.Read"];
  const { accountId } = await world.connect({ provider: "OFFICE365", scopes: granted });
  const add = (name: string) =>
    world.microsoft.addCalendar({ user: world.workEmail, name, sharedBy: "bo@contoso.example" }).id;
  const shared = add("Bo");
  const listed = await listRemoteCalendars(world.deps, { ownedBy: world.agentId, accountId });
  expect(listed.filter(({ readable }) => !readable).map(({ calendarId }) => calendarId)).toEqual([shared]);
  const connecting = connectCalendar(world.deps, {
    ...{ ownedBy: world.agentId, accountId, calendarId: shared },
    ...{ blocksAvailability: true, receivesBookings: false },
  });
  await expect(connecting).rejects.toMatchObject({ code: "calendar_not_readable" });
});

test("M51: with the scope for the calendars of others, a series in one of them blocks its time", async () => {
  const world = worldOf();
  const { accountId } = await world.connect({ provider: "OFFICE365" });
  const shared = world.microsoft.addCalendar({
    ...{ user: world.workEmail, name: "Bo", sharedBy: "bo@contoso.example" },
  }).id;
  world.microsoft.addEvent(shared, {
    ...{ subject: "x", start: utc("2026-03-02T10:00:00Z"), end: utc("2026-03-02T11:00:00Z") },
    recurrence: {
      pattern: { type: "daily", interval: 1 },
      range: { type: "noEnd", startDate: "2026-03-02" },
    },
  });
  await connectCalendar(world.deps, {
    ...{ ownedBy: world.agentId, accountId, calendarId: shared },
    ...{ blocksAvailability: true, receivesBookings: false },
  });
  await world.drain();
  expect(await ask(world, ...SLOT)).toMatchObject({ available: false, complete: true });
});
