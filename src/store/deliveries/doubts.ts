// Copies: the events of bookings in calendars, when a pull doesn't find them as we left them.

import { type SQL, sql } from "drizzle-orm";
import { type Instant, MINUTE_MS } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { Page } from "../../providers/provider.ts";
import type { PullScope } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";
import { selectUnsentNotices } from "../outbox/notices.ts";

/** How long after our own write a copy isn't looked at: providers may show an older state so long (C35). */
const SETTLED_MS = 2 * MINUTE_MS;

/** SQL: of the reader's calendar, delivered, and of a booking that is to be seen there now or later. */
const shown = ({ connectionId, underLease, now }: PullScope): SQL =>
  sql`connection_id = ${connectionId} AND ${underLease} AND state = 'delivered'
    AND EXISTS (SELECT 1 FROM bookings k WHERE k.agent_id = deliveries.agent_id
      AND k.booking_id = deliveries.booking_id AND k.state = 'confirmed' AND k.ends_at > ${now})`;

const suspect = (reader: PullScope, which: SQL): SQL =>
  sql`SET look_due_at = COALESCE(look_due_at, MAX(${reader.now}, updated_at + ${SETTLED_MS}))
      WHERE ${shown(reader)} AND ${which}`;

// Named, as the planner would rather read every delivery of the calendar with each page.
const BY_EVENT = sql.raw("deliveries INDEXED BY deliveries_external");

/**
 * Statements: what a page says about copies that we have delivered. One that stands elsewhere, is named as gone, or has
 * become a series is to be looked at. It also notes which copies it has named: a snapshot all, others those that none
 * had named before.
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
    statements.push(sql`UPDATE ${BY_EVENT} ${suspect(reader, moved)}`);
    const unnamed = page.mode === "snapshot" ? sql`1` : sql`seen_generation < 0`;
    statements.push(
      sql`UPDATE ${BY_EVENT} SET seen_generation = ${generation}
          WHERE connection_id = ${reader.connectionId} AND ${reader.underLease} AND ${named} AND ${unnamed}`,
    );
  }
  if (gone.size > 0) {
    const named = sql`external_id IN (SELECT value FROM json_each(${JSON.stringify([...gone])}))`;
    statements.push(sql`UPDATE ${BY_EVENT} ${suspect(reader, named)}`);
  }
  return [...statements, doubtWrites(reader, standing, gone)];
}

/**
 * Statement: what is being written just now, and a page says of it that it stands elsewhere, or may be gone, is to be
 * looked at once it has been written: nobody knows which of both came first. Of a first write the event's id isn't
 * known yet, so it goes by the mark, and anything that is gone may be it.
 */
const doubtWrites = (reader: PullScope, standing: string, gone: ReadonlySet<string>): Statement =>
  sql`UPDATE deliveries INDEXED BY deliveries_lease SET look_due_at = ${reader.now + SETTLED_MS}
      WHERE connection_id = ${reader.connectionId} AND lease_until > ${reader.now} AND ${reader.underLease}
        AND state = 'pending' AND (
          ${gone.size > 0 ? sql`COALESCE(external_id IN (SELECT value FROM json_each(${JSON.stringify([...gone])})), 1)` : sql`0`}
          OR EXISTS (SELECT 1 FROM json_each(${standing}) e JOIN bookings k
            ON k.agent_id = deliveries.agent_id AND k.booking_id = deliveries.booking_id
            WHERE (e.value ->> 'key' = deliveries.external_id OR e.value ->> 'booking' = k.booking_id)
              AND (e.value ->> 'at' <> k.starts_at OR e.value ->> 'end' <> k.ends_at)))`;

/** Statement: copies that a whole snapshot of the window hasn't named are to be looked at. */
export const noteMissingEvents = (
  reader: PullScope,
  { generation, window, since }: { generation: number; window: Interval; since: Instant },
): Statement =>
  sql`UPDATE deliveries ${suspect(
    reader,
    sql`external_id IS NOT NULL AND seen_generation < ${generation} AND updated_at < ${since}
      AND delivered_starts_at < ${window.endsAt} AND delivered_ends_at > ${window.startsAt}`,
  )}`;

/**
 * Statement: of copies beyond the window a snapshot says nothing, and what has become of them meanwhile is told to
 * nobody any more. They count as unnamed until a round whose window has reached them names them.
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
 * Statement: copies that were written before a round began, and that neither it nor an earlier one has named, are to be
 * looked at. What comes and goes between two rounds need not be told (RFC 6578), and is unknown to those who
 * compare lists of names.
 */
export const noteUnnamedEvents = (
  reader: PullScope,
  { window, since }: { window: Interval; since: Instant },
): Statement =>
  sql`UPDATE deliveries INDEXED BY deliveries_unnamed ${suspect(
    reader,
    sql`seen_generation < 0 AND external_id IS NOT NULL AND updated_at < ${since}
      AND delivered_starts_at < ${window.endsAt} AND delivered_ends_at > ${window.startsAt}`,
  )}`;

/** What a page has made known, for whoever applied it to act on. */
export interface FollowUp {
  /** Bookings whose copies are to be looked at now. */
  readonly toReconcile: readonly string[];
  /** Notices wait to be sent. */
  readonly noticesWaiting: boolean;
}

/** Statements that read the news of a page. */
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
