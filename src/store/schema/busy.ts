// Busy tables: the cached time of calendars, and the series that the window's roll expands. Times are in ms.
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { BusyStatus } from "../../domain/busy.ts";

/**
 * Busy time: outside events in rows of at most a day, and our own bookings and holds (`connection_number` 0). It has by
 * far the most rows, so they name everything shortly.
 */
export const busy = sqliteTable(
  "busy",
  {
    /** `agents.number`. */
    agentNumber: integer("agent_number").notNull(),
    /** `connections.number`; 0 for our own bookings and holds. */
    connectionNumber: integer("connection_number").notNull(),
    startsAt: integer("starts_at").notNull(),
    endsAt: integer("ends_at").notNull(),
    /** Of an outside event its `cachedKey`, of our own time the id of the booking or hold. */
    eventKey: text("event_key").notNull(),
    /** The `cachedKey` of the event's series. */
    seriesKey: text("series_key"),
    status: text("status").$type<BusyStatus>().notNull(),
    allDay: integer("all_day", { mode: "boolean" }).notNull(),
    bookingId: text("booking_id"),
    generation: integer("generation").notNull(),
    /** The row counts until this instant; null: it never expires. Only holds have it. */
    expiresAt: integer("expires_at"),
    /** The buffers that our own booking or hold was sold with; null: none. */
    bufferBeforeMs: integer("buffer_before_ms"),
    bufferAfterMs: integer("buffer_after_ms"),
  },
  (t) => [
    // Bookings of two agents may have the same id and start, so the agent belongs to the key.
    uniqueIndex("busy_event").on(t.connectionNumber, t.eventKey, t.agentNumber, t.startsAt),
    index("busy_time").on(t.agentNumber, t.startsAt),
    index("busy_series").on(t.connectionNumber, t.seriesKey).where(sql`series_key is not null`),
    index("busy_booking").on(t.agentNumber, t.bookingId).where(sql`booking_id is not null`),
    index("busy_own").on(t.endsAt).where(sql`connection_number = 0`),
    index("busy_expiring").on(t.agentNumber, t.expiresAt).where(sql`expires_at is not null`),
  ],
);

/**
 * Stored series: recurring events of calendars that can't list a strip of time. The roll of the window expands them.
 * They are reduced, so that they hold no text that a person wrote.
 */
export const storedSeries = sqliteTable(
  "kept_series",
  {
    connectionId: text("connection_id").notNull(),
    seriesKey: text("series_key").notNull(),
    reduced: text("reduced").notNull(),
    generation: integer("generation").notNull(),
  },
  (t) => [primaryKey({ columns: [t.connectionId, t.seriesKey] })],
);
