// Google's listings, on the simulator. The contract suite has the cases of `docs/providers/google.md` D.1 that every
// provider can meet. G15 can't happen, because no listing asks by `updatedMin`.
import { expect, test } from "vitest";
import { createGoogle } from "../../../src/providers/google/index.ts";
import { DAY, emptyCache, inHours, sync } from "../../contract/world.ts";
import { NOW } from "../../contract/worlds/consent.ts";
import { ANA, makeGoogleWorld } from "../../contract/worlds/google.ts";

test.each([
  ["G8", "api.scopeCheck", true, { kind: "reauth", code: "insufficientPermissions" }],
  ["G9", "api.notConfigured", true, { kind: "operator", code: "accessNotConfigured" }],
  ["G11 as 403", "limit.project", { status: 403, retryAfter: 7 }, { kind: "wait", retryAt: NOW + 7_000 }],
  ["G11 as 429", "limit.project", 429, { kind: "wait", status: 429, retryAt: null }],
  ["G13", "api.status", { status: 503, retryAfter: 9 }, { kind: "retry", retryAt: NOW + 9_000 }],
  ["G18", "cal.role", "none", { kind: "gone", code: "forbidden" }],
] as const)("%s: a listing is refused for what it is", async (_, knob, value, expected) => {
  const world = await makeGoogleWorld();
  world.google.knobs.set(knob, value);
  await expect(sync(world, emptyCache())).rejects.toMatchObject(expected);
});

test.each([
  ["G14", "sync.expire", { kind: "resync", code: "fullSyncRequired", status: 410 }],
  ["G16", "sync.paramMismatch", { kind: "resync", code: "badRequest", status: 400 }],
] as const)("%s: a delta is refused and the next listing isn't", async (_, knob, expected) => {
  const world = await makeGoogleWorld();
  const cache = emptyCache();
  await sync(world, cache);
  world.google.knobs.set(knob, true, { times: 1 });
  await expect(sync(world, cache)).rejects.toMatchObject(expected);
  cache.cursor = null;
  await sync(world, cache);
});

test("a page token that Google no longer knows asks for a resync", async () => {
  const world = await makeGoogleWorld();
  const cursor = JSON.stringify({
    v: 1,
    timeMin: "2026-03-01T00:00:00.000Z",
    timeMax: "2026-04-01T00:00:00.000Z",
    pageToken: "stale",
  });
  await expect(sync(world, { ...emptyCache(), cursor })).rejects.toMatchObject({ kind: "resync" });
});

test("G38: a later edit's flood of instances touches nothing beyond the window", async () => {
  const world = await makeGoogleWorld();
  const cache = emptyCache();
  await sync(world, cache);
  await world.person.create({ title: "Daily", when: inHours(world, 2), repeats: { daily: "forever" } });
  const pages = await sync(world, cache);
  expect(pages.flatMap((page) => page.removedKeys).length).toBeGreaterThan(1000);
  expect([...cache.rows.values()].every((row) => row.startsAt < NOW + 60 * DAY)).toBe(true);
});

test.each([
  ["G39: stubs without times", null],
  ["stubs with all details", "list.cancelledDetails"],
  ["one stub for a whole series", "sync.masterStub"],
  ["stray stubs in a first listing", "list.strayCancelled"],
] as const)("%s remove what was deleted", async (_, knob) => {
  const world = await makeGoogleWorld();
  const single = await world.person.create({ title: "One", when: inHours(world, 1) });
  const series = await world.person.create({
    title: "Many",
    when: inHours(world, 3),
    repeats: { daily: 5 },
  });
  const cache = emptyCache();
  await sync(world, cache);
  expect(cache.rows.size).toBe(6);
  await world.person.remove(single);
  await world.person.remove(series);
  if (knob !== null) world.google.knobs.set(knob, true);
  await sync(world, cache);
  expect(cache.rows.size).toBe(0);
  await sync(world, { ...cache, cursor: null });
  expect(cache.rows.size).toBe(0);
});

test("an event made recurring keeps its occurrences, wherever its own stub comes", async () => {
  const world = await makeGoogleWorld();
  const id = await world.person.create({ title: "Once", when: inHours(world, 1) });
  const cache = emptyCache();
  await sync(world, cache);
  world.google.patchEvent(ANA, id, {
    start: { timeZone: "UTC" },
    end: { timeZone: "UTC" },
    recurrence: ["RRULE:FREQ=DAILY;COUNT=3"],
  });
  world.stage.pagesOf(1);
  await sync(world, cache);
  expect(cache.rows.size).toBe(3);
});

test("D.4.7: a series split in two stays one set of times", async () => {
  const world = await makeGoogleWorld();
  const series = await world.person.create({
    title: "Many",
    when: inHours(world, 3),
    repeats: { daily: "forever" },
  });
  const cache = emptyCache();
  await sync(world, cache);
  const from = new Date(inHours(world, 3 + 24 * 10).startsAt).toISOString();
  world.google.splitSeries(ANA, series, from, {});
  await sync(world, cache);
  const fresh = emptyCache();
  await sync(world, fresh);
  expect([...cache.rows.keys()].sort()).toEqual([...fresh.rows.keys()].sort());
  expect(cache.rows.size).toBe(60);
});

test("a calendar that shows only free and busy still blocks its time", async () => {
  const world = await makeGoogleWorld();
  await world.person.create({ title: "Hidden", when: inHours(world, 1) });
  world.google.knobs.set("cal.role", "freeBusyReader");
  const cache = emptyCache();
  await sync(world, cache);
  expect([...cache.rows.values()]).toMatchObject([{ status: "busy", ...inHours(world, 1) }]);
});

test("P8: titles and attendees are never asked for", async () => {
  const world = await makeGoogleWorld();
  await sync(world, emptyCache());
  const asked = world.google.requests.filter((request) => request.operation === "events.list");
  expect(asked).not.toEqual([]);
  for (const { query } of asked) {
    expect(query["fields"]).toBeDefined();
    expect(query["fields"]).not.toMatch(/summary|description|location|email|displayName|creator|organizer/);
  }
});

test("a first listing of 10,000 events takes 4 requests", async () => {
  const world = await makeGoogleWorld();
  for (let index = 0; index < 10_000; index++) {
    const startsAt = NOW + (index % 1000) * 3_600_000;
    await world.person.create({ title: "x", when: { startsAt, endsAt: startsAt + 60_000 } });
  }
  world.google.requests.splice(0);
  const cache = emptyCache();
  await sync(world, cache);
  expect(cache.rows.size).toBe(10_000);
  expect(world.google.requests).toHaveLength(4);
});

test("occurrences count and not a stub under the id of their series, in whichever order they come", async () => {
  const occurrence = {
    id: "once_20260302T090000Z",
    recurringEventId: "once",
    start: { dateTime: "2026-03-02T09:00:00Z" },
    end: { dateTime: "2026-03-02T10:00:00Z" },
  };
  const pages = [
    { items: [occurrence], nextPageToken: "2" },
    { items: [{ id: "once", status: "cancelled" }], nextSyncToken: "next" },
  ];
  const world = await makeGoogleWorld();
  const deps = { ...world.deps, fetch: async () => Response.json(pages.shift()) };
  const account = createGoogle({ clientId: "id", clientSecret: "secret", origin: null }, deps).open(
    world.credentials,
  );
  const cursor = JSON.stringify({ v: 1, syncToken: "token", pageToken: null });
  const cache = { ...emptyCache(), cursor };
  await sync({ ...world, account }, cache);
  expect([...cache.rows.keys()]).toEqual(["once_20260302T090000Z"]);
});

test("a listing that ends without a sync token is read once more, and then leaves no cursor", async () => {
  const world = await makeGoogleWorld();
  let requests = 0;
  const fetch = async () => {
    requests += 1;
    return Response.json({ items: [] });
  };
  const account = createGoogle(
    { clientId: "id", clientSecret: "secret", origin: null },
    { ...world.deps, fetch },
  ).open(world.credentials);
  const cache = emptyCache();
  await sync({ ...world, account }, cache);
  expect([requests, cache.cursor]).toEqual([2, null]);
});

test("a calendar hidden in Google's sidebar is listed, a removed one isn't", async () => {
  const world = await makeGoogleWorld();
  world.google.changeEntry(world.readOnlyCalendar.calendarId, ANA, { hidden: true });
  world.google.changeEntry(world.unwatchableCalendar.calendarId, ANA, { deleted: true });
  const listed = (await world.account.listCalendars()).map((calendar) => calendar.calendarId);
  expect(listed.sort()).toEqual([ANA, world.readOnlyCalendar.calendarId].sort());
});

test("the list of calendars is read over all its pages", async () => {
  const world = await makeGoogleWorld();
  for (let index = 0; index < 260; index++) world.calendarIn("UTC");
  expect(await world.account.listCalendars()).toHaveLength(263);
});

test("an unknown zone counts as none", async () => {
  const world = await makeGoogleWorld();
  const [start, end] = [{ date: "2026-03-10" }, { date: "2026-03-11" }];
  const answers = [
    { timeZone: "Mars/Olympus", items: [{ id: "day", start, end }], nextSyncToken: "next" },
    { items: [{ id: ANA, timeZone: "Mars/Olympus", accessRole: "owner" }] },
  ];
  const deps = { ...world.deps, fetch: async () => Response.json(answers.shift()) };
  const account = createGoogle({ clientId: "id", clientSecret: "secret", origin: null }, deps).open(
    world.credentials,
  );
  const pages = await sync({ ...world, account }, emptyCache());
  expect(pages).toMatchObject([{ timeZone: null, upserts: [{ key: "day", allDay: true }] }]);
  expect(await account.listCalendars()).toMatchObject([{ timeZone: null }]);
});
