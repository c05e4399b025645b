// Conflicts: decides whether a slot is free, and says what is in its way.
import { BUSY_STATUSES, type BusyRow, type BusyStatus, blocks } from "./busy.ts";
import { DAY_MS, type Instant } from "./instant.ts";
import { clip, type Interval, overlaps } from "./interval.ts";
import { type Counted, fullSpans } from "./limits.ts";
import { closedTime } from "./open-hours.ts";
import { NO_RULES, type SlotRules, type Terms, termsOf } from "./rules.ts";
import { type AgentSettings, MAX_BUFFER_MS } from "./settings.ts";

/**
 * The rule that makes the conflict: the status of an outside event, an all-day event, our own booking or hold, the
 * buffer around any of these, time that has begun (`past`), the agent's minimum notice (`notice`) and horizon, time
 * outside the working hours (`hours`), a day that differs (`closed`), or a day or week that holds enough bookings.
 */
export const CONFLICT_REASONS = [
  ...BUSY_STATUSES,
  ...([
    "all_day",
    "buffer",
    "past",
    "notice",
    "horizon",
    "hours",
    "closed",
    "day_full",
    "week_full",
  ] as const),
] as const;

export type ConflictReason = (typeof CONFLICT_REASONS)[number];

/** The rule by which a row blocks, whatever the slot. */
export type BlockReason = BusyStatus | "all_day";

/** One thing in the way of a slot. A rule of the agent comes from no row, so its ids and status are null. */
export interface Conflict {
  readonly reason: ConflictReason;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  /** Null for the engine's own bookings and holds. */
  readonly connectionId: string | null;
  readonly bookingId: string | null;
  /** The status of the row, even where the reason is another one (`all_day`, `buffer`). */
  readonly status: BusyStatus | null;
}

/** The free time in ms that a slot needs before its start and after its end, towards one row. */
export interface Clearance {
  readonly beforeMs: number;
  readonly afterMs: number;
}

type Kept = Pick<BusyRow, "connectionId" | "bufferBeforeMs" | "bufferAfterMs">;

/**
 * Towards any row of a calendar, the slot keeps its own buffers. Between two bookings, the gap must hold the buffer
 * after the earlier one and the buffer before the later one. The other booking's buffers are the agent's, or those that
 * it was sold with where they are larger.
 */
export function clearanceOf(row: Kept, terms: Terms): Clearance {
  const { bufferBeforeMs: beforeMs, bufferAfterMs: afterMs, agentBuffers } = terms;
  if (row.connectionId !== null) return { beforeMs, afterMs };
  return {
    beforeMs: Math.max(beforeMs, agentBuffers.bufferAfterMs, row.bufferAfterMs ?? 0),
    afterMs: Math.max(afterMs, agentBuffers.bufferBeforeMs, row.bufferBeforeMs ?? 0),
  };
}

/** The interval around a slot in which busy rows can matter. All rows that overlap it must be read for the decision. */
export const reachOf = ({ startsAt, endsAt }: Interval): Interval => ({
  startsAt: startsAt - MAX_BUFFER_MS,
  endsAt: endsAt + MAX_BUFFER_MS,
});

/** Busy time that belongs to the request itself, and is not in its way. */
export interface Own {
  /** The booking that is being moved. Neither it nor its events in calendars count. */
  readonly bookingId?: string;
  /** The hold that becomes a booking. */
  readonly holdId?: string;
}

/** The booking, and the hold that it comes from; null: none. */
export const ownOf = ({ bookingId, holdId }: { bookingId: string; holdId: string | null }): Own => ({
  bookingId,
  ...(holdId === null ? {} : { holdId }),
});

/** The rows that block the agent by the agent's rules, whatever the slot. */
export function blockingRows(
  rows: readonly BusyRow[],
  settings: Pick<AgentSettings, "rules">,
  own: Own = {},
): BusyRow[] {
  return rows.filter((row) => blocks(row, settings.rules) && !isOwn(row, own));
}

const isOwn = ({ bookingId, status, eventKey }: BusyRow, own: Own): boolean =>
  (own.bookingId !== undefined && bookingId === own.bookingId) ||
  (status === "hold" && eventKey === own.holdId);

/**
 * Everything in the way of a slot, sorted by start; empty means free.
 * @param input.rows all rows that overlap `reachOf(slot)`; others do no harm
 * @param input.counted all that counts for the limits in the slot's day and week; others do no harm
 * @param input.noticeFrom the instant from which past and minimum notice count; left out: `now`
 */
export function conflictsOf(input: {
  slot: Interval;
  rows: readonly BusyRow[];
  counted: readonly Counted[];
  settings: AgentSettings;
  rules?: SlotRules;
  now: Instant;
  noticeFrom?: Instant;
  own?: Own;
}): Conflict[] {
  const { slot, now } = input;
  const terms = termsOf(input.settings, input.rules ?? NO_RULES);
  const rows = joinPieces(blockingRows(input.rows, terms, input.own));
  const taken = rows.flatMap((row) => conflictWithRow(slot, row, terms) ?? []);
  return [
    ...withoutOwnEvents(taken),
    ...noticeConflicts(slot, terms.minimumNoticeMs, input.noticeFrom ?? now),
    ...horizonConflicts(slot, terms, now),
    ...hoursConflicts(slot, terms),
    ...limitConflicts(slot, terms, input.counted, input.own),
  ].sort((a, b) => a.startsAt - b.startsAt || a.endsAt - b.endsAt);
}

/**
 * The conflicts of a request that may book over outside events: the agent's other bookings and holds with the buffers
 * between them, and the past.
 * @param input as for `conflictsOf`
 */
export function ownConflictsOf(input: Parameters<typeof conflictsOf>[0]): Conflict[] {
  const { slot } = input;
  const terms = termsOf(input.settings, input.rules ?? NO_RULES);
  const own = input.rows.filter(({ connectionId }) => connectionId === null);
  const taken = blockingRows(own, terms, input.own).flatMap((row) => conflictWithRow(slot, row, terms) ?? []);
  return [...taken, ...noticeConflicts(slot, 0, input.noticeFrom ?? input.now)].sort(
    (a, b) => a.startsAt - b.startsAt || a.endsAt - b.endsAt,
  );
}

/** Long events are cached in pieces. Pieces of one event that touch become one row again. */
function joinPieces(rows: readonly BusyRow[]): BusyRow[] {
  const joined: BusyRow[] = [];
  const lastOf = new Map<string, number>();
  for (const row of [...rows].sort((a, b) => a.startsAt - b.startsAt)) {
    const event = JSON.stringify([row.connectionId, row.eventKey, row.status, row.allDay, row.bookingId]);
    const index = lastOf.get(event);
    const last = index === undefined ? undefined : joined[index];
    if (index !== undefined && last !== undefined && row.startsAt <= last.endsAt) {
      joined[index] = { ...last, endsAt: Math.max(last.endsAt, row.endsAt) };
    } else {
      lastOf.set(event, joined.push(row) - 1);
    }
  }
  return joined;
}

function conflictWithRow(slot: Interval, row: BusyRow, terms: Terms): Conflict | null {
  const { beforeMs, afterMs } = clearanceOf(row, terms);
  const widened = { startsAt: slot.startsAt - beforeMs, endsAt: slot.endsAt + afterMs };
  if (!overlaps(widened, row)) return null;
  const { startsAt, endsAt, connectionId, bookingId, status } = row;
  const reason = overlaps(slot, row) ? reasonOf(row) : "buffer";
  return { reason, startsAt, endsAt, connectionId, bookingId, status };
}

/** The rule by which a row blocks. */
export function reasonOf(row: BusyRow): BlockReason {
  if (row.connectionId !== null && row.bookingId !== null) return "booking";
  const own = row.status === "booking" || row.status === "hold";
  return row.allDay && !own ? "all_day" : row.status;
}

/** A booking's event in a calendar says nothing new where the booking itself is already in the way. */
function withoutOwnEvents(conflicts: readonly Conflict[]): Conflict[] {
  const own = conflicts.filter((conflict) => conflict.connectionId === null && conflict.bookingId !== null);
  return conflicts.filter(
    (conflict) =>
      conflict.connectionId === null ||
      !own.some((booking) => booking.bookingId === conflict.bookingId && overlaps(booking, conflict)),
  );
}

/** A slot must not start in the past, nor before the end of the minimum notice. */
function noticeConflicts(slot: Interval, minimumNoticeMs: number, from: Instant): Conflict[] {
  const past = clip({ startsAt: Number.NEGATIVE_INFINITY, endsAt: from }, slot);
  const tooSoon = clip({ startsAt: from, endsAt: from + minimumNoticeMs }, slot);
  return [
    ...(past === null ? [] : [withoutRow("past", past)]),
    ...(tooSoon === null ? [] : [withoutRow("notice", tooSoon)]),
  ];
}

/** The last instant at which a slot may start. */
export const horizonAt = ({ horizonDays }: Pick<AgentSettings, "horizonDays">, now: Instant): Instant =>
  horizonDays === null ? Number.POSITIVE_INFINITY : now + horizonDays * DAY_MS;

const horizonConflicts = (slot: Interval, settings: AgentSettings, now: Instant): Conflict[] =>
  slot.startsAt <= horizonAt(settings, now) ? [] : [withoutRow("horizon", slot)];

function hoursConflicts(slot: Interval, terms: Terms): Conflict[] {
  const { hours, closed } = closedTime(slot, terms);
  return [
    ...hours.map((part) => withoutRow("hours", part)),
    ...closed.map((part) => withoutRow("closed", part)),
  ];
}

function limitConflicts(
  slot: Interval,
  settings: AgentSettings,
  counted: readonly Counted[],
  own: Own = {},
): Conflict[] {
  const others = counted.filter(
    ({ bookingId, holdId }) =>
      (bookingId === null || bookingId !== own.bookingId) && (holdId === null || holdId !== own.holdId),
  );
  return fullSpans(others, settings)
    .filter(({ startsAt, endsAt }) => startsAt <= slot.startsAt && slot.startsAt < endsAt)
    .map(({ reason, ...span }) => withoutRow(reason, span));
}

const withoutRow = (reason: ConflictReason, { startsAt, endsAt }: Interval): Conflict => ({
  reason,
  startsAt,
  endsAt,
  connectionId: null,
  bookingId: null,
  status: null,
});
