// P9: an unverified calendar is named with its reason, and confirms nothing unless the agent allows it.
import { expect, test } from "vitest";
import { putSettings } from "../../src/availability/settings.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { bookingRequest, codeOf, SLOT } from "../bookings/requests.ts";
import { createWorld, type World } from "../support/world.ts";
import { check, confirm } from "./requests.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const allowStale = (world: World) =>
  putSettings(world.deps, {
    agentId: world.agentId,
    settings: { ...DEFAULT_SETTINGS, timeZone: "Europe/Lisbon", onStale: "allow" },
  });

test.each([
  ["a failing Google", "retry", "free", (world: World) => world.google.knobs.set("api.status", 503)],
  ["throttling", "wait", "free", (world: World) => world.google.knobs.set("limit.user", true)],
  [
    "withdrawn access",
    "needs_reauth",
    "unverified",
    (world: World) => world.google.removeAccess(world.email),
  ],
])("P9: a calendar that can't be verified is named with its reason: %s", async (_, reason, shown, break_) => {
  const world = createWorld();
  const { connectionId } = await world.connect();
  world.advance(20 * MINUTE);
  break_(world);
  const named = [{ connectionId, provider: "GOOGLE", fresh: false, reason }];
  expect(await check(world)).toMatchObject({
    available: shown === "free",
    reason: shown,
    complete: false,
    calendars: named,
  });
  expect(await confirm(world)).toMatchObject({ available: false, reason: "unverified", calendars: named });
  expect(await codeOf(createBooking(world.deps, bookingRequest(world)))).toBe("slot_unverified");
  expect(world.google.events(world.email)).toEqual([]);
  await allowStale(world);
  expect(await confirm(world)).toMatchObject({ available: true, reason: "free", complete: false });
  expect((await createBooking(world.deps, bookingRequest(world))).created).toBe(true);
  expect(await confirm(world)).toMatchObject({ available: false, reason: "conflict", complete: false });
});

test("P9: an answer waits no longer than the budget, and asOf says how old its free-busy is", async () => {
  const world = createWorld({ bindings: { PULL_BUDGET_SECONDS: "1" } });
  await world.connect();
  const verified = (await check(world)).asOf;
  world.advance(20 * MINUTE);
  world.google.knobs.set("net.hang", "before", { operation: "events.list", times: 1 });
  const began = performance.now();
  const answer = await confirm(world);
  // Without the budget the request to Google would time out after 15 s.
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(answer).toMatchObject({ reason: "unverified", asOf: verified, calendars: [{ reason: "stale" }] });
});

test("P9: a calendar that was never read leaves asOf unknown", async () => {
  const world = createWorld({ bindings: { PULL_BUDGET_SECONDS: "1" } });
  const { connectionId } = await world.connect();
  await world.query("UPDATE connections SET verified_at = NULL WHERE id = ?", [connectionId]);
  world.google.knobs.set("net.hang", "before", { operation: "events.list" });
  expect(await check(world)).toMatchObject({
    asOf: null,
    complete: false,
    calendars: [{ reason: "never_synced" }],
  });
});

test("credentials that no key opens make one calendar unverified, and the request doesn't fail", async () => {
  const world = createWorld();
  const { accountId, connectionId } = await world.connect();
  world.google.addUser({ email: `o-${world.email}`, timeZone: "UTC", sub: `o-${world.agentId}` });
  await world.connect({ user: `o-${world.email}` });
  await world.query("UPDATE accounts SET sealed_credentials = 'v1.gone.AAAA.AAAA' WHERE id = ?", [accountId]);
  const answer = await confirm(world, { maxAgeMs: 0 });
  expect(answer.reason).toBe("unverified");
  expect(answer.calendars.filter(({ fresh }) => !fresh)).toMatchObject([
    { connectionId, reason: "operator" },
  ]);
  expect(world.logs).toContainEqual(
    expect.objectContaining({
      level: "error",
      fields: expect.objectContaining({ code: "credentials_unreadable" }),
    }),
  );
});

test("P9: time beyond the cached window is unverified", async () => {
  const world = createWorld();
  await world.connect();
  const far = { start: SLOT.start + 500 * DAY, end: SLOT.end + 500 * DAY };
  const outside = { complete: false, calendars: [{ fresh: false, reason: "outside_window" }] };
  expect(await check(world, { slot: far })).toMatchObject({ available: true, ...outside });
  expect(await confirm(world, { slot: far })).toMatchObject({
    available: false,
    reason: "unverified",
    ...outside,
  });
  expect(await codeOf(createBooking(world.deps, bookingRequest(world, { slot: far })))).toBe(
    "slot_unverified",
  );
  await allowStale(world);
  expect((await createBooking(world.deps, bookingRequest(world, { slot: far }))).created).toBe(true);
});

test("an agent without calendars is checked against their bookings only", async () => {
  const world = createWorld();
  await allowStale(world);
  expect(await confirm(world)).toMatchObject({
    available: true,
    asOf: null,
    complete: true,
    calendars: [],
  });
  expect((await createBooking(world.deps, bookingRequest(world))).results).toEqual([]);
  expect(await confirm(world)).toMatchObject({ available: false, conflicts: [{ reason: "booking" }] });
});
