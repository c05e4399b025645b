// Enlist: which bookings a calendar is to show, whenever what it is used for changes.

import { type SQL, sql } from "drizzle-orm";
import { MAX_BOOKING_MS } from "../../domain/booking.ts";
import type { Instant } from "../../domain/instant.ts";
import { RECEIVING } from "../conditions.ts";
import type { Statement } from "../db.ts";
import { ORPHANED_EVENT } from "./orphaned-events.ts";

/**
 * Statements that bring the deliveries in line with what a connection is used for now. One that receives bookings gets
 * all that aren't over, with what an earlier connection of the calendar left there: of cancelled ones only that, to be
 * taken out. One that does so no longer is spared what was never begun: an attempt that failed, or never said how it
 * ended, may have left an event.
 */
export const alignDeliveries = (connectionId: SQL, now: Instant): [Statement, Statement] => [
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
];
