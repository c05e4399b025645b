// Channels: push channels with hashed secrets, and the one statement that turns a notification into a hint.
import { and, eq, type InferSelectModel, isNotNull, type SQL, sql } from "drizzle-orm";
import { type Instant, MINUTE_MS } from "../../domain/instant.ts";
import type { Notification } from "../../providers/provider.ts";
import { type Database, rowsOf } from "../db.ts";
import { channels, connections } from "../schema/calendars.ts";

/** A channel as stored. */
export type ChannelRow = InferSelectModel<typeof channels>;

/** A pending channel older than this was lost with its Worker. */
const PENDING_MS = 2 * MINUTE_MS;

/** A notification with its secret hashed. */
export interface HashedNotification {
  readonly notificationKey: string;
  readonly secretHash: string;
  readonly resourceId: string | null;
  readonly meaning: Notification["meaning"];
}

/** A connection that a notification is about. */
export interface Hit {
  readonly connectionId: string;
  readonly meaning: Notification["meaning"];
  /** The connection was clean before, so somebody must be woken. */
  readonly wasClean: boolean;
  /** The channel is the connection's own, not that of an agent who shares the calendar. */
  readonly own: boolean;
}

/**
 * SQL: the calendar whose channel a notification has proven to know. The secret, and the resource where both name one,
 * must be right.
 */
const provenCalendar = (key: SQL, secretHash: SQL, resourceId: SQL): SQL =>
  sql`SELECT c.provider, c.calendar_id FROM channels h JOIN connections c ON c.id = h.connection_id
      WHERE h.notification_key = ${key} AND h.secret_hash = ${secretHash}
        AND (h.resource_id IS NULL OR ${resourceId} IS NULL OR h.resource_id = ${resourceId})`;

/** SQL: finds a row where any of the notifications is proven. All stand in one parameter, so strangers cost a read. */
function anyProven(notifications: readonly HashedNotification[]): SQL {
  const list = JSON.stringify(
    notifications.map(({ notificationKey, secretHash, resourceId }) => [
      notificationKey,
      secretHash,
      resourceId,
    ]),
  );
  const part = (path: string) => sql`json_extract(e.value, ${sql.raw(`'$[${path}]'`)})`;
  return sql`SELECT 1 FROM json_each(${list}) e
             WHERE EXISTS (${provenCalendar(part("0"), part("1"), part("2"))})`;
}

/**
 * Verifies notifications and raises the dirty counters of their connections, with one statement each, in one
 * transaction. Where none is proven nothing is written. Agents who share a calendar share its notifications, because
 * Graph keeps one subscription for all of them (M35). A wrong secret, an unknown channel or another resource hits
 * nothing. Pending and retiring channels count: a message may come before the answer that opens a channel, and after
 * the one that closes it.
 */
export async function markNotified(
  db: Database,
  notifications: readonly HashedNotification[],
): Promise<{ known: number; hits: Hit[] }> {
  const results = await db.writeIf(
    anyProven(notifications),
    notifications.map(
      ({ notificationKey, secretHash, resourceId }) =>
        sql`UPDATE connections SET dirty = dirty + 1
            WHERE closing_at IS NULL
              AND (provider, calendar_id) = (${provenCalendar(sql`${notificationKey}`, sql`${secretHash}`, sql`${resourceId}`)})
            RETURNING id, dirty - 1 <= clean AS was_clean, id = (SELECT connection_id FROM channels
              WHERE notification_key = ${notificationKey}) AS own`,
    ),
  );
  const hits = notifications.flatMap(({ meaning }, index) =>
    (results?.[index]?.rows ?? []).map((row) => ({
      connectionId: String(row["id"]),
      meaning,
      wasClean: Number(row["was_clean"]) === 1,
      own: Number(row["own"]) === 1,
    })),
  );
  return { known: (results ?? []).filter(({ rows }) => rows.length > 0).length, hits };
}

/**
 * Records that a channel is being opened, before the provider is asked. False: none is due, or somebody else is
 * opening one right now.
 */
export async function insertPendingChannel(
  db: Database,
  input: { id: string; connectionId: string; secretHash: string; expiresAt: Instant; now: Instant },
): Promise<boolean> {
  const [, result] = await db.write([
    sql`INSERT INTO channels (id, connection_id, notification_key, secret_hash, state, expires_at, created_at)
        SELECT ${input.id}, ${input.connectionId}, ${input.id}, ${input.secretHash}, 'pending', ${input.expiresAt},
          ${input.now}
        WHERE NOT EXISTS (SELECT 1 FROM channels WHERE connection_id = ${input.connectionId} AND id <> ${input.id}
            AND state = 'pending' AND created_at > ${input.now - PENDING_MS})
          AND EXISTS (SELECT 1 FROM connections WHERE id = ${input.connectionId} AND closing_at IS NULL
            AND channel_due_at <= ${input.now})
        ON CONFLICT DO NOTHING`,
    db.build.select({ id: channels.id }).from(channels).where(eq(channels.id, input.id)),
  ]);
  return (result?.rows.length ?? 0) > 0;
}

/**
 * The channel is open. Its predecessors retire, and one pull is due for the seam between them (L13). False: its row is
 * gone, because the calendar was disconnected meanwhile, and nobody needs the channel.
 */
export async function activateChannel(
  db: Database,
  input: {
    id: string;
    connectionId: string;
    notificationKey: string;
    resourceId: string | null;
    expiresAt: Instant;
    /** When its successor is due: well before `expiresAt`, staggered. */
    replaceAt: Instant;
  },
): Promise<boolean> {
  const there = sql`EXISTS (SELECT 1 FROM channels WHERE id = ${input.id})`;
  const [opened] = await db.write([
    db.build
      .update(channels)
      .set({
        state: "active",
        notificationKey: input.notificationKey,
        resourceId: input.resourceId,
        expiresAt: input.expiresAt,
      })
      .where(eq(channels.id, input.id))
      .returning({ id: channels.id }),
    sql`UPDATE channels SET state = 'retiring' WHERE connection_id = ${input.connectionId} AND id <> ${input.id}
          AND ${there}`,
    db.build
      .update(connections)
      .set({
        dirty: sql`${connections.dirty} + 1`,
        watch: "wanted",
        watchFailures: 0,
        channelDueAt: input.replaceAt,
      })
      .where(and(eq(connections.id, input.connectionId), there)),
  ]);
  return (opened?.rows.length ?? 0) > 0;
}

/**
 * SQL: the channel is still the connection's own. Where it retires, or is forgotten, its calendar has another id by now,
 * and an answer about it must not delay its successor.
 */
const isWanted = (id: string): SQL =>
  sql`EXISTS (SELECT 1 FROM channels WHERE id = ${id} AND state <> 'retiring')`;

/** The channel was renewed in place. A pull is due, because a change may have been missed before. */
export async function extendChannel(
  db: Database,
  input: { id: string; connectionId: string; expiresAt: Instant; replaceAt: Instant },
): Promise<void> {
  await db.write([
    db.build.update(channels).set({ expiresAt: input.expiresAt }).where(eq(channels.id, input.id)),
    db.build
      .update(connections)
      .set({ dirty: sql`${connections.dirty} + 1`, watchFailures: 0, channelDueAt: input.replaceAt })
      .where(and(eq(connections.id, input.connectionId), isWanted(input.id))),
  ]);
}

/**
 * Opening failed: forgets the pending row and holds off the next attempt. `unsupported` stays (L16). A calendar that was
 * to be pulled rarely, because it was watched, is due at once.
 */
export async function failChannel(
  db: Database,
  input: { id: string; connectionId: string; unsupported: boolean; nextAttemptAt: Instant },
): Promise<void> {
  await db.write([
    db.build
      .update(connections)
      .set({
        watch: input.unsupported ? "unsupported" : "wanted",
        watchFailures: sql`${connections.watchFailures} + 1`,
        channelDueAt: input.unsupported ? null : input.nextAttemptAt,
        pollDueAt: sql`IIF(trusted_ms > 0, 0, poll_due_at)`,
      })
      .where(and(eq(connections.id, input.connectionId), isWanted(input.id))),
    db.build.delete(channels).where(and(eq(channels.id, input.id), eq(channels.state, "pending"))),
  ]);
}

/** The connection's channels, whatever their state. */
export async function listChannels(db: Database, connectionId: string): Promise<ChannelRow[]> {
  const [result] = await db.read([
    db.build.select().from(channels).where(eq(channels.connectionId, connectionId)),
  ]);
  return rowsOf(channels, result);
}

/** Channels of all of an agent's connections. */
export async function listAgentChannels(db: Database, agentId: string): Promise<ChannelRow[]> {
  const [result] = await db.read([
    sql`SELECT h.* FROM channels h JOIN connections c ON c.id = h.connection_id WHERE c.agent_id = ${agentId}`,
  ]);
  return rowsOf(channels, result);
}

/** Forgets a channel. */
export async function deleteChannel(db: Database, id: string): Promise<void> {
  await db.write([db.build.delete(channels).where(eq(channels.id, id))]);
}

/** The provider said that the channel is gone: its successor is due at once. */
export async function markChannelLost(
  db: Database,
  input: { connectionId: string; now: Instant },
): Promise<void> {
  await db.write([
    db.build
      .update(connections)
      .set({ channelDueAt: input.now })
      .where(and(eq(connections.id, input.connectionId), isNotNull(connections.channelDueAt))),
  ]);
}

/** This calendar's provider has no push at all. */
export async function markPolled(db: Database, connectionId: string): Promise<void> {
  await db.write([
    db.build.update(connections).set({ channelDueAt: null }).where(eq(connections.id, connectionId)),
  ]);
}
