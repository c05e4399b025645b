// Refresh calendar list: gone, renamed and demoted calendars are found, and a failing list switches nothing off.
import { describe, expect, test } from "vitest";
import { runCron } from "../../src/cron.ts";
import type { Deps } from "../../src/deps.ts";
import { DAY, expectHeldOff, HOUR, MINUTE, useGoogleWorld } from "../support/google-world.ts";

const newWorld = useGoogleWorld();

describe("a calendar that is gone", () => {
  test("G17, P2: is confirmed by the calendar list, noted, and its rows go on counting", async () => {
    const world = newWorld();
    const { accountId } = await world.connect();
    const second = await world.addConnection(accountId, "Second");
    const { calendarId } = await world.connection(second);
    world.google.addEvent(calendarId, {
      start: { dateTime: "2026-03-05T10:00:00Z" },
      end: { dateTime: "2026-03-05T11:00:00Z" },
    });
    await world.drain();
    expect(await world.ask("2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z")).toMatchObject({
      available: false,
    });
    const lists = world.requests("calendarList.list").length;
    world.google.removeCalendar(calendarId);
    expect(await world.pull(second)).toMatchObject({ failure: { kind: "gone", code: "calendar_gone" } });
    expect(world.requests("calendarList.list")).toHaveLength(lists + 1);
    const { goneAt, ...gone } = await world.connection(second);
    expect(gone).toMatchObject({ isActive: true, failureCode: "calendar_gone" });
    expect(goneAt).not.toBeNull();
    expect(await world.ask("2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z")).toMatchObject({
      available: false,
      complete: false,
    });
  });

  test("G17: a 404 that the calendar list contradicts switches nothing off", async () => {
    const world = newWorld();
    world.addDaily(2);
    const { connectionId } = await world.connect();
    world.google.knobs.set("cal.gone", true);
    expect(await world.pull(connectionId)).toMatchObject({ failure: { kind: "gone", code: "notFound" } });
    expect(await world.connection(connectionId)).toMatchObject({ isActive: true, failureKind: "gone" });
    expect(await world.rows(connectionId)).toHaveLength(2);
    expectHeldOff(world, await world.connection(connectionId), 2.5 * MINUTE, 5 * MINUTE);
    world.google.knobs.clear();
    world.advance(5 * MINUTE);
    await world.cron();
    expect(await world.connection(connectionId)).toMatchObject({ failures: 0 });
  });

  test("G17: a calendar list that fails confirms nothing", async () => {
    const world = newWorld();
    world.addDaily(2);
    const { connectionId } = await world.connect();
    world.google.knobs.set("cal.gone", true);
    world.google.knobs.set("api.status", 503, { operation: "calendarList.list" });
    await world.pull(connectionId);
    expect(await world.connection(connectionId)).toMatchObject({ isActive: true });
    expect(await world.rows(connectionId)).toHaveLength(2);
  });

  test("G18, P9: a calendar that may no longer be read keeps its rows, is named with its reason, and is asked slowly", async () => {
    const world = newWorld();
    world.addDaily(2);
    const { connectionId } = await world.connect();
    world.google.knobs.set("cal.role", "none");
    expect(await world.pull(connectionId)).toMatchObject({ failure: { kind: "gone", code: "forbidden" } });
    expect((await world.account(connectionId)).status).toBe("active");
    expect(await world.rows(connectionId)).toHaveLength(2);
    world.advance(2 * MINUTE);
    expect(await world.ask("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z", "confirm")).toMatchObject({
      available: false,
      reason: "unverified",
      calendars: [{ connectionId, reason: "gone" }],
    });
  });

  test("the daily check of the calendar list finds removed, renamed and demoted calendars", async () => {
    const world = newWorld();
    const { accountId } = await world.connect();
    const [left, renamed] = [
      await world.addConnection(accountId, "Leaving"),
      await world.addConnection(accountId, "Renamed"),
    ];
    world.google.removeCalendar((await world.connection(left)).calendarId);
    const { calendarId } = await world.connection(renamed);
    world.google.changeCalendar(calendarId, { summary: "New name" });
    world.google.changeEntry(calendarId, world.email, { role: "reader" });
    await world.cron("17 3 * * *");
    expect((await world.connection(left)).goneAt).not.toBeNull();
    expect(await world.connection(renamed)).toMatchObject({
      isActive: true,
      name: "New name",
      role: "reader",
    });
  });

  test("the calendar lists of all accounts are checked over hours, idle tokens at once", async () => {
    const world = newWorld();
    await world.connect();
    await world.connect({ provider: "OFFICE365" });
    const sent: [string[], number][] = [];
    const queue: Deps["queue"] = {
      send: async (_, jobs, when) => void sent.push([jobs.map(({ kind }) => kind), when?.spreadMs ?? 0]),
    };
    world.advance(20 * DAY);
    await runCron({ ...world.deps, queue }, "17 3 * * *");
    expect(sent).toEqual([
      [["refresh-account", "refresh-account"], 0],
      [["list-calendars", "list-calendars"], 6 * HOUR],
    ]);
  });

  test("L11: a calendar list that fails halfway switches nothing off", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.knobs.set("net.truncate", true, { operation: "calendarList.list" });
    await world.cron("17 3 * * *");
    expect(await world.connection(connectionId)).toMatchObject({ isActive: true });
  });

  test("P2: a calendar that is missing from the list but can still be read stays busy", async () => {
    let forgetful = false;
    const world = newWorld({
      fetch: (inner) => async (input, init) => {
        const url = new URL(input instanceof Request ? input.url : input);
        const list = forgetful && url.pathname.endsWith("/calendarList");
        return list ? Response.json({ items: [] }) : inner(input, init);
      },
    });
    const { connectionId } = await world.connect();
    const { verifiedAt } = await world.connection(connectionId);
    forgetful = true;
    world.advance(MINUTE);
    await world.cron("17 3 * * *");
    const after = await world.connection(connectionId);
    expect(after).toMatchObject({ isActive: true, failures: 0 });
    expect(after.verifiedAt).toBeGreaterThan(verifiedAt ?? 0);
  });

  test("a hidden calendar still blocks", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.changeEntry(world.email, world.email, { hidden: true });
    await world.cron("17 3 * * *");
    expect(await world.connection(connectionId)).toMatchObject({ isActive: true });
  });
});
