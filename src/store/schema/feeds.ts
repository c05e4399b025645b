// Feeds table: secret addresses at which an agent's bookings are read as a calendar. Times are epoch milliseconds.
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { FeedShows } from "../../domain/feed.ts";

/** A feed. Only a hash of its secret is stored, so nobody can read it by this row. */
export const feeds = sqliteTable(
  "feeds",
  {
    id: text("id").primaryKey(),
    agentId: text("agent_id").notNull(),
    secretHash: text("secret_hash").notNull(),
    shows: text("shows").$type<FeedShows>().notNull(),
    createdAt: integer("created_at").notNull(),
    /** Null: its address opens. A revoked feed is kept for a while, so that revoking it again does no harm. */
    revokedAt: integer("revoked_at"),
  },
  (t) => [uniqueIndex("feeds_secret").on(t.secretHash), index("feeds_agent").on(t.agentId, t.createdAt)],
);
