// Slot guard: the SQL conditions under which a slot is sold, checked in the batch that sells it.

import { type SQL, sql } from "drizzle-orm";
import { horizonAt, type Own } from "../../domain/conflicts.ts";
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import { type Interval, MAX_ROW_MS } from "../../domain/interval.ts";
import type { SlotRules } from "../../domain/rules.ts";
import { MAX_BUFFER_MS } from "../../domain/settings.ts";
import { BLOCKING, BLOCKS_BY_RULES, beingErased, doubted, numberOfAgent, unexpired } from "../conditions.ts";
import type { Statement } from "../db.ts";
import { unrefused } from "./refusals.ts";

/** The circumstances under which a slot may be sold. */
export interface Guard {
  /** Calendars that count must have been verified at or after this instant. */
  readonly verifiedSince: Instant;
  /** Connections excused from that, because the agent's settings allow calendars that couldn't be verified. */
  readonly excused: readonly string[];
  /** Null: the caller hasn't checked, so only an agent who has neither hours nor limits can be booked. */
  readonly checked: CheckedSettings | null;
  /** Ignores everything but the past and the agent's bookings and holds. */
  readonly force: boolean;
  /** With `force`: also sells a slot that has begun, because the agent put the event there. */
  readonly past: boolean;
}

/**
 * What the caller found by the agent's settings, because it needs time zones, which SQL can't compute. If the settings
 * have changed since then, the sale is refused.
 */
export interface CheckedSettings {
  /** The revision of the settings by which the slot is within hours and days. */
  readonly revision: number | SQL;
  /** The local date and week in which the slot starts. */
  readonly day: Span;
  readonly week: Span;
}

/** An interval, or SQL that says it for each of several agents. */
export type Span = { readonly [Bound in keyof Interval]: Instant | SQL };

/** A request for a slot, with the guard under which it may be sold. */
export interface GuardedRequest {
  readonly agentId: string;
  readonly slot: Interval;
  readonly own: Own;
  /** The rules of the request, which narrow the agent's own. */
  readonly rules: SlotRules;
  readonly guard: Guard;
  /** Names the one batch that tries to sell it. */
  readonly writeId: string;
  readonly now: Instant;
}

/**
 * SQL: something blocks the slot by the agent's rules. It decides like `domain/conflicts.ts`, and a property test
 * compares the two. `a` must name the agent's row.
 */
function blockedSql({ slot, own, rules, guard, now }: GuardedRequest): SQL {
  // Ids are never empty, so an empty id matches nothing.
  const { bookingId = "", holdId = "" } = own;
  const { bufferBeforeMs, bufferAfterMs } = rules;
  const outside = sql`OR (b.connection_number <> 0
        AND b.starts_at < ${slot.endsAt} + MAX(a.buffer_after_ms, ${bufferAfterMs})
        AND b.ends_at > ${slot.startsAt} - MAX(a.buffer_before_ms, ${bufferBeforeMs})
        AND ${BLOCKS_BY_RULES}
        AND EXISTS (SELECT 1 FROM connections c WHERE c.number = b.connection_number AND ${BLOCKING}))`;
  return sql`EXISTS (
    SELECT 1 FROM busy b
    WHERE b.agent_number = a.number
      AND b.starts_at < ${slot.endsAt + MAX_BUFFER_MS}
      AND b.starts_at > ${slot.startsAt - MAX_BUFFER_MS - MAX_ROW_MS}
      AND b.booking_id IS NOT ${bookingId} AND NOT (b.status = 'hold' AND b.event_key = ${holdId})
      AND ${unexpired(now)}
      AND ((b.connection_number = 0
        AND b.starts_at < ${slot.endsAt}
          + MAX(a.buffer_after_ms, a.buffer_before_ms, ${bufferAfterMs}, COALESCE(b.buffer_before_ms, 0))
        AND b.ends_at > ${slot.startsAt}
          - MAX(a.buffer_before_ms, a.buffer_after_ms, ${bufferBeforeMs}, COALESCE(b.buffer_after_ms, 0)))
        ${guard.force ? sql`` : outside}))`;
}

/**
 * SQL: a calendar that counts was verified earlier than the guard allows, is known to have changed since, doesn't
 * cover the slot, or is in a doubt that only a person can end. `a` must name the agent's row.
 */
function staleSql({ guard, slot, now }: GuardedRequest): SQL {
  return sql`EXISTS (
    SELECT 1 FROM connections c WHERE c.agent_id = a.agent_id AND ${BLOCKING}
      AND (COALESCE(c.verified_at, -1) < ${guard.verifiedSince} OR c.dirty > c.clean
        OR COALESCE(c.window_starts_at > ${slot.startsAt} OR c.window_ends_at < ${slot.endsAt}, 1)
        OR ${doubted(now)})
      AND c.id NOT IN (SELECT value FROM json_each(${JSON.stringify(guard.excused)})))`;
}

/** SQL: the instant from which the minimum notice counts: when the request's hold on the slot began, else now. */
function minimumNoticeFrom({ agentId, slot, own, now }: GuardedRequest): SQL {
  if (own.holdId === undefined) return sql`${now}`;
  return sql`COALESCE((SELECT h.created_at FROM holds h WHERE h.agent_id = ${agentId} AND h.hold_id = ${own.holdId}
    AND h.state = 'held' AND h.expires_at > ${now} AND h.starts_at <= ${slot.startsAt}
    AND h.ends_at >= ${slot.endsAt}), ${now})`;
}

/** SQL: fewer bookings and holds than `limit` start in the span; null: there is no limit. `a` must name the agent. */
function belowLimit(limit: SQL, span: Span, { own, now }: GuardedRequest): SQL {
  const { bookingId = "", holdId = "" } = own;
  const within = (startsAt: SQL) => sql`${startsAt} >= ${span.startsAt} AND ${startsAt} < ${span.endsAt}`;
  return sql`(${limit} IS NULL OR ${limit} >
      (SELECT COUNT(*) FROM bookings k WHERE k.agent_id = a.agent_id AND ${within(sql`k.starts_at`)}
        AND k.state = 'confirmed' AND k.booking_id <> ${bookingId})
      + (SELECT COUNT(*) FROM busy b INDEXED BY busy_expiring WHERE b.agent_number = a.number
        AND b.expires_at IS NOT NULL AND b.expires_at > ${now} AND ${within(sql`b.starts_at`)}
        AND b.event_key <> ${holdId}))`;
}

/** SQL: horizon, hours, days and limits allow the slot. `a` must name the agent's row. */
function allowed(request: GuardedRequest): SQL {
  const { slot, rules, now } = request;
  const { checked } = request.guard;
  const horizon = sql`${slot.startsAt <= horizonAt(rules, now)}
    AND (a.horizon_days IS NULL OR ${slot.startsAt} <= ${now} + a.horizon_days * ${DAY_MS})`;
  const plain = sql`(${rules.hours === null}
    AND COALESCE(a.working_hours, a.overrides, a.holidays, a.max_per_day, a.max_per_week) IS NULL)`;
  if (checked === null) return sql`${horizon} AND ${plain}`;
  return sql`${horizon} AND (${plain} OR (a.revision = ${checked.revision}
    AND ${belowLimit(sql`a.max_per_day`, checked.day, request)}
    AND ${belowLimit(sql`a.max_per_week`, checked.week, request)}))`;
}

/** SQL: the slot may be sold. `a` must name the agent's row. */
export function sellable(request: GuardedRequest): SQL {
  const { slot, guard } = request;
  const known = sql`NOT ${beingErased(sql`a.agent_id`)}`;
  if (guard.force) {
    return sql`${unrefused(request.writeId)} AND ${known} AND (${guard.past} OR ${slot.startsAt} >= ${minimumNoticeFrom(request)})
      AND NOT ${blockedSql(request)}`;
  }
  return sql`${unrefused(request.writeId)} AND ${known} AND ${slot.startsAt} >= ${minimumNoticeFrom(request)}
      + MAX(a.minimum_notice_ms, ${request.rules.minimumNoticeMs})
    AND ${allowed(request)} AND NOT ${blockedSql(request)} AND NOT ${staleSql(request)}`;
}

/**
 * Statements that begin the batch of a sale. The first writes the agent's row as it is: where an engine runs writers
 * side by side on snapshots, two sales of one agent then end in a conflict of writes, because their guards alone only
 * read (P1; `docs/providers/cloudflare-turso.md` 2.4). The second deletes the busy rows of expired holds. They block
 * nobody anyway; this keeps the table small.
 */
export const beginSale = ({ agentId, now }: Pick<GuardedRequest, "agentId" | "now">): Statement[] => [
  sql`UPDATE agents SET updated_at = updated_at WHERE agent_id = ${agentId}`,
  sql`DELETE FROM busy WHERE agent_number = ${numberOfAgent(agentId)} AND expires_at IS NOT NULL
        AND expires_at <= ${now}`,
];
