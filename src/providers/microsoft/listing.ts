// Listing Graph: a pull by plain calendarView, for calendars whose delta can't be read (M52).
import * as z from "zod";
import type { Interval } from "../../domain/interval.ts";
import type { CalendarRef, Page } from "../provider.ts";
import type { Place } from "../written-span.ts";
import type { GraphApi } from "./api.ts";
import { listView } from "./pages.ts";
import { readMarks } from "./read-marks.ts";
import { candidatesOf, contentOf, rowOf } from "./rows.ts";
import type { EventsPage, Row } from "./wire.ts";

/** The cursor within a listing. None is left at its end. */
const ListingPosition = z.strictObject({
  v: z.literal(1),
  /**
   * A listing of more than one page is read `again` from its beginning: Graph counts rows to find the next page, so a
   * row that leaves the pages before it pushes another one past the reader.
   */
  reading: z.enum(["first", "again"]),
  startsAt: z.number(),
  endsAt: z.number(),
  /** The link to the next page; null at the beginning. */
  link: z.string().nullable(),
});
export type ListingPosition = z.infer<typeof ListingPosition>;

export const startOfListing = ({ startsAt, endsAt }: Interval): ListingPosition => ({
  ...{ v: 1, reading: "first", startsAt, endsAt, link: null },
});

/** The cursor as a position within a listing; null where it is none. */
export function readListingCursor(cursor: string): ListingPosition | null {
  try {
    return ListingPosition.safeParse(JSON.parse(cursor)).data ?? null;
  } catch {
    return null;
  }
}

/** A pull by listings. Rows of both readings count, so that no row is missed. */
export async function* pullListing(
  api: GraphApi,
  calendar: CalendarRef,
  start: ListingPosition,
  leavesFailing: boolean,
): AsyncGenerator<Page> {
  const place = { window: start, timeZone: calendar.fallbackTimeZone };
  for (let position: ListingPosition | null = start; position !== null; ) {
    const answer: EventsPage = await listView(api, calendar.calendarId, start, position.link);
    const rows = await rowsOf(api, calendar.calendarId, answer.value, place, leavesFailing);
    position = after(position, answer);
    const next = position === null ? null : JSON.stringify(position);
    yield { mode: "snapshot", ...rows, removedSeries: [], next, last: position === null, timeZone: null };
  }
}

async function rowsOf(
  api: GraphApi,
  calendarId: string,
  events: readonly Row[],
  place: Place,
  leavesFailing: boolean,
) {
  const rows = events.map((event) => ({ event, ...rowOf(event, place) }));
  const marks = await readMarks(api, calendarId, candidatesOf(rows), leavesFailing);
  const content = contentOf(rows);
  const upserts = content.upserts.map((busy) => ({ ...busy, bookingId: marks.get(busy.key) ?? null }));
  return { ...content, upserts };
}

function after(position: ListingPosition, { "@odata.nextLink": link }: EventsPage): ListingPosition | null {
  if (link !== undefined) return { ...position, link };
  const isWhole = position.reading === "again" || position.link === null;
  return isWhole ? null : { ...position, reading: "again", link: null };
}
