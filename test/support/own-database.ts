// A database for one test file alone. Cron needs one: it finds all due work, and purges by its own clock.
import { createClient } from "@libsql/client/web";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { databaseFetch } from "./database-fetch.ts";
import { startDatabase, type TestDatabase } from "./start-database.ts";

const TABLES = [
  "agents",
  "accounts",
  "password_attempts",
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
  let database: TestDatabase | null = null;
  const url = () => {
    if (database === null) throw new Error("the database is there only while tests run");
    return database.url;
  };
  beforeAll(async () => {
    database = await startDatabase();
  });
  afterAll(() => database?.stop());
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
