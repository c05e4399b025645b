// Delta rows: a round's rows, whole or since a revision (`docs/providers/microsoft.md` B.5.2-B.5.4).
import type { KnobPlace } from "../shared/knob-board.ts";
import { type Found, idsOf, occurrencesOf } from "./instances.ts";
import { overlaps } from "./listing.ts";
import { dayNumber } from "./pattern.ts";
import { idIn, type Json, renderEvent, renderSparse, type Viewpoint } from "./render.ts";
import type { EventIds, EventRecord, MicrosoftState, SimulatedCalendar, Tombstone } from "./state.ts";

export type Place = readonly [number, number];

/** A row with its place in the round. It is rendered when its page is sent. */
export interface DeltaRow {
  readonly place: Place;
  /** A row with all its fields, which may be repeated in a stale version. */
  readonly full: boolean;
  render(): Json;
}

/** The rows that are asked for. `since` null: everything in the window. */
export interface DeltaQuery {
  readonly from: number;
  readonly to: number;
  readonly since: number | null;
  /** Revisions after this one aren't visible yet. */
  readonly asOf: number;
  /** Also rows without changes. */
  readonly across: boolean;
}

interface Reading {
  readonly state: MicrosoftState;
  readonly calendar: SimulatedCalendar;
  readonly view: Viewpoint;
  readonly query: DeltaQuery;
  readonly knobs: {
    readonly masterRows: "first" | "last" | undefined;
    readonly seriesRemoval: "all" | "master" | "occurrences";
    readonly loneException: boolean;
  };
  readonly exceptions: ReadonlyMap<string, readonly EventRecord[]>;
}

function isNew({ query }: Reading, revision: number): boolean {
  return query.since === null || (revision > query.since && revision <= query.asOf);
}

/** Whether the record changed, also if its last change isn't visible yet. */
const hasChanged = (reading: Reading, { revisions }: EventRecord): boolean =>
  revisions.some((revision) => isNew(reading, revision));

function fullRow(reading: Reading, found: Found, place: Place): DeltaRow {
  const { state, calendar, view } = reading;
  const type = "#microsoft.graph.event";
  return {
    place,
    full: true,
    render: () => ({ "@odata.type": type, ...renderEvent(state, calendar, found, view) }),
  };
}

function removedRow(view: Viewpoint, ids: EventIds, place: Place): DeltaRow {
  const render = () => ({
    "@odata.type": "#microsoft.graph.event",
    id: idIn(view, ids),
    "@removed": { reason: "deleted" },
  });
  return { place, full: false, render };
}

const inWindow = ({ query }: Reading, found: Found): boolean => overlaps(found, query.from, query.to);

/** A single event: its row in the window, or a removal when it changed outside (B.5.2). */
function* singleRows(reading: Reading, record: EventRecord): Generator<DeltaRow> {
  const changed = hasChanged(reading, record);
  if (!changed && !reading.query.across) return;
  const found: Found = { kind: "record", record };
  if (inWindow(reading, found)) yield fullRow(reading, found, [record.order, 0]);
  else if (reading.query.since !== null && changed) {
    yield removedRow(reading.view, idsOf(record), [record.order, 0]);
  }
}

/** The occurrences of a series in the window: sparse ones, and exceptions with all fields. */
function* occurrenceRows(reading: Reading, master: EventRecord): Generator<DeltaRow> {
  const { state, calendar, view } = reading;
  for (const occurrence of occurrencesOf(state, master)) {
    const place: Place = [master.order, dayNumber(occurrence.day)];
    const exception = calendar.events.get(occurrence.ids.immutable);
    const found: Found =
      exception === undefined
        ? { kind: "occurrence", master, occurrence }
        : { kind: "record", record: exception };
    if (!inWindow(reading, found)) continue;
    if (exception !== undefined) yield fullRow(reading, found, place);
    else yield { place, full: false, render: () => renderSparse(calendar, found, view) };
  }
}

/** A series is sent again whole; lost occurrences leave no trace (B.5.4). An empty series is removed. */
function* seriesRows(reading: Reading, master: EventRecord): Generator<DeltaRow> {
  const { knobs, query, view } = reading;
  const exceptions = reading.exceptions.get(master.id) ?? [];
  const changed = exceptions.filter((record) => hasChanged(reading, record));
  const whole = hasChanged(reading, master) || (changed.length > 0 && !knobs.loneException);
  if (!whole && !query.across) {
    for (const record of changed) {
      const place: Place = [master.order, dayNumber(record.originalDay ?? "1970-01-01")];
      const found: Found = { kind: "record", record };
      yield inWindow(reading, found)
        ? fullRow(reading, found, place)
        : removedRow(view, idsOf(record), place);
    }
    return;
  }
  const rows = [...occurrenceRows(reading, master)];
  if (rows.length === 0) {
    if (query.since !== null && whole) yield removedRow(view, idsOf(master), [master.order, 0]);
    return;
  }
  const found: Found = { kind: "record", record: master };
  if (knobs.masterRows === "first") yield fullRow(reading, found, [master.order, -1e6]);
  yield* rows;
  if (knobs.masterRows === "last") yield fullRow(reading, found, [master.order, 1e6]);
}

function* tombstoneRows(reading: Reading, tombstone: Tombstone): Generator<DeltaRow> {
  const { query, view, knobs } = reading;
  if (query.since === null || !isNew(reading, tombstone.revision)) return;
  const series = tombstone.occurrences.length > 0;
  if (series && knobs.seriesRemoval !== "master") {
    for (const [index, { ids, start, end }] of tombstone.occurrences.entries()) {
      if (end > query.from && start < query.to) yield removedRow(view, ids, [tombstone.order, index + 1]);
    }
  }
  if (!series || knobs.seriesRemoval !== "occurrences")
    yield removedRow(view, tombstone.ids, [tombstone.order, 0]);
}

function exceptionsByMaster(calendar: SimulatedCalendar): Map<string, EventRecord[]> {
  const all = new Map<string, EventRecord[]>();
  for (const record of calendar.events.values()) {
    if (record.masterId !== null) all.set(record.masterId, [...(all.get(record.masterId) ?? []), record]);
  }
  return all;
}

function readRows(reading: Reading): DeltaRow[] {
  const { calendar } = reading;
  const rows: DeltaRow[] = [];
  for (const record of calendar.events.values()) {
    if (record.masterId !== null) continue;
    rows.push(...(record.recurrence === null ? singleRows(reading, record) : seriesRows(reading, record)));
  }
  for (const tombstone of calendar.gone.values()) rows.push(...tombstoneRows(reading, tombstone));
  return rows.sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1]);
}

/** The rows of the round that was last read from a calendar. All its pages are cut from them. */
const LAST_READ = new WeakMap<SimulatedCalendar, { readonly key: string; readonly rows: DeltaRow[] }>();

/** The rows of a round in their stable order. The rows of a series are neighbours. */
export function deltaRows(
  state: MicrosoftState,
  calendar: SimulatedCalendar,
  view: Viewpoint,
  query: DeltaQuery,
  place: KnobPlace,
): DeltaRow[] {
  const knobs = {
    masterRows: state.knobs.take("delta.masterRows", place),
    seriesRemoval: state.knobs.take("delta.seriesRemoval", place) ?? "all",
    loneException: state.knobs.take("delta.loneException", place) !== undefined,
  };
  const { from, to, since, asOf, across } = query;
  const year = new Date(state.now()).getUTCFullYear();
  const key = JSON.stringify([calendar.revision, from, to, since, asOf, across, view, knobs, year]);
  const known = LAST_READ.get(calendar);
  if (known?.key === key) return known.rows;
  const rows = readRows({ state, calendar, view, query, knobs, exceptions: exceptionsByMaster(calendar) });
  LAST_READ.set(calendar, { key, rows });
  return rows;
}
