// `npm run migrate`: brings the database named by TURSO_DATABASE_URL (and TURSO_AUTH_TOKEN) up to date.
import { applyMigrations } from "./local/migrations.ts";

const { TURSO_DATABASE_URL: url = "", TURSO_AUTH_TOKEN: authToken = null } = process.env;
if (url === "") {
  console.error("Set TURSO_DATABASE_URL (and TURSO_AUTH_TOKEN for Turso) to the database to migrate.");
  process.exit(1);
}
await applyMigrations({ url, authToken });
console.log(`The database at ${new URL(url).host} is up to date.`);
