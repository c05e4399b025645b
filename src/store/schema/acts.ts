// Acts table: who did what to connections, settings, bookings by force, and replays. Times are epoch milliseconds.
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** One act. It holds ids and codes, and no text that a person wrote. */
export const acts = sqliteTable(
  "acts",
  {
    /** The order in which they were recorded. */
    sequence: integer("sequence").primaryKey({ autoIncrement: true }),
    id: text("id").notNull(),
    at: integer("at").notNull(),
    /** Whom it was about; null: no agent in particular, or one whose thing is gone. */
    agentId: text("agent_id"),
    /** The operation's name. */
    action: text("action").notNull(),
    /** `page`: an agent in a session of their page. */
    role: text("role").$type<"agent" | "page" | "service">().notNull(),
    /** The token's subject: the agent, or the service where its token names one. */
    subject: text("subject"),
    /** The id of what it was done to; null where that is the agent's own settings or page. */
    target: text("target"),
    /** The HTTP status of the answer. From 500 on nobody knows whether it was done. */
    status: integer("status").notNull(),
    requestId: text("request_id").notNull(),
  },
  (t) => [
    uniqueIndex("acts_id").on(t.id),
    index("acts_agent").on(t.agentId, t.sequence),
    index("acts_at").on(t.at),
  ],
);
