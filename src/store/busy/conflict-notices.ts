// Conflict notices: the statement that inserts a notice when an outside event overlaps a confirmed booking.
import { sql } from "drizzle-orm";
import { MAX_BOOKING_MS } from "../../domain/booking.ts";
import type { BusyEvent } from "../../providers/provider.ts";
import { cachedKey } from "../cached-key.ts";
import { BLOCKING, BLOCKS_BY_RULES, numberOfConnection, type PullScope } from "../conditions.ts";
import type { Statement } from "../db.ts";
import { aboutBooking, insertNotice } from "../outbox/notices.ts";

/**
 * Statement: notices about outside events, just cached, that overlap confirmed bookings. There is one notice for each
 * event, booking and time of the event, however often it is listed and wherever the cached window cuts it.
 *
 * A booking's own event makes no notice. That includes the series that it became, and an event with the booking's mark
 * and time in a calendar that shouldn't show it (duplicated, moved there, orphaned).
 */
export function conflictNotices(
  { connectionId, underLease, now }: PullScope,
  events: readonly BusyEvent[],
): Statement {
  const listed = JSON.stringify(
    events.map(({ key, seriesKey, startsAt, endsAt, bookingId }) => ({
      ...{ key, cached: cachedKey(key), series: seriesKey, at: startsAt, end: endsAt, booking: bookingId },
    })),
  );
  const own = sql`(e.value ->> 'booking' IS k.booking_id AND e.value ->> 'at' = k.starts_at
      AND e.value ->> 'end' = k.ends_at)
    OR EXISTS (SELECT 1 FROM deliveries d INDEXED BY deliveries_booking WHERE d.agent_id = k.agent_id
      AND d.booking_id = k.booking_id AND d.connection_id = ${connectionId} AND d.external_id = e.value ->> 'series')`;
  return insertNotice({
    kind: "booking.conflict",
    agentId: sql`k.agent_id`,
    subject: aboutBooking(sql`k.booking_id`),
    onceKey: sql`json_array('booking.conflict', k.agent_id, k.booking_id, k.starts_at, c.id, e.value ->> 'key',
      e.value ->> 'at', e.value ->> 'end')`,
    data: sql`json_object('agentId', k.agent_id, 'bookingId', k.booking_id, 'connectionId', c.id,
      'startsAt', e.value ->> 'at', 'endsAt', e.value ->> 'end', 'status', b.status)`,
    // CROSS JOIN keeps the order: from the page to its rows to the bookings below them, never the other way round.
    from: sql`json_each(${listed}) e
      CROSS JOIN busy b ON b.connection_number = ${numberOfConnection(connectionId)}
        AND b.event_key = e.value ->> 'cached'
      CROSS JOIN connections c ON c.number = b.connection_number CROSS JOIN agents a ON a.number = b.agent_number
      CROSS JOIN bookings k ON k.agent_id = a.agent_id AND k.starts_at < b.ends_at
        AND k.starts_at > b.starts_at - ${MAX_BOOKING_MS}
      WHERE b.booking_id IS NULL AND ${BLOCKING} AND ${BLOCKS_BY_RULES}
        AND k.state = 'confirmed' AND k.ends_at > b.starts_at AND k.ends_at > ${now} AND ${underLease} AND NOT (${own})
      GROUP BY k.booking_id, b.event_key`,
    now,
  });
}
