// Free-busy: reads what the cache knows about an agent's time, in one round trip.
import { sql } from "drizzle-orm";
import type { BusyRow } from "../../domain/busy.ts";
import type { FailureKind } from "../../domain/failure.ts";
import type { Instant } from "../../domain/instant.ts";
import { type Interval, MAX_ROW_MS } from "../../domain/interval.ts";
import type { AgentSettings } from "../../domain/settings.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { settingsOf } from "../agents/agents.ts";
import { BLOCKING, LOST_STATUS, outstanding, unexpired } from "../conditions.ts";
import { type Database, jsonOf, rowOfJson, type Statement } from "../db.ts";
import type { AccountRow, ConnectionRow } from "../rows.ts";
import { agents, busy } from "../schema/calendars.ts";

/** A calendar as an availability check sees it. */
export interface FreeBusyCalendar {
  readonly connectionId: string;
  readonly provider: ProviderName;
  readonly name: string;
  readonly verifiedAt: Instant | null;
  /** The provider said that the calendar changed, and no pull has seen the change yet. */
  readonly hinted: boolean;
  /** The calendar is no longer in its account. What is cached of it still counts. */
  readonly gone: boolean;
  /** The cached stretch of time; null: none yet. */
  readonly window: Interval | null;
  readonly failureKind: FailureKind | null;
  readonly accountStatus: AccountRow["status"];
  readonly watch: ConnectionRow["watch"];
  readonly watchFailures: number;
  readonly channelDueAt: Instant | null;
  readonly pollDueAt: Instant;
  readonly trustedMs: number;
  /** Outstanding objects in it that couldn't be read to the end. */
  readonly unreadable: number;
  /** Those of them that may take time nobody can know. */
  readonly unknown: number;
}

/** Everything that decides about an agent's time within one reach. */
export interface FreeBusy {
  /** Null: the agent is unknown. */
  readonly settings: AgentSettings | null;
  /** The calendars that count for availability, oldest first. */
  readonly calendars: readonly FreeBusyCalendar[];
  readonly rows: readonly BusyRow[];
}

/**
 * Statement: the agent's settings and calendars, and the busy rows that overlap `reach`, without expired holds. The
 * answer is one row of three JSON texts. Three statements would need a transaction, at twice the cost.
 */
export function selectFreeBusy(input: { agentId: string; reach: Interval; now: Instant }): Statement {
  const { agentId, reach, now } = input;
  // Every row read counts (P7), so two partial indexes hold accounts that let nobody in and what couldn't be read, and
  // calendars are sorted in code.
  return sql`SELECT
      (SELECT ${jsonOf(agents)} FROM agents WHERE agent_id = ${agentId}) AS agent,
      (SELECT json_group_array(json_array(c.id, c.provider, c.name, c.verified_at, c.dirty > c.clean, c.gone_at IS NOT NULL,
          c.window_starts_at, c.window_ends_at, c.failure_kind, ${LOST_STATUS},
          (SELECT json_array(COUNT(*), TOTAL(u.extent = 'unknown'))
            FROM unreadable_objects u INDEXED BY unreadable_outstanding
            WHERE u.connection_id = c.id AND ${outstanding(now)}), c.created_at,
          c.watch, c.watch_failures, c.channel_due_at, c.poll_due_at, c.trusted_ms))
        FROM connections c WHERE c.agent_id = ${agentId} AND ${BLOCKING}) AS calendars,
      (SELECT json_group_array(${jsonOf(busy)}) FROM busy b WHERE agent_id = ${agentId}
        AND starts_at < ${reach.endsAt} AND starts_at > ${reach.startsAt - MAX_ROW_MS}
        AND ends_at > ${reach.startsAt} AND ${unexpired(now)}) AS busy`;
}

/** A calendar's columns, in the order of `selectFreeBusy`. */
type CalendarValues = readonly [
  id: string,
  provider: ProviderName,
  name: string,
  verifiedAt: Instant | null,
  hinted: 0 | 1,
  gone: 0 | 1,
  windowStartsAt: Instant | null,
  windowEndsAt: Instant | null,
  failureKind: FailureKind | null,
  lostStatus: AccountRow["status"] | null,
  unreadable: readonly [total: number, unknown: number],
  createdAt: Instant,
  watch: ConnectionRow["watch"],
  watchFailures: number,
  channelDueAt: Instant | null,
  pollDueAt: Instant,
  trustedMs: number,
];

function calendarOf(values: CalendarValues): FreeBusyCalendar {
  const [
    connectionId,
    provider,
    name,
    verifiedAt,
    hinted,
    gone,
    startsAt,
    endsAt,
    failureKind,
    lostStatus,
    counts,
    _createdAt,
    watch,
    watchFailures,
    channelDueAt,
    pollDueAt,
    trustedMs,
  ] = values;
  const [unreadable, unknown] = counts;
  return {
    ...{ connectionId, provider, name, verifiedAt, failureKind, unreadable, unknown },
    ...{ watch, watchFailures, channelDueAt, pollDueAt, trustedMs },
    accountStatus: lostStatus ?? "active",
    hinted: hinted === 1,
    gone: gone === 1,
    window: startsAt === null || endsAt === null ? null : { startsAt, endsAt },
  };
}

const oldestFirst = (a: CalendarValues, b: CalendarValues): number => a[11] - b[11] || (a[0] < b[0] ? -1 : 1);

type Result = Awaited<ReturnType<Database["read"]>>[number] | undefined;

/** Reads the answer to `selectFreeBusy`, without rows of calendars that don't count. */
export function freeBusyOf(result: Result): FreeBusy {
  const read = (column: string): unknown => JSON.parse(String(result?.rows[0]?.[column] ?? "null"));
  const agent = read("agent") as unknown[] | null;
  const calendars = (read("calendars") as CalendarValues[] | null) ?? [];
  const rows = ((read("busy") as unknown[][] | null) ?? []).map((values) => rowOfJson(busy, values));
  const counting = new Set(["", ...calendars.map(([id]) => id)]);
  return {
    settings: agent === null ? null : settingsOf(rowOfJson(agents, agent)),
    calendars: calendars.sort(oldestFirst).map(calendarOf),
    rows: rows
      .filter(({ connectionId }) => counting.has(connectionId))
      .map(({ startsAt, endsAt, connectionId, eventKey, status, allDay, bookingId }) => ({
        ...{ startsAt, endsAt, eventKey, status, allDay, bookingId },
        connectionId: connectionId === "" ? null : connectionId,
      })),
  };
}

/** The free-busy of any number of checks, in one round trip. */
export async function readFreeBusy(
  db: Database,
  checks: readonly { agentId: string; reach: Interval }[],
  now: Instant,
): Promise<FreeBusy[]> {
  const results = await db.read(checks.map(({ agentId, reach }) => selectFreeBusy({ agentId, reach, now })));
  return checks.map((_, index) => freeBusyOf(results[index]));
}
