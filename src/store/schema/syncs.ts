// Sync tables: what syncs did, counted for each calendar and day, and the runs that changed something or failed.
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { FailureKind } from "../../domain/failure.ts";
import type { SyncCounts } from "../../domain/sync-counts.ts";

/** One row for each audit, and for each other sync that changed something, stopped halfway or failed. Kept 30 days. */
export const syncRuns = sqliteTable(
  "sync_runs",
  {
    id: text("id").primaryKey(),
    agentId: text("agent_id").notNull(),
    connectionId: text("connection_id").notNull(),
    /** A full listing, a delta, a strip of the rolling window, or a listing that was compared with the cache. */
    mode: text("mode").$type<"snapshot" | "delta" | "roll" | "audit">().notNull(),
    outcome: text("outcome").$type<"ok" | "failed" | "partial">().notNull(),
    failureKind: text("failure_kind").$type<FailureKind>(),
    failureCode: text("failure_code"),
    pages: integer("pages").notNull(),
    upserts: integer("upserts").notNull(),
    removals: integer("removals").notNull(),
    /** Events whose busy time an audit missed in the cache. */
    missing: integer("missing").notNull().default(0),
    /** Events that an audit found in the cache, with busy time that the calendar doesn't hold. */
    extra: integer("extra").notNull().default(0),
    /** Objects that couldn't be read to the end. */
    unreadable: integer("unreadable").notNull().default(0),
    startedAt: integer("started_at").notNull(),
    finishedAt: integer("finished_at").notNull(),
  },
  (t) => [
    index("sync_runs_started").on(t.startedAt),
    index("sync_runs_failed").on(t.startedAt, t.failureCode).where(sql`failure_kind is not null`),
    index("sync_runs_agent").on(t.agentId),
    index("sync_runs_drift").on(t.startedAt).where(sql`missing + extra > 0`),
  ],
);

/** What the syncs of one calendar did on one UTC day that is over. The day that goes on is in `connections.tally`. */
export const syncDays = sqliteTable(
  "sync_days",
  {
    agentId: text("agent_id").notNull(),
    /** Days since 1970. */
    day: integer("day").notNull(),
    connectionId: text("connection_id").notNull(),
    counts: text("counts", { mode: "json" }).$type<SyncCounts>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.agentId, t.day, t.connectionId] }), index("sync_days_day").on(t.day)],
);
