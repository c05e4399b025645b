// Audit: what a provider's deltas leave out is found by listing the calendar anew, healed, counted and told.
import { describe, expect, test } from "vitest";
import { cachedKey } from "../../src/store/cached-key.ts";
import { auditCalendar } from "../../src/sync/audit.ts";
import { rollWindow } from "../../src/sync/roll-window.ts";
import {
  DAY,
  type GoogleWorld,
  HOUR,
  MINUTE,
  useGoogleWorld,
  watchedNetwork,
} from "../support/google-world.ts";
import type { WorldOptions } from "../support/world.ts";

const emptyWorld = useGoogleWorld();
const WEEK = 7 * DAY;
/** The default of a deployment; other tests are spared audits. */
const EVERY_WEEK = { AUDIT_INTERVAL_SECONDS: String(WEEK / 1_000) };
const newWorld = (options: WorldOptions = {}) => emptyWorld({ bindings: EVERY_WEEK, ...options });

/** An endless series from 3 March 2026, half past nine in UTC, every day. */
const addEndless = (world: GoogleWorld) =>
  world.add("", "", {
    start: { dateTime: "2026-03-03T09:30:00Z", timeZone: "UTC" },
    end: { dateTime: "2026-03-03T10:00:00Z", timeZone: "UTC" },
    recurrence: ["RRULE:FREQ=DAILY"],
  });

/** Makes the connection's audit due, and lets cron find it. */
async function audit(world: GoogleWorld, connectionId: string): Promise<void> {
  await world.query("UPDATE connections SET audit_due_at = 0 WHERE id = ?", [connectionId]);
  await world.cron();
}

/** Lets cron find the audit, and nothing else that is due. */
async function onlyAudit(world: GoogleWorld): Promise<void> {
  await world.query("UPDATE connections SET audit_due_at = 0, poll_due_at = 9e15, roll_due_at = 9e15");
  await world.cron();
}

let emptied = false;

/** A network on which one whole listing comes without its events, as long as `emptied` says so. */
const emptyFirstListing =
  (wrap: (inner: typeof fetch) => typeof fetch) =>
  (inner: typeof fetch): typeof fetch =>
    wrap(async (input, init) => {
      const response = await inner(input, init);
      const url = new URL(new Request(input, init).url);
      if (!emptied || !url.searchParams.has("timeMin")) return response;
      emptied = false;
      return Response.json({ ...((await response.json()) as object), items: [] });
    });

const runs = (world: GoogleWorld, connectionId: string) =>
  world.query("SELECT * FROM sync_runs WHERE connection_id = ? AND mode = 'audit' ORDER BY started_at", [
    connectionId,
  ]);

describe("an audit", () => {
  test("G46: frees the far occurrences of a deleted endless series that no delta named, within a week", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    const series = addEndless(world);
    await world.drain();
    expect((await world.rows(connectionId)).length).toBeGreaterThan(390);
    world.google.knobs.set("sync.seriesReach", 182);
    world.google.deleteEvent(world.email, series);
    await world.drain();
    const far = ["2026-12-01T09:30:00Z", "2026-12-01T10:00:00Z"] as const;
    expect(await world.ask(...far)).toMatchObject({ available: false, complete: true });

    for (let day = 0; day < 7; day += 1) {
      world.advance(DAY);
      await world.cron();
    }
    expect(await world.ask(...far)).toMatchObject({ available: true, complete: true });
    expect(await world.rows(connectionId)).toEqual([]);
    const [run] = await runs(world, connectionId);
    expect(run).toMatchObject({ outcome: "ok", missing: 0 });
    expect(Number(run?.["extra"])).toBeGreaterThan(200);
    expect(world.logged("audit.drift")).toMatchObject([
      { level: "warn", fields: { connectionId, missing: 0 } },
    ]);
  });

  test("P1, P2: finds busy time that no delta told of, blocks it, and tells MaraPlace in the same transaction", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.add("2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z");
    await world.drain();
    await world.query(
      "DELETE FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?)",
      [connectionId],
    );
    expect(await world.ask("2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z")).toMatchObject({
      available: true,
    });
    await audit(world, connectionId);
    expect(await world.ask("2026-03-03T10:00:00Z", "2026-03-03T11:00:00Z")).toMatchObject({
      available: false,
    });
    const notices = await world.query("SELECT data FROM notices WHERE kind = 'calendar.drift'");
    expect(notices.map(({ data }) => JSON.parse(String(data)))).toMatchObject([
      { connectionId, provider: "GOOGLE", missing: 1, extra: 0 },
    ]);
    expect(await runs(world, connectionId)).toMatchObject([{ missing: 1, extra: 0, outcome: "ok" }]);
  });

  test("a time that is cached elsewhere, or in another status, counts as missing and as extra", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    const [moved, tentative] = world.addDaily(3);
    await world.drain();
    const shift =
      "UPDATE busy SET starts_at = starts_at + 600000, ends_at = ends_at + 600000 WHERE event_key = ?";
    await world.query(shift, [cachedKey(moved ?? "")]);
    await world.query("UPDATE busy SET status = 'tentative' WHERE event_key = ?", [
      cachedKey(tentative ?? ""),
    ]);
    await audit(world, connectionId);
    expect(await runs(world, connectionId)).toMatchObject([{ missing: 2, extra: 2 }]);
    expect((await world.rows(connectionId)).map(({ start, status }) => [start, status])).toEqual([
      ["2026-03-03T10:00:00Z", "busy"],
      ["2026-03-04T10:00:00Z", "busy"],
      ["2026-03-05T10:00:00Z", "busy"],
    ]);
  });

  test("finds nothing wrong in a calendar with long events, bookings and a roll in between", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.add("2026-03-01T22:00:00Z", "2026-03-20T09:00:00Z");
    world.add("2026-04-01", "2026-04-04");
    addEndless(world);
    await world.drain();
    await world.book("b-1", "2026-05-05T12:00:00Z", "2026-05-05T13:00:00Z");
    await world.drain();
    for (let day = 0; day < 3; day += 1) {
      world.advance(DAY);
      await world.cron();
    }
    const before = await world.rows(connectionId);
    await audit(world, connectionId);
    expect((await runs(world, connectionId)).at(-1)).toMatchObject({ missing: 0, extra: 0, outcome: "ok" });
    expect(await world.rows(connectionId)).toEqual(before);
    expect(world.jobs.urgent).toEqual([]);
    expect(await world.query("SELECT 1 FROM deliveries WHERE look_due_at IS NOT NULL")).toEqual([]);
  });

  test("P3: a booking's event that is gone and that no delta named is reconciled", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    await world.book("b-1", "2026-05-05T12:00:00Z", "2026-05-05T13:00:00Z");
    await world.drain();
    world.advance(HOUR);
    await world.cron();
    const [delivery] = await world.query("SELECT external_id FROM deliveries");
    const eventId = String(delivery?.["external_id"]);
    world.google.deleteEvent(world.email, eventId);
    await world.pull(connectionId);
    // As if no delta had named it.
    await world.query("UPDATE deliveries SET look_due_at = NULL");
    world.jobs.urgent.length = 0;
    await audit(world, connectionId);
    await world.drain();
    const events = world.google.events(world.email).filter(({ status }) => status !== "cancelled");
    expect(events).toHaveLength(1);
    expect(await runs(world, connectionId)).toMatchObject([{ missing: 0, extra: 0 }]);
  });

  test("doesn't call a change drift that comes between the listing and the round of changes", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const { connectionId } = await world.connect();
    const [first, second] = world.addDaily(2);
    await world.drain();
    let listed = false;
    network.before = async (url) => {
      if (url.searchParams.has("timeMin")) listed = true;
      else if (listed && url.searchParams.has("syncToken")) {
        listed = false;
        world.google.deleteEvent(world.email, first ?? "");
        world.add("2026-03-09T10:00:00Z", "2026-03-09T11:00:00Z");
      }
    };
    await onlyAudit(world);
    expect(await runs(world, connectionId)).toMatchObject([{ missing: 0, extra: 0, outcome: "ok" }]);
    const rows = await world.rows(connectionId);
    expect(rows.map(({ start }) => start)).toEqual(["2026-03-04T10:00:00Z", "2026-03-09T10:00:00Z"]);
    expect(rows[0]?.key).toBe(second);
    expect(world.logged("audit.drift")).toEqual([]);
  });

  test("compares only the window that the listing and the cache share, when a roll comes between them", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch, bindings: { ...EVERY_WEEK, WINDOW_FUTURE_DAYS: "10" } });
    world.add("2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z");
    world.add("2026-03-13T10:00:00Z", "2026-03-13T11:00:00Z");
    const { connectionId } = await world.connect();
    const starts = async () => (await world.rows(connectionId)).map(({ start }) => start);
    expect(await starts()).toEqual(["2026-03-01T10:00:00Z"]);
    network.before = async (url) => {
      if (!url.searchParams.has("timeMin")) return;
      network.before = async () => {};
      world.advance(2 * DAY);
      await rollWindow(world.deps, { connectionId });
    };
    await world.query("UPDATE connections SET audit_due_at = 0, poll_due_at = 9e15");
    await auditCalendar(world.deps, { connectionId });
    expect(await runs(world, connectionId)).toMatchObject([{ missing: 0, extra: 0, outcome: "ok" }]);
    expect(await starts()).toEqual(["2026-03-13T10:00:00Z"]);
  });

  test("leaves a calendar alone that was pulled while it was listed, and is tried again", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const { connectionId } = await world.connect();
    world.addDaily(1);
    await world.drain();
    network.before = async (url) => {
      if (!url.searchParams.has("timeMin")) return;
      network.before = async () => {};
      await world.pullNow(connectionId);
    };
    await onlyAudit(world);
    expect(await runs(world, connectionId)).toEqual([]);
    expect(world.logged("audit.overtaken")).toHaveLength(1);
    world.advance(30 * MINUTE);
    await world.cron();
    expect(await runs(world, connectionId)).toMatchObject([{ outcome: "ok" }]);
  });

  test("P2: removes nothing by a listing that breaks off, holds off no pull, and is tried again", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const { connectionId } = await world.connect();
    world.addDaily(8);
    await world.drain();
    world.google.knobs.set("list.shortPage", 3);
    network.before = async (url) => {
      if (url.searchParams.has("timeMin") && url.searchParams.has("pageToken"))
        throw new TypeError("cut off");
    };
    await onlyAudit(world);
    expect(await runs(world, connectionId)).toMatchObject([{ outcome: "failed", failure_kind: "retry" }]);
    expect(await world.rows(connectionId)).toHaveLength(8);
    const failed = { failures: 0, nextAttemptAt: 0, auditedAt: null, leaseId: null };
    expect(await world.connection(connectionId)).toMatchObject(failed);
    network.before = async () => {};
    world.advance(2 * HOUR);
    await world.cron();
    expect((await runs(world, connectionId)).at(-1)).toMatchObject({ outcome: "ok", extra: 0 });
  });

  test("P2: believes an empty listing of a calendar with many rows only the second time", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: emptyFirstListing(network.fetch) });
    const { connectionId } = await world.connect();
    world.addDaily(8);
    await world.drain();
    emptied = true;
    await onlyAudit(world);
    expect(emptied).toBe(false);
    expect(await runs(world, connectionId)).toMatchObject([{ outcome: "ok", missing: 0, extra: 0 }]);
    expect(await world.rows(connectionId)).toHaveLength(8);
  });

  test("each calendar has its turn once a week", async () => {
    const world = newWorld();
    const { accountId, connectionId } = await world.connect();
    const ids = [connectionId, await world.addConnection(accountId, "Second")];
    for (const id of ids) {
      const wait = Number((await world.connection(id)).auditDueAt) - world.deps.now();
      expect(wait).toBeGreaterThan(3 * DAY);
      expect(wait).toBeLessThanOrEqual(WEEK);
    }
    for (let day = 0; day < 16; day += 1) {
      world.advance(DAY);
      await world.cron();
      if (day < 7) continue;
      for (const id of ids) {
        const { auditedAt } = await world.connection(id);
        expect(world.deps.now() - Number(auditedAt)).toBeLessThanOrEqual(WEEK);
      }
    }
  });

  test("comes soon after a cursor was refused", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    await audit(world, connectionId);
    world.google.knobs.set("sync.expire", true, { times: 1 });
    await world.pull(connectionId);
    const { auditDueAt } = await world.connection(connectionId);
    expect(Number(auditDueAt) - world.deps.now()).toBeLessThanOrEqual(HOUR);
    world.advance(HOUR);
    await world.cron();
    expect(await runs(world, connectionId)).toHaveLength(2);
  });
});
