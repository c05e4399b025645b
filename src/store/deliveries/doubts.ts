// Doubts: marks events of bookings for reconciliation when a pull doesn't find them as we left them.

import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { Page } from "../../providers/provider.ts";
import type { PullScope } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";
import { selectUnsentNotices } from "../outbox/notices.ts";

/** SQL: the delivery is delivered, and of a confirmed booking that isn't over. */
const living = (now: Instant): SQL =>
  sql`state = 'delivered' AND EXISTS (SELECT 1 FROM bookings k WHERE k.agent_id = deliveries.agent_id
      AND k.booking_id = deliveries.booking_id AND k.state = 'confirmed' AND k.ends_at > ${now})`;

/** SQL: the delivery is in the reader's calendar and living. */
const shown = ({ connectionId, underLease, now }: PullScope): SQL =>
  sql`connection_id = ${connectionId} AND ${underLease} AND ${living(now)}`;

const doubt = (reader: PullScope, which: SQL): SQL =>
  sql`SET look_due_at = COALESCE(look_due_at, MAX(${reader.now}, updated_at + ${reader.doubtAfterMs}))
      WHERE ${shown(reader)} AND ${which}`;

// The index is named, because the planner would rather read every delivery of the calendar with each page.
const BY_EVENT = sql.raw("deliveries INDEXED BY deliveries_external");

/**
 * Statements: what a page says about our delivered events. An event that was moved, is named as gone, or became a
 * series must be reconciled. The statements also note which events the page named: a page of a snapshot notes all of
 * them, a page of a delta only those that no pull has named since our write.
 */
export function noteDeliveredEvents(
  reader: PullScope,
  page: Pick<Page, "mode" | "upserts" | "removedKeys" | "removedSeries">,
  generation: number,
): Statement[] {
  const keys = new Set(page.upserts.map(({ key }) => key));
  const standing = JSON.stringify(
    page.upserts.map(({ key, bookingId, startsAt, endsAt }) => ({
      ...{ key, booking: bookingId, at: startsAt, end: endsAt },
    })),
  );
  const series = page.upserts.flatMap(({ seriesKey }) => seriesKey ?? []);
  const gone = new Set(
    [...page.removedKeys, ...page.removedSeries, ...series].filter((key) => !keys.has(key)),
  );
  const statements: Statement[] = [];
  if (keys.size > 0) {
    const named = sql`external_id IN (SELECT value FROM json_each(${JSON.stringify([...keys])}))`;
    const moved = sql`${named} AND EXISTS (SELECT 1 FROM json_each(${standing}) e
      WHERE e.value ->> 'key' = deliveries.external_id AND (e.value ->> 'at' <> deliveries.delivered_starts_at
        OR e.value ->> 'end' <> deliveries.delivered_ends_at))`;
    statements.push(sql`UPDATE ${BY_EVENT} ${doubt(reader, moved)}`);
    const wasUnnamed = page.mode === "snapshot" ? sql`1` : sql`seen_generation < 0`;
    statements.push(
      sql`UPDATE ${BY_EVENT} SET seen_generation = ${generation}
          WHERE connection_id = ${reader.connectionId} AND ${reader.underLease} AND ${named} AND ${wasUnnamed}`,
    );
  }
  if (gone.size > 0) {
    const named = sql`external_id IN (SELECT value FROM json_each(${JSON.stringify([...gone])}))`;
    statements.push(sql`UPDATE ${BY_EVENT} ${doubt(reader, named)}`);
  }
  return [...statements, doubtWrites(reader, standing, gone)];
}

/**
 * Statement: doubts events that are being written right now. Where a page says that such an event was moved or may be
 * gone, it must be reconciled after the write, because nobody knows which of the two came first. The event id of a
 * first write isn't known yet: the mark identifies the event, and anything that is gone may be it.
 */
const doubtWrites = (reader: PullScope, standing: string, gone: ReadonlySet<string>): Statement =>
  sql`UPDATE deliveries INDEXED BY deliveries_lease SET look_due_at = ${reader.now + reader.doubtAfterMs}
      WHERE connection_id = ${reader.connectionId} AND lease_until > ${reader.now} AND ${reader.underLease}
        AND state = 'pending' AND (
          ${gone.size > 0 ? sql`COALESCE(external_id IN (SELECT value FROM json_each(${JSON.stringify([...gone])})), 1)` : sql`0`}
          OR EXISTS (SELECT 1 FROM json_each(${standing}) e JOIN bookings k
            ON k.agent_id = deliveries.agent_id AND k.booking_id = deliveries.booking_id
            WHERE (e.value ->> 'key' = deliveries.external_id OR e.value ->> 'booking' = k.booking_id)
              AND (e.value ->> 'at' <> k.starts_at OR e.value ->> 'end' <> k.ends_at)))`;

/** Statement: events that a whole snapshot of the window didn't name must be reconciled. */
export const noteMissingEvents = (
  reader: PullScope,
  { generation, window, since }: { generation: number; window: Interval; since: Instant },
): Statement =>
  sql`UPDATE deliveries ${doubt(
    reader,
    sql`external_id IS NOT NULL AND seen_generation < ${generation} AND updated_at < ${since}
      AND delivered_starts_at < ${window.endsAt} AND delivered_ends_at > ${window.startsAt}`,
  )}`;

/**
 * Statement: a snapshot says nothing about events beyond its window, and no later delta reports what happened to them
 * before it. They count as unnamed until a round whose window reaches them names them.
 */
export const forgetDistantEvents = (
  { connectionId, underLease }: PullScope,
  { generation, window, since }: { generation: number; window: Interval; since: Instant },
): Statement =>
  sql`UPDATE deliveries SET seen_generation = -1
      WHERE connection_id = ${connectionId} AND ${underLease} AND state = 'delivered' AND external_id IS NOT NULL
        AND seen_generation < ${generation} AND updated_at < ${since}
        AND delivered_starts_at >= ${window.endsAt}`;

/**
 * Statement: events that were written before a round began, and that neither it nor an earlier round named, must be
 * reconciled. A server need not report an event that came and went between two rounds (RFC 6578), and comparing two
 * lists of names can't find it.
 */
export const noteUnnamedEvents = (
  reader: PullScope,
  { window, since }: { window: Interval; since: Instant },
): Statement =>
  sql`UPDATE deliveries INDEXED BY deliveries_unnamed ${doubt(reader, isUnnamed(since, window))}`;

const isUnnamed = <T>(since: T, window: { readonly startsAt: T; readonly endsAt: T }): SQL =>
  sql`seen_generation < 0 AND external_id IS NOT NULL AND updated_at < ${since}
      AND delivered_starts_at < ${window.endsAt} AND delivered_ends_at > ${window.startsAt}`;

/** SQL: a round of the row of `connections` that names nothing would doubt an event. Its values are SQL. */
export const hasUnnamedEvent = (round: {
  readonly since: SQL;
  readonly window: { readonly startsAt: SQL; readonly endsAt: SQL };
  readonly now: Instant;
}): SQL =>
  sql`EXISTS (SELECT 1 FROM deliveries INDEXED BY deliveries_unnamed WHERE connection_id = connections.id
    AND ${isUnnamed(round.since, round.window)} AND look_due_at IS NULL AND ${living(round.now)})`;

/** What a page of a pull wakes beside busy time. */
export interface FollowUp {
  /** Bookings whose events must be reconciled now. */
  readonly toReconcile: readonly string[];
  /** Notices wait to be sent. */
  readonly noticesWaiting: boolean;
}

/** Statements that read the follow-up of a page. */
export const selectFollowUp = (connectionId: string, now: Instant): [Statement, Statement] => [
  sql`SELECT booking_id FROM deliveries INDEXED BY deliveries_look_due
      WHERE look_due_at IS NOT NULL AND look_due_at <= ${now} AND connection_id = ${connectionId}`,
  selectUnsentNotices(now),
];

type Results = readonly (Awaited<ReturnType<Database["read"]>>[number] | undefined)[];

/** Reads the answers to `selectFollowUp`. */
export const followUpOf = ([due, noticesWaiting]: Results): FollowUp => ({
  toReconcile: (due?.rows ?? []).map((row) => String(row["booking_id"])),
  noticesWaiting: (noticesWaiting?.rows.length ?? 0) > 0,
});
