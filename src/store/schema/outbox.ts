// Outbox tables: notices to MaraPlace, and jobs that a queue gave up. Instants are epoch milliseconds.
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { NoticeKind, NoticeState } from "../../domain/notice.ts";

/** One notice to MaraPlace, written in the transaction that makes it true. */
export const notices = sqliteTable(
  "notices",
  {
    /** The order in which things happened. */
    sequence: integer("sequence").primaryKey({ autoIncrement: true }),
    /** The receiver recognises a repeated notice by it. */
    id: text("id").notNull(),
    agentId: text("agent_id").notNull(),
    kind: text("kind").$type<NoticeKind>().notNull(),
    /** Notices about one subject are sent in order: a booking, or an account. */
    subject: text("subject").notNull(),
    /** Only one notice with this key is inserted, however often its cause is found; null: one each time. */
    onceKey: text("once_key"),
    data: text("data", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    state: text("state").$type<NoticeState>().notNull(),
    attempts: integer("attempts").notNull(),
    nextAttemptAt: integer("next_attempt_at").notNull(),
    leaseId: text("lease_id"),
    leaseUntil: integer("lease_until").notNull(),
    /** Why the last attempt failed: an HTTP status, or a code. */
    failureCode: text("failure_code"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [
    uniqueIndex("notices_id").on(t.id),
    uniqueIndex("notices_once").on(t.onceKey).where(sql`once_key is not null`),
    index("notices_due").on(t.nextAttemptAt).where(sql`state = 'pending'`),
    index("notices_subject").on(t.agentId, t.subject, t.sequence).where(sql`state = 'pending'`),
    index("notices_failed").on(t.agentId, t.updatedAt).where(sql`state = 'failed'`),
    index("notices_failed_any").on(t.updatedAt).where(sql`state = 'failed'`),
    index("notices_agent").on(t.agentId, t.sequence),
    index("notices_created").on(t.createdAt),
  ],
);

/** An address that answered 410: it wants no more notices. */
export const disabledEndpoints = sqliteTable("disabled_endpoints", {
  url: text("url").primaryKey(),
  disabledAt: integer("disabled_at").notNull(),
});

/** A job that a queue gave up after its retries. */
export const deadJobs = sqliteTable(
  "dead_jobs",
  {
    /** The id of the queue's message. */
    id: text("id").primaryKey(),
    agentId: text("agent_id"),
    lane: text("lane").$type<"urgent" | "background">().notNull(),
    job: text("job", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    failedAt: integer("failed_at").notNull(),
  },
  (t) => [index("dead_jobs_agent").on(t.agentId, t.failedAt), index("dead_jobs_failed").on(t.failedAt)],
);
