// Conflicts: decides whether a slot is free, and says what is in its way.
import { type BusyRow, type BusyStatus, blocks } from "./busy.ts";
import type { Instant } from "./instant.ts";
import { clip, type Interval, overlaps, subtract } from "./interval.ts";
import { openIntervals } from "./open-hours.ts";
import { type AgentSettings, MAX_BUFFER_MS } from "./settings.ts";

/**
 * The rule that makes the conflict: the status of an outside event, an all-day event, our own booking or hold, the
 * buffer around any of these, the agent's minimum notice (`notice`), or time outside the working hours (`hours`).
 */
export type ConflictReason =
  | "busy"
  | "tentative"
  | "unanswered"
  | "out_of_office"
  | "working_elsewhere"
  | "all_day"
  | "buffer"
  | "notice"
  | "hours"
  | "hold"
  | "booking";

/** The rule by which a row blocks, whatever the slot. */
export type BlockReason = BusyStatus | "all_day";

/** One thing in the way of a slot. `notice` and `hours` come from no row, so their ids and status are null. */
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

type Buffers = Pick<AgentSettings, "bufferBeforeMs" | "bufferAfterMs">;

/** The free time in ms that a slot needs before its start and after its end, towards one row. */
export interface Clearance {
  readonly beforeMs: number;
  readonly afterMs: number;
}

/**
 * Towards any row of a calendar, the slot keeps its own buffers. Between two bookings, the gap must hold the buffer
 * after the earlier one and the buffer before the later one, so both sides keep the larger of the two.
 */
export function clearanceOf(row: Pick<BusyRow, "connectionId">, buffers: Buffers): Clearance {
  const { bufferBeforeMs, bufferAfterMs } = buffers;
  if (row.connectionId !== null) return { beforeMs: bufferBeforeMs, afterMs: bufferAfterMs };
  const widerMs = Math.max(bufferBeforeMs, bufferAfterMs);
  return { beforeMs: widerMs, afterMs: widerMs };
}

/**
 * The interval around a slot in which busy rows can matter. All rows that overlap it must be read for the decision.
 * @param buffers the agent's settings, or null where they are read in the same round trip
 */
export function reachOf(slot: Interval, buffers: Buffers | null): Interval {
  const widerMs = buffers === null ? MAX_BUFFER_MS : Math.max(buffers.bufferBeforeMs, buffers.bufferAfterMs);
  return { startsAt: slot.startsAt - widerMs, endsAt: slot.endsAt + widerMs };
}

/** Busy time that belongs to the request itself, and is not in its way. */
export interface Own {
  /** The booking that is being moved. Neither it nor its events in calendars count. */
  readonly bookingId?: string;
  /** The hold that becomes a booking. */
  readonly holdId?: string;
}

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
 * @param input.rows all rows that overlap `reachOf(slot, settings)`; others do no harm
 * @param input.now the instant from which the minimum notice counts
 */
export function conflictsOf(input: {
  slot: Interval;
  rows: readonly BusyRow[];
  settings: AgentSettings;
  now: Instant;
  own?: Own;
}): Conflict[] {
  const { slot, settings } = input;
  const rows = joinPieces(blockingRows(input.rows, settings, input.own));
  const taken = rows.flatMap((row) => conflictWithRow(slot, row, settings) ?? []);
  return [
    ...withoutOwnEvents(taken),
    ...minimumNoticeConflicts(slot, settings, input.now),
    ...hoursConflicts(slot, settings),
  ].sort((a, b) => a.startsAt - b.startsAt || a.endsAt - b.endsAt);
}

/**
 * The conflicts of a request that may book over outside events: the agent's other bookings and holds with the buffers
 * between them, and the past.
 * @param input as for `conflictsOf`
 */
export function ownConflictsOf(input: Parameters<typeof conflictsOf>[0]): Conflict[] {
  const { slot, settings } = input;
  const own = input.rows.filter(({ connectionId }) => connectionId === null);
  const taken = blockingRows(own, settings, input.own).flatMap(
    (row) => conflictWithRow(slot, row, settings) ?? [],
  );
  return [...taken, ...minimumNoticeConflicts(slot, { ...settings, minimumNoticeMs: 0 }, input.now)].sort(
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

function conflictWithRow(slot: Interval, row: BusyRow, settings: AgentSettings): Conflict | null {
  const { beforeMs, afterMs } = clearanceOf(row, settings);
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

/** A slot must start at or after the end of the minimum notice. Without one, it must not start in the past. */
function minimumNoticeConflicts(slot: Interval, settings: AgentSettings, now: Instant): Conflict[] {
  const tooSoon = clip({ startsAt: Number.NEGATIVE_INFINITY, endsAt: now + settings.minimumNoticeMs }, slot);
  return tooSoon === null ? [] : [withoutRow("notice", tooSoon)];
}

function hoursConflicts(slot: Interval, settings: AgentSettings): Conflict[] {
  if (settings.workingHours === null) return [];
  const open = openIntervals(slot, settings.workingHours, settings.timeZone);
  return subtract(slot, open).map((closed) => withoutRow("hours", closed));
}

const withoutRow = (reason: ConflictReason, { startsAt, endsAt }: Interval): Conflict => ({
  reason,
  startsAt,
  endsAt,
  connectionId: null,
  bookingId: null,
  status: null,
});
