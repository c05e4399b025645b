// A bare Hono route that asks the database the least one can ask: what the availability check is compared with.
import { createClient } from "@libsql/client/web";
import { Hono } from "hono";

const app = new Hono<{ Bindings: { TURSO_DATABASE_URL: string } }>().post("/select-one", async (c) => {
  const client = createClient({ url: c.env.TURSO_DATABASE_URL });
  const { rows } = await client.execute("SELECT 1 AS one");
  return c.json({ one: rows[0]?.["one"] });
});

// biome-ignore lint/style/noDefaultExport: workerd runs the default export.
export default app;
