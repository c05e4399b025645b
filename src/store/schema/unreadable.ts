// Unreadable table: what calendars hold that couldn't be read to the end. Times are epoch milliseconds.
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** An event, a series or a calendar object that couldn't be read to the end. No text that a person wrote is stored. */
export const unreadableObjects = sqliteTable(
  "unreadable_objects",
  {
    connectionId: text("connection_id").notNull(),
    objectKey: text("object_key").notNull(),
    /** Changes with the object. */
    version: text("version").notNull(),
    reason: text("reason").notNull(),
    /** `unknown`: it may take time that nobody can know. */
    extent: text("extent").$type<"known" | "unknown">().notNull(),
    /** The first start that could be read; null: none could. */
    startsAt: integer("starts_at"),
    /** An instant by which it has ended by any reading; null: none is certain. */
    endsBy: integer("ends_by"),
    /** The snapshot generation that named it last. */
    generation: integer("generation").notNull(),
    /** When this version was first seen. */
    firstSeenAt: integer("first_seen_at").notNull(),
    /** When the agent said that this version counts as free; null: never, so it is outstanding. */
    countedFreeAt: integer("counted_free_at"),
  },
  (t) => [
    primaryKey({ columns: [t.connectionId, t.objectKey] }),
    // Every answer about an agent reads it, so it holds all that the answer needs.
    index("unreadable_outstanding")
      .on(t.connectionId, t.endsBy, t.extent)
      .where(sql`counted_free_at is null`),
  ],
);
