// Written events: the events of ours that an erasure takes out of an agent's calendars, and those that it has to leave.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { BookingIdentity, KnownEvent } from "../../providers/booking-event.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { deliveries, orphanedEvents } from "../schema/bookings.ts";

/**
 * SQL: the calendar of delivery `d` shows an event of ours, or may show one after a write whose end nobody knows. Where
 * its attempts were counted anew, the failure still tells of that write.
 */
const SHOWN = sql.raw(`(d.external_id IS NOT NULL OR (d.state <> 'delivered'
  AND COALESCE(d.failure_kind, '') <> 'read-only' AND (d.delivered_revision > 0 OR d.attempts > 0 OR d.lease_until > 0
    OR d.failure_kind IS NOT NULL)))`);

/** Statement: events that stay in the calendar are counted by an erasure that was to remove them, if `when` holds. */
export const countLeftEvents = (connectionId: string, when: SQL): Statement =>
  addToLeft(
    sql`SELECT agent_id FROM connections WHERE id = ${connectionId}`,
    sql`SELECT COUNT(*) FROM deliveries d WHERE d.connection_id = ${connectionId} AND ${SHOWN}`,
    when,
  );

const addToLeft = (agent: SQL, events: SQL, when: SQL): Statement =>
  sql`UPDATE erasures SET events_left = events_left + (${events})
      WHERE agent_id = (${agent}) AND done_at IS NULL AND events = 'remove' AND ${when}`;

/** An event of ours in a calendar. */
export interface WrittenEvent {
  readonly calendarId: string;
  readonly identity: BookingIdentity;
  /** Null: it was never confirmed. */
  readonly known: KnownEvent | null;
  /** Until then a write may still be under way. */
  readonly settledAt: Instant;
}

const knownOf = ({ externalId, etag, idVersion }: { [Key in keyof KnownEvent]: KnownEvent[Key] | null }) =>
  externalId === null ? null : { externalId, etag, idVersion: idVersion ?? 0 };

/** Events of ours in the calendar of a connection. */
export async function listWrittenEvents(
  db: Database,
  input: {
    connection: { readonly id: string; readonly calendarId: string; readonly markedAs: string | null };
    limit: number;
  },
): Promise<WrittenEvent[]> {
  const { id, calendarId, markedAs } = input.connection;
  const [result] = await db.read([
    sql`SELECT * FROM deliveries d WHERE d.connection_id = ${id} AND ${SHOWN}
        ORDER BY d.booking_id LIMIT ${input.limit}`,
  ]);
  return rowsOf(deliveries, result).map(({ agentId, bookingId, ...row }) => ({
    calendarId,
    identity: { agentId, bookingId, markedAs },
    known: knownOf(row),
    settledAt: Math.max(row.leaseUntil, row.externalId === null ? row.updatedAt : 0),
  }));
}

/** Forgets events that were removed, and those that stay, which the erasure counts. */
export async function forgetWrittenEvents(
  db: Database,
  input: { connectionId: string; bookingIds: readonly string[]; leftIds: readonly string[] },
): Promise<void> {
  const among = (ids: readonly string[]) => sql`connection_id = ${input.connectionId}
    AND booking_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  await db.write([
    addToLeft(
      sql`SELECT agent_id FROM connections WHERE id = ${input.connectionId}`,
      sql`SELECT COUNT(*) FROM deliveries WHERE ${among(input.leftIds)}`,
      sql`1`,
    ),
    sql`DELETE FROM deliveries WHERE ${among(input.bookingIds)}`,
  ]);
}

/** The agent's orphaned events at a provider. */
export async function listOrphanedEvents(
  db: Database,
  input: { agentId: string; provider: ProviderName },
): Promise<WrittenEvent[]> {
  const [result] = await db.read([
    sql`SELECT * FROM left_behind WHERE agent_id = ${input.agentId} AND provider = ${input.provider}`,
  ]);
  return rowsOf(orphanedEvents, result).map(({ agentId, bookingId, calendarId, markedAs, ...row }) => ({
    calendarId,
    identity: { agentId, bookingId, markedAs },
    known: knownOf(row),
    settledAt: 0,
  }));
}

/** Forgets an orphaned event that was removed. */
export async function forgetOrphanedEvent(
  db: Database,
  provider: ProviderName,
  { calendarId, identity }: WrittenEvent,
): Promise<void> {
  await db.write([
    sql`DELETE FROM left_behind WHERE agent_id = ${identity.agentId} AND provider = ${provider}
          AND calendar_id = ${calendarId} AND booking_id = ${identity.bookingId}`,
  ]);
}
