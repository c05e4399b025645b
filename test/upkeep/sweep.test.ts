// Sweep: all due work is found, however much there is, and what was sent is sent again only after its time.
import { describe, expect, test } from "vitest";
import { sweep } from "../../src/cron.ts";
import type { Deps, Job } from "../../src/deps.ts";
import { runJob } from "../../src/jobs.ts";
import { markNotified } from "../../src/store/calendars/channels.ts";
import { claimConnection } from "../../src/store/calendars/leases.ts";
import { SENT_MS } from "../../src/store/due.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { seedStatements } from "../support/seed.ts";
import { createWorld } from "../support/world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NEVER = 9e15;
const url = useOwnDatabase();

/** A world whose clock stands still, with one agent and connections that are made in bulk. */
async function newWorld() {
  const world = createWorld({ databaseUrl: url() });
  let now = Date.parse("2026-03-02T08:00:00Z");
  const sent: Job[] = [];
  const deps: Deps = {
    ...world.deps,
    now: () => now,
    queue: { send: async (_, jobs) => void sent.push(...jobs) },
  };
  await deps.db.write(seedStatements(deps.db, { agentId: "a", now, connections: [{ id: "model" }] }));
  const columns = (await world.query("SELECT name FROM pragma_table_info('connections')")).map(({ name }) =>
    String(name),
  );
  return {
    ...world,
    deps,
    now: () => now,
    failures: () => world.logs.filter(({ level }) => level === "error"),
    wait(ms: number) {
      now += ms;
    },
    /** Adds connections `name-1` to `name-count`, with these columns as SQL of `i`. Nothing of them is due otherwise. */
    async add(name: string, count: number, changed: Record<string, string | number>) {
      const own: Record<string, string | number> = {
        ...{
          id: `'${name}-' || i`,
          number: "NULL",
          calendar_id: `'${name}-' || i`,
          poll_due_at: NEVER,
          roll_due_at: NEVER,
        },
        ...changed,
      };
      await world.query(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
          INSERT INTO connections (${columns.join(", ")})
          SELECT ${columns.map((column) => own[column] ?? `t.${column}`).join(", ")}
          FROM n, connections t WHERE t.id = 'model'`,
      );
    },
    /** The jobs of one sweep: kind and subject, sorted. */
    async sweep(over: Partial<Deps> = {}) {
      await sweep({ ...deps, ...over });
      return sent
        .splice(0)
        .map((job) => `${job.kind} ${"connectionId" in job ? job.connectionId : ""}`)
        .sort();
    },
  };
}

const names = (kind: string, name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${kind} ${name}-${index + 1}`).sort();

describe("pulls", () => {
  test("thousands by hint and by clock are all found in one sweep, and not again until their jobs had time", async () => {
    const world = await newWorld();
    const now = world.now();
    await world.add("hinted", 2_600, { dirty: "clean + 1" });
    await world.add("timed", 2_600, { poll_due_at: `${now} - i` });
    await world.add("later", 600, { poll_due_at: `${now} + ${HOUR}` });
    const all = [...names("pull", "hinted", 2_600), ...names("pull", "timed", 2_600)].sort();
    expect(await world.sweep()).toEqual(all);
    expect(await world.sweep()).toEqual([]);
    world.wait(SENT_MS - 1);
    expect(await world.sweep()).toEqual([]);
    world.wait(1);
    expect(await world.sweep()).toEqual(all);
  });

  test("a dead grant is left alone until it is tried again, whatever is due of it", async () => {
    const world = await newWorld();
    const now = world.now();
    const due = { dirty: "clean + 1", poll_due_at: 0, roll_due_at: 0, audit_due_at: 0 };
    await world.add("dead", 30, {
      ...due,
      next_attempt_at: now + HOUR,
      failures: 3,
      failure_kind: "'reauth'",
    });
    expect(await world.sweep()).toEqual([]);
    world.wait(HOUR - 1);
    expect(await world.sweep()).toEqual([]);
    world.wait(1);
    expect((await world.sweep()).filter((job) => job.startsWith("pull"))).toEqual(names("pull", "dead", 30));
  });

  test("P4: a new hint isn't kept back by what was sent before it", async () => {
    const world = await newWorld();
    await world.add("one", 1, { dirty: "clean + 1" });
    await world.query(`INSERT INTO channels (id, connection_id, notification_key, secret_hash, state, expires_at,
      created_at) VALUES ('h', 'one-1', 'key', 'hash', 'active', ${NEVER}, 0)`);
    expect(await world.sweep()).toEqual(["pull one-1"]);
    await markNotified(world.deps.db, [
      { notificationKey: "key", secretHash: "hash", resourceId: null, meaning: "changed" },
    ]);
    expect(await world.sweep()).toEqual(["pull one-1"]);
    expect(await world.sweep()).toEqual([]);
  });

  test("a pull that ended and is due again, or was left unfinished, is found at once", async () => {
    const world = await newWorld();
    const now = world.now();
    await world.add("one", 1, { poll_due_at: now });
    expect(await world.sweep()).toEqual(["pull one-1"]);
    await world.query("UPDATE connections SET poll_due_at = 0 WHERE id = 'one-1'");
    expect(await world.sweep()).toEqual(["pull one-1"]);
    await world.query(`UPDATE connections SET poll_due_at = ${now + MINUTE} WHERE id = 'one-1'`);
    expect(await world.sweep()).toEqual([]);
    world.wait(MINUTE);
    expect(await world.sweep()).toEqual(["pull one-1"]);
  });

  test("a failed pull is tried again when its backoff ends, even if that is soon", async () => {
    const world = await newWorld();
    const now = world.now();
    await world.add("one", 1, { poll_due_at: now });
    expect(await world.sweep()).toEqual(["pull one-1"]);
    await world.query(
      `UPDATE connections SET poll_due_at = ${now + MINUTE}, next_attempt_at = ${now + MINUTE} WHERE id = 'one-1'`,
    );
    world.wait(MINUTE - 1);
    expect(await world.sweep()).toEqual([]);
    world.wait(1);
    expect(await world.sweep()).toEqual(["pull one-1"]);
  });

  test("a calendar that somebody syncs is found by the first sweep after that lease has lapsed", async () => {
    const world = await newWorld();
    const now = world.now();
    await world.add("one", 1, { poll_due_at: now, lease_until: now + 30_000, lease_id: "'killed'" });
    expect(await world.sweep()).toEqual([]);
    world.wait(30_000);
    expect(await world.sweep()).toEqual(["pull one-1"]);
  });

  test("a job that was sent may be claimed as any other", async () => {
    const world = await newWorld();
    await world.add("one", 1, { poll_due_at: world.now() });
    await world.sweep();
    const claim = { id: "one-1", leaseId: "l", leaseUntil: NEVER, wanted: { kind: "due" } as const };
    expect(await claimConnection(world.deps.db, { ...claim, now: world.now() })).toMatchObject({
      kind: "claimed",
    });
  });

  test("where the queue refuses, nothing counts as sent", async () => {
    const world = await newWorld();
    await world.add("one", 1_500, { dirty: "clean + 1" });
    const queue: Deps["queue"] = {
      send: async () => {
        throw new Error("the queue is overloaded");
      },
    };
    expect(await world.sweep({ queue })).toEqual([]);
    expect(world.failures()).toMatchObject([
      { level: "error", event: "sweep.failed", fields: { what: "connections" } },
    ]);
    expect(await world.sweep()).toHaveLength(1_500);
  });
});

describe("other work", () => {
  test.each([
    ["roll-window", { roll_due_at: 0 }],
    ["open-channel", { channel_due_at: 0 }],
    ["close-connection", { closing_at: 1, is_active: 0 }],
  ])("%s: all of 1,200 are found at once, and once", async (kind, due) => {
    const world = await newWorld();
    await world.add("one", 1_200, due);
    expect(await world.sweep()).toEqual(names(kind, "one", 1_200));
    expect(await world.sweep()).toEqual([]);
    world.wait(SENT_MS);
    expect(await world.sweep()).toHaveLength(1_200);
  });

  test("no work is found of calendars that aren't read, and no roll of one that was never read", async () => {
    const world = await newWorld();
    const due = { dirty: "clean + 1", poll_due_at: 0, roll_due_at: 0, audit_due_at: 0, channel_due_at: 0 };
    await world.add("off", 3, { ...due, sync_enabled: 0 });
    await world.add("inactive", 3, { ...due, is_active: 0 });
    await world.add("new", 3, { roll_due_at: 0, verified_at: "NULL" });
    expect(await world.sweep()).toEqual([]);
  });

  test("audits come a hundred a minute, each once, and those that can't run keep none from its turn", async () => {
    const world = await newWorld();
    const now = world.now();
    await world.add("dead", 150, { audit_due_at: 0, next_attempt_at: now + 2 * HOUR });
    await world.add("round", 150, { audit_due_at: 0, round_started_at: 1, cursor: "'c'" });
    await world.add("fit", 250, { audit_due_at: 1, cursor: "'c'" });
    const found: string[] = [];
    for (const most of [100, 100, 100, 0]) {
      const jobs = await world.sweep();
      expect(jobs.length).toBeLessThanOrEqual(most);
      found.push(...jobs);
    }
    expect(found.sort()).toEqual(names("audit-calendar", "fit", 250));
  });

  test("an audit that a sweep has sent runs, and a second message for it doesn't", async () => {
    const world = await newWorld();
    await world.add("one", 1, { audit_due_at: 0, cursor: "'c'" });
    expect(await world.sweep()).toEqual(["audit-calendar one-1"]);
    const audits = async () => {
      await runJob(world.deps, { kind: "audit-calendar", connectionId: "one-1" });
      return world.logs.filter(({ event }) => event === "audit.failed").length;
    };
    // Its account has no credentials, so that it fails at once.
    expect(await audits()).toBe(1);
    expect(await audits()).toBe(1);
  });

  test("a retiring channel is closed once its job had time, and waits for a grant that is dead", async () => {
    const world = await newWorld();
    const now = world.now();
    await world.add("one", 1, {});
    await world.add("dead", 1, { next_attempt_at: now + HOUR });
    for (const id of ["one-1", "dead-1"]) {
      await world.query(`INSERT INTO channels (id, connection_id, notification_key, secret_hash, state, expires_at,
        created_at) VALUES ('${id}', '${id}', '${id}', '', 'retiring', ${NEVER}, 0)`);
    }
    expect(await world.sweep()).toEqual(["open-channel one-1"]);
    expect(await world.sweep()).toEqual([]);
    world.wait(HOUR);
    expect(await world.sweep()).toEqual(["open-channel dead-1", "open-channel one-1"]);
  });

  test("one search that fails stops no other", async () => {
    const world = await newWorld();
    await world.add("one", 1, { dirty: "clean + 1", audit_due_at: 0 });
    let reads = 0;
    const { db } = world.deps;
    const flaky: Deps["db"] = {
      ...db,
      read: (statements) => {
        reads += 1;
        return reads === 1 ? Promise.reject(new Error("the database gives up")) : db.read(statements);
      },
    };
    expect(await world.sweep({ db: flaky })).toEqual(["pull one-1"]);
    expect(world.failures()).toMatchObject([{ event: "sweep.failed", fields: { what: "deliveries" } }]);
  });
});

describe("deliveries", () => {
  const columns = `connection_id, booking_id, agent_id, wanted_revision, delivered_revision, state, generation, attempts,
    next_attempt_at, lease_until, created_at, updated_at`;

  test("P3: a calendar with thousands of deliveries doesn't hide the deliveries of another", async () => {
    const world = await newWorld();
    await world.add("one", 700, {});
    await world.query(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      INSERT INTO deliveries (${columns})
      SELECT 'model', 'b-' || i, 'a', 1, 0, 'pending', 0, 0, 0, 0, 0, 0 FROM n`);
    await world.query(`INSERT INTO deliveries (${columns})
      SELECT id, 'b', 'a', 1, 0, 'pending', 0, 0, ${world.now()}, 0, 0, 0 FROM connections WHERE id <> 'model'`);
    const all = [...names("deliver", "one", 700), "deliver model"].sort();
    expect(await world.sweep()).toEqual(all);
    expect(await world.sweep()).toEqual([]);
    world.wait(SENT_MS);
    expect(await world.sweep()).toEqual(all);
  });

  test("P3: a new revision is found at once, and a delivery that is being written when its lease has lapsed", async () => {
    const world = await newWorld();
    const now = world.now();
    await world.query(`INSERT INTO deliveries (${columns})
      VALUES ('model', 'b', 'a', 1, 0, 'pending', 0, 0, 0, 0, 0, 0)`);
    expect(await world.sweep()).toEqual(["deliver model"]);
    await world.query("UPDATE deliveries SET wanted_revision = 2");
    expect(await world.sweep()).toEqual(["deliver model"]);
    await world.query(`UPDATE deliveries SET wanted_revision = 3, lease_until = ${now + 45_000}`);
    expect(await world.sweep()).toEqual([]);
    world.wait(45_000);
    expect(await world.sweep()).toEqual(["deliver model"]);
  });

  test("every reconciliation that is due is found, and none of a calendar that is gone", async () => {
    const world = await newWorld();
    await world.add("gone", 1, { gone_at: 1 });
    await world.query(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
      INSERT INTO deliveries (${columns}, look_due_at)
      SELECT 'model', 'b-' || i, 'a', 1, 1, 'delivered', 0, 0, 0, 0, 0, 0, i FROM n`);
    await world.query("UPDATE deliveries SET connection_id = 'gone-1' WHERE booking_id = 'b-1'");
    expect(await world.sweep()).toHaveLength(1_099);
    expect(await world.sweep()).toEqual([]);
    await world.query("UPDATE deliveries SET look_due_at = look_due_at + 1 WHERE booking_id = 'b-7'");
    expect(await world.sweep()).toEqual(["look-at-copy model"]);
  });
});

test("of calendars in every state, a sweep sends just what is due", async () => {
  const world = await newWorld();
  const now = world.now();
  const instant = (digit: string) =>
    `(CASE ${digit} % 3 WHEN 0 THEN 0 WHEN 1 THEN ${now} - i ELSE ${now} + ${HOUR} END)`;
  await world.add("one", 3 ** 6 * 2, {
    poll_due_at: instant("i"),
    roll_due_at: instant("(i / 3)"),
    next_attempt_at: instant("(i / 9)"),
    lease_until: instant("(i / 27)"),
    channel_due_at: `NULLIF(${instant("(i / 81)")}, 0)`,
    closing_at: `(CASE (i / 243) % 3 WHEN 0 THEN 1 END)`,
    dirty: "clean + i / 729",
  });
  const jobs = await world.sweep();
  const expected: string[] = [];
  for (const row of await world.query("SELECT * FROM connections WHERE id LIKE 'one-%'")) {
    const at = (column: string) => (row[column] === null ? NEVER : Number(row[column]));
    const id = String(row["id"]);
    const mayTry = at("next_attempt_at") <= now;
    if (row["closing_at"] !== null) {
      if (mayTry) expected.push(`close-connection ${id}`);
      continue;
    }
    const free = mayTry && at("lease_until") <= now;
    if (free && (at("dirty") > at("clean") || at("poll_due_at") <= now)) expected.push(`pull ${id}`);
    if (free && at("roll_due_at") <= now) expected.push(`roll-window ${id}`);
    if (at("channel_due_at") <= now) expected.push(`open-channel ${id}`);
  }
  expect(jobs).toEqual(expected.sort());
  expect(await world.sweep()).toEqual([]);
});
