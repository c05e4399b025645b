// Analytics: every sync of an agent is counted, by whole days, also of calendars that are gone.
import { describe, expect, test } from "vitest";
import { disconnect } from "../../src/accounts/disconnect.ts";
import { runJob } from "../../src/jobs.ts";
import { readAnalytics } from "../../src/sync/analytics.ts";
import { at, DAY, type GoogleWorld, useGoogleWorld, watchedDatabase } from "../support/google-world.ts";

const newWorld = useGoogleWorld();

const analytics = (world: GoogleWorld, from: string, to: string) =>
  readAnalytics(world.deps, { agentId: world.agentId, from: at(from), to: at(to) });

/** A day with two idle pulls, one change and one failure, and the day after with one idle pull. */
async function twoDays() {
  const world = newWorld(watchedDatabase());
  const { connectionId } = await world.connect();
  const before = (await analytics(world, "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z")).syncs;
  world.google.knobs.set("push.drop", true);
  const pull = async () => {
    await world.query("UPDATE connections SET poll_due_at = 0, next_attempt_at = 0");
    await runJob(world.deps, { kind: "pull", connectionId });
  };
  await pull();
  await world.pullNow(connectionId);
  world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
  await pull();
  world.google.knobs.set("api.status", 503, { operation: "events.list", times: 1 });
  await pull();
  world.advance(DAY);
  await pull();
  return { world, connectionId, before };
}

describe("syncs", () => {
  test("are counted by mode, outcome and kind of failure, each once", async () => {
    const { world, connectionId, before } = await twoDays();
    const first = await analytics(world, "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
    expect(first.syncs).toMatchObject({
      total: before.total + 4,
      unchanged: before.unchanged + 2,
      failed: 1,
      failedByKind: { retry: 1 },
      deltas: before.deltas + 4,
      upserts: 1,
      removals: 0,
    });
    const both = await analytics(world, "2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z");
    expect(both.syncs).toMatchObject({ total: first.syncs.total + 1, unchanged: first.syncs.unchanged + 1 });
    expect(both.connections).toMatchObject([{ connectionId, syncs: both.syncs.total, failed: 1 }]);
    const recorded = await world.query("SELECT outcome, upserts FROM sync_runs ORDER BY started_at");
    expect(recorded).toMatchObject([
      { outcome: "ok", upserts: 1 },
      { outcome: "failed", upserts: 0 },
    ]);
  });

  test("are counted by every day that the range touches, and by no other", async () => {
    const { world } = await twoDays();
    const total = async (from: string, to: string) => (await analytics(world, from, to)).syncs.total;
    const first = await total("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
    expect(await total("2026-03-02T23:59:00Z", "2026-03-03T00:00:00Z")).toBe(first);
    expect(await total("2026-03-03T00:00:00Z", "2026-03-03T00:00:01Z")).toBe(1);
    expect(await total("2026-03-02T23:59:00Z", "2026-03-03T00:01:00Z")).toBe(first + 1);
    expect(await total("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")).toBe(0);
    const { days } = await analytics(world, "2026-03-02T14:00:00Z", "2026-03-03T14:00:00Z");
    expect(days).toEqual({ from: at("2026-03-02T00:00:00Z"), to: at("2026-03-04T00:00:00Z") });
  });

  test("of a calendar that was disconnected still count, for its agent", async () => {
    const { world, connectionId } = await twoDays();
    const before = await analytics(world, "2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z");
    await disconnect(world.deps, { ownedBy: null, connectionId });
    await world.drain();
    expect(await world.query("SELECT id FROM connections")).toEqual([]);
    const after = await analytics(world, "2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z");
    expect(after).toMatchObject({ syncs: before.syncs, connections: [] });
  });

  test("of a day that is over are forgotten after 30 days, as a whole", async () => {
    const { world } = await twoDays();
    const total = async () =>
      (await analytics(world, "2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z")).syncs.total;
    const all = await total();
    world.advance(29 * DAY);
    await world.query("UPDATE connections SET poll_due_at = 9e15, roll_due_at = 9e15");
    await world.cron("17 3 * * *");
    expect(await total()).toBe(all);
    world.advance(2 * DAY);
    await world.cron("17 3 * * *");
    expect(await total()).toBeLessThan(all);
  });
});
