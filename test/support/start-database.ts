// The database of a test run: a real sqld, or in `npm run test:turso` the Turso engine.
import { applyMigrations } from "../../scripts/local/migrations.ts";
import { startSqld } from "../../scripts/local/sqld.ts";
import { ENGINE } from "./engines.ts";
import { startTurso } from "./turso-server.ts";

/** A running database server with all migrations. */
export interface TestDatabase {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it. */
export async function startDatabase(): Promise<TestDatabase> {
  const server: TestDatabase = ENGINE === "turso" ? await startTurso() : await startSqld();
  await applyMigrations({ url: server.url, authToken: null });
  return server;
}
