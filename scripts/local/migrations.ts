// Applies the migrations of migrations/ to a database: the same mechanism for local runs and for Turso.
import { resolve } from "node:path";
import { createClient } from "@libsql/client/web";
import { migrate } from "drizzle-orm/libsql/migrator";
import { drizzle } from "drizzle-orm/libsql/web";

const FOLDER = resolve(import.meta.dirname, "../../migrations");

/** What a Worker of the version before migration 0010 has made between that migration and its own end has no number. */
const NUMBERED = ["agents", "connections"].map(
  (table) =>
    `UPDATE ${table} SET number = (SELECT COALESCE(MAX(number), 0) FROM ${table}) + rowid WHERE number IS NULL`,
);

/**
 * Applies what the database doesn't have yet, in order, in one transaction. Idempotent.
 * @param ask the way to the database
 */
export async function applyMigrations(
  database: { url: string; authToken: string | null },
  ask: typeof fetch = fetch,
): Promise<void> {
  const client = createClient({
    url: database.url,
    fetch: ask,
    ...(database.authToken === null ? {} : { authToken: database.authToken }),
  });
  try {
    await migrate(drizzle({ client }), { migrationsFolder: FOLDER });
    for (const statement of NUMBERED) await client.execute(statement);
  } finally {
    client.close();
  }
}
