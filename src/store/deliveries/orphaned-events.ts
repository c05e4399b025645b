// Orphaned events: events of bookings that stay in a disconnected calendar, noted for when it is connected again.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Recognition } from "../../domain/moved-calendar.ts";
import type { ProviderName } from "../../providers/provider.ts";
import type { Statement } from "../db.ts";

/** SQL: what recognises a calendar among all of an agent's accounts; null where nothing does. */
const recognisedBy = (accountId: SQL, by: SQL): SQL =>
  sql`(SELECT json_array(a.provider_user_id, ${by}) FROM accounts a WHERE a.id = ${accountId} AND ${by} IS NOT NULL)`;

/**
 * Statement: if `when` holds, notes the events of bookings that aren't over and that the calendar shows or may show.
 */
export const recordOrphanedEvents = (connectionId: string, when: SQL, now: Instant): Statement =>
  sql`INSERT OR REPLACE INTO left_behind (agent_id, provider, calendar_id, booking_id, external_id, etag, generation,
        marked_as, recognised_by)
      SELECT d.agent_id, c.provider, c.calendar_id, d.booking_id, d.external_id, d.etag, d.generation, c.marked_as,
        ${recognisedBy(sql`c.account_id`, sql`c.recognition ->> 'by'`)}
      FROM deliveries d JOIN connections c ON c.id = d.connection_id
        JOIN bookings k ON k.agent_id = d.agent_id AND k.booking_id = d.booking_id
      WHERE d.connection_id = ${connectionId} AND k.ends_at > ${now} AND ${when}
        AND NOT (k.state = 'cancelled' AND d.state = 'delivered')
        AND (d.external_id IS NOT NULL OR d.delivered_revision > 0 OR d.attempts > 0 OR d.lease_until > 0
          OR d.failure_kind IS NOT NULL)`;

/**
 * Statement: a calendar is connected, and events were orphaned in one that is recognised by the same and that the
 * account's list doesn't show. They are taken for events of this calendar, which searches them by their mark.
 */
export const adoptOrphanedEvents = (
  calendar: { accountId: string; agentId: string; provider: ProviderName; calendarId: string },
  recognition: Recognition | null,
): Statement =>
  sql`UPDATE OR IGNORE left_behind SET marked_as = COALESCE(marked_as, calendar_id),
        calendar_id = ${calendar.calendarId}
      WHERE agent_id = ${calendar.agentId} AND provider = ${calendar.provider}
        AND recognised_by = ${recognisedBy(sql`${calendar.accountId}`, sql`${recognition?.by ?? null}`)}
        AND calendar_id NOT IN (SELECT value FROM json_each(${JSON.stringify(recognition?.among ?? [])}))`;

/** Statement: if `when` holds, the calendar has another id, and so have its orphaned events. */
export const moveOrphanedEvents = (
  calendar: { agentId: string; provider: ProviderName; from: string; to: string },
  when: SQL,
): Statement =>
  sql`UPDATE OR REPLACE left_behind SET calendar_id = ${calendar.to}, marked_as = COALESCE(marked_as, ${calendar.from})
      WHERE agent_id = ${calendar.agentId} AND provider = ${calendar.provider} AND calendar_id = ${calendar.from}
        AND ${when}`;

/** SQL: joins to booking `k` its orphaned event in the calendar of connection `c`, as `l`. */
export const ORPHANED_EVENT =
  sql.raw(`LEFT JOIN left_behind l ON l.agent_id = k.agent_id AND l.provider = c.provider
  AND l.calendar_id = c.calendar_id AND l.booking_id = k.booking_id`);
