// Dead letters: lists all work that ended for good without success, and makes it due again.
import { type SQL, sql } from "drizzle-orm";
import type { FailureKind } from "../../domain/failure.ts";
import type { Instant } from "../../domain/instant.ts";
import type { NoticeKind } from "../../domain/notice.ts";
import { WRITABLE } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";

/** Names one dead letter. */
export type DeadLetterKey =
  | { readonly kind: "delivery"; readonly connectionId: string; readonly bookingId: string }
  | { readonly kind: "job"; readonly id: string }
  | { readonly kind: "notice"; readonly id: string };

/** A dead letter as stored. `failedAt` is the instant of its end. */
export type DeadLetterRow = { readonly failedAt: Instant } & (
  | {
      /** A booking that could not be written into a calendar. */
      readonly kind: "delivery";
      readonly agentId: string;
      readonly connectionId: string;
      readonly bookingId: string;
      /** The booking's revision that the calendar should show. */
      readonly revision: number;
      readonly reason: string | null;
      /** The kind of the last failure. */
      readonly failureKind: FailureKind | null;
    }
  | {
      /** A job that its queue gave up. Null agent: its subject is gone, or it is about no agent. */
      readonly kind: "job";
      readonly agentId: string | null;
      readonly id: string;
      readonly lane: "urgent" | "background";
      readonly job: unknown;
    }
  | {
      /** A notice that MaraPlace didn't accept. */
      readonly kind: "notice";
      readonly agentId: string;
      readonly id: string;
      readonly notice: NoticeKind;
      readonly subject: string;
      readonly reason: string | null;
    }
);

/** The order of dead letters of one instant, so that a page begins exactly where the one before ended. */
const KINDS = ["delivery", "job", "notice"] as const;

/** The last dead letter of the page before. */
export interface DeadLetterCursor {
  readonly failedAt: Instant;
  readonly key: DeadLetterKey;
}

/** SQL: behind the cursor, newest first, then by kind, then by key. `at` stays a plain bound, as the index needs. */
function behind(cursor: DeadLetterCursor | null, kind: DeadLetterKey["kind"], at: SQL, columns: SQL): SQL {
  if (cursor === null) return sql`1`;
  const { failedAt, key } = cursor;
  const order = KINDS.indexOf(kind) - KINDS.indexOf(key.kind);
  if (order !== 0) return order < 0 ? sql`${at} < ${failedAt}` : sql`${at} <= ${failedAt}`;
  const last = key.kind === "delivery" ? sql`(${key.connectionId}, ${key.bookingId})` : sql`${key.id}`;
  return sql`${at} <= ${failedAt} AND (${at} < ${failedAt} OR ${columns} > ${last})`;
}

const textOrNull = (value: unknown): string | null => (value === null ? null : String(value));

type Row = Readonly<Record<string, unknown>>;

const deliveryOf = (row: Row): DeadLetterRow => ({
  kind: "delivery",
  agentId: String(row["agent_id"]),
  failedAt: Number(row["updated_at"]),
  connectionId: String(row["connection_id"]),
  bookingId: String(row["booking_id"]),
  revision: Number(row["wanted_revision"]),
  reason: textOrNull(row["failure_code"]),
  failureKind: row["failure_kind"] as FailureKind | null,
});

const jobOf = (row: Row): DeadLetterRow => ({
  kind: "job",
  agentId: textOrNull(row["agent_id"]),
  failedAt: Number(row["failed_at"]),
  id: String(row["id"]),
  lane: row["lane"] as "urgent" | "background",
  job: JSON.parse(String(row["job"])),
});

const noticeOf = (row: Row): DeadLetterRow => ({
  kind: "notice",
  agentId: String(row["agent_id"]),
  failedAt: Number(row["updated_at"]),
  id: String(row["id"]),
  notice: row["kind"] as NoticeKind,
  subject: String(row["subject"]),
  reason: textOrNull(row["failure_code"]),
});

/** Which dead letters are listed. */
export interface DeadLetterSearch {
  /** Null: those of all agents, and of none. */
  readonly agentId: string | null;
  /** Null for the first page. */
  readonly after: DeadLetterCursor | null;
  readonly limit: number;
}

/** Statements: the newest of each kind, for `deadLettersOf`. */
export function selectDeadLetterRows({ agentId, after, limit }: DeadLetterSearch): Statement[] {
  const whose = agentId === null ? sql`1` : sql`agent_id = ${agentId}`;
  const jobsIndex = sql.raw(agentId === null ? "dead_jobs_failed" : "dead_jobs_agent");
  return [
    sql`SELECT agent_id, connection_id, booking_id, wanted_revision, failure_kind, failure_code,
          updated_at FROM deliveries
        WHERE ${whose} AND state = 'failed'
          AND ${behind(after, "delivery", sql`updated_at`, sql`(connection_id, booking_id)`)}
        ORDER BY updated_at DESC, connection_id, booking_id LIMIT ${limit}`,
    sql`SELECT agent_id, id, lane, job, failed_at FROM dead_jobs INDEXED BY ${jobsIndex}
        WHERE ${whose} AND ${behind(after, "job", sql`failed_at`, sql`id`)}
        ORDER BY failed_at DESC, id LIMIT ${limit}`,
    sql`SELECT agent_id, id, kind, subject, failure_code, updated_at FROM notices
        WHERE ${whose} AND state = 'failed' AND ${behind(after, "notice", sql`updated_at`, sql`id`)}
        ORDER BY updated_at DESC, id LIMIT ${limit}`,
  ];
}

/** Reads the answers to `selectDeadLetterRows`: all kinds together, newest first, at most `limit`. */
export function deadLettersOf([deliveries, jobs, notices]: Results, limit: number): DeadLetterRow[] {
  const rows = [
    ...(deliveries?.rows ?? []).map(deliveryOf),
    ...(jobs?.rows ?? []).map(jobOf),
    ...(notices?.rows ?? []).map(noticeOf),
  ];
  // The sort is stable: within one instant the kinds keep their order, and each kind keeps the database's order.
  return rows.sort((a, b) => b.failedAt - a.failedAt).slice(0, limit);
}

type Results = Awaited<ReturnType<Database["read"]>>;

/** Dead letters, newest first. */
export const selectDeadLetters = async (db: Database, search: DeadLetterSearch): Promise<DeadLetterRow[]> =>
  deadLettersOf(await db.read(selectDeadLetterRows(search)), search.limit);

/** How waking a dead letter ended. `off`: its calendar is switched off, so nobody would try again. */
export type Woken = "woken" | "off" | "missing";

/**
 * Makes a failed delivery or notice due again and counts its attempts from zero. `missing`: `ownedBy` (null: anybody)
 * has no such dead letter. Idempotent: a repeated call at the same `now` is `woken` as well.
 */
export async function wakeDeadLetter(
  db: Database,
  input: { key: Exclude<DeadLetterKey, { kind: "job" }>; ownedBy: string | null; now: Instant },
): Promise<Woken> {
  const { key, ownedBy, now } = input;
  const isDelivery = key.kind === "delivery";
  const table = sql.raw(isDelivery ? "deliveries" : "notices");
  const which = sql`${
    isDelivery
      ? sql`connection_id = ${key.connectionId} AND booking_id = ${key.bookingId}`
      : sql`id = ${key.id}`
  } AND ${ownedBy === null ? sql`1` : sql`agent_id = ${ownedBy}`}`;
  const tried = isDelivery
    ? sql`AND EXISTS (SELECT 1 FROM connections c WHERE c.id = ${key.connectionId} AND ${WRITABLE})`
    : sql``;
  const [, woken, left] = await db.write([
    sql`UPDATE ${table} SET state = 'pending', attempts = 0, next_attempt_at = 0, updated_at = ${now}
        WHERE ${which} AND state = 'failed' ${tried}`,
    sql`SELECT 1 FROM ${table} WHERE ${which} AND state = 'pending' AND updated_at = ${now}`,
    sql`SELECT 1 FROM ${table} WHERE ${which} AND state = 'failed'`,
  ]);
  if ((woken?.rows.length ?? 0) > 0) return "woken";
  return (left?.rows.length ?? 0) > 0 ? "off" : "missing";
}
