// Erasures table: agents who are being forgotten, and those who were. Times are epoch milliseconds.
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { ProviderName } from "../../providers/provider.ts";

/** Access that our side has forgotten and that may live on at the provider. The reason is a stable code. */
export interface Unrevoked {
  readonly provider: ProviderName;
  readonly reason: string;
}

/**
 * The newest erasure of an agent, as desired state: until `done_at` is set, nothing of the agent may be stored any
 * more. Afterwards the row proves what was done, and keeps out what was begun before.
 */
export const erasures = sqliteTable(
  "erasures",
  {
    agentId: text("agent_id").primaryKey(),
    /** Names it in jobs. */
    id: text("id").notNull(),
    /** What becomes of the events that we wrote into the agent's calendars. */
    events: text("events").$type<"keep" | "remove">().notNull(),
    requestedAt: integer("requested_at").notNull(),
    /** Null: something is left to do. */
    doneAt: integer("done_at"),
    nextAttemptAt: integer("next_attempt_at").notNull(),
    /** How many events were to be removed and stay. */
    eventsLeft: integer("events_left").notNull().default(0),
    unrevoked: text("unrevoked", { mode: "json" }).$type<Unrevoked[]>().notNull().default([]),
  },
  (t) => [
    uniqueIndex("erasures_id").on(t.id),
    index("erasures_due").on(t.nextAttemptAt).where(sql`done_at is null`),
    index("erasures_done").on(t.doneAt).where(sql`done_at is not null`),
  ],
);
