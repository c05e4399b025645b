// Busy stretches: the blocked time of an agent, as a view of their calendar shows it.
import type { BusyRow } from "./busy.ts";
import { type BlockReason, blockingRows, reasonOf } from "./conflicts.ts";
import { clip, type Interval, merge, overlaps } from "./interval.ts";
import type { AgentSettings } from "./settings.ts";

/** Time that one calendar blocks by one rule, or that one booking takes. */
export interface BusyStretch extends Interval {
  readonly reason: BlockReason;
  /** Null for the engine's own bookings and holds. */
  readonly connectionId: string | null;
  readonly bookingId: string | null;
}

/** A booking's event in a calendar says nothing new beside the booking itself. */
function withoutCopies(rows: readonly BusyRow[]): BusyRow[] {
  const own = new Map<string, BusyRow[]>();
  for (const row of rows) {
    if (row.connectionId !== null || row.bookingId === null) continue;
    own.set(row.bookingId, [...(own.get(row.bookingId) ?? []), row]);
  }
  const isCopy = ({ connectionId, bookingId, ...row }: BusyRow): boolean =>
    connectionId !== null &&
    bookingId !== null &&
    (own.get(bookingId) ?? []).some((booking) => overlaps(booking, row));
  return rows.filter((row) => !isCopy(row));
}

/**
 * What blocks the agent within `range`, cut to it and sorted by start. Events of one calendar that block by the same
 * rule and overlap or touch are one stretch, so a stretch doesn't tell how many events there are.
 * @param rows all rows that overlap `range`; others do no harm
 */
export function busyStretches(
  rows: readonly BusyRow[],
  settings: Pick<AgentSettings, "rules">,
  range: Interval,
): BusyStretch[] {
  const kinds = new Map<string, Omit<BusyStretch, keyof Interval> & { readonly parts: Interval[] }>();
  for (const row of withoutCopies(blockingRows(rows, settings))) {
    const part = clip(row, range);
    if (part === null) continue;
    const { connectionId, bookingId } = row;
    const kind = { reason: reasonOf(row), connectionId, bookingId };
    const key = JSON.stringify(kind);
    const known = kinds.get(key) ?? { ...kind, parts: [] };
    known.parts.push(part);
    kinds.set(key, known);
  }
  return [...kinds]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { parts, ...kind }]) => merge(parts).map((stretch) => ({ ...stretch, ...kind })))
    .sort((a, b) => a.startsAt - b.startsAt || a.endsAt - b.endsAt);
}
