// Pull failure: each passing failure keeps the rows, holds the calendar off and ends with the first success.
import { describe, expect, test } from "vitest";
import { changeConnection } from "../../src/accounts/connections.ts";
import type { KnobName, KnobValues } from "../simulators/google/knobs.ts";
import {
  expectHeldOff,
  type GoogleWorld,
  HOUR,
  MINUTE,
  useGoogleWorld,
  watchedNetwork,
} from "../support/google-world.ts";

const newWorld = useGoogleWorld();
const SECOND = 1_000;

/** Each passing failure: its case code, its knob, and the failure kind and code that the engine records. */
interface Trouble {
  readonly row: string;
  readonly what: string;
  readonly set: (world: GoogleWorld, times?: number) => void;
  readonly kind: string;
  readonly code: string;
}

function trouble<Name extends KnobName>(
  row: string,
  what: string,
  [name, value]: [Name, KnobValues[Name]],
  kind: string,
  code: string,
): Trouble {
  const set = (world: GoogleWorld, times?: number) => {
    world.google.knobs.set(name, value, {
      operation: "events.list",
      ...(times === undefined ? {} : { times }),
    });
  };
  return { row, what, set, kind, code };
}

const PASSING_FAILURES: readonly Trouble[] = [
  trouble("G10", "a user's rate limit", ["limit.user", true], "wait", "userRateLimitExceeded"),
  trouble("G11", "the project's rate limit as 403", ["limit.project", 403], "wait", "rateLimitExceeded"),
  trouble("G11", "the project's rate limit as 429", ["limit.project", 429], "wait", "rateLimitExceeded"),
  trouble("G13", "500", ["api.status", 500], "retry", "backendError"),
  trouble("G13", "502", ["api.status", 502], "retry", "backendError"),
  trouble("G13", "503 as a web page", ["api.status", { status: 503, html: true }], "retry", "http_503"),
  trouble("G13", "504", ["api.status", 504], "retry", "backendError"),
  trouble("G40", "a reset connection", ["net.reset", "before"], "retry", "network"),
  trouble("G40", "an answer lost on its way", ["net.reset", "after"], "retry", "network"),
  trouble("G40", "an answer cut off", ["net.truncate", true], "retry", "unparsable_answer"),
];

describe.each(PASSING_FAILURES)("$row: $what", ({ set, kind, code }) => {
  test("P2: keeps cursor, rows and consent, is tried again soon, and ends with the first success", async () => {
    const world = newWorld();
    world.addDaily(3);
    const { connectionId } = await world.connect();
    const before = await world.connection(connectionId);
    const rows = await world.rows(connectionId);
    set(world, 1);
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "failed", failure: { kind, code } });
    const failed = await world.connection(connectionId);
    expect(failed).toMatchObject({
      cursor: before.cursor,
      verifiedAt: before.verifiedAt,
      isActive: true,
      failures: 1,
      failureKind: kind,
      failureCode: code,
      leaseId: null,
    });
    const heldOffMs = kind === "wait" ? 20 * SECOND : 5 * SECOND;
    expectHeldOff(world, failed, heldOffMs / 2, heldOffMs);
    expect(await world.rows(connectionId)).toEqual(rows);
    expect((await world.account(connectionId)).status).toBe("active");
    expect(world.logged("pull.failed")).toMatchObject([{ level: "warn" }]);
    world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
    world.advance(heldOffMs);
    await world.cron();
    expect(await world.connection(connectionId)).toMatchObject({
      failures: 0,
      failureKind: null,
      failureCode: null,
    });
    expect(await world.rows(connectionId)).toHaveLength(4);
  });

  test("L11, L12, L20: during a resync deletes nothing, and the resync continues where it stopped", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    world.addDaily(6);
    const { connectionId } = await world.connect();
    const rows = await world.rows(connectionId);
    world.google.expireSyncTokens();
    world.google.knobs.set("list.shortPage", 2);
    const lists = world.requests("events.list").length;
    // The 410, the first page and the second page pass; then the failure comes.
    network.before = async () => {
      if (world.requests("events.list").length - lists === 3) set(world, 1);
    };
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "failed", failure: { kind, code } });
    network.before = async () => {};
    expect(await world.rows(connectionId)).toEqual(rows);
    expect(world.requests("events.list").length - lists).toBe(4);
    world.advance(20 * SECOND);
    await world.cron();
    expect(await world.rows(connectionId)).toEqual(rows);
    // D.4.14: only the page that failed is asked for again, then the new cursor is tried.
    expect(world.requests("events.list").length - lists).toBe(6);
    const { generation } = await world.connection(connectionId);
    expect(await world.query("SELECT DISTINCT generation FROM busy")).toEqual([{ generation }]);
  });
});

describe("a provider that says when to come back", () => {
  for (const [row, set] of [
    ["G10", (world: GoogleWorld) => world.google.knobs.set("limit.user", { retryAfter: 120 }, { times: 1 })],
    [
      "G11",
      (world: GoogleWorld) =>
        world.google.knobs.set("limit.project", { status: 429, retryAfter: 120 }, { times: 1 }),
    ],
    [
      "G13",
      (world: GoogleWorld) =>
        world.google.knobs.set("api.status", { status: 503, retryAfter: 120 }, { times: 1 }),
    ],
  ] as const) {
    test(`${row}: isn't asked again before that time, by notification, cron or pull`, async () => {
      const world = newWorld();
      const { connectionId } = await world.connect();
      set(world);
      await world.pull(connectionId);
      expectHeldOff(world, await world.connection(connectionId), 120 * SECOND, 132 * SECOND);
      const asked = world.requests("events.list").length;
      world.advance(100 * SECOND);
      world.add("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z");
      await world.drain();
      await world.cron();
      expect(world.requests("events.list")).toHaveLength(asked);
      world.advance(35 * SECOND);
      await world.cron();
      expect(await world.rows(connectionId)).toHaveLength(1);
    });
  }

  test("G10, P9: an availability check doesn't ask it earlier, and names the calendar that it couldn't verify", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    world.google.knobs.set("limit.user", { retryAfter: 600 }, { times: 1 });
    await world.pull(connectionId);
    const asked = world.requests("events.list").length;
    world.advance(2 * MINUTE);
    const answer = await world.ask("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z", "confirm");
    expect(answer).toMatchObject({
      available: false,
      reason: "unverified",
      calendars: [{ connectionId, fresh: false, reason: "wait" }],
    });
    expect(world.requests("events.list")).toHaveLength(asked);
  });
});

test("a provider that fails for days is asked ever more rarely, at least every hour, and never given up", async () => {
  const world = newWorld();
  world.addDaily(2);
  const { connectionId } = await world.connect();
  world.google.knobs.set("api.status", 503);
  const waits: number[] = [];
  for (let failures = 1; failures <= 30; failures += 1) {
    await world.pull(connectionId);
    const connection = await world.connection(connectionId);
    expect(connection.failures).toBe(failures);
    waits.push(connection.nextAttemptAt - world.deps.now());
    world.advance(Math.max(...waits) + SECOND);
  }
  expect(Math.max(...waits)).toBeLessThanOrEqual(HOUR);
  expect(Math.min(...waits.slice(12))).toBeGreaterThan(HOUR / 2 - SECOND);
  expect(await world.rows(connectionId)).toHaveLength(2);
  world.google.knobs.clear();
  world.advance(HOUR);
  await world.cron();
  expect(await world.connection(connectionId)).toMatchObject({ failures: 0, nextAttemptAt: 0 });
});

test("one calendar's failure doesn't hold the account's other calendars off", async () => {
  const world = newWorld();
  const { accountId, connectionId } = await world.connect();
  const other = await world.addConnection(accountId, "Second");
  world.google.knobs.set("api.status", 503, { calendar: world.email });
  expect(await world.pull(connectionId)).toMatchObject({ outcome: "failed" });
  expect(await world.pull(other)).toMatchObject({ outcome: "ok" });
  expect(await world.connection(other)).toMatchObject({ failures: 0 });
});

test("switching a calendar on doesn't ask a provider earlier than it said", async () => {
  const world = newWorld();
  const { connectionId } = await world.connect();
  world.google.knobs.set("limit.project", { status: 429, retryAfter: 600 }, { times: 1 });
  expect(await world.pull(connectionId)).toMatchObject({ failure: { kind: "wait" } });
  const lists = world.requests("events.list").length;
  const patch = { blocksAvailability: true };
  await changeConnection(world.deps, { ownedBy: world.agentId, connectionId, patch });
  await world.cron();
  expect(world.requests("events.list")).toHaveLength(lists);
  world.advance(12 * MINUTE);
  await world.cron();
  expect(await world.connection(connectionId)).toMatchObject({ failures: 0 });
});
