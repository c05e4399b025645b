// Microsoft: Outlook.com and Office 365 through the whole engine.
import { expect, test } from "vitest";
import { syncNow } from "../../src/sync/sync-now.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type WorldOptions } from "../support/world.ts";
import { ask, book } from "./requests.ts";

const databaseUrl = useOwnDatabase();
const worldOf = (options: WorldOptions = {}) => createWorld({ databaseUrl: databaseUrl(), ...options });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (text: string) => Date.parse(text);
const utc = (text: string) => ({ dateTime: text, timeZone: "UTC" });

const meeting = (start: string, end: string, more: Record<string, unknown> = {}) => ({
  subject: "Canary subject",
  start: utc(start),
  end: utc(end),
  ...more,
});

const SLOT = ["2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z"] as const;

for (const [provider, mailbox] of [
  ["OFFICE365", "workEmail"],
  ["OUTLOOK", "homeEmail"],
] as const) {
  test(`${provider}: an event blocks, push changes the answer, a booking arrives once, and no title is logged or stored`, async () => {
    const world = worldOf();
    const calendarId = world.microsoft.calendarId(world[mailbox]);
    const event = world.microsoft.addEvent(calendarId, meeting(...SLOT));
    const { connectionId } = await world.connect({ provider });
    expect(await ask(world, ...SLOT)).toMatchObject({
      available: false,
      complete: true,
      conflicts: [{ reason: "busy", provider, connectionId }],
    });

    world.microsoft.deleteEvent(calendarId, String(event["id"]));
    await world.drain();
    expect(await ask(world, ...SLOT)).toMatchObject({ available: true });

    const booked = await book(world, "b-1", ...SLOT);
    expect(booked).toMatchObject({ created: true, results: [{ status: "synced", provider }] });
    await world.drain();
    await world.cron();
    expect(world.microsoft.events(calendarId)).toHaveLength(1);
    expect(world.microsoft.mails).toEqual([]);
    const own = await ask(world, ...SLOT);
    expect(own.conflicts).toMatchObject([{ reason: "booking", bookingId: "b-1" }]);
    expect(own.conflicts).toHaveLength(1);
    const rows = JSON.stringify(
      await world.query(
        "SELECT * FROM busy WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?)",
        [world.agentId],
      ),
    );
    expect(rows + JSON.stringify(world.logs)).not.toContain("Canary");
    expect(world.logs.filter(({ level }) => level === "error")).toEqual([]);
  });
}

test("L9: a row of a type that Graph doesn't document yet blocks its time, and a removed one frees it", async () => {
  const world = worldOf({
    fetch: (inner) => async (input, init) => {
      const response = await inner(input, init);
      const text = await response.text();
      return new Response(
        response.status === 204 ? null : text.replaceAll('"singleInstance"', '"holding"'),
        response,
      );
    },
  });
  const calendarId = world.microsoft.calendarId(world.workEmail);
  const event = world.microsoft.addEvent(calendarId, meeting(...SLOT));
  await world.connect({ provider: "OFFICE365" });
  expect(await ask(world, ...SLOT)).toMatchObject({ available: false, complete: true });
  world.microsoft.deleteEvent(calendarId, String(event["id"]));
  await world.drain();
  expect(await ask(world, ...SLOT)).toMatchObject({ available: true, complete: true });
  expect(
    await world.query(
      "SELECT 1 FROM busy WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?)",
      [world.agentId],
    ),
  ).toEqual([]);
});

test("an event in either of two calendars blocks the slot, and a booking appears in both", async () => {
  const world = worldOf();
  await world.connect();
  await world.connect({ provider: "OFFICE365" });
  const work = world.microsoft.calendarId(world.workEmail);
  world.microsoft.addEvent(work, meeting(...SLOT));
  world.google.addEvent(world.email, {
    summary: "Canary summary",
    start: { dateTime: "2026-03-03T14:00:00Z" },
    end: { dateTime: "2026-03-03T15:00:00Z" },
  });
  await world.drain();
  expect((await ask(world, ...SLOT)).conflicts).toMatchObject([{ provider: "OFFICE365" }]);
  const other = await ask(world, "2026-03-03T14:00:00Z", "2026-03-03T15:00:00Z");
  expect(other.conflicts).toMatchObject([{ provider: "GOOGLE" }]);

  const booked = await book(world, "b-1", "2026-03-03T16:00:00Z", "2026-03-03T17:00:00Z");
  expect(booked.results.map(({ status }) => status)).toEqual(["synced", "synced"]);
  await world.drain();
  const [from, to] = [at("2026-03-03T16:00:00Z"), at("2026-03-03T17:00:00Z")];
  expect(world.microsoft.events(work, { from, to })).toHaveLength(1);
  expect(world.google.events(world.email, { from, to })).toHaveLength(1);
  await expect(book(world, "b-2", "2026-03-03T16:30:00Z", "2026-03-03T17:30:00Z")).rejects.toMatchObject({
    code: "slot_taken",
  });
});

test("P6: a subscription is renewed in place before it ends, and the calendar stays watched", async () => {
  const world = worldOf();
  await world.connect({ provider: "OFFICE365" });
  const [before] = world.microsoft.subscriptions();
  for (let day = 0; day < 20; day += 1) {
    world.advance(DAY);
    await world.cron();
    const live = world.microsoft.subscriptions().filter(({ expiresAt }) => expiresAt > world.deps.now());
    expect(live).toHaveLength(1);
    expect(live[0]?.id).toBe(before?.id);
  }
});

test("P4: a subscription that leaves out a change isn't renewed: another takes its place", async () => {
  const world = worldOf();
  await world.connect({ provider: "OFFICE365" });
  const calendarId = world.microsoft.calendarId(world.workEmail);
  const [silent] = world.microsoft.subscriptions();
  world.microsoft.knobs.set("push.drop", true);
  world.microsoft.addEvent(calendarId, meeting(...SLOT));
  for (let minute = 0; minute < 15; minute += 1) {
    world.advance(MINUTE);
    await world.cron();
  }
  const subscriptions = world.microsoft.subscriptions();
  expect(subscriptions).toHaveLength(1);
  expect(subscriptions[0]?.id).not.toBe(silent?.id);
  expect(await ask(world, ...SLOT)).toMatchObject({ available: false });
});

test("M37, M43, L18: a lost subscription is made again, and changes that it missed are found", async () => {
  const world = worldOf();
  await world.connect({ provider: "OFFICE365" });
  const calendarId = world.microsoft.calendarId(world.workEmail);
  const [first] = world.microsoft.subscriptions();
  world.microsoft.knobs.set("push.drop", true, { times: 5 });
  world.microsoft.addEvent(calendarId, meeting(...SLOT));
  world.microsoft.knobs.clear("push.drop");
  world.microsoft.sendLifecycle(first?.id ?? "", "subscriptionRemoved");
  await world.drain();
  const subscriptions = world.microsoft.subscriptions();
  expect(subscriptions).toHaveLength(1);
  expect(subscriptions[0]?.id).not.toBe(first?.id);
  expect(await ask(world, ...SLOT)).toMatchObject({ available: false });
});

test("M42, M44, L18: reauthorizationRequired renews the subscription, and missed leads to a pull", async () => {
  const world = worldOf();
  await world.connect({ provider: "OFFICE365" });
  const calendarId = world.microsoft.calendarId(world.workEmail);
  const [subscription] = world.microsoft.subscriptions();
  world.advance(DAY);
  world.microsoft.sendLifecycle(subscription?.id ?? "", "reauthorizationRequired");
  await world.drain();
  const [renewed] = world.microsoft.subscriptions();
  expect(renewed?.id).toBe(subscription?.id);
  expect(renewed?.expiresAt).toBeGreaterThan(world.deps.now() + 6 * DAY);

  world.microsoft.knobs.set("push.drop", true, { times: 1 });
  world.microsoft.addEvent(calendarId, meeting(...SLOT));
  await world.drain();
  expect(await ask(world, ...SLOT)).toMatchObject({ available: true });
  world.microsoft.sendLifecycle(renewed?.id ?? "", "missed");
  await world.drain();
  expect(await ask(world, ...SLOT)).toMatchObject({ available: false });
});

test("L3: the window fixed in the delta is re-based before the horizon comes near", async () => {
  const world = worldOf({ bindings: { WINDOW_FUTURE_DAYS: "30" } });
  await world.connect({ provider: "OFFICE365" });
  const calendarId = world.microsoft.calendarId(world.workEmail);
  world.microsoft.addEvent(calendarId, meeting("2026-04-20T10:00:00Z", "2026-04-20T11:00:00Z"));
  await world.drain();
  for (let day = 0; day < 28; day += 1) {
    world.advance(DAY);
    await world.cron();
    await world.cron();
  }
  expect(await ask(world, "2026-04-20T10:00:00Z", "2026-04-20T11:00:00Z")).toMatchObject({
    available: false,
    complete: true,
    conflicts: [{ reason: "busy" }],
  });
});

test("L23, M8: ten Workers at once refresh a rotating token once, and lose none", async () => {
  const world = worldOf();
  const { connectionId } = await world.connect({ provider: "OFFICE365" });
  world.microsoft.knobs.set("token.oldRefused", true);
  for (let round = 0; round < 3; round += 1) {
    world.advance(2 * HOUR);
    const before = world.microsoft.requests.filter(({ operation }) => operation === "token").length;
    await Promise.all(
      Array.from({ length: 10 }, () => ask(world, "2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z", "confirm")),
    );
    const refreshes =
      world.microsoft.requests.filter(({ operation }) => operation === "token").length - before;
    expect(refreshes).toBe(1);
  }
  world.advance(1_000);
  expect(await syncNow(world.deps, { ownedBy: null, connectionId })).toMatchObject({ outcome: "ok" });
});

test("M3: conditional access asks for another consent, and its claims are passed to the consent page", async () => {
  const world = worldOf();
  const { accountId } = await world.connect({ provider: "OFFICE365" });
  world.microsoft.knobs.set("token.code", 50076);
  world.advance(2 * HOUR);
  const unverified = await ask(world, ...SLOT, "confirm");
  expect(unverified).toMatchObject({ available: false, reason: "unverified" });
  expect(unverified.calendars).toMatchObject([{ reason: "needs_reauth" }]);
  world.microsoft.knobs.clear("token.code");
  await world.connect({ provider: "OFFICE365", accountId });
  const [authorization] = world.microsoft.authorizations.slice(-1);
  expect(JSON.stringify(authorization)).toContain("claims");
  expect(await ask(world, ...SLOT, "confirm")).toMatchObject({ available: true });
});

test("L27: all-day events move with the agent's zone, because Graph's calendars have none", async () => {
  const world = worldOf();
  const calendarId = world.microsoft.calendarId(world.workEmail);
  world.microsoft.addEvent(calendarId, {
    subject: "Canary subject",
    isAllDay: true,
    start: { dateTime: "2026-03-10T00:00:00", timeZone: "UTC" },
    end: { dateTime: "2026-03-11T00:00:00", timeZone: "UTC" },
  });
  await world.connect({ provider: "OFFICE365" });
  const { getSettings, putSettings } = await import("../../src/availability/settings.ts");
  const early = ["2026-03-09T12:00:00Z", "2026-03-09T13:00:00Z"] as const;
  expect(await ask(world, ...early)).toMatchObject({ available: true });
  const { revision: _, ...settings } = await getSettings(world.deps, { agentId: world.agentId });
  await putSettings(world.deps, {
    agentId: world.agentId,
    settings: { ...settings, timeZone: "Pacific/Kiritimati" },
  });
  await world.drain();
  expect(await ask(world, ...early)).toMatchObject({ available: false, conflicts: [{ reason: "all_day" }] });
});

test("P1, P2: an audit finds busy time that no delta told of, and time that the cache has elsewhere", async () => {
  const world = worldOf();
  const calendarId = world.microsoft.calendarId(world.workEmail);
  for (const day of ["03", "04", "05"]) {
    world.microsoft.addEvent(calendarId, meeting(`2026-03-${day}T10:00:00`, `2026-03-${day}T11:00:00`));
  }
  await world.connect({ provider: "OFFICE365" });
  const rows = () => world.query("SELECT starts_at, ends_at FROM busy ORDER BY starts_at");
  const before = await rows();
  await world.query("DELETE FROM busy WHERE starts_at = ?", [at(SLOT[0])]);
  await world.query("UPDATE busy SET starts_at = starts_at + ?, ends_at = ends_at + ? WHERE starts_at = ?", [
    ...[2 * HOUR, 2 * HOUR, at("2026-03-05T10:00:00Z")],
  ]);
  await world.query("UPDATE connections SET audit_due_at = 0, poll_due_at = 9e15, roll_due_at = 9e15");
  await world.cron();
  expect(await rows()).toEqual(before);
  expect(await world.query("SELECT missing, extra FROM sync_runs WHERE mode = 'audit'")).toMatchObject([
    { missing: 2, extra: 1 },
  ]);
});
