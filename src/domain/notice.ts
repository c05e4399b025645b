// Notices: their kinds, their data in the words of the API, and the times of the attempts to send them.
import { jittered } from "./backoff.ts";
import { formatInstant, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from "./instant.ts";

/**
 * What a notice says to MaraPlace.
 * - `booking.delivered`: every calendar shows this revision of the booking, or no longer shows a cancelled one.
 * - `booking.delivery_failed`: a calendar can't show the revision; no more is tried until the cause is gone.
 * - `booking.moved_outside`, `booking.removed_outside`: the agent moved or removed the event in a calendar.
 * - `booking.conflict`: an outside event overlaps a confirmed booking.
 * - `connection.needs_consent`, `connection.restored`: access to an account was lost, or is back. A calendar that was
 *   gone and is back is restored too.
 * - `connection.unavailable`: the provider offers the account no calendars, and consent wouldn't help.
 * - `calendar.unreadable`: a calendar holds events that can't be read to the end, in versions that weren't known.
 * - `connection.lost`: the calendar is no longer in its account, so consent wouldn't help; its last times go on
 *   counting.
 * - `calendar.standstill`: a calendar's provider answered without end, and the calendar is read in another way.
 * - `agent.erased`: everything about the agent is forgotten, after `DELETE /agents/:agentId`.
 * - `calendar.drift`: an audit found events that the provider had never told of, so their time could have been sold.
 */
export type NoticeKind =
  | "booking.delivered"
  | "booking.delivery_failed"
  | "booking.moved_outside"
  | "booking.removed_outside"
  | "booking.conflict"
  | "connection.needs_consent"
  | "connection.unavailable"
  | "connection.restored"
  | "connection.lost"
  | "calendar.standstill"
  | "calendar.drift"
  | "calendar.unreadable"
  | "agent.erased";

/** `failed`: given up after days. It can be replayed. */
export type NoticeState = "pending" | "sent" | "failed";

/** The waits between the attempts to send one notice: about three days in all, as Standard Webhooks proposes. */
const WAITS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;

/**
 * The earliest instant of the next attempt: up to a quarter sooner or later than the schedule, and never before
 * `retryAt`, the time that the receiver named. Null: the schedule is over, and the notice is given up.
 * @param attempts attempts so far that failed, counting this one (1 or more)
 * @param dice a random number in [0, 1)
 */
export function nextNoticeAttemptAt(input: {
  attempts: number;
  retryAt: Instant | null;
  now: Instant;
  dice: number;
}): Instant | null {
  const waitMs = WAITS_MS[input.attempts - 1];
  if (waitMs === undefined) return null;
  return Math.max(input.now + jittered(waitMs, input.dice), input.retryAt ?? 0);
}

/** A notice's data in the words of the API: `startsAt` and `endsAt` become `start` and `end`, instants RFC 3339. */
export function noticeData(notice: {
  readonly agentId: string;
  readonly data: Readonly<Record<string, unknown>>;
}): Record<string, unknown> {
  const entries = Object.entries(notice.data).map(([key, value]) =>
    key.endsWith("At") && typeof value === "number"
      ? [key.replace(/^(start|end)sAt$/, "$1"), formatInstant(value)]
      : [key, value],
  );
  return { agentId: notice.agentId, ...Object.fromEntries(entries) };
}
