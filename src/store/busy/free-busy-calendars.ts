// Free-busy calendars: the calendars that count for an agent's availability, as one column of the free-busy.
import { type SQL, sql } from "drizzle-orm";
import type { FailureKind } from "../../domain/failure.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { BLOCKING, LOST_STATUS, outstanding } from "../conditions.ts";
import type { AccountRow, ConnectionRow } from "../rows.ts";

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

/**
 * SQL: the calendars of the agent `a` as JSON text. Every row read counts (P7), so two partial indexes hold accounts
 * that let nobody in and what couldn't be read, and calendars are sorted in code.
 */
export const calendarsColumn = (now: SQL): SQL =>
  sql`(SELECT json_group_array(json_array(c.id, c.provider, c.name, c.verified_at, c.dirty > c.clean, c.gone_at IS NOT NULL,
          c.window_starts_at, c.window_ends_at, c.failure_kind, ${LOST_STATUS},
          (SELECT json_array(COUNT(*), TOTAL(u.extent = 'unknown'))
            FROM unreadable_objects u INDEXED BY unreadable_outstanding
            WHERE u.connection_id = c.id AND ${outstanding(now)}), c.created_at, c.number,
          c.watch, c.watch_failures, c.channel_due_at, c.poll_due_at, c.trusted_ms))
        FROM connections c WHERE c.agent_id = a.agent_id AND ${BLOCKING}) AS calendars`;

/** A calendar's columns, in the order of `calendarsColumn`. */
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
  number: number,
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
    _number,
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

/** Reads `calendarsColumn`: the calendars, oldest first, each with its number in rows of `busy`. Null: there are none. */
export const calendarsOf = (column: unknown): { calendar: FreeBusyCalendar; number: number }[] =>
  ((column as CalendarValues[] | null) ?? [])
    .sort(oldestFirst)
    .map((values) => ({ calendar: calendarOf(values), number: values[12] }));
