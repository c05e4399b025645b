// Migrations: a database that is already in use is carried over, with what its rows mean.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createClient } from "@libsql/client/web";
import { migrate } from "drizzle-orm/libsql/migrator";
import { drizzle } from "drizzle-orm/libsql/web";
import { afterEach, beforeEach, expect, test } from "vitest";
import { applyMigrations } from "../../scripts/local/migrations.ts";
import { type Sqld, startSqld } from "../../scripts/local/sqld.ts";
import { readFreeBusy } from "../../src/store/busy/free-busy.ts";
import { openDatabase } from "../../src/store/db.ts";
import { databaseFetch } from "../support/database-fetch.ts";

const MIGRATIONS = resolve(import.meta.dirname, "../../migrations");
const NOW = Date.parse("2026-03-02T08:00:00Z");
const HOUR = 3_600_000;

let sqld: Sqld;
beforeEach(async () => {
  sqld = await startSqld();
});
afterEach(() => sqld.stop());

/**
 * Brings the database to what it was before rows of `busy` named agents and calendars by numbers: the migrations up to
 * then, and the first one as it was, with `busy` clustered by its key.
 */
async function migrateToTextKeys(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "calendar-sync-migrations-"));
  try {
    cpSync(MIGRATIONS, folder, { recursive: true });
    const edit = (name: string, change: (text: string) => string) => {
      const text = readFileSync(join(folder, name), "utf8");
      const changed = change(text);
      expect(changed).not.toBe(text);
      writeFileSync(join(folder, name), changed);
    };
    edit("0000_first_house.sql", (text) =>
      text.replace("`connection_id`, `event_key`)\n);", "`connection_id`, `event_key`)\n) WITHOUT ROWID;"),
    );
    edit("meta/_journal.json", (text) => {
      const journal = JSON.parse(text) as { entries: { tag: string }[] };
      const before = journal.entries.findIndex(({ tag }) => tag.endsWith("_short_busy_rows"));
      return JSON.stringify({ ...journal, entries: journal.entries.slice(0, before) });
    });
    const client = createClient({ url: sqld.url });
    await migrate(drizzle({ client }), { migrationsFolder: folder });
    client.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const agent = (id: string) => `INSERT INTO agents (agent_id, time_zone, tentative_blocks, all_day_blocks,
    out_of_office_blocks, unanswered_blocks, working_elsewhere_blocks, buffer_before_ms, buffer_after_ms,
    minimum_notice_ms, on_stale, on_external_change, reminder_minutes, revision, created_at, updated_at)
  VALUES ('${id}', 'Europe/Lisbon', 1, 1, 1, 1, 1, 0, 0, 0, 'refuse', 'keep', '[]', 1, ${NOW}, ${NOW})`;

const connection = (
  id: string,
  agentId: string,
) => `INSERT INTO connections (id, agent_id, account_id, provider,
    calendar_id, name, role, is_active, sync_enabled, blocks_availability, receives_bookings, cursor, window_starts_at,
    window_ends_at, round_started_at, generation, empty_snapshots, dirty, clean, lease_until, failures, next_attempt_at,
    poll_due_at, roll_due_at, verified_at, watch, watch_failures, created_at, updated_at)
  VALUES ('${id}', '${agentId}', 'account', 'GOOGLE', '${id}', 'Work', 'writer', 1, 1, 1, 1, 'a page of a round', 0,
    ${NOW + 1_000 * HOUR}, ${NOW}, 3, 0, 1, 1, 0, 0, 0, 0, 0, ${NOW}, 'wanted', 0, ${NOW}, ${NOW})`;

const row = (agentId: string, hour: number, connectionId: string, key: string, rest: string) =>
  `INSERT INTO busy (agent_id, starts_at, connection_id, event_key, ends_at, series_key, status, all_day, booking_id,
    generation, expires_at)
  VALUES ('${agentId}', ${NOW + hour * HOUR}, '${connectionId}', '${key}', ${NOW + (hour + 1) * HOUR}, ${rest})`;

test("P2: busy time under text keys is carried over, and each calendar is then listed anew", async () => {
  await migrateToTextKeys();
  const client = createClient({ url: sqld.url });
  await client.batch([
    ...["ann", "bob"].map(agent),
    connection("c-2", "bob"),
    connection("c-1", "ann"),
    row("ann", 1, "c-1", "e1", "NULL, 'busy', 0, NULL, 3, NULL"),
    row("ann", 2, "c-1", "s_1", "'s', 'tentative', 1, NULL, 3, NULL"),
    row("ann", 3, "c-1", "moved", "NULL, 'busy', 0, 'b-1', 3, NULL"),
    row("ann", 4, "", "b-1", "NULL, 'booking', 0, 'b-1', 0, NULL"),
    row("ann", 5, "", "h-1", `NULL, 'hold', 0, NULL, 0, ${NOW + HOUR}`),
    row("ann", 6, "", "h-2", `NULL, 'hold', 0, NULL, 0, ${NOW - HOUR}`),
    row("bob", 4, "", "b-1", "NULL, 'booking', 0, 'b-1', 0, NULL"),
    row("bob", 4, "c-2", "e1", "NULL, 'out_of_office', 0, NULL, 3, NULL"),
    row("nobody", 4, "", "b-1", "NULL, 'booking', 0, 'b-1', 0, NULL"),
  ]);
  // Once more changes nothing, though the first migration reads otherwise by now.
  await applyMigrations({ url: sqld.url, authToken: null });
  await applyMigrations({ url: sqld.url, authToken: null });
  const db = openDatabase(
    { url: sqld.url, authToken: null },
    { fetch: databaseFetch, sleep: async () => {}, random: () => 0 },
  );
  const reach = { startsAt: NOW, endsAt: NOW + 24 * HOUR };
  const read = await readFreeBusy(
    db,
    ["ann", "bob"].map((agentId) => ({ agentId, reach })),
    NOW,
  );
  const busyOf = (index: number) =>
    read[index]?.rows.map(({ startsAt, endsAt, connectionId, status, allDay, bookingId }) => {
      expect(endsAt - startsAt).toBe(HOUR);
      return [(startsAt - NOW) / HOUR, connectionId, status, allDay, bookingId];
    });
  expect(busyOf(0)).toEqual([
    [1, "c-1", "busy", false, null],
    [2, "c-1", "tentative", true, null],
    [3, "c-1", "busy", false, "b-1"],
    [4, null, "booking", false, "b-1"],
    [5, null, "hold", false, null],
  ]);
  expect(busyOf(1)).toEqual([
    [4, null, "booking", false, "b-1"],
    [4, "c-2", "out_of_office", false, null],
  ]);
  expect(read[0]?.rows.at(-1)?.eventKey).toBe("h-1");
  // The next round is a snapshot under a newer generation. Its end deletes the rows under old keys, and none before.
  const { rows } = await client.execute(
    "SELECT cursor, round_started_at, generation, verified_at FROM connections",
  );
  for (const found of rows) expect([...Object.values(found)]).toEqual([null, null, 3, NOW]);
  const { rows: counted } = await client.execute(
    "SELECT COUNT(*) AS total, MAX(generation) AS newest FROM busy",
  );
  expect(counted[0]).toEqual({ total: 8, newest: 3 });
  // A Worker of the version before made these after the migration.
  await client.batch([connection("c-8", "ann"), connection("c-9", "ann")]);
  await applyMigrations({ url: sqld.url, authToken: null });
  const { rows: numbers } = await client.execute("SELECT COUNT(DISTINCT number) AS total FROM connections");
  const { rows: all } = await client.execute("SELECT COUNT(*) AS total FROM connections");
  expect(numbers[0]?.["total"]).toBe(all[0]?.["total"]);
  client.close();
});
