// Callers share pulls: however often somebody asks, a calendar's provider is asked for them once a second at most.
import { describe, expect, test } from "vitest";
import { syncNow } from "../../src/sync/sync-now.ts";
import { confirm, occupySecretly } from "../availability/requests.ts";
import { createWorld, type World } from "../support/world.ts";

const SECOND = 1_000;

const listings = (world: World) =>
  world.google.requests.filter(({ operation }) => operation === "events.list").length;

/** The world's clock runs by itself; a pull and what follows it take less than this. */
const AT_ONCE_MS = 600;

describe("an agent who clicks again and again", () => {
  test("makes a calendar be read once a second, and each click sees what was there when it came", async () => {
    const world = createWorld();
    const { connectionId } = await world.connect();
    world.advance(10 * SECOND);
    const before = listings(world);
    const startedAt = world.deps.now();
    for (let click = 0; click < 3; click += 1) {
      const clickedAt = world.deps.now();
      const report = await syncNow(world.deps, { ownedBy: world.agentId, connectionId });
      expect(report.outcome).toBe("ok");
      expect(report.startedAt).toBeGreaterThanOrEqual(clickedAt);
    }
    expect(listings(world) - before).toBe(3);
    expect(world.deps.now() - startedAt).toBeGreaterThanOrEqual(2 * SECOND);
  });

  test("isn't refused where a timer ends a little before its time", async () => {
    const world = createWorld();
    const { connectionId } = await world.connect();
    const early = { ...world.deps, sleep: (ms: number) => world.deps.sleep(ms > 50 ? ms - 50 : ms) };
    const click = () => syncNow(early, { ownedBy: world.agentId, connectionId });
    expect([await click(), await click()]).toMatchObject([{ outcome: "ok" }, { outcome: "ok" }]);
  });

  test("who asks with a maxAgeMs of 0 shares a pull with all who ask in the same second", async () => {
    const world = createWorld();
    await world.connect();
    world.advance(10 * SECOND);
    await confirm(world, { maxAgeMs: 0 });
    const before = listings(world);
    occupySecretly(world);
    const answers = await Promise.all(Array.from({ length: 6 }, () => confirm(world, { maxAgeMs: 0 })));
    expect(answers.map(({ reason }) => reason)).toEqual(Array(6).fill("conflict"));
    expect(answers.every(({ complete }) => complete)).toBe(true);
    expect(listings(world) - before).toBe(1);
  });

  test("P4: waits for nothing where a notification says that something has changed", async () => {
    const world = createWorld();
    await world.connect();
    world.advance(10 * SECOND);
    await confirm(world, { maxAgeMs: 0 });
    occupySecretly(world);
    await world.query("UPDATE connections SET dirty = dirty + 1 WHERE agent_id = ?", [world.agentId]);
    const askedAt = world.deps.now();
    expect((await confirm(world)).reason).toBe("conflict");
    expect(world.deps.now() - askedAt).toBeLessThan(AT_ONCE_MS);
  });

  test("asks a provider that fails once a second, and answers as not verified", async () => {
    const world = createWorld({ bindings: { PULL_BUDGET_SECONDS: "2" } });
    await world.connect();
    world.advance(120 * SECOND);
    world.google.knobs.set("api.status", 503);
    const before = listings(world);
    const startedAt = world.deps.now();
    for (let click = 0; click < 3; click += 1) expect((await confirm(world)).reason).toBe("unverified");
    const seconds = Math.ceil((world.deps.now() - startedAt) / SECOND);
    expect(listings(world) - before).toBeLessThanOrEqual(seconds + 1);
    expect(seconds).toBeGreaterThanOrEqual(2);
  });

  test("isn't kept from a calendar by the clock of another worker that is ahead", async () => {
    const world = createWorld();
    const { connectionId } = await world.connect();
    await world.query("UPDATE connections SET verified_at = ? WHERE id = ?", [
      world.deps.now() + 3_600 * SECOND,
      connectionId,
    ]);
    const askedAt = world.deps.now();
    await world.query("UPDATE connections SET dirty = dirty + 1 WHERE id = ?", [connectionId]);
    expect((await syncNow(world.deps, { ownedBy: null, connectionId })).outcome).toBe("ok");
    expect(world.deps.now() - askedAt).toBeLessThan(AT_ONCE_MS);
  });
});
