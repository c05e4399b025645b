// Rows: a whole listing of a calendar, or the changes since a revision (`docs/providers/google.md` A.4).
import { instantOf } from "./event-time.ts";
import { instancesOf } from "./instances.ts";
import { type Row, rowBounds } from "./render.ts";
import type { EventRecord, GoogleState, SimulatedCalendar } from "./state.ts";

/** The rows that are asked for. `since` null: a full listing; else rows that changed after that revision. */
export interface RowQuery {
  readonly singleEvents: boolean;
  readonly since: number | null;
  readonly showDeleted: boolean;
  readonly timeMin: number | null;
  readonly timeMax: number | null;
  /** A deleted series is one stub with the master's id. */
  readonly masterStub: boolean;
  /** A delta names instances of a deleted series only until this instant; null: all of them. */
  readonly namedUntil: number | null;
}

/** A row with its place in the listing: creation order, then original start. */
export interface PlacedRow {
  readonly row: Row;
  readonly place: readonly [number, number];
}

function placed(row: Row): PlacedRow {
  const original = row.instance?.originalStart ?? null;
  const at = original === null ? 0 : original.kind === "dateTime" ? original.at : Date.parse(original.date);
  return { row, place: [row.record.order, at] };
}

const isNew = (revision: number, query: RowQuery): boolean => query.since === null || revision > query.since;

/** Deltas always report deletions; full listings only on request. */
const wantsCancelled = (query: RowQuery): boolean => query.since !== null || query.showDeleted;

function* vanishedRows(record: EventRecord, query: RowQuery): Generator<Row> {
  if (!wantsCancelled(query)) return;
  for (const { id, originalStart, revision } of record.vanished.values()) {
    if (!isNew(revision, query)) continue;
    const instance = originalStart === null ? null : { id, originalStart };
    if (query.singleEvents || instance !== null) yield { record, instance, cancelled: true };
  }
}

function* seriesRows(
  state: GoogleState,
  calendar: SimulatedCalendar,
  master: EventRecord,
  query: RowQuery,
): Generator<Row> {
  if (!isNew(master.revision, query)) return;
  const cancelled = master.status === "cancelled";
  if (cancelled && !wantsCancelled(query)) return;
  if (cancelled && query.masterStub) {
    yield { record: master, instance: null, cancelled };
    return;
  }
  const namedUntil =
    cancelled && query.since !== null
      ? (query.namedUntil ?? Number.POSITIVE_INFINITY)
      : Number.POSITIVE_INFINITY;
  const zone = calendar.timeZone ?? "UTC";
  for (const instance of instancesOf(state, master)) {
    if (instantOf(instance.start, zone) >= namedUntil) break;
    if (!calendar.events.has(instance.id)) yield { record: master, instance, cancelled };
  }
}

function masterOf(calendar: SimulatedCalendar, exception: EventRecord): EventRecord | undefined {
  return exception.recurringEventId === null ? undefined : calendar.events.get(exception.recurringEventId);
}

function* singleRows(calendar: SimulatedCalendar, record: EventRecord, query: RowQuery): Generator<Row> {
  const cancelled = record.status === "cancelled";
  const master = masterOf(calendar, record);
  // An edited series is listed again with all its exceptions.
  const touched =
    isNew(record.revision, query) || (query.singleEvents && isNew(master?.revision ?? 0, query));
  if (!touched) return;
  const ofLiveSeries = master !== undefined && master.status !== "cancelled";
  const shown = !cancelled || wantsCancelled(query) || (!query.singleEvents && ofLiveSeries);
  const swallowed =
    cancelled && master !== undefined && !ofLiveSeries && (!query.singleEvents || query.masterStub);
  if (shown && !swallowed) yield { record, instance: null, cancelled };
}

function* allRows(state: GoogleState, calendar: SimulatedCalendar, query: RowQuery): Generator<Row> {
  for (const record of calendar.events.values()) {
    const expanded = record.recurrence !== null && query.singleEvents;
    if (expanded) yield* seriesRows(state, calendar, record, query);
    else yield* singleRows(calendar, record, query);
    if (query.singleEvents) yield* vanishedRows(record, query);
  }
}

function inWindow(state: GoogleState, calendar: SimulatedCalendar, row: Row, query: RowQuery): boolean {
  if (query.timeMin === null && query.timeMax === null) return true;
  const zone = calendar.timeZone ?? "UTC";
  const fits = (bounds: { start: number; end: number } | null): boolean =>
    bounds !== null &&
    bounds.end > (query.timeMin ?? Number.NEGATIVE_INFINITY) &&
    bounds.start < (query.timeMax ?? Number.POSITIVE_INFINITY);
  if (row.instance === null && row.record.recurrence !== null) {
    const { record } = row;
    return instancesOf(state, record).some((instance) => fits(rowBounds({ ...row, instance }, zone)));
  }
  return fits(rowBounds(row, zone));
}

/** The rows that are asked for, in their stable order. */
export function listRows(state: GoogleState, calendar: SimulatedCalendar, query: RowQuery): PlacedRow[] {
  const rows: PlacedRow[] = [];
  for (const row of allRows(state, calendar, query)) {
    if (inWindow(state, calendar, row, query)) rows.push(placed(row));
  }
  return rows.sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1]);
}
