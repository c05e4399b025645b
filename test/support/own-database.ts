// A database for one test file alone. Cron needs one: it finds all due work, and purges by its own clock.
import { createClient } from "@libsql/client/web";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { applyMigrations } from "../../scripts/local/migrations.ts";
import { type Sqld, startSqld } from "../../scripts/local/sqld.ts";
import { databaseFetch } from "./database-fetch.ts";

const TABLES = [
  "agents",
  "accounts",
  "password_attempts",
  "connect_links",
  "acts",
  "connections",
  "channels",
  "busy",
  "bookings",
  "deliveries",
  "sync_runs",
  "kept_series",
  "unreadable_objects",
  "holds",
  "left_behind",
  "notices",
  "dead_jobs",
  "disabled_endpoints",
];

/** Registers the hooks: a server for the file, emptied before each test. Returns how to learn its URL. */
export function useOwnDatabase(): () => string {
  let sqld: Sqld | null = null;
  const url = () => {
    if (sqld === null) throw new Error("the database is there only while tests run");
    return sqld.url;
  };
  beforeAll(async () => {
    sqld = await startSqld();
    await applyMigrations({ url: sqld.url, authToken: null });
  });
  afterAll(() => sqld?.stop());
  beforeEach(async () => {
    const client = createClient({ url: url(), fetch: databaseFetch });
    await client.batch(
      TABLES.map((table) => `DELETE FROM ${table}`),
      "write",
    );
    client.close();
  });
  return url;
}
