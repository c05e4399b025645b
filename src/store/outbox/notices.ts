// Notices: messages to MaraPlace, each inserted in the transaction that makes it true.
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
 * Statement: one notice for each row of `from`. `from` must contain the condition that makes the notice true, and end
 * in a WHERE. Put the statement before the one that ends the condition, so that a repeated batch inserts no second
 * notice. Where that order is impossible, give a `onceKey`.
 */
export function insertNotice(input: {
  kind: NoticeKind;
  agentId: SQL;
  subject: SQL;
  /** Null: insert a notice each time. */
  onceKey: SQL | null;
  /** `json_object(...)` of ids, instants in epoch ms and codes; never text that a person wrote. */
  data: SQL;
  from: SQL;
  now: Instant;
}): Statement {
  const { now, agentId, subject } = input;
  // Not due before the notice that it waits behind. Else each search would read all that piles up for a dead receiver.
  const notBefore = sql`COALESCE((SELECT o.next_attempt_at FROM notices o WHERE o.agent_id = ${agentId}
    AND o.subject = ${subject} AND o.state = 'pending' ORDER BY o.sequence DESC LIMIT 1), 0)`;
  return sql`INSERT INTO notices (id, agent_id, kind, subject, once_key, data, state, attempts, next_attempt_at,
        lease_until, created_at, updated_at)
      SELECT 'ntc_' || lower(hex(randomblob(16))), ${agentId}, ${input.kind}, ${subject},
        ${input.onceKey ?? sql`NULL`}, ${input.data}, 'pending', 0, ${notBefore}, 0, ${now}, ${now}
      FROM ${input.from} ON CONFLICT DO NOTHING`;
}

/** Statement: one row if any notice is due now. For callers that have just inserted some. */
export const selectUnsentNotices = (now: Instant): Statement =>
  sql`SELECT 1 FROM notices WHERE state = 'pending' AND next_attempt_at <= ${now} AND lease_until <= ${now} LIMIT 1`;

/** SQL: the receiver at `url` takes notices, as far as we know. */
const takesNotices = (url: string): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM disabled_endpoints WHERE url = ${url})`;

/** Is any notice due now, at a receiver that takes notices? */
export async function isNoticeDue(db: Database, input: { url: string; now: Instant }): Promise<boolean> {
  const [result] = await db.read([
    sql`SELECT 1 WHERE ${takesNotices(input.url)} AND EXISTS (SELECT 1 FROM notices
          WHERE state = 'pending' AND next_attempt_at <= ${input.now} AND lease_until <= ${input.now})`,
  ]);
  return (result?.rows.length ?? 0) > 0;
}

/**
 * Takes the right to send notices: of each subject only the first that waits, so that they arrive in order. None while
 * the receiver wants no more. Idempotent under one `leaseId`: a repeated claim answers the same notices, unless others
 * became due in between.
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
  /** The receiver at `url` wants no more notices at all. */
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
    // The notices that wait behind it are not due before it; see `insertNotice`.
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

/** Records how attempts ended, in one transaction. Where a lease was lost, nothing changes. */
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

/** SQL: due at once, like a new notice. One that is being sent right now stays with its sender. */
const asNew = (now: Instant): SQL =>
  sql`UPDATE notices SET state = 'pending', attempts = 0, next_attempt_at = 0, failure_code = NULL,
        updated_at = ${now}`;

/** Makes one notice due again under its id, and enables the receiver `url`. Null: there is no such notice. */
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

/** Makes all notices since an instant due again, of one agent or of all, and enables `url`. Returns their number. */
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

/** The instant since which the receiver at `url` wants no more notices; null while it takes them. */
export async function readDisabledAt(db: Database, url: string): Promise<Instant | null> {
  const [result] = await db.read([sql`SELECT disabled_at FROM disabled_endpoints WHERE url = ${url}`]);
  const row = result?.rows[0];
  return row === undefined ? null : Number(row["disabled_at"]);
}
