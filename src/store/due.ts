// Due: when the minute's sweep looks at a row the next time. The indexes of due work are made of these expressions.
//
// What a sweep has sent is marked: `sent_until` says how long its job has time, and `sent_for` what it was sent for. Any
// change of what is due makes the mark void, so that nobody who changes it has to know of marks.
import { sql } from "drizzle-orm";
import { MINUTE_MS } from "../domain/instant.ts";

/**
 * How long a job that a sweep has sent isn't sent again. Longer than it waits in a queue that keeps up. A message that
 * was lost is made good after this time.
 */
export const SENT_MS = 5 * MINUTE_MS;

// Written without commas: drizzle-kit cuts the expression of an index at each.
const least = (a: string, b: string) => `(CASE WHEN ${a} < ${b} THEN ${a} ELSE ${b} END)`;
const greatest = (a: string, b: string) => `(CASE WHEN ${a} > ${b} THEN ${a} ELSE ${b} END)`;
const orZero = (column: string) => `(CASE WHEN ${column} IS NULL THEN 0 ELSE ${column} END)`;

/** The sum of all that decides what is due of a connection. It changes with each of them, and fits a number. */
const CONNECTION_STATE = `((dirty + poll_due_at + roll_due_at + next_attempt_at + ${orZero("channel_due_at")} + ${orZero("closing_at")}) % ${Number.MAX_SAFE_INTEGER})`;

/** A failure holds off pulls, by hint or by clock, and rolls. Channels have a due time of their own, or null. */
const HELD_OFF = greatest(
  "next_attempt_at",
  least("roll_due_at", "(CASE WHEN dirty > clean THEN 0 ELSE poll_due_at END)"),
);

/**
 * SQL: when a sweep looks at a connection: for its pull, by hint or by clock, the roll of its window, its channel, or
 * because it is closing. Null: never, because it isn't read.
 */
export const CONNECTION_DUE_AT = sql.raw(
  `(CASE WHEN closing_at IS NULL AND (is_active = 0 OR sync_enabled = 0) THEN NULL WHEN sent_for = ${CONNECTION_STATE} THEN sent_until WHEN closing_at IS NOT NULL THEN next_attempt_at ELSE ${least("channel_due_at", HELD_OFF)} END)`,
);

/** SQL for the SET of an update: marks the connection as sent. */
export const CONNECTION_SENT_FOR = sql.raw(`sent_for = ${CONNECTION_STATE}`);

const WRITE_STATE = "(d.wanted_revision + d.attempts + d.next_attempt_at)";
const LOOK_STATE = "(d.look_due_at + d.attempts)";

const unaliased = (text: string) => text.replaceAll("d.", "");

const WRITE_DUE = `(CASE WHEN d.sent_for = ${WRITE_STATE} THEN d.sent_until ELSE d.next_attempt_at END)`;
const LOOK_DUE = `(CASE WHEN d.sent_for = ${LOOK_STATE} THEN d.sent_until ELSE d.look_due_at END)`;

/** SQL: when a sweep looks at a pending delivery. `d` names it; an index has no alias. */
export const WRITE_DUE_AT = { aliased: sql.raw(WRITE_DUE), indexed: sql.raw(unaliased(WRITE_DUE)) };

/** SQL: when a sweep looks at a doubted delivery. */
export const LOOK_DUE_AT = { aliased: sql.raw(LOOK_DUE), indexed: sql.raw(unaliased(LOOK_DUE)) };

/** SQL for the SET of an update: marks the delivery as sent, for the one or the other. */
export const WRITE_SENT_FOR = sql.raw(`sent_for = ${unaliased(WRITE_STATE)}`);
export const LOOK_SENT_FOR = sql.raw(`sent_for = ${unaliased(LOOK_STATE)}`);
