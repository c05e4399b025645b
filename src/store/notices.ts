// Notices: what MaraPlace is to be told, written in the transaction that makes it true.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../domain/instant.ts";
import type { NoticeKind } from "../domain/notice.ts";
import type { Statement } from "./db.ts";

/** The subject of notices about a booking; they are sent in order. `bookingId` may be a column. */
export const aboutBooking = (bookingId: SQL): SQL => sql`'booking:' || ${bookingId}`;

/** The subject of notices about an account. */
export const aboutAccount = (accountId: SQL): SQL => sql`'account:' || ${accountId}`;

/**
 * Statement: one notice for each row of `from`, which must hold the condition that makes it true and end in a WHERE.
 * Put it before the statement that ends the condition, so that a repeated batch tells nothing twice; where that can't
 * be, give a `onceKey`.
 */
export function tell(input: {
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
  const { now } = input;
  return sql`INSERT INTO notices (id, agent_id, kind, subject, once_key, data, state, attempts, next_attempt_at,
        lease_until, created_at, updated_at)
      SELECT 'ntc_' || lower(hex(randomblob(16))), ${input.agentId}, ${input.kind}, ${input.subject},
        ${input.onceKey ?? sql`NULL`}, ${input.data}, 'pending', 0, 0, 0, ${now}, ${now}
      FROM ${input.from} ON CONFLICT DO NOTHING`;
}

/** Statement: a row if any notice is to be sent now; for whoever has just written some. */
export const selectUntold = (now: Instant): Statement =>
  sql`SELECT 1 FROM notices WHERE state = 'pending' AND next_attempt_at <= ${now} AND lease_until <= ${now} LIMIT 1`;
