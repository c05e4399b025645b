// Stored series: reduced series, kept for the day the window moves in calendars that can't list a strip of time.
import { type SQL, sql } from "drizzle-orm";
import type { Interval } from "../../domain/interval.ts";
import type { Page, StoredSeries, UnreadableObject } from "../../providers/provider.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { storedSeries } from "../schema/busy.ts";

/**
 * Can an object that couldn't be read take time beyond the window? Otherwise its stored series, which is of a version
 * before, has nothing more to say.
 */
const mayGoBeyond = ({ endsBy }: Pick<UnreadableObject, "endsBy">, window: Interval): boolean =>
  endsBy === null || endsBy > window.endsAt;

/**
 * Statements that apply a page to the stored series: series that the page touches are forgotten, and series that it
 * keeps are stored. A series that couldn't be read survives the snapshot as its rows do (P2).
 * @param covered the cached window
 */
export function storeSeries(
  connectionId: string,
  page: Pick<Page, "upserts" | "removedKeys" | "removedSeries" | "kept" | "unreadable">,
  { generation, covered, underLease }: { generation: number; covered: Interval; underLease: SQL },
): Statement[] {
  const { kept, unreadable = [] } = page;
  if (kept === undefined) return [];
  const touched = new Set([
    ...page.removedKeys,
    ...page.removedSeries,
    ...page.upserts.flatMap(({ seriesKey }) => seriesKey ?? []),
    ...unreadable.flatMap((object) => (mayGoBeyond(object, covered) ? [] : [object.key])),
  ]);
  const named = (keys: Iterable<string>) =>
    sql`connection_id = ${connectionId}
          AND series_key IN (SELECT value FROM json_each(${JSON.stringify([...keys])})) AND ${underLease}`;
  return [
    sql`DELETE FROM kept_series WHERE ${named(touched)}`,
    sql`INSERT OR REPLACE INTO kept_series (connection_id, series_key, reduced, generation)
        SELECT ${connectionId}, e.value ->> 'seriesKey', e.value ->> 'reduced', ${generation}
        FROM json_each(${JSON.stringify(kept)}) e WHERE ${underLease}`,
    ...(unreadable.length === 0
      ? []
      : [
          sql`UPDATE kept_series SET generation = ${generation} WHERE ${named(unreadable.map(({ key }) => key))}`,
        ]),
  ];
}

/** Statement: forgets the series that a finished snapshot didn't name. */
export function sweepStoredSeries(connectionId: string, generation: number, underLease: SQL): Statement {
  return sql`DELETE FROM kept_series WHERE connection_id = ${connectionId} AND generation < ${generation}
    AND ${underLease}`;
}

/** All stored series of a calendar. */
export async function readStoredSeries(db: Database, connectionId: string): Promise<StoredSeries[]> {
  const [result] = await db.read([
    sql`SELECT * FROM kept_series WHERE connection_id = ${connectionId} ORDER BY series_key`,
  ]);
  return rowsOf(storedSeries, result).map(({ seriesKey, reduced }) => ({ seriesKey, reduced }));
}
