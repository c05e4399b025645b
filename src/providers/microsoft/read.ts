// Reading Graph: pulls by deltas.
//
// A round has two halves. The first half reads Graph's delta to its end. It takes single events from it, and of
// recurring events only the ids of their series: such rows lack almost all fields (B.5.3) and don't say which
// occurrences are gone (B.5.4). The second half lists each of these series whole, which replaces its old rows. The
// cursor holds the series that must still be listed, so a round can go on from any of its pages.
import * as z from "zod";
import type { Interval } from "../../domain/interval.ts";
import { identityDigest } from "../../encoding/digest.ts";
import { attempt, ProviderError } from "../error.ts";
import { readChangesOr, readOrLeave } from "../failing-part.ts";
import type { BusyEvent, CalendarRef, Page, Unread, UnreadableObject } from "../provider.ts";
import { joined, type Place } from "../written-span.ts";
import { type GraphApi, PLACES } from "./api.ts";
import { listChanges } from "./pages.ts";
import { readMarks } from "./read-marks.ts";
import { changesOf, rowOf } from "./rows.ts";
import type { EventsPage, Row } from "./wire.ts";

/** The cursor of a pull. Graph's links fix the window, so it is stored with them. */
const Position = z.strictObject({
  v: z.literal(1),
  mode: z.enum(["snapshot", "delta"]),
  startsAt: z.number(),
  endsAt: z.number(),
  /** The link where Graph's delta goes on; null at the beginning. */
  link: z.string().nullable(),
  /** `changes`: the delta is being read. `series`: it is read to its end, and `link` is for the next round. */
  half: z.enum(["changes", "series"]),
  /** Masters of the series that this round has named and hasn't listed yet. */
  series: z.array(z.string()),
  /** Masters of series that couldn't be listed, each with the version that failed. Each round tries them again. */
  failing: z.record(z.string(), z.string()).default({}),
});
type Position = z.infer<typeof Position>;

type Rows = Pick<Page, "upserts" | "removedKeys" | "removedSeries" | "unreadable" | "named">;

/** A pull by deltas. It reads on after empty pages (M24). */
export async function* pullChanges(
  api: GraphApi,
  calendar: CalendarRef,
  cursor: string | null,
  window: Interval,
  leavesFailing: boolean,
): AsyncGenerator<Page> {
  let position = cursor === null ? startOf(window) : readCursor(cursor);
  for (let last = false; !last; ) {
    const place = { window: position, timeZone: calendar.fallbackTimeZone };
    const { mode } = position;
    const step =
      position.half === "changes"
        ? await readChanges(api, calendar.calendarId, position, place, leavesFailing)
        : await readSeries(api, calendar.calendarId, position, place, leavesFailing);
    position = step.next;
    last = position.half === "series" && position.series.length === 0;
    if (last) position = { ...position, mode: "delta", half: "changes" };
    yield { mode, ...step.rows, next: JSON.stringify(position), last, timeZone: null };
  }
}

/** One page of the delta. */
async function readChanges(
  api: GraphApi,
  calendarId: string,
  position: Position,
  place: Place,
  leavesFailing: boolean,
): Promise<{ rows: Rows; next: Position }> {
  const list = () => listChanges(api, calendarId, place.window, position.link);
  const page = await readChangesOr(list, api.listCalendars, leavesFailing);
  const changes = changesOf(page.value, place);
  const marks = await readMarks(api, calendarId, changes.candidates, leavesFailing);
  const upserts = changes.upserts.map((busy) => ({ ...busy, bookingId: marks.get(busy.key) ?? null }));
  const series = [...new Set([...position.series, ...changes.series])];
  const kept = Object.keys(position.failing).filter((id) => !changes.ended.includes(id));
  const failing = Object.fromEntries(
    await Promise.all(
      kept.map(async (id) => [
        id,
        changes.series.includes(id) ? await versionOf(position) : (position.failing[id] ?? ""),
      ]),
    ),
  );
  return {
    rows: {
      upserts,
      removedKeys: changes.removedKeys,
      // A series that must still be listed is replaced then and not emptied now. A snapshot deletes by absence.
      removedSeries: position.mode === "snapshot" ? [] : changes.ended.filter((id) => !series.includes(id)),
      unreadable: changes.unreadable,
      named: page.value.map(({ id }) => id),
    },
    next: after({ ...position, series, failing }, page),
  };
}

/** Lists some of the series that the round named. Each that can be read whole replaces its old rows. */
async function readSeries(
  api: GraphApi,
  calendarId: string,
  position: Position,
  place: Place,
  leavesFailing: boolean,
): Promise<{ rows: Rows; next: Position }> {
  const series = position.series.slice(0, PLACES);
  const listed = await Promise.all(
    series.map((masterId) =>
      occurrencesOf(api, calendarId, masterId, place, leavesFailing || masterId in position.failing),
    ),
  );
  const unread = await Promise.all(listed.map((occurrences) => unreadSeries(occurrences, position)));
  const whole = series.filter((_, index) => unread[index]?.extent !== "unknown");
  const unlisted = listed.flatMap(({ unread: parts }, index) =>
    parts === null ? (unread[index] ?? []) : [],
  );
  const failing = Object.fromEntries([
    ...Object.entries(position.failing).filter(([id]) => !series.includes(id)),
    ...unlisted.map(({ key, version }) => [key, version]),
  ]);
  return {
    rows: {
      upserts: listed.flatMap(({ upserts }) => upserts),
      // While the event was single, its row had the key that is now the series' id.
      removedKeys: whole,
      removedSeries: whole,
      unreadable: unread.flatMap((object) => object ?? []),
    },
    next: { ...position, series: position.series.slice(PLACES), failing },
  };
}

/** The occurrences of one series. */
interface Occurrences {
  readonly masterId: string;
  readonly upserts: readonly BusyEvent[];
  /** The occurrences that couldn't be read to the end; null: the series can't be listed now. */
  readonly unread: readonly (Unread & { readonly etag: string })[] | null;
}

/**
 * Lists a series. The delta has just named it, so an answer that it isn't there proves nothing (M50). A series that
 * was deleted meanwhile is named as removed by the next round.
 */
async function occurrencesOf(
  api: GraphApi,
  calendarId: string,
  masterId: string,
  place: Place,
  mayBeLeft: boolean,
): Promise<Occurrences> {
  const list = () => attempt(api.listOccurrences(calendarId, masterId, place.window), ["gone"]);
  const events = mayBeLeft ? await readOrLeave(list, api.listCalendars) : await list();
  if (events === null || events instanceof ProviderError) return { masterId, upserts: [], unread: null };
  const rows = events.map((event: Row) => ({ event, ...rowOf(event, place) }));
  // Of a repeated row the last one counts.
  const upserts = new Map(rows.flatMap(({ busy }) => (busy === null ? [] : [[busy.key, busy] as const])));
  return {
    masterId,
    upserts: [...upserts.values()].map((busy) => ({ ...busy, seriesKey: masterId })),
    unread: rows.flatMap(({ event, unread }) =>
      unread === null ? [] : [{ ...unread, etag: event["@odata.etag"] ?? event.id }],
    ),
  };
}

const MISSING: Unread = { reason: "series_missing", extent: "unknown", startsAt: null, endsBy: null };

/** The version of a series that a round named and that can't be listed: a change names it again. */
const versionOf = ({ link }: Position): Promise<string> => identityDigest(link ?? "");

/** A series that couldn't be read to the end; null where it was. Its version is that of its unread occurrences. */
async function unreadSeries(
  { masterId: key, unread }: Occurrences,
  position: Position,
): Promise<UnreadableObject | null> {
  if (unread === null) {
    return { ...MISSING, key, version: position.failing[key] ?? (await versionOf(position)) };
  }
  const whole = joined(unread.map(({ etag: _, ...part }) => part));
  const version = await identityDigest(...unread.map(({ etag }) => etag));
  return whole === null ? null : { ...whole, key, version };
}

const startOf = (window: Interval): Position => ({
  v: 1,
  mode: "snapshot",
  startsAt: window.startsAt,
  endsAt: window.endsAt,
  link: null,
  half: "changes",
  series: [],
  failing: {},
});

function readCursor(cursor: string): Position {
  try {
    return Position.parse(JSON.parse(cursor));
  } catch {
    throw new ProviderError({ kind: "resync", code: "unreadable_cursor" });
  }
}

function after(position: Position, page: EventsPage): Position {
  const { "@odata.nextLink": nextLink, "@odata.deltaLink": deltaLink } = page;
  if (nextLink !== undefined) return { ...position, link: nextLink };
  if (deltaLink === undefined) throw new ProviderError({ kind: "unsupported", code: "delta_link_missing" });
  const series = [...new Set([...position.series, ...Object.keys(position.failing)])];
  return { ...position, link: deltaLink, half: "series", series };
}
