import { describe, expect, test } from "vitest";
import { connected, textOf } from "../http/api.ts";
import { SETTINGS } from "../http/samples.ts";
import { createWorld } from "../support/world.ts";

const BUSY = { start: "2026-03-03T10:30:00Z", end: "2026-03-03T11:30:00Z" };
const FREE = { start: "2026-03-03T14:00:00Z", end: "2026-03-03T15:00:00Z" };

describe("Availability", () => {
  test("names the conflict, how fresh each calendar is, and no title", async () => {
    const world = createWorld();
    const { agent, connectionId } = await connected(world);
    const { body } = await agent("checkAvailability", { body: BUSY });
    expect(body).toMatchObject({
      available: false,
      reason: "conflict",
      slot: { start: "2026-03-03T10:30:00.000Z", end: "2026-03-03T11:30:00.000Z" },
      conflicts: [{ reason: "busy", connectionId, provider: "GOOGLE", status: "busy", bookingId: null }],
      complete: true,
      calendars: [{ connectionId, fresh: true, reason: null }],
    });
    expect(textOf(body)).not.toContain("canary");
    expect((await agent("checkAvailability", { body: FREE })).body).toMatchObject({
      available: true,
      reason: "free",
    });
  });

  test("of many slots is answered in their order, each for itself", async () => {
    const world = createWorld();
    const { service } = await connected(world);
    const { agentId } = world;
    const skipped = { date: "2026-03-29", startTime: "01:15", endTime: "03:00", timeZone: "Europe/Lisbon" };
    const checks = [
      { agentId, ...FREE },
      { agentId, ...BUSY },
      { agentId: "nobody", ...FREE },
      { agentId, ...skipped },
    ];
    const { body } = await service("checkManyAvailabilities", { body: { checks } });
    expect(body.results).toMatchObject([
      { available: true },
      { available: false },
      { error: { code: "agent_not_found" } },
      { error: { code: "time_skipped_by_dst" } },
    ]);
  });

  test("as a list of slots leaves out what is taken", async () => {
    const world = createWorld();
    const { agent } = await connected(world);
    const range = { from: "2026-03-03T09:00:00Z", to: "2026-03-03T12:00:00Z" };
    const { body } = await agent("findSlots", { body: { ...range, durationMinutes: 60, stepMinutes: 60 } });
    expect(body).toMatchObject({
      slots: [
        { start: "2026-03-03T09:00:00.000Z", end: "2026-03-03T10:00:00.000Z" },
        { start: "2026-03-03T11:00:00.000Z", end: "2026-03-03T12:00:00.000Z" },
      ],
      complete: true,
    });
  });
});

describe("Settings", () => {
  test("come back as they were put, and act at once", async () => {
    const world = createWorld();
    const { agent } = await connected(world);
    const before = (await agent("getSettings")).body;
    const put = await agent("putSettings", { body: SETTINGS });
    expect(put.body).toMatchObject(SETTINGS);
    expect(put.body.revision).toBeGreaterThan(before.revision);
    expect((await agent("getSettings")).body).toEqual(put.body);
    // 10:00 to 11:00 is busy; a slot keeps 10 minutes free before it.
    const close = { start: "2026-03-03T11:05:00Z", end: "2026-03-03T11:40:00Z" };
    const { body } = await agent("checkAvailability", { body: close });
    expect(body).toMatchObject({ available: false, conflicts: [{ reason: "buffer" }] });
  });

  test("put with a revision that is no longer current are refused, with what to do", async () => {
    const world = createWorld();
    const { agent } = await connected(world);
    const { body: read } = await agent("getSettings");
    const put = await agent("putSettings", { body: { ...SETTINGS, revision: read.revision } });
    expect(put).toMatchObject({ status: 200, body: { revision: read.revision + 1 } });
    const late = await agent("putSettings", { body: read });
    expect(late).toMatchObject({ status: 409, body: { code: "settings_changed" } });
    expect(late.body.detail).toMatch(/again/);
    expect((await agent("getSettings")).body).toEqual(put.body);
    expect((await agent("putSettings", { body: { ...SETTINGS, revision: -1 } })).status).toBe(400);
  });

  test.each([
    ["a field left out", { timeZone: undefined }, "timeZone"],
    ["a negative buffer", { bufferBeforeMinutes: -1 }, "bufferBeforeMinutes"],
    ["too long a buffer", { bufferAfterMinutes: 241 }, "bufferAfterMinutes"],
    ["half a minute", { minimumNoticeMinutes: 0.5 }, "minimumNoticeMinutes"],
    [
      "an eighth weekday",
      { workingHours: [{ weekday: 8, start: "09:00", end: "10:00" }] },
      "workingHours.0.weekday",
    ],
    [
      "hours that end first",
      { workingHours: [{ weekday: 1, start: "10:00", end: "09:00" }] },
      "workingHours.0.end",
    ],
    ["a rule left out", { rules: { ...SETTINGS.rules, allDay: undefined } }, "rules.allDay"],
    ["six reminders", { reminderMinutes: [1, 2, 3, 4, 5, 6] }, "reminderMinutes"],
  ])("with %s are refused, and nothing changes", async (_, spoilt, path) => {
    const world = createWorld();
    const { agent } = await connected(world);
    const before = (await agent("getSettings")).body;
    const { body } = await agent("putSettings", { body: { ...SETTINGS, ...spoilt } });
    expect(body).toMatchObject({ code: "invalid_request", errors: [{ path }] });
    expect((await agent("getSettings")).body).toEqual(before);
  });
});

describe("Analytics and operations", () => {
  test("count what syncs did", async () => {
    const world = createWorld();
    const { agent, connectionId } = await connected(world);
    const { body } = await agent("readAnalytics", {
      query: { from: "2026-03-01T00:00:00Z", to: "2026-03-04T00:00:00Z" },
    });
    expect(body.syncs.total).toBeGreaterThan(0);
    expect(body.connections).toMatchObject([{ connectionId, failed: 0 }]);
    const turned = { from: "2026-03-04T00:00:00Z", to: "2026-03-01T00:00:00Z" };
    expect((await agent("readAnalytics", { query: turned })).body).toMatchObject({ code: "invalid_time" });
  });

  test("say that the service is ready", async () => {
    const world = createWorld();
    const { agent } = await connected(world);
    expect((await agent("ready")).body).toMatchObject({ ready: true, database: "ok" });
  });
});

describe("Notifications", () => {
  test("of a known channel and of an unknown one get the same answer", async () => {
    const world = createWorld();
    await connected(world);
    const send = (id: string) =>
      world.app.request("/api/calendar/webhooks/google", {
        method: "POST",
        headers: {
          "x-goog-channel-id": id,
          "x-goog-channel-token": "not the secret",
          "x-goog-resource-id": "r",
          "x-goog-resource-state": "exists",
          "x-goog-message-number": "2",
        },
      });
    const [known] = world.google.channels();
    expect((await send(known?.id ?? "")).status).toBe(204);
    expect((await send(crypto.randomUUID())).status).toBe(204);
  });
});
