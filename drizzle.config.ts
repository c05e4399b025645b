// drizzle-kit: where the schema is, where migrations go, and which database `drizzle-kit migrate` changes.
import { defineConfig } from "drizzle-kit";

const { TURSO_DATABASE_URL = "http://127.0.0.1:8080", TURSO_AUTH_TOKEN } = process.env;

export default defineConfig({
  dialect: "turso",
  schema: [
    "./src/store/schema/acts.ts",
    "./src/store/schema/calendars.ts",
    "./src/store/schema/busy.ts",
    "./src/store/schema/bookings.ts",
    "./src/store/schema/connect-links.ts",
    "./src/store/schema/erasures.ts",
    "./src/store/schema/feeds.ts",
    "./src/store/schema/outbox.ts",
    "./src/store/schema/syncs.ts",
    "./src/store/schema/unreadable.ts",
  ],
  out: "./migrations",
  dbCredentials: {
    url: TURSO_DATABASE_URL,
    ...(TURSO_AUTH_TOKEN === undefined ? {} : { authToken: TURSO_AUTH_TOKEN }),
  },
});
