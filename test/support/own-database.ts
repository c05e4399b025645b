// A database for one test file alone. Cron needs one: it finds all due work, and purges by its own clock.
import { type Client, createClient } from "@libsql/client/web";
import { beforeEach, inject } from "vitest";
import { databaseFetch } from "./database-fetch.ts";

let emptying: readonly string[] | null = null;

/** The statements that empty all tables but those of SQLite and of the migrations. */
async function emptyingOf(client: Client): Promise<readonly string[]> {
  const { rows } = await client.execute(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '__*'",
  );
  return rows.map(({ name }) => `DELETE FROM "${name}"`);
}

function ownUrl(): string {
  const url = inject("ownDatabaseUrls")[Number(process.env["VITEST_POOL_ID"]) - 1];
  if (url === undefined) throw new Error("this project starts no databases for its workers");
  return url;
}

/** Empties the worker's database. A worker runs one file at a time. Returns the database's URL. */
export async function emptyOwnDatabase(): Promise<string> {
  const url = ownUrl();
  const client = createClient({ url, fetch: databaseFetch });
  emptying ??= await emptyingOf(client);
  await client.batch([...emptying], "write");
  client.close();
  return url;
}

/** Empties the worker's database before each test. Returns how to learn its URL. */
export function useOwnDatabase(): () => string {
  beforeEach(emptyOwnDatabase);
  return ownUrl;
}
