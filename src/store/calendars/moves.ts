// Moves: lets a connection go on under the calendar's new id, with its busy time and its bookings.
import { sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Recognition } from "../../domain/moved-calendar.ts";
import type { RemoteCalendar } from "../../providers/provider.ts";
import type { Database } from "../db.ts";
import { deliverAnew } from "../deliveries/connection-deliveries.ts";
import { moveOrphanedEvents } from "../deliveries/orphaned-events.ts";
import type { ConnectionRow } from "../rows.ts";
import { recordRun, type SyncRun } from "./sync-runs.ts";

/**
 * Gives the connection the calendar's new id, under the lease of its pull, and ends the lease. The cursor is dropped,
 * and the old rows stay until the snapshot under the new id has ended (P2). The channels of the old id retire. Every
 * booking is written once more, which finds its event by the mark that it has from the old id (P3). False: the lease
 * is lost, or the agent has connected the calendar under its new id already.
 */
export async function moveConnection(
  db: Database,
  input: {
    connection: Pick<ConnectionRow, "id" | "agentId" | "provider" | "calendarId">;
    leaseId: string;
    calendar: RemoteCalendar;
    recognition: Recognition | null;
    run: SyncRun;
    now: Instant;
  },
): Promise<boolean> {
  const { connection, leaseId, calendar, now } = input;
  const { id, agentId, provider } = connection;
  const ours = sql`id = ${id} AND lease_id = ${leaseId}`;
  const moved = sql`EXISTS (SELECT 1 FROM connections WHERE ${ours} AND calendar_id = ${calendar.calendarId})`;
  const results = await db.write([
    sql`UPDATE connections SET calendar_id = ${calendar.calendarId}, name = ${calendar.name}, role = ${calendar.role},
          marked_as = COALESCE(marked_as, calendar_id), recognition = ${input.recognition && JSON.stringify(input.recognition)},
          cursor = NULL, round_started_at = NULL, empty_snapshots = 0, dirty = dirty + 1, failures = 0,
          failure_kind = NULL, failure_code = NULL, next_attempt_at = 0, poll_due_at = ${now}, trusted_ms = 0,
          watch = 'wanted', watch_failures = 0, channel_due_at = ${now}, updated_at = ${now}
        WHERE ${ours} AND calendar_id = ${connection.calendarId} AND NOT EXISTS (SELECT 1 FROM connections o
          WHERE o.agent_id = ${agentId} AND o.provider = ${provider} AND o.calendar_id = ${calendar.calendarId})`,
    ...recordRun(input.run, moved),
    sql`DELETE FROM channels WHERE connection_id = ${id} AND state = 'pending' AND ${moved}`,
    sql`UPDATE channels SET state = 'retiring' WHERE connection_id = ${id} AND ${moved}`,
    moveOrphanedEvents({ agentId, provider, from: connection.calendarId, to: calendar.calendarId }, moved),
    deliverAnew(id, moved, now),
    sql`UPDATE connections SET lease_id = NULL, lease_until = 0
          WHERE ${ours} AND calendar_id = ${calendar.calendarId}`,
    sql`SELECT 1 FROM connections WHERE id = ${id} AND calendar_id = ${calendar.calendarId}`,
  ]);
  return (results.at(-1)?.rows.length ?? 0) > 0;
}
