// Connect links table: links that open an agent's page. Times are epoch milliseconds.
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** A link to an agent's page. Only a hash of its secret is stored, so nobody can make the link from this row. */
export const connectLinks = sqliteTable(
  "connect_links",
  {
    secretHash: text("secret_hash").primaryKey(),
    agentId: text("agent_id").notNull(),
    /** Where the page leads back to; null: nowhere. */
    returnTo: text("return_to"),
    singleUse: integer("single_use", { mode: "boolean" }).notNull(),
    /** The page that opened the link first. A link of a single use opens for no other. Null: it was never opened. */
    openedBy: text("opened_by"),
    expiresAt: integer("expires_at").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [index("connect_links_agent").on(t.agentId), index("connect_links_expires").on(t.expiresAt)],
);
