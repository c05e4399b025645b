// Delivered notice: inserted once for each revision of a booking, when every calendar that should show it does.
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

/** Statement: a notice for each of the bookings `k` named by `which` that every calendar shows. */
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
 * Statement: a calendar has left, or no longer receives bookings. A booking that only this calendar failed to show is
 * delivered now, if another calendar shows it. Put it after the statement that made the calendar leave.
 */
export const deliveredWithoutNotice = (connectionId: string, now: Instant): Statement =>
  deliveredNotice(
    sql`k.agent_id = (SELECT agent_id FROM connections WHERE id = ${connectionId})
      AND k.starts_at > ${now - MAX_BOOKING_MS} AND k.ends_at > ${now} AND EXISTS (${INTO_CALENDARS} AND ${SHOWN})`,
    now,
  );

/** Statement: if `mine` holds, the booking's newest revision needed no write, and every calendar shows it already. */
export const deliveredAgainNotice = (input: {
  agentId: string;
  bookingId: string;
  mine: SQL;
  now: Instant;
}): Statement =>
  deliveredNotice(
    sql`k.agent_id = ${input.agentId} AND k.booking_id = ${input.bookingId} AND ${input.mine}
      AND EXISTS (${INTO_CALENDARS} AND ${SHOWN})`,
    input.now,
  );
