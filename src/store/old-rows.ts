// Old rows: deletes what nobody needs any longer, in pieces, so that no write keeps bookings waiting.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../domain/instant.ts";
import { REMEMBERED, setForgotten } from "./booking-texts.ts";
import type { Database, Statement } from "./db.ts";

/**
 * The most rows that one write deletes, or that one search looks at. A write of them takes a few hundredths of a
 * second.
 */
export const PIECE_ROWS = 500;

/** What one piece of a purge has done. */
export interface Piece {
  readonly deleted: number;
  /** Where the next piece begins; null: nothing is left. */
  readonly next: number | null;
}

/** A piece that looked at rows that may stay. */
export interface SearchedPiece extends Piece {
  /** Notices that were never sent. */
  readonly untold: number;
}

type Result = Awaited<ReturnType<Database["read"]>>[number] | undefined;

const numberIn = (result: Result, name: string): number => Number(result?.rows[0]?.[name] ?? 0);

/** Whatever isn't deleted now is found by the next piece, which begins at the oldest row again. */
async function deleteOldest(db: Database, statements: readonly Statement[]): Promise<Piece> {
  const results = await db.write(statements);
  const deleted = results.at(-1)?.rowsAffected ?? 0;
  return { deleted, next: deleted < PIECE_ROWS ? null : 0 };
}

/** The oldest rows of a table, by a column with an index. `table` and `column` are names of the schema. */
function oldest(table: string, column: string, before: Instant, where = sql``): SQL {
  const [from, by] = [sql.raw(table), sql.raw(column)];
  return sql`FROM ${from} WHERE ${by} < ${before} ${where} ORDER BY ${by} LIMIT ${PIECE_ROWS}`;
}

const deleteBefore =
  (table: string, column: string, where = sql``) =>
  (db: Database, before: Instant) =>
    deleteOldest(db, [
      sql`DELETE FROM ${sql.raw(table)} WHERE rowid IN (SELECT rowid ${oldest(table, column, before, where)})`,
    ]);

/** Forgets syncs that started before an instant. */
export const purgeSyncRuns = deleteBefore("sync_runs", "started_at");

/** Forgets what syncs did on days before a day, counted from 1970 in UTC. */
export const purgeSyncDays = deleteBefore("sync_days", "day");

/** Forgets sales that were lost before a day, counted from 1970. */
export const purgeLostSales = deleteBefore("lost_sales", "day");

/** Forgets refusals so old that no sending of their batch can still arrive. */
export const purgeRefusals = deleteBefore("refusals", "refused_at");

/** Forgets lapsed channels: nobody can close them, and they send nothing. */
export const purgeLapsedChannels = deleteBefore("channels", "expires_at");

/** Forgets jobs that were given up before an instant. */
export const purgeDeadJobs = deleteBefore("dead_jobs", "failed_at");

/** Forgets what was done before an instant. */
export const purgeActs = deleteBefore("acts", "at");

/** Forgets what was erased before an instant. */
export const purgeErasures = deleteBefore("erasures", "done_at");

/** Forgets texts and clients of bookings that ended before an instant. Their times and states stay, for analytics. */
export const forgetTexts = (db: Database, before: Instant): Promise<Piece> =>
  deleteOldest(db, [
    sql`UPDATE bookings SET ${setForgotten()}
        WHERE rowid IN (SELECT rowid ${oldest("bookings", "ends_at", before, sql`AND ${REMEMBERED}`)})`,
  ]);

/** Forgets holds that expired before an instant, with their busy rows. */
export function purgeHolds(db: Database, before: Instant): Promise<Piece> {
  const old = oldest("holds", "expires_at", before);
  return deleteOldest(db, [
    // A booking may have the id of the hold that it came from, and the row of a booking stays.
    sql`DELETE FROM busy WHERE status = 'hold' AND (connection_number, event_key, agent_number, starts_at) IN
          (SELECT 0, h.hold_id, a.number, h.starts_at
           FROM (SELECT agent_id, hold_id, starts_at ${old}) h JOIN agents a ON a.agent_id = h.agent_id)`,
    sql`DELETE FROM holds WHERE rowid IN (SELECT rowid ${old})`,
  ]);
}

/** Forgets rows of our own bookings that ended before an instant. */
export const purgeOwnRows = deleteBefore("busy", "ends_at", sql`AND connection_number = 0`);

/**
 * Looks at the rows after `after` in the order of their keys, and deletes those that may go. For tables in which old
 * rows may stay: a search from the start would read them again for each piece.
 */
async function searchPiece(
  db: Database,
  input: { table: string; key: string; after: number; upTo: SQL; isOver: SQL; isUntold: SQL },
  willDelete: (untold: number) => void,
): Promise<SearchedPiece> {
  const { after, upTo, isOver, isUntold } = input;
  const [table, key] = [sql.raw(input.table), sql.raw(input.key)];
  const [found] = await db.read([
    sql`SELECT MAX(place) AS last, COUNT(*) AS seen, SUM(is_over) AS deletable, SUM(is_over AND is_untold) AS untold
        FROM (SELECT ${key} AS place, ${isOver} AS is_over, ${isUntold} AS is_untold FROM ${table}
          WHERE ${key} > ${after} AND ${upTo} ORDER BY ${key} LIMIT ${PIECE_ROWS})`,
  ]);
  const last = numberIn(found, "last");
  const [deleted, untold] = [numberIn(found, "deletable"), numberIn(found, "untold")];
  if (untold > 0) willDelete(untold);
  // Pieces without anything to delete keep nobody waiting.
  if (deleted > 0) {
    await db.write([sql`DELETE FROM ${table} WHERE ${key} > ${after} AND ${key} <= ${last} AND ${isOver}`]);
  }
  return { deleted, untold, next: numberIn(found, "seen") < PIECE_ROWS ? null : last };
}

/**
 * Forgets the orphaned events of bookings that are over. Those of an agent who is being erased stay, although their
 * bookings are gone: the erasure removes these events from the calendars, or counts them.
 */
export const purgeOrphanedEvents = (db: Database, input: { now: Instant; after: number }): Promise<Piece> =>
  searchPiece(
    db,
    {
      ...{ table: "left_behind", key: "rowid", after: input.after, upTo: sql`1`, isUntold: sql`0` },
      isOver: sql`NOT EXISTS (SELECT 1 FROM bookings k WHERE k.agent_id = left_behind.agent_id
        AND k.booking_id = left_behind.booking_id AND k.ends_at > ${input.now})
        AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.agent_id = left_behind.agent_id AND e.done_at IS NULL)`,
    },
    () => {},
  );

/** Which notices may be forgotten: those created before `before`. `url` null: no receiver is configured. */
interface OldNotices {
  readonly before: Instant;
  readonly url: string | null;
  readonly now: Instant;
  readonly after: number;
}

/**
 * Forgets old notices that were sent, and those that nobody wanted for as long. A notice that was given up stays,
 * because somebody may still want it, and one with a once key stays until its booking is over.
 * @param willDelete hears, before the deletion, of how many notices that were never sent. If the deletion fails, the
 *   next one counts them again
 */
export function purgeNotices(
  db: Database,
  { before, url, now, after }: OldNotices,
  willDelete: (untold: number) => void,
): Promise<SearchedPiece> {
  const nobodyListens = sql`EXISTS (SELECT 1 FROM disabled_endpoints WHERE url = ${url} AND disabled_at < ${before})`;
  // It waits, all this time the receiver wanted no more or there was none, and nobody replayed it.
  const isUnwanted = sql`(state = 'pending' AND updated_at < ${before} AND ${url === null ? sql`1` : nobodyListens})`;
  const isOld = sql`created_at < ${before} AND (once_key IS NULL OR NOT EXISTS (SELECT 1 FROM bookings k
    WHERE k.agent_id = notices.agent_id AND k.booking_id = substr(notices.subject, 1 + length('booking:'))
      AND k.ends_at > ${now}))`;
  return searchPiece(
    db,
    {
      ...{ table: "notices", key: "sequence", after, isUntold: isUnwanted },
      upTo: sql`sequence <= (SELECT o.sequence FROM notices o WHERE o.created_at < ${before}
        ORDER BY o.created_at DESC, o.sequence DESC LIMIT 1)`,
      isOver: sql`(${isOld} AND (state = 'sent' OR ${isUnwanted}))`,
    },
    willDelete,
  );
}
