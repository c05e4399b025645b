// Align deliveries: makes the deliveries fit what a connection is used for.

import { type SQL, sql } from "drizzle-orm";
import { MAX_BOOKING_MS } from "../../domain/booking.ts";
import type { Instant } from "../../domain/instant.ts";
import { RECEIVING } from "../conditions.ts";
import type { Statement } from "../db.ts";
import { ORPHANED_EVENT } from "./orphaned-events.ts";

/**
 * Statements that make the deliveries fit what the connection is used for now.
 *
 * A connection that receives bookings gets a delivery for each confirmed booking that isn't over. It takes over the
 * orphaned events of an earlier connection of the same calendar; a cancelled booking gets a delivery only to remove
 * such an event. A connection that no longer receives bookings loses the deliveries that were never begun. A failed
 * attempt, or one that never said how it ended, may have left an event, so its delivery stays. The next sweep looks at
 * those again that a sweep has left alone, because nobody could write into the calendar.
 */
export const alignDeliveries = (connectionId: SQL, now: Instant): [Statement, Statement, Statement] => [
  sql`INSERT INTO deliveries (connection_id, booking_id, agent_id, wanted_revision, delivered_revision, state,
        external_id, etag, generation, attempts, next_attempt_at, lease_until, created_at, updated_at)
      SELECT c.id, k.booking_id, k.agent_id, k.revision, 0, 'pending', l.external_id, l.etag,
        COALESCE(l.generation, 0), 0, 0, 0, ${now}, ${now}
      FROM connections c JOIN bookings k ON k.agent_id = c.agent_id ${ORPHANED_EVENT}
      WHERE c.id = ${connectionId} AND ${RECEIVING} AND k.starts_at > ${now - MAX_BOOKING_MS} AND k.ends_at > ${now}
        AND (k.state = 'confirmed' OR l.booking_id IS NOT NULL)
      ON CONFLICT DO NOTHING`,
  sql`DELETE FROM deliveries WHERE connection_id = ${connectionId} AND delivered_revision = 0
        AND external_id IS NULL AND COALESCE(failure_kind, 'read-only') = 'read-only' AND lease_until = 0
        AND EXISTS (SELECT 1 FROM connections c WHERE c.id = ${connectionId} AND c.receives_bookings = 0)`,
  sql`UPDATE deliveries SET sent_until = 0 WHERE connection_id = ${connectionId} AND sent_until > ${now}`,
];

/**
 * Statement: if `when` holds, the calendar has another id, and all bookings that aren't over are written once more. Until
 * then an event counts as the booking's by its mark too, because it may have another id as well.
 */
export const deliverAnew = (connectionId: string, when: SQL, now: Instant): Statement =>
  sql`UPDATE deliveries SET state = 'pending', delivered_revision = 0, look_due_at = NULL, attempts = 0,
        next_attempt_at = 0, updated_at = ${now}
      WHERE connection_id = ${connectionId} AND ${when} AND EXISTS (SELECT 1 FROM bookings k
        WHERE k.agent_id = deliveries.agent_id AND k.booking_id = deliveries.booking_id AND k.ends_at > ${now}
          AND NOT (k.state = 'cancelled' AND deliveries.state = 'delivered'))`;
