// Page rows: the statements that apply a page of a pull to the cache, under the lease of the pull.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import { clip, cut, type Interval } from "../../domain/interval.ts";
import type { BusyEvent, Page, UnreadableObject } from "../../providers/provider.ts";
import { cachedKey } from "../cached-key.ts";
import { leaseHeld, numberOfAgent, numberOfConnection } from "../conditions.ts";
import type { Statement } from "../db.ts";
import { noteDeliveredEvents } from "../deliveries/doubts.ts";
import type { ConnectionRow } from "../rows.ts";
import { conflictNotices } from "./conflict-notices.ts";

/** The lease under which a pull or a roll writes. */
export interface Lease {
  readonly connection: Pick<ConnectionRow, "id" | "agentId">;
  readonly leaseId: string;
  /** See `PullScope`. */
  readonly doubtAfterMs: number;
}

/** Rows that go although nobody knows the key of their event in full. */
export interface RemovedRows {
  /** Their keys in the cache; see `cachedKey`. */
  readonly removedRows?: readonly string[];
}

/** SQL: the lease still holds. */
export const underLease = ({ connection, leaseId }: Pick<Lease, "connection" | "leaseId">): SQL =>
  leaseHeld({ id: connection.id, leaseId });

function cutWithin(event: BusyEvent, window: Interval): Interval[] {
  const inside = clip(event, window);
  return inside === null ? [] : cut(inside);
}

/**
 * The rows of events as JSON for the insert: one parameter, whatever their number. Only the part inside the window is
 * kept, so that an invitation for a thousand years doesn't become a million rows.
 */
function rowsJson(events: readonly BusyEvent[], window: Interval): string {
  return JSON.stringify(
    events.flatMap((event) => {
      const cached = cachedKey(event.key);
      const cachedSeries = event.seriesKey === null ? null : cachedKey(event.seriesKey);
      return cutWithin(event, window).map((piece) => ({
        ...{
          at: piece.startsAt,
          end: piece.endsAt,
          key: event.key,
          series: event.seriesKey,
          cached,
          cachedSeries,
        },
        status: event.status,
        day: event.allDay ? 1 : 0,
        booking: event.bookingId,
      }));
    }),
  );
}

/**
 * Is the event read to the end, so that it takes no other time than its rows? One of unknown extent may still take the
 * time of its older rows: they stay beside the new ones (P2).
 */
function isReadBy(unreadable: readonly UnreadableObject[]): (event: BusyEvent) => boolean {
  const doubted = new Set(unreadable.flatMap(({ key, extent }) => (extent === "unknown" ? [key] : [])));
  return ({ key, seriesKey }) => !doubted.has(key) && (seriesKey === null || !doubted.has(seriesKey));
}

/** SQL: an older row that stays and begins at the same instant as a new one. Together they take what either takes. */
const BUSIER = sql.raw(`ends_at = MAX(ends_at, excluded.ends_at), all_day = MIN(all_day, excluded.all_day),
  status = IIF(status = excluded.status, status, 'busy'), series_key = excluded.series_key,
  booking_id = excluded.booking_id, generation = excluded.generation`);

const listed = (keys: Iterable<string>): SQL =>
  sql`(SELECT value FROM json_each(${JSON.stringify([...new Set(keys)])}))`;

/** Statement: rows of what couldn't be read survive the end of a snapshot (P2). */
const carryOver = (lease: Lease, unreadable: readonly UnreadableObject[], generation: number) => {
  // Rows from before migration 0010 have the whole key, until their calendar is listed anew.
  const keys = listed(unreadable.flatMap(({ key }) => [key, cachedKey(key)]));
  return sql`UPDATE busy SET generation = ${generation}
      WHERE connection_number = ${numberOfConnection(lease.connection.id)} AND (series_key IN ${keys} OR event_key IN ${keys}) AND ${underLease(lease)}`;
};

/**
 * Statements that apply a page to the cache. A booking's event gets no row while it stands where we put it. An event
 * that the agent moved is cached as busy time under the booking's id, and must be reconciled.
 */
export function applyRows(
  lease: Lease,
  page: Pick<Page, "mode" | "upserts" | "removedKeys" | "removedSeries" | "unreadable"> & RemovedRows,
  generation: number,
  window: Interval,
  now: Instant,
): Statement[] {
  const { connection, doubtAfterMs } = lease;
  const reader = { connectionId: connection.id, underLease: underLease(lease), doubtAfterMs, now };
  const read = page.upserts.filter(isReadBy(page.unreadable ?? []));
  const number = numberOfConnection(connection.id);
  const named = [...page.removedKeys, ...read.map(({ key }) => key)].map(cachedKey);
  const statements: Statement[] = [
    sql`DELETE FROM busy WHERE connection_number = ${number}
          AND event_key IN ${listed([...named, ...(page.removedRows ?? [])])} AND ${underLease(lease)}`,
  ];
  if (page.removedSeries.length > 0) {
    statements.push(
      sql`DELETE FROM busy WHERE connection_number = ${number} AND series_key IS NOT NULL
            AND series_key IN ${listed(page.removedSeries.map(cachedKey))} AND ${underLease(lease)}`,
    );
  }
  if (page.upserts.length > 0) {
    const untouched = (identity: SQL) => sql`NOT EXISTS (
      SELECT 1 FROM deliveries d JOIN bookings k ON k.agent_id = d.agent_id AND k.booking_id = d.booking_id
      WHERE d.connection_id = ${connection.id} AND ${identity}
        AND ((k.starts_at = e.value ->> 'at' AND k.ends_at = e.value ->> 'end')
          OR (d.delivered_starts_at = e.value ->> 'at' AND d.delivered_ends_at = e.value ->> 'end')))`;
    // The mark identifies an event whose write was never confirmed. Later it proves nothing: a duplicate has it too.
    const marked = sql`d.booking_id = e.value ->> 'booking' AND (d.external_id IS NULL OR d.delivered_revision = 0)`;
    const known = sql`d.external_id = e.value ->> 'key'`;
    // The agent made the event recur: its first occurrence is the booking, the others are the agent's own time.
    const recurring = sql`d.external_id = e.value ->> 'series'`;
    const bookingOf = (identity: SQL) =>
      sql`(SELECT d.booking_id FROM deliveries d WHERE d.connection_id = ${connection.id} AND ${identity})`;
    statements.push(
      sql`INSERT INTO busy (agent_number, connection_number, starts_at, ends_at, event_key, series_key,
            status, all_day, booking_id, generation)
          SELECT ${numberOfAgent(connection.agentId)}, ${number}, e.value ->> 'at', e.value ->> 'end',
            e.value ->> 'cached', e.value ->> 'cachedSeries', e.value ->> 'status', e.value ->> 'day',
            COALESCE(${bookingOf(known)}, ${bookingOf(marked)}), ${generation}
          FROM json_each(${rowsJson(page.upserts, window)}) e
          WHERE ${underLease(lease)} AND ${untouched(marked)} AND ${untouched(known)}
            AND ${untouched(recurring)}
          ON CONFLICT (connection_number, event_key, agent_number, starts_at) DO UPDATE SET ${BUSIER}`,
      conflictNotices(reader, page.upserts),
    );
  }
  const { unreadable = [] } = page;
  if (unreadable.length > 0) statements.push(carryOver(lease, unreadable, generation));
  return [...statements, ...noteDeliveredEvents(reader, page, generation)];
}
