// Unreadable objects: what a calendar holds that couldn't be read to the end, and what the agent says about it.

import type { InferSelectModel } from "drizzle-orm";
import { sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Page, UnreadableObject } from "../../providers/provider.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { aboutAccount, insertNotice } from "../outbox/notices.ts";
import { unreadableObjects } from "../schema/unreadable.ts";
import { type Lease, underLease } from "./page-rows.ts";

/** An unreadable object as stored. */
export type UnreadableRow = InferSelectModel<typeof unreadableObjects>;

/** An object in the version that somebody has seen. */
export type SeenObject = Pick<UnreadableObject, "key" | "version">;

/**
 * Statements that apply a page to the unreadable objects. An object that the page names as read or gone is forgotten,
 * and one that couldn't be read is remembered. Another version of one that the agent counted as free is outstanding
 * again. What has ended by any reading needn't be remembered.
 */
export function noteUnreadable(
  lease: Lease,
  page: Pick<Page, "upserts" | "removedKeys" | "removedSeries" | "unreadable">,
  generation: number,
  now: Instant,
): Statement[] {
  const unreadable = page.unreadable ?? [];
  const lasting = unreadable.filter(({ endsBy }) => endsBy === null || endsBy > now);
  const remembered = new Set(lasting.map(({ key }) => key));
  const named = new Set([
    ...page.removedKeys,
    ...page.removedSeries,
    ...[...page.upserts, ...unreadable].map(({ key }) => key),
  ]);
  const read = [...named].filter((key) => !remembered.has(key));
  return [
    sql`DELETE FROM unreadable_objects WHERE connection_id = ${lease.connection.id}
          AND object_key IN (SELECT value FROM json_each(${JSON.stringify(read)})) AND ${underLease(lease)}`,
    ...remember(lease, lasting, generation, now),
  ];
}

/** Statements that remember what a strip of the window holds. A strip says nothing about objects known before. */
export function addUnreadable(
  lease: Lease,
  unreadable: readonly UnreadableObject[],
  generation: number,
  now: Instant,
): Statement[] {
  const known = sql`SELECT object_key FROM unreadable_objects WHERE connection_id = ${lease.connection.id}`;
  return remember(lease, unreadable, generation, now, sql`e.value ->> 'key' NOT IN (${known})`);
}

function remember(
  lease: Lease,
  objects: readonly UnreadableObject[],
  generation: number,
  now: Instant,
  which = sql`1`,
): Statement[] {
  if (objects.length === 0) return [];
  const { id } = lease.connection;
  const listed = sql`json_each(${JSON.stringify(objects)}) e`;
  const when = sql`${underLease(lease)} AND ${which}`;
  return [
    insertNotice({
      kind: "calendar.unreadable",
      agentId: sql`c.agent_id`,
      subject: aboutAccount(sql`c.account_id`),
      onceKey: null,
      data: sql`json_object('accountId', c.account_id, 'provider', c.provider, 'connectionId', c.id,
        'count', COUNT(*), 'unknown', SUM(e.value ->> 'extent' = 'unknown'),
        'reasons', json(json_group_array(DISTINCT e.value ->> 'reason')))`,
      from: sql`connections c CROSS JOIN ${listed} WHERE c.id = ${id} AND c.closing_at IS NULL AND ${when}
        AND NOT EXISTS (SELECT 1 FROM unreadable_objects u WHERE u.connection_id = c.id
          AND u.object_key = e.value ->> 'key' AND u.version = e.value ->> 'version')
        GROUP BY c.id`,
      now,
    }),
    sql`INSERT INTO unreadable_objects (connection_id, object_key, version, reason, extent, starts_at, ends_by,
          generation, first_seen_at)
        SELECT ${id}, e.value ->> 'key', e.value ->> 'version', e.value ->> 'reason', e.value ->> 'extent',
          e.value ->> 'startsAt', e.value ->> 'endsBy', ${generation}, ${now} FROM ${listed} WHERE ${when}
        ON CONFLICT (connection_id, object_key) DO UPDATE SET version = excluded.version,
          reason = excluded.reason, extent = excluded.extent, starts_at = excluded.starts_at,
          ends_by = excluded.ends_by, generation = excluded.generation,
          first_seen_at = IIF(version = excluded.version, first_seen_at, excluded.first_seen_at),
          counted_free_at = IIF(version = excluded.version, counted_free_at, NULL)`,
  ];
}

/** Statement: forgets the unreadable objects that a finished snapshot didn't name. */
export const sweepUnreadable = (lease: Lease, generation: number): Statement =>
  sql`DELETE FROM unreadable_objects WHERE connection_id = ${lease.connection.id} AND generation < ${generation}
        AND ${underLease(lease)}`;

/** Statement: forgets what has ended by any reading. */
export const forgetEnded = (lease: Lease, now: Instant): Statement =>
  sql`DELETE FROM unreadable_objects WHERE connection_id = ${lease.connection.id} AND ends_by <= ${now}
        AND ${underLease(lease)}`;

/** Statement: the reasons of what was first seen at `now`. */
export const selectAppeared = (connectionId: string, now: Instant): Statement =>
  sql`SELECT reason FROM unreadable_objects WHERE connection_id = ${connectionId} AND first_seen_at = ${now}`;

/** What a calendar holds that couldn't be read and hasn't ended: outstanding objects first, then by their start. */
export async function readUnreadable(
  db: Database,
  { connectionId, limit, now }: { connectionId: string; limit: number; now: Instant },
): Promise<UnreadableRow[]> {
  const [result] = await db.read([
    sql`SELECT u.* FROM unreadable_objects u
          WHERE u.connection_id = ${connectionId} AND (u.ends_by IS NULL OR u.ends_by > ${now})
        ORDER BY u.counted_free_at IS NOT NULL, u.starts_at, u.object_key LIMIT ${limit}`,
  ]);
  return rowsOf(unreadableObjects, result);
}

/**
 * Counts these objects as free, in exactly these versions: all of them, or none where one has another version by now
 * or is no longer there. Returns whether it was done.
 */
export async function countFree(
  db: Database,
  input: { connectionId: string; objects: readonly SeenObject[]; now: Instant },
): Promise<boolean> {
  const { connectionId, objects, now } = input;
  const seen = sql`json_each(${JSON.stringify(objects)}) e`;
  const changed = sql`SELECT 1 FROM ${seen} WHERE NOT EXISTS (SELECT 1 FROM unreadable_objects u
    WHERE u.connection_id = ${connectionId} AND u.object_key = e.value ->> 'key'
      AND u.version = e.value ->> 'version')`;
  const [, found] = await db.write([
    sql`UPDATE unreadable_objects SET counted_free_at = COALESCE(counted_free_at, ${now})
        WHERE connection_id = ${connectionId} AND object_key IN (SELECT e.value ->> 'key' FROM ${seen})
          AND NOT EXISTS (${changed})`,
    changed,
  ]);
  return found?.rows.length === 0;
}
