// Notices: what MaraPlace is to be told, written in the transaction that makes it true.
import { and, asc, eq, gt, type InferSelectModel, type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { NoticeKind, NoticeState } from "../../domain/notice.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { notices } from "../schema/outbox.ts";

/** A notice as stored. */
export type NoticeRow = InferSelectModel<typeof notices>;

/** The subject of notices about a booking; they are sent in order. `bookingId` may be a column. */
export const aboutBooking = (bookingId: SQL): SQL => sql`'booking:' || ${bookingId}`;

/** The subject of notices about an account. */
export const aboutAccount = (accountId: SQL): SQL => sql`'account:' || ${accountId}`;

/**
 * Statement: one notice for each row of `from`, which must hold the condition that makes it true and end in a WHERE.
 * Put it before the statement that ends the condition, so that a repeated batch tells nothing twice; where that can't
 * be, give a `onceKey`.
 */
export function insertNotice(input: {
  kind: NoticeKind;
  agentId: SQL;
  subject: SQL;
  /** Null: told each time. */
  onceKey: SQL | null;
  /** `json_object(...)`: ids, instants as epoch ms and codes; never what a person wrote. */
  data: SQL;
  from: SQL;
  now: Instant;
}): Statement {
  const { now, agentId, subject } = input;
  // Not due before what it waits behind, or each search would go over all that a dead receiver piles up.
  const notBefore = sql`COALESCE((SELECT o.next_attempt_at FROM notices o WHERE o.agent_id = ${agentId}
    AND o.subject = ${subject} AND o.state = 'pending' ORDER BY o.sequence DESC LIMIT 1), 0)`;
  return sql`INSERT INTO notices (id, agent_id, kind, subject, once_key, data, state, attempts, next_attempt_at,
        lease_until, created_at, updated_at)
      SELECT 'ntc_' || lower(hex(randomblob(16))), ${agentId}, ${input.kind}, ${subject},
        ${input.onceKey ?? sql`NULL`}, ${input.data}, 'pending', 0, ${notBefore}, 0, ${now}, ${now}
      FROM ${input.from} ON CONFLICT DO NOTHING`;
}

/** Statement: a row if any notice is to be sent now; for whoever has just written some. */
export const selectUnsentNotices = (now: Instant): Statement =>
  sql`SELECT 1 FROM notices WHERE state = 'pending' AND next_attempt_at <= ${now} AND lease_until <= ${now} LIMIT 1`;

/** SQL: the receiver at `url` takes notices, as far as we know. */
const takesNotices = (url: string): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM disabled_endpoints WHERE url = ${url})`;

/** Is any notice to be sent now? */
export async function isNoticeDue(db: Database, input: { url: string; now: Instant }): Promise<boolean> {
  const [result] = await db.read([
    sql`SELECT 1 WHERE ${takesNotices(input.url)} AND EXISTS (SELECT 1 FROM notices
          WHERE state = 'pending' AND next_attempt_at <= ${input.now} AND lease_until <= ${input.now})`,
  ]);
  return (result?.rows.length ?? 0) > 0;
}

/**
 * Takes the right to send notices: of each subject only the first one that waits, so that they arrive in order.
 * None while the receiver has said that it wants no more. Bears repetition under one `leaseId`: what a lost answer
 * named is named again, but for what came to be due in between.
 */
export async function claimNotices(
  db: Database,
  input: { url: string; leaseId: string; leaseUntil: Instant; limit: number; now: Instant },
): Promise<NoticeRow[]> {
  const { leaseId, now } = input;
  const [result] = await db.write([
    sql`UPDATE notices SET lease_id = ${leaseId}, lease_until = ${input.leaseUntil}
        WHERE ${takesNotices(input.url)} AND sequence IN (SELECT n.sequence FROM notices n
          WHERE n.state = 'pending' AND n.next_attempt_at <= ${now}
            AND (n.lease_until <= ${now} OR n.lease_id = ${leaseId})
            AND NOT EXISTS (SELECT 1 FROM notices o WHERE o.agent_id = n.agent_id AND o.subject = n.subject
              AND o.state = 'pending' AND o.sequence < n.sequence)
          ORDER BY n.next_attempt_at, n.sequence LIMIT ${input.limit})
        RETURNING *`,
  ]);
  return rowsOf(notices, result);
}

/** How an attempt to send a notice ended. */
export type NoticeOutcome = { readonly notice: NoticeRow; readonly leaseId: string } & (
  | { readonly kind: "sent" }
  /** `nextAttemptAt` null: given up. */
  | { readonly kind: "failed"; readonly code: string; readonly nextAttemptAt: Instant | null }
  /** The receiver at `url` wants no more at all. */
  | { readonly kind: "unwanted"; readonly code: string; readonly url: string }
);

const STATE = { sent: "sent", failed: "failed", unwanted: "pending" } as const;

function outcomeStatements(outcome: NoticeOutcome, now: Instant): Statement[] {
  const { notice, leaseId } = outcome;
  const ours = sql`sequence = ${notice.sequence} AND lease_id = ${leaseId} AND state = 'pending'`;
  const nextAttemptAt = outcome.kind === "failed" ? outcome.nextAttemptAt : null;
  return [
    ...(outcome.kind === "unwanted"
      ? [
          sql`INSERT INTO disabled_endpoints (url, disabled_at)
              SELECT ${outcome.url}, ${now} FROM notices WHERE ${ours} ON CONFLICT DO NOTHING`,
        ]
      : []),
    // What waits behind it isn't due before it; see `tell`.
    sql`UPDATE notices SET next_attempt_at = ${nextAttemptAt ?? 0}
        WHERE agent_id = ${notice.agentId} AND subject = ${notice.subject} AND state = 'pending'
          AND sequence > ${notice.sequence} AND EXISTS (SELECT 1 FROM notices WHERE ${ours})`,
    sql`UPDATE notices SET state = ${nextAttemptAt === null ? STATE[outcome.kind] : "pending"},
          attempts = attempts + 1, next_attempt_at = ${nextAttemptAt ?? 0},
          failure_code = ${outcome.kind === "sent" ? null : outcome.code},
          lease_id = NULL, lease_until = 0, updated_at = ${now}
        WHERE ${ours}`,
  ];
}

/** Records how attempts ended, all in one transaction; a lost lease changes nothing. */
export async function recordNotices(
  db: Database,
  outcomes: readonly NoticeOutcome[],
  now: Instant,
): Promise<void> {
  await db.write(outcomes.flatMap((outcome) => outcomeStatements(outcome, now)));
}

/** Notices in the order in which things happened. `after` is the sequence of the last one known. */
export async function listNotices(
  db: Database,
  input: {
    agentId: string | null;
    state: NoticeState | null;
    kind: NoticeKind | null;
    after: number;
    limit: number;
  },
): Promise<NoticeRow[]> {
  const { agentId, state, kind } = input;
  const [result] = await db.read([
    db.build
      .select()
      .from(notices)
      .where(
        and(
          gt(notices.sequence, input.after),
          agentId === null ? undefined : eq(notices.agentId, agentId),
          state === null ? undefined : eq(notices.state, state),
          kind === null ? undefined : eq(notices.kind, kind),
        ),
      )
      .orderBy(asc(notices.sequence))
      .limit(input.limit),
  ]);
  return rowsOf(notices, result);
}

/** SQL: due at once and as good as new. One that is being sent right now stays with its sender. */
const asNew = (now: Instant): SQL =>
  sql`UPDATE notices SET state = 'pending', attempts = 0, next_attempt_at = 0, failure_code = NULL,
        updated_at = ${now}`;

/** Has one notice sent again, under its id, to a receiver that is taken to want it. Null where there is none. */
export async function replayNotice(
  db: Database,
  input: { id: string; url: string | null; now: Instant },
): Promise<NoticeRow | null> {
  const [result] = await db.write([
    sql`${asNew(input.now)} WHERE id = ${input.id} RETURNING *`,
    sql`DELETE FROM disabled_endpoints WHERE url = ${input.url}
          AND EXISTS (SELECT 1 FROM notices WHERE id = ${input.id})`,
  ]);
  return rowsOf(notices, result)[0] ?? null;
}

/** The same with all since an instant, of one agent or of all. Returns how many. */
export async function replayNotices(
  db: Database,
  input: { since: Instant; agentId: string | null; url: string | null; now: Instant },
): Promise<number> {
  const whose = input.agentId === null ? sql`` : sql`AND agent_id = ${input.agentId}`;
  const [result] = await db.write([
    sql`${asNew(input.now)} WHERE created_at >= ${input.since} ${whose}`,
    sql`DELETE FROM disabled_endpoints WHERE url = ${input.url}`,
  ]);
  return result?.rowsAffected ?? 0;
}

/** Since when the receiver at `url` has wanted no more notices; null while it takes them. */
export async function readDisabledAt(db: Database, url: string): Promise<Instant | null> {
  const [result] = await db.read([sql`SELECT disabled_at FROM disabled_endpoints WHERE url = ${url}`]);
  const row = result?.rows[0];
  return row === undefined ? null : Number(row["disabled_at"]);
}

/** What is to be forgotten: what is older than `before`. `url` null: no receiver is configured. */
interface Old {
  readonly before: Instant;
  readonly url: string | null;
  readonly now: Instant;
}

/** SQL: old, and not to be told again. What is told once stays until its booking is over. */
const isOver = ({ before, now }: Old): SQL => sql`created_at < ${before}
  AND (once_key IS NULL OR NOT EXISTS (SELECT 1 FROM bookings k WHERE k.agent_id = notices.agent_id
    AND k.booking_id = substr(notices.subject, 1 + length('booking:')) AND k.ends_at > ${now}))`;

/** SQL: it waits, but in all this time the receiver has wanted no more, or there is none, and nobody replayed it. */
function isUnwanted({ before, url }: Old): SQL {
  const nobodyListens = sql`EXISTS (SELECT 1 FROM disabled_endpoints WHERE url = ${url} AND disabled_at < ${before})`;
  return sql`state = 'pending' AND updated_at < ${before} AND ${url === null ? sql`1` : nobodyListens}`;
}

/** How many notices `purgeNotices` would forget that were never told. */
export async function countUnwanted(db: Database, old: Old): Promise<number> {
  const [result] = await db.read([
    sql`SELECT count(*) AS total FROM notices WHERE ${isOver(old)} AND ${isUnwanted(old)}`,
  ]);
  return Number(result?.rows[0]?.["total"] ?? 0);
}

/**
 * Forgets old notices that were sent, and those that nobody has wanted for as long. What was given up stays, for
 * somebody may want it yet.
 */
export async function purgeNotices(db: Database, old: Old): Promise<void> {
  await db.write([
    sql`DELETE FROM notices WHERE ${isOver(old)} AND (state = 'sent' OR (${isUnwanted(old)}))`,
  ]);
}
