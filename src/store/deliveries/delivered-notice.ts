// Delivered notice: told once for each revision of a booking, when all calendars show it that are there to do so.
import { type SQL, sql } from "drizzle-orm";
import { MAX_BOOKING_MS } from "../../domain/booking.ts";
import type { Instant } from "../../domain/instant.ts";
import { WRITABLE } from "../conditions.ts";
import type { Statement } from "../db.ts";
import { aboutBooking, insertNotice } from "../outbox/notices.ts";

/** SQL: the deliveries of booking `k` into calendars that are written. */
const INTO_CALENDARS = sql`SELECT 1 FROM deliveries d JOIN connections c ON c.id = d.connection_id
  WHERE d.agent_id = k.agent_id AND d.booking_id = k.booking_id AND ${WRITABLE}`;

const SHOWN = sql`d.state = 'delivered' AND d.delivered_revision >= k.revision`;

/** Statement: tells it of those of the bookings `k` of which it is true. */
export const deliveredNotice = (which: SQL, now: Instant): Statement =>
  insertNotice({
    kind: "booking.delivered",
    agentId: sql`k.agent_id`,
    subject: aboutBooking(sql`k.booking_id`),
    onceKey: sql`json_array('booking.delivered', k.agent_id, k.booking_id, k.revision)`,
    data: sql`json_object('agentId', k.agent_id, 'bookingId', k.booking_id, 'revision', k.revision,
      'state', k.state)`,
    from: sql`bookings k WHERE ${which} AND NOT EXISTS (${INTO_CALENDARS} AND NOT (${SHOWN}))`,
    now,
  });

/**
 * Statement: a calendar has left, or shows bookings no longer. What only it had failed to show is delivered now,
 * where another calendar shows it. Put it after what made the calendar leave.
 */
export const deliveredWithoutNotice = (connectionId: string, now: Instant): Statement =>
  deliveredNotice(
    sql`k.agent_id = (SELECT agent_id FROM connections WHERE id = ${connectionId})
      AND k.starts_at > ${now - MAX_BOOKING_MS} AND k.ends_at > ${now} AND EXISTS (${INTO_CALENDARS} AND ${SHOWN})`,
    now,
  );
