// Purge: old rows go in pieces of bounded size; a purge that fails stops no other, and what is left is found again.
import { describe, expect, test } from "vitest";
import { runCron } from "../../src/cron.ts";
import type { Deps, Job } from "../../src/deps.ts";
import { runJob } from "../../src/jobs.ts";
import type { Statement } from "../../src/store/db.ts";
import { PIECE_ROWS } from "../../src/store/old-rows.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { seedStatements } from "../support/seed.ts";
import { createWorld } from "../support/world.ts";

const DAY = 86_400_000;
const DAILY = "17 3 * * *";
const url = useOwnDatabase();

/** Old rows of each table that is purged: the INSERT of row `i`. */
const OLD: Readonly<Record<string, { columns: string; values: string }>> = {
  sync_runs: {
    columns: "id, agent_id, connection_id, mode, outcome, pages, upserts, removals, started_at, finished_at",
    values: "'run-' || i, 'a', 'c', 'delta', 'ok', 1, 0, 0, :old, :old",
  },
  sync_days: {
    columns: "agent_id, day, connection_id, counts",
    values: "'a', CAST(:old / 86400000 AS INTEGER), 'c-' || i, '{}'",
  },
  left_behind: {
    columns: "agent_id, provider, calendar_id, booking_id, generation",
    values: "'a', 'GOOGLE', 'c', 'b-' || i, 0",
  },
  refusals: { columns: "write_id, refused_at", values: "'w-' || i, :old" },
  holds: {
    columns: "agent_id, hold_id, starts_at, ends_at, expires_at, state, write_id, created_at, updated_at",
    values: "'a', 'h-' || i, :old, :old + 1, :old, 'held', 'w', :old, :old",
  },
  busy: {
    columns:
      "agent_number, starts_at, connection_number, event_key, ends_at, status, all_day, booking_id, generation",
    values: "1, :old, 0, 'b-' || i, :old + 1, 'busy', 0, 'b-' || i, 0",
  },
  channels: {
    columns: "id, connection_id, notification_key, secret_hash, state, expires_at, created_at",
    values: "'ch-' || i, 'c', 'k-' || i, '', 'active', :old, :old",
  },
  dead_jobs: {
    columns: "id, lane, job, failed_at",
    values: `'j-' || i, 'urgent', '{"kind":"notify"}', :old`,
  },
  notices: {
    columns:
      "id, agent_id, kind, subject, data, state, attempts, next_attempt_at, lease_until, created_at, updated_at",
    values: "'n-' || i, 'a', 'booking.delivered', 'booking:b', '{}', 'sent', 1, 0, 0, :old, :old",
  },
};
const TABLES = Object.keys(OLD);

/** A world whose writes are counted by the rows that they delete, and whose deletions from some tables fail. */
function newWorld() {
  const world = createWorld({ databaseUrl: url() });
  const deleted: number[] = [];
  const broken = new Set<string>();
  const { db } = world.deps;
  const jobs: Job[] = [];
  // The last statement names the table that is purged; before it go the busy rows of holds.
  const tableOf = (statements: readonly Statement[]) =>
    /DELETE FROM (\w+)/.exec(statements.slice(-1).map(textOf).join())?.[1] ?? "";
  const deps: Deps = {
    ...world.deps,
    db: {
      ...db,
      async write(statements) {
        if (broken.has(tableOf(statements))) throw new Error("the database gives up");
        const results = await db.write(statements);
        deleted.push(Math.max(0, ...results.map(({ rowsAffected }) => rowsAffected)));
        return results;
      },
    },
    queue: { send: async (_, sent) => void jobs.push(...sent) },
  };
  const old = world.deps.now() - 100 * DAY;
  return {
    ...world,
    deps,
    deleted,
    broken,
    jobs,
    async add(table: string, count: number, change: Partial<{ values: string }> = {}) {
      const { columns, values } = { ...OLD[table], ...change };
      await world.query(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
          INSERT INTO ${table} (${columns}) SELECT ${values} FROM n`,
        (values ?? "").includes(":old") ? { count, old } : { count },
      );
    },
    async count(table: string) {
      return Number((await world.query(`SELECT COUNT(*) AS total FROM ${table}`))[0]?.["total"]);
    },
    /** The daily cron with all jobs that it and they send. Returns how many runs that were. */
    async runDaily() {
      await runCron(deps, DAILY);
      let runs = 1;
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        await runJob(deps, job);
        runs += 1;
      }
      return runs;
    },
  };
}

/** The text of a statement, as far as its own words go. */
function textOf(statement: Statement): string {
  const chunks = "queryChunks" in statement ? statement.queryChunks : [];
  return chunks
    .map((chunk) => {
      if (typeof chunk !== "object" || chunk === null) return "";
      if ("value" in chunk && Array.isArray(chunk.value)) return chunk.value.join("");
      return "queryChunks" in chunk ? textOf(chunk as Statement) : "";
    })
    .join("");
}

describe("the daily purge", () => {
  test.each(TABLES)("deletes old rows of %s in pieces of bounded size", async (table) => {
    const world = newWorld();
    await world.add(table, 2 * PIECE_ROWS + 300);
    await world.runDaily();
    expect(await world.count(table)).toBe(0);
    const pieces = world.deleted.filter((rows) => rows > 0);
    expect(Math.max(...pieces)).toBeLessThanOrEqual(PIECE_ROWS);
    expect(pieces.length).toBeGreaterThanOrEqual(3);
  });

  test.each(TABLES)(
    "goes on with all others where that of %s fails, says so, and finds its rows the next day",
    async (table) => {
      const world = newWorld();
      for (const one of TABLES) await world.add(one, 3);
      world.broken.add(table);
      await world.runDaily();
      for (const one of TABLES) expect(await world.count(one), one).toBe(one === table ? 3 : 0);
      const failed = world.logs.filter(({ event }) => event === "purge.failed");
      expect(failed).toMatchObject([{ level: "error", fields: { table } }]);
      world.broken.clear();
      await world.runDaily();
      expect(await world.count(table)).toBe(0);
    },
  );

  test("ends each run after so many pieces and lets a job go on", async () => {
    const world = newWorld();
    await world.add("sync_runs", 120 * PIECE_ROWS);
    await world.add("notices", 3);
    await runCron(world.deps, DAILY);
    expect(await world.count("sync_runs")).toBe(20 * PIECE_ROWS);
    expect(world.jobs).toEqual([{ kind: "purge", table: "sync_runs", after: 0 }]);
    const [job] = world.jobs.splice(0);
    if (job !== undefined) await runJob(world.deps, job);
    expect([await world.count("sync_runs"), await world.count("notices")]).toEqual([0, 0]);
    expect(world.jobs).toEqual([]);
  });

  test("passes old notices that stay once, however many there are, and counts those that nobody wanted", async () => {
    const world = newWorld();
    const stays = OLD["notices"]?.values.replace("'sent'", "'failed'") ?? "";
    await world.add("notices", 1_500, { values: stays });
    await world.add("notices", 1_500, {
      values: stays.replace("'failed'", "'pending'").replace("'n-'", "'p-'"),
    });
    expect(await world.runDaily()).toBe(1);
    expect(await world.count("notices")).toBe(1_500);
    const told = world.logs.filter(({ event }) => event === "notices.forgotten_untold");
    expect(told.reduce((sum, { fields }) => sum + Number(fields["count"]), 0)).toBe(1_500);
    // Pieces of 500: of the six, those of the first kind delete nothing.
    expect(world.deleted.filter((rows) => rows > 0)).toHaveLength(3);
  });

  test("keeps rows that aren't old", async () => {
    const world = newWorld();
    const now = world.deps.now();
    for (const table of TABLES) {
      if (table === "left_behind") continue;
      await world.add(table, 2, { values: (OLD[table]?.values ?? "").replaceAll(":old", String(now)) });
    }
    await world.runDaily();
    for (const table of TABLES) expect(await world.count(table), table).toBe(table === "left_behind" ? 0 : 2);
  });

  test("P1: an old hold doesn't take the time of the booking that has its id and its slot", async () => {
    const world = newWorld();
    const { startsAt, endsAt } = {
      startsAt: world.deps.now() + 20 * DAY,
      endsAt: world.deps.now() + 21 * DAY,
    };
    await world.deps.db.write(
      seedStatements(world.deps.db, { agentId: "a", now: world.deps.now(), connections: [{ id: "c" }] }),
    );
    await world.query(
      `INSERT INTO busy (agent_number, starts_at, connection_number, event_key, ends_at, status, all_day, booking_id, generation)
        SELECT number, ${startsAt}, 0, 'same', ${endsAt}, 'booking', 0, 'same', 0 FROM agents WHERE agent_id = 'a'`,
    );
    const old = world.deps.now() - 100 * DAY;
    await world.query(
      `INSERT INTO holds (${OLD["holds"]?.columns}) VALUES ('a', 'same', ${startsAt}, ${endsAt}, ${old}, 'booked', 'w', ${old}, ${old})`,
    );
    await world.runDaily();
    expect(await world.count("holds")).toBe(0);
    expect(await world.count("busy")).toBe(1);
  });

  test("a job for a table that is purged no longer does nothing", async () => {
    const world = newWorld();
    await runJob(world.deps, { kind: "purge", table: "no_longer", after: 0 });
    expect(world.logs).toEqual([]);
  });
});
