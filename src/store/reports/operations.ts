// Operations: reads what waits, fails and is about to end in the whole deployment, in one round trip and bounded.
import { type SQL, sql } from "drizzle-orm";
import type { FailureKind } from "../../domain/failure.ts";
import { DAY_MS, HOUR_MS, type Instant } from "../../domain/instant.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { type Backlog, type BacklogInput, backlogOf, selectBacklog } from "../backlog.ts";
import { SYNCED } from "../conditions.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { CONNECTION_DUE_AT, SENT_MS } from "../due.ts";
import { type DeadLetterRow, deadLettersOf, selectDeadLetterRows } from "../outbox/dead-letters.ts";
import type { NoticeRow } from "../outbox/notices.ts";
import { notices } from "../schema/outbox.ts";

/** So many rows are looked at of anything that may be large. */
const LOOKED_AT = 1_000;
const FAILURES_LOOKED_AT = 10_000;
const MOST_NOTICES = 10_000;
/** So many rows are listed. */
const LISTED = 20;
/** How far back failures go, in days. */
export const FAILURE_DAYS = 7;
/** The groups of channels by the time that they have left, in hours. 0: it is over. */
export const CHANNEL_HOURS = [0, 1, 6, 24, 48] as const;

/** Calendars of a provider that are due, or that fail alike. */
export interface CalendarGroup {
  readonly provider: ProviderName;
  /** Null: they don't fail, and are due. */
  readonly failureKind: FailureKind | null;
  readonly failureCode: string | null;
  readonly calendars: number;
  /** When the least fresh of them was verified; 0: never. */
  readonly verifiedAt: Instant;
}

/** What the database holds about the deployment. */
export interface OperationsRows {
  readonly backlog: Backlog;
  readonly groups: readonly CalendarGroup[];
  /** Live channels by the time that they have left, less than `hours`. */
  readonly channels: readonly {
    readonly provider: ProviderName;
    readonly hours: number;
    readonly count: number;
  }[];
  /** Failed syncs by UTC day, counted from 1970. */
  readonly failures: readonly { readonly day: number; readonly code: string; readonly count: number }[];
  /** How many notices wait, 10,000 at most. */
  readonly waiting: number;
  /** Those that are due first. */
  readonly notices: readonly NoticeRow[];
  /** Since when the receiver takes none; null: it takes them. */
  readonly disabledAt: Instant | null;
  /** The newest. */
  readonly deadLetters: readonly DeadLetterRow[];
}

/**
 * SQL: groups of calendars, the largest first. Of those that are due or fail, and not of all: the least fresh of all would
 * take an index of `verified_at`, and with it every idle pull would write three rows and not two (docs/benchmark.md).
 */
const groupsOf = (rows: SQL): Statement =>
  sql`SELECT provider, failure_kind, failure_code, COUNT(*) AS calendars, MIN(COALESCE(verified_at, 0)) AS verified_at
      FROM (SELECT provider, failure_kind, failure_code, verified_at FROM connections ${rows} LIMIT ${LOOKED_AT})
      GROUP BY provider, failure_kind, failure_code ORDER BY calendars DESC LIMIT ${LISTED}`;

const days = sql.raw(`CAST(started_at / ${DAY_MS} AS INTEGER)`);

function channelsBy(now: Instant): Statement {
  const cases = CHANNEL_HOURS.map(
    (hours) => sql`WHEN h.expires_at <= ${now + hours * HOUR_MS} THEN ${hours}`,
  );
  const last = CHANNEL_HOURS.at(-1) ?? 0;
  return sql`SELECT c.provider, CASE ${sql.join(cases, sql` `)} END AS hours, COUNT(*) AS total
    FROM (SELECT connection_id, expires_at FROM channels INDEXED BY channels_expires
      WHERE expires_at <= ${now + last * HOUR_MS} AND state = 'active' ORDER BY expires_at LIMIT ${LOOKED_AT}) h
    CROSS JOIN connections c ON c.id = h.connection_id GROUP BY c.provider, hours`;
}

function statementsOf(now: Instant, url: string | null): Statement[] {
  return [
    groupsOf(sql`INDEXED BY connections_due WHERE ${CONNECTION_DUE_AT} <= ${now + SENT_MS} AND ${SYNCED}
      AND failure_kind IS NULL ORDER BY ${CONNECTION_DUE_AT}`),
    groupsOf(sql`INDEXED BY connections_failing WHERE failure_kind IS NOT NULL AND ${SYNCED}`),
    channelsBy(now),
    sql`SELECT day, code, COUNT(*) AS total FROM (SELECT ${days} AS day, failure_code AS code
          FROM sync_runs INDEXED BY sync_runs_failed
          WHERE failure_kind IS NOT NULL AND started_at >= ${now - FAILURE_DAYS * DAY_MS}
          ORDER BY started_at DESC LIMIT ${FAILURES_LOOKED_AT}) GROUP BY day, code`,
    sql`SELECT COUNT(*) AS total FROM (SELECT 1 FROM notices WHERE state = 'pending' LIMIT ${MOST_NOTICES})`,
    sql`SELECT * FROM notices WHERE state = 'pending' ORDER BY next_attempt_at, sequence LIMIT ${LISTED}`,
    sql`SELECT disabled_at FROM disabled_endpoints WHERE url = ${url}`,
  ];
}

type Result = Awaited<ReturnType<Database["read"]>>[number] | undefined;

const groupRows = (result: Result): CalendarGroup[] =>
  (result?.rows ?? []).map((row) => ({
    provider: row["provider"] as ProviderName,
    failureKind: row["failure_kind"] as FailureKind | null,
    failureCode: row["failure_code"] as string | null,
    calendars: Number(row["calendars"]),
    verifiedAt: Number(row["verified_at"]),
  }));

/** @param input.url the receiver of notices; null: there is none */
export async function readOperationsRows(
  db: Database,
  input: BacklogInput & { readonly url: string | null },
): Promise<OperationsRows> {
  const { now, url } = input;
  const waitsFor = selectBacklog(input);
  const own = statementsOf(now, url);
  const dead = selectDeadLetterRows({ agentId: null, after: null, limit: LISTED });
  const results = await db.read([...waitsFor, ...own, ...dead]);
  const [due, failing, ending, failed, waiting, next, disabled] = results.slice(waitsFor.length);
  const disabledAt = disabled?.rows[0]?.["disabled_at"];
  return {
    backlog: backlogOf(input, results.slice(0, waitsFor.length)),
    groups: [...groupRows(due), ...groupRows(failing)],
    channels: (ending?.rows ?? []).map((row) => ({
      provider: row["provider"] as ProviderName,
      hours: Number(row["hours"]),
      count: Number(row["total"]),
    })),
    failures: (failed?.rows ?? []).map((row) => ({
      day: Number(row["day"]),
      code: String(row["code"]),
      count: Number(row["total"]),
    })),
    waiting: Number(waiting?.rows[0]?.["total"] ?? 0),
    notices: rowsOf(notices, next),
    disabledAt: disabledAt === undefined ? null : Number(disabledAt),
    deadLetters: deadLettersOf(results.slice(waitsFor.length + own.length), LISTED),
  };
}
