// Carry over: a database filled before syncs were counted by day keeps its history, and loses only what says nothing.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createClient } from "@libsql/client/web";
import { migrate } from "drizzle-orm/libsql/migrator";
import { drizzle } from "drizzle-orm/libsql/web";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyMigrations } from "../../scripts/local/migrations.ts";
import { type Sqld, startSqld } from "../../scripts/local/sqld.ts";
import {
  type CountedRun,
  countsOf,
  dayOf,
  isUnchanged,
  type SyncCounts,
  sumOf,
} from "../../src/domain/sync-counts.ts";
import { databaseFetch } from "../support/database-fetch.ts";

const MIGRATIONS = resolve(import.meta.dirname, "../../migrations");
/** The first migration that isn't applied before the rows are there. */
const COUNTING = "sync_days";
const NOW = Date.parse("2026-03-02T08:00:00Z");
const HOUR = 3_600_000;

let sqld: Sqld;
beforeAll(async () => {
  sqld = await startSqld();
});
afterAll(() => sqld.stop());

/** Applies the migrations before the one with this name. */
async function migrateUntil(name: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "calendar-sync-migrations-"));
  try {
    await cp(MIGRATIONS, folder, { recursive: true });
    const path = join(folder, "meta/_journal.json");
    const journal = JSON.parse(await readFile(path, "utf8")) as { entries: { tag: string }[] };
    const end = journal.entries.findIndex(({ tag }) => tag.endsWith(name));
    await writeFile(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, end) }));
    await migrate(drizzle({ client: createClient({ url: sqld.url }) }), { migrationsFolder: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}

type OldRun = CountedRun & { readonly id: string; readonly agent: string; readonly calendar: string };

/** Runs of two agents over four days: idle ones, and some of each other kind. */
function oldRuns(): OldRun[] {
  const kinds: Partial<CountedRun>[] = [
    {},
    {},
    { upserts: 3, removals: 1 },
    { mode: "snapshot", upserts: 40 },
    { mode: "roll" },
    { mode: "roll", upserts: 2 },
    { mode: "audit" },
    { mode: "audit", missing: 2, extra: 5 },
    { mode: "audit", outcome: "failed", failureKind: "wait" },
    { outcome: "failed", failureKind: "retry" },
    { outcome: "failed", failureKind: "read-only" },
    { outcome: "partial", upserts: 1 },
    { unreadable: 1 },
  ];
  return Array.from({ length: 400 }, (_, index) => {
    const startedAt = NOW - (index % 96) * HOUR - index;
    // Powers of two lie on the border of two buckets.
    const ms = index % 7 === 0 ? 2 ** (index % 17) : (index * 37) % 4_000;
    return {
      ...{ id: `run-${index}`, agent: `agent-${index % 2}`, calendar: `calendar-${index % 3}` },
      ...{ mode: "delta", outcome: "ok", upserts: 0, removals: 0, startedAt, finishedAt: startedAt + ms },
      ...kinds[index % kinds.length],
    };
  });
}

test("old runs are counted by calendar and day, and only those that tell something are kept", async () => {
  await migrateUntil(COUNTING);
  const client = createClient({ url: sqld.url, fetch: databaseFetch });
  const runs = oldRuns();
  await client.batch(
    runs.map((run) => ({
      sql: `INSERT INTO sync_runs (id, agent_id, connection_id, mode, outcome, failure_kind, failure_code, pages,
        upserts, removals, missing, extra, unreadable, started_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)`,
      args: [
        ...[run.id, run.agent, run.calendar, run.mode, run.outcome, run.failureKind ?? null, null],
        ...[run.upserts, run.removals, run.missing ?? 0, run.extra ?? 0, run.unreadable ?? 0],
        ...[run.startedAt, run.finishedAt],
      ],
    })),
    "write",
  );
  await applyMigrations({ url: sqld.url, authToken: null });

  const expected = new Map<string, SyncCounts>();
  for (const run of runs) {
    const key = `${run.agent} ${dayOf(run.startedAt)} ${run.calendar}`;
    expected.set(key, sumOf([expected.get(key) ?? {}, countsOf(run)]));
  }
  const days = await client.execute("SELECT agent_id, day, connection_id, counts FROM sync_days");
  const found = days.rows.map((row) => [
    `${row["agent_id"]} ${row["day"]} ${row["connection_id"]}`,
    JSON.parse(String(row["counts"])),
  ]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  const kept = await client.execute("SELECT id FROM sync_runs ORDER BY id");
  const telling = runs.filter((run) => !isUnchanged(run)).map(({ id }) => id);
  expect(kept.rows.map((row) => row["id"])).toEqual(telling.sort());
  const indexes = await client.execute(
    "SELECT name FROM sqlite_master WHERE tbl_name = 'sync_runs' AND sql IS NOT NULL AND type = 'index'",
  );
  expect(indexes.rows.map((row) => row["name"]).sort()).toEqual([
    "sync_runs_agent",
    "sync_runs_drift",
    "sync_runs_failed",
    "sync_runs_started",
  ]);
  client.close();
}, 60_000);
