// Paging: the order of rows, and how they are cut into pages (`docs/providers/google.md` A.4).
import { type Call, readMaxResults } from "./call.ts";
import { badRequest, invalid } from "./errors.ts";
import { rowBounds } from "./render.ts";
import type { PlacedRow } from "./rows.ts";
import type { SimulatedCalendar } from "./state.ts";
import { readPageToken } from "./tokens.ts";

/** Rows in the order asked for. Their places then follow it. */
export function ordered(
  rows: PlacedRow[],
  orderBy: string | null,
  singleEvents: boolean,
  zone: string,
): PlacedRow[] {
  if (orderBy === null) return rows;
  if (orderBy !== "updated" && orderBy !== "startTime") throw badRequest("Invalid value.", "orderBy");
  if (orderBy === "startTime" && !singleEvents) {
    throw badRequest("The requested ordering is not available for the particular query.", "orderBy");
  }
  const key = ({ row }: PlacedRow) =>
    orderBy === "updated" ? row.record.revision : (rowBounds(row, zone)?.start ?? 0);
  return rows
    .map(
      ({ row, place }): PlacedRow => ({ row, place: [key({ row, place }), place[0] * 1e7 + place[1] / 1e6] }),
    )
    .sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1]);
}

/** Where a page starts. */
export interface PageStart {
  readonly asOf: number;
  readonly after: readonly number[];
  readonly page: number;
}

/** Reads the page token of a call. A first page starts at the present revision. */
export function pageStart(call: Call, calendar: SimulatedCalendar, params: string): PageStart {
  const text = call.query.get("pageToken");
  if (text === null) return { asOf: call.state.revision, after: [], page: 0 };
  const token = readPageToken(text);
  if (token === null || token.of !== calendar.id || token.params !== params)
    throw invalid("Invalid page token value.");
  return token;
}

function isAfter(place: readonly [number, number], after: readonly number[]): boolean {
  const [first, second] = after;
  if (first === undefined || second === undefined) return true;
  return place[0] > first || (place[0] === first && place[1] > second);
}

interface Cut {
  readonly rows: readonly PlacedRow[];
  readonly next: PageStart | null;
}

/** The rows of one page, and where the next begins; null after the last. */
export function cutPage(
  call: Call,
  calendar: SimulatedCalendar,
  rows: readonly PlacedRow[],
  start: PageStart,
): Cut {
  const { knobs } = call.state;
  const place = { user: call.user, calendar: calendar.id, operation: call.operation };
  if (knobs.take("list.emptyPage", place)) return { rows: [], next: { ...start, page: start.page + 1 } };
  const endless = knobs.take("list.endless", place);
  if (endless !== undefined) {
    return { rows: endless === "empty" ? [] : rows, next: { ...start, page: start.page + 1 } };
  }
  const asked = readMaxResults(call.query, 250, 2500);
  const size = Math.min(asked, knobs.take("list.shortPage", place) ?? asked);
  const left = rows.filter((row) => isAfter(row.place, start.after));
  const cut = left.slice(0, size);
  const end = cut.at(-1);
  if (end === undefined || left.length === cut.length) return { rows: cut, next: null };
  return { rows: cut, next: { asOf: start.asOf, after: end.place, page: start.page + 1 } };
}
