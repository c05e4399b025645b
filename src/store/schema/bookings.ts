// Booking tables: bookings, holds, deliveries, refusals and orphaned events. Instants are epoch milliseconds.
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { BookingState, DeliveryState, HoldState } from "../../domain/booking.ts";
import type { FailureKind } from "../../domain/failure.ts";
import type { LossReason } from "../../domain/lost-sales.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { REMEMBERED } from "../booking-texts.ts";
import { LOOK_DUE_AT, WRITE_DUE_AT } from "../due.ts";
import { BOOKING_SEALED_UNDER } from "../sealed-under.ts";

/** One booking of MaraPlace. */
export const bookings = sqliteTable(
  "bookings",
  {
    agentId: text("agent_id").notNull(),
    bookingId: text("booking_id").notNull(),
    /** The texts, sealed for this row. Null: forgotten, or not sealed yet (`plainTitle`). */
    sealedTexts: text("sealed_texts"),
    /** A keyed hash of the client's address, by which their bookings are found; null: there is no address. */
    clientHash: text("client_hash"),
    /** The texts before they were sealed; see decision 023. An empty title: these columns hold nothing. */
    plainTitle: text("title").notNull(),
    plainDescription: text("description"),
    plainLocation: text("location"),
    plainClientName: text("client_name"),
    plainClientEmail: text("client_email"),
    startsAt: integer("starts_at").notNull(),
    endsAt: integer("ends_at").notNull(),
    timeZone: text("time_zone").notNull(),
    /** The buffers that it was sold with by the rules of its request. */
    bufferBeforeMs: integer("buffer_before_ms").notNull().default(0),
    bufferAfterMs: integer("buffer_after_ms").notNull().default(0),
    state: text("state").$type<BookingState>().notNull(),
    /** Rises with every change. Each delivery must write the newest one. */
    revision: integer("revision").notNull(),
    /** Names the write that last made or changed this row. By it a batch knows whether that was itself. */
    writeId: text("write_id").notNull(),
    idempotencyKey: text("idempotency_key"),
    /** Names the bookings that belong together, of one agent or of several; null: it stands alone. */
    groupId: text("group_id"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /** When it last got another time; null: it never did. */
    movedAt: integer("moved_at"),
    /** When it was cancelled; null: it wasn't. */
    cancelledAt: integer("cancelled_at"),
  },
  (t) => [
    primaryKey({ columns: [t.agentId, t.bookingId] }),
    index("bookings_changed").on(t.agentId, t.updatedAt),
    uniqueIndex("bookings_idempotency_key")
      .on(t.agentId, t.idempotencyKey)
      .where(sql`idempotency_key is not null`),
    index("bookings_time").on(t.agentId, t.startsAt),
    index("bookings_group").on(t.groupId, t.startsAt).where(sql`group_id is not null`),
    index("bookings_client").on(t.clientHash).where(sql`client_hash is not null`),
    index("bookings_sealed_under").on(BOOKING_SEALED_UNDER),
    index("bookings_remembered").on(t.endsAt).where(REMEMBERED),
  ],
);

/**
 * A slot reserved for a while. Its busy row expires at the same instant, so an expired hold blocks nobody although
 * both rows still exist.
 */
export const holds = sqliteTable(
  "holds",
  {
    agentId: text("agent_id").notNull(),
    holdId: text("hold_id").notNull(),
    startsAt: integer("starts_at").notNull(),
    endsAt: integer("ends_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    /** The buffers that it was made with by the rules of its request. */
    bufferBeforeMs: integer("buffer_before_ms").notNull().default(0),
    bufferAfterMs: integer("buffer_after_ms").notNull().default(0),
    /** `released` and `booked` are final. A hold that expires stays `held`. */
    state: text("state").$type<HoldState>().notNull(),
    /** The booking that the hold became. */
    bookingId: text("booking_id"),
    writeId: text("write_id").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.agentId, t.holdId] }), index("holds_expires").on(t.expiresAt)],
);

/** One booking in one calendar, as desired state: the calendar must come to show the newest revision. */
export const deliveries = sqliteTable(
  "deliveries",
  {
    connectionId: text("connection_id").notNull(),
    bookingId: text("booking_id").notNull(),
    agentId: text("agent_id").notNull(),
    wantedRevision: integer("wanted_revision").notNull(),
    deliveredRevision: integer("delivered_revision").notNull(),
    state: text("state").$type<DeliveryState>().notNull(),
    externalId: text("external_id"),
    etag: text("etag"),
    /** The id version. It rises when an event id is burnt: the provider never takes it again (L31). */
    idVersion: integer("generation").notNull(),
    /** The start and end that our last write gave the event. An event that differs was moved. */
    deliveredStartsAt: integer("delivered_starts_at"),
    deliveredEndsAt: integer("delivered_ends_at"),
    /** When the event must be reconciled, because a pull didn't find it as we left it; null: no pull doubts it. */
    lookDueAt: integer("look_due_at"),
    /** The newest snapshot generation that named the event; -1: no pull has named it since our last write. */
    seenGeneration: integer("seen_generation").notNull().default(0),
    attempts: integer("attempts").notNull(),
    nextAttemptAt: integer("next_attempt_at").notNull(),
    leaseId: text("lease_id"),
    leaseUntil: integer("lease_until").notNull(),
    failureKind: text("failure_kind").$type<FailureKind>(),
    failureCode: text("failure_code"),
    /** What the last sweep sent a job for, and until when it sends none again; see `store/due.ts`. */
    sentFor: integer("sent_for").notNull().default(0),
    sentUntil: integer("sent_until").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.connectionId, t.bookingId] }),
    index("deliveries_booking").on(t.agentId, t.bookingId),
    index("deliveries_due").on(WRITE_DUE_AT.indexed).where(sql`state = 'pending'`),
    index("deliveries_waiting").on(t.connectionId, t.createdAt).where(sql`state = 'pending'`),
    index("deliveries_lease").on(t.connectionId, t.leaseUntil),
    index("deliveries_external").on(t.connectionId, t.externalId),
    index("deliveries_failed").on(t.agentId, t.updatedAt).where(sql`state = 'failed'`),
    index("deliveries_failed_any").on(t.updatedAt).where(sql`state = 'failed'`),
    index("deliveries_unnamed").on(t.connectionId).where(sql`seen_generation < 0`),
    index("deliveries_looks")
      .on(LOOK_DUE_AT.indexed)
      .where(sql`state = 'delivered' and look_due_at is not null`),
    index("deliveries_look_due").on(t.lookDueAt).where(sql`look_due_at is not null`),
  ],
);

/** Sales that were refused, by the id of the write; see `store/bookings/refusals.ts`. */
export const refusals = sqliteTable(
  "refusals",
  { writeId: text("write_id").primaryKey(), refusedAt: integer("refused_at").notNull() },
  (t) => [index("refusals_refused").on(t.refusedAt)],
);

/** How many sales of an agent were refused on one day of theirs, by reason. Nothing says who asked. Kept 30 days. */
export const lostSales = sqliteTable(
  "lost_sales",
  {
    agentId: text("agent_id").notNull(),
    /** Days since 1970 on the agent's wall calendar. */
    day: integer("day").notNull(),
    reason: text("reason").$type<LossReason>().notNull(),
    count: integer("count").notNull(),
  },
  (t) => [primaryKey({ columns: [t.agentId, t.day, t.reason] }), index("lost_sales_day").on(t.day)],
);

/** Orphaned events stay in a disconnected calendar. Connected again, it must not show a booking twice. */
export const orphanedEvents = sqliteTable(
  "left_behind",
  {
    agentId: text("agent_id").notNull(),
    provider: text("provider").$type<ProviderName>().notNull(),
    calendarId: text("calendar_id").notNull(),
    bookingId: text("booking_id").notNull(),
    /** Null: a write was begun, and its outcome is unknown. */
    externalId: text("external_id"),
    etag: text("etag"),
    idVersion: integer("generation").notNull(),
    /** The connection's `marked_as`. */
    markedAs: text("marked_as"),
    /** What recognised the calendar, and the person whose account listed it; see `moved-calendar.ts`. */
    recognisedBy: text("recognised_by"),
  },
  (t) => [primaryKey({ columns: [t.agentId, t.provider, t.calendarId, t.bookingId] })],
);
