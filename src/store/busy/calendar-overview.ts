// Calendar overview: all that an agent's page shows about their calendars, with one request.
import { sql } from "drizzle-orm";
import type { BookingState } from "../../domain/booking.ts";
import type { FailureKind } from "../../domain/failure.ts";
import type { Instant } from "../../domain/instant.ts";
import { type AgentSettings, DEFAULT_SETTINGS } from "../../domain/settings.ts";
import { selectAgent, settingsOf } from "../agents/agents.ts";
import type { ChannelRow } from "../calendars/channels.ts";
import { selectConnections } from "../calendars/connections.ts";
import { type CountedDay, selectSyncDays, syncDaysOf } from "../calendars/sync-days.ts";
import { beingErased, outstanding } from "../conditions.ts";
import { type Database, rowsOf } from "../db.ts";
import type { AccountRow, ConnectionRow } from "../rows.ts";
import { accounts, agents, channels, connections } from "../schema/calendars.ts";
import { unreadableObjects } from "../schema/unreadable.ts";
import type { UnreadableRow } from "./unreadable.ts";

/** Bookings of one calendar that it doesn't show as they are, and that aren't over. */
export interface Unwritten {
  readonly connectionId: string;
  /** `failed`: no more is tried by itself. `pending`: an attempt has failed, and others follow. */
  readonly state: "failed" | "pending";
  /** `cancelled`: the calendar still shows a booking that is no more. */
  readonly booking: BookingState;
  readonly failureKind: FailureKind | null;
  readonly count: number;
  /** The next attempt is the first one after somebody asked for it. */
  readonly isFresh: boolean;
}

/** What is stored about an agent's calendars. */
export interface OverviewRows {
  /** Oldest first, without those that are closing. */
  readonly connections: readonly ConnectionRow[];
  readonly accounts: readonly AccountRow[];
  readonly channels: readonly ChannelRow[];
  readonly settings: AgentSettings;
  readonly unreadable: readonly UnreadableRow[];
  readonly unwritten: readonly Unwritten[];
  /** How many events are known of calendars that were never read to the end, by connection. */
  readonly eventsRead: ReadonlyMap<string, number>;
  readonly syncDays: readonly CountedDay[];
  readonly isBeingErased: boolean;
}

/**
 * Reads everything about the agent's calendars.
 * @param input.fromDay the first UTC day whose syncs are counted, as days since 1970; `toDay` is the last
 * @param input.most how many unreadable objects are read
 */
export async function readOverview(
  db: Database,
  input: { agentId: string; fromDay: number; toDay: number; most: number; now: Instant },
): Promise<OverviewRows> {
  const { agentId, fromDay, toDay, most, now } = input;
  const mine = sql`c.agent_id = ${agentId} AND c.closing_at IS NULL`;
  const ofBooking = sql`JOIN bookings k ON k.agent_id = d.agent_id AND k.booking_id = d.booking_id AND k.ends_at > ${now}`;
  const shown = sql`d.connection_id, d.state, k.state AS booking, d.failure_kind, d.attempts = 0 AS fresh`;
  const [calendars, theirAccounts, theirChannels, agent, unreadable, failed, waiting, read, days, erasure] =
    await db.read([
      selectConnections(db, agentId),
      sql`SELECT * FROM accounts WHERE agent_id = ${agentId}`,
      sql`SELECT h.* FROM channels h JOIN connections c ON c.id = h.connection_id WHERE ${mine}`,
      selectAgent(db, agentId),
      sql`SELECT u.* FROM connections c JOIN unreadable_objects u ON u.connection_id = c.id
          WHERE ${mine} AND ${outstanding(now)} ORDER BY u.starts_at, u.object_key LIMIT ${most}`,
      sql`SELECT ${shown}, COUNT(*) AS count FROM deliveries d INDEXED BY deliveries_failed ${ofBooking}
          WHERE d.agent_id = ${agentId} AND d.state = 'failed' GROUP BY 1, 2, 3, 4, 5`,
      sql`SELECT ${shown}, COUNT(*) AS count FROM connections c
            JOIN deliveries d INDEXED BY deliveries_waiting ON d.connection_id = c.id AND d.state = 'pending' ${ofBooking}
          WHERE ${mine} AND d.failure_kind IS NOT NULL GROUP BY 1, 2, 3, 4, 5`,
      sql`SELECT c.id, (SELECT COUNT(DISTINCT b.event_key) FROM busy b WHERE b.connection_number = c.number) AS count
          FROM connections c WHERE ${mine} AND c.verified_at IS NULL`,
      selectSyncDays({ agentId, fromDay, toDay }),
      sql`SELECT ${beingErased(agentId)} AS erased`,
    ]);
  const [settings] = rowsOf(agents, agent);
  const theirs = rowsOf(connections, calendars);
  return {
    connections: theirs,
    accounts: rowsOf(accounts, theirAccounts),
    channels: rowsOf(channels, theirChannels),
    settings: settings === undefined ? DEFAULT_SETTINGS : settingsOf(settings),
    unreadable: rowsOf(unreadableObjects, unreadable),
    unwritten: [...(failed?.rows ?? []), ...(waiting?.rows ?? [])].map(unwrittenOf),
    eventsRead: new Map((read?.rows ?? []).map((row) => [String(row["id"]), Number(row["count"])])),
    syncDays: syncDaysOf(days, theirs, { fromDay, toDay }),
    isBeingErased: Number(erasure?.rows[0]?.["erased"] ?? 0) === 1,
  };
}

type Row = Readonly<Record<string, unknown>>;

const unwrittenOf = (row: Row): Unwritten => ({
  connectionId: String(row["connection_id"]),
  state: row["state"] as Unwritten["state"],
  booking: row["booking"] as BookingState,
  failureKind: row["failure_kind"] as FailureKind | null,
  count: Number(row["count"]),
  isFresh: Number(row["fresh"]) === 1,
});
