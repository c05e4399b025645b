// Delivery outcomes: records how a write into a calendar ended, and inserts the notice about it.
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { FailureKind } from "../../domain/failure.ts";
import type { Instant } from "../../domain/instant.ts";
import type { KnownEvent } from "../../providers/booking-event.ts";
import { cachedKey } from "../cached-key.ts";
import { numberOfConnection } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";
import { aboutBooking, insertNotice, selectUnsentNotices } from "../outbox/notices.ts";
import { deliveries } from "../schema/bookings.ts";
import { deliveredNotice } from "./delivered-notice.ts";
import { type DueDelivery, nextDueOf, selectNextDue } from "./due-deliveries.ts";

/** How a write into a calendar ended. */
export type DeliveryOutcome = {
  readonly connectionId: string;
  readonly bookingId: string;
  readonly leaseId: string;
  /** The revision that was written, or should have been. */
  readonly revision: number;
} & (
  | {
      readonly kind: "written";
      /** The event as the provider knows it; null: the calendar no longer shows it. */
      readonly known: KnownEvent | null;
      /** The event's id before the write; null: none was known. */
      readonly knownBefore: string | null;
      readonly startsAt: Instant;
      readonly endsAt: Instant;
    }
  | {
      readonly kind: "failed";
      readonly failureKind: FailureKind;
      readonly failureCode: string;
      /** Null: another try by itself is pointless. The delivery waits for the agent or for somebody's retry. */
      readonly nextAttemptAt: Instant | null;
    }
);

function outcomeStatement(db: Database, outcome: DeliveryOutcome, now: Instant): Statement {
  const ours = and(
    eq(deliveries.connectionId, outcome.connectionId),
    eq(deliveries.bookingId, outcome.bookingId),
    eq(deliveries.leaseId, outcome.leaseId),
  );
  const released = { leaseId: null, leaseUntil: 0, updatedAt: now };
  // The booking may have changed while we wrote. Then the newest revision must still be delivered.
  const newer = sql`${deliveries.wantedRevision} > ${outcome.revision}`;
  if (outcome.kind === "failed") {
    return db.build
      .update(deliveries)
      .set({
        ...released,
        // A newer revision is tried first: its write may succeed.
        state: outcome.nextAttemptAt === null ? sql`IIF(${newer}, 'pending', 'failed')` : "pending",
        attempts: sql`${deliveries.attempts} + 1`,
        nextAttemptAt: outcome.nextAttemptAt ?? 0,
        failureKind: outcome.failureKind,
        failureCode: outcome.failureCode,
      })
      .where(ours);
  }
  return db.build
    .update(deliveries)
    .set({
      ...released,
      state: sql`IIF(${newer}, 'pending', 'delivered')`,
      // A doubt from a pull during the write stays (`doubts.ts`). An older doubt is settled by the write.
      lookDueAt: sql`IIF(${deliveries.lookDueAt} > ${now}, ${deliveries.lookDueAt}, NULL)`,
      deliveredRevision: outcome.revision,
      // The next pull should name the written event; see `noteUnnamedEvents`.
      seenGeneration: outcome.known === null ? 0 : -1,
      attempts: 0,
      nextAttemptAt: 0,
      failureKind: null,
      failureCode: null,
      externalId: outcome.known?.externalId ?? null,
      etag: outcome.known?.etag ?? null,
      idVersion: outcome.known?.idVersion ?? sql`${deliveries.idVersion}`,
      deliveredStartsAt: outcome.known === null ? null : outcome.startsAt,
      deliveredEndsAt: outcome.known === null ? null : outcome.endsAt,
    })
    .where(ours);
}

/** SQL: the delivery `d` is still leased to the write that ended so. */
const leasedTo = ({ connectionId, bookingId, leaseId }: DeliveryOutcome): SQL =>
  sql`d.connection_id = ${connectionId} AND d.booking_id = ${bookingId} AND d.lease_id = ${leaseId}`;

/** SQL: `k` is the booking that was written. */
const bookingOf = ({ connectionId, bookingId }: DeliveryOutcome): SQL =>
  sql`k.booking_id = ${bookingId} AND k.agent_id = (SELECT agent_id FROM deliveries
    WHERE connection_id = ${connectionId} AND booking_id = ${bookingId})`;

/** Statements: how one write ended, and the notice about it. */
function recordOutcome(db: Database, outcome: DeliveryOutcome, now: Instant): Statement[] {
  const leased = leasedTo(outcome);
  if (outcome.kind === "failed") {
    const { failureKind, nextAttemptAt } = outcome;
    const throttled = nextAttemptAt !== null && (failureKind === "wait" || failureKind === "pause");
    return [
      ...(nextAttemptAt === null ? [failedNotice(outcome, leased, now)] : []),
      ...(throttled ? [holdOff(outcome, leased, nextAttemptAt)] : []),
      outcomeStatement(db, outcome, now),
    ];
  }
  // The event is now where we put it, or gone. Rows of it in the cache are out of date, wherever they stand.
  const ids = [outcome.known?.externalId ?? null, outcome.knownBefore].filter((id) => id !== null);
  const dropRows = sql`DELETE FROM busy WHERE connection_number = ${numberOfConnection(outcome.connectionId)}
    AND event_key IN (SELECT value FROM json_each(${JSON.stringify(ids.map(cachedKey))}))
    AND EXISTS (SELECT 1 FROM deliveries d WHERE ${leased})`;
  return [dropRows, outcomeStatement(db, outcome, now), deliveredNotice(bookingOf(outcome), now)];
}

/** Statement: a provider that throttles one write holds off everything that waits for the calendar. */
const holdOff = ({ connectionId, bookingId }: DeliveryOutcome, leased: SQL, until: Instant): Statement =>
  sql`UPDATE deliveries INDEXED BY deliveries_waiting SET next_attempt_at = ${until}
      WHERE connection_id = ${connectionId} AND booking_id <> ${bookingId} AND state = 'pending'
        AND next_attempt_at < ${until} AND EXISTS (SELECT 1 FROM deliveries d WHERE ${leased})`;

function failedNotice(outcome: DeliveryOutcome & { kind: "failed" }, leased: SQL, now: Instant): Statement {
  return insertNotice({
    kind: "booking.delivery_failed",
    agentId: sql`d.agent_id`,
    subject: aboutBooking(sql`d.booking_id`),
    onceKey: null,
    data: sql`json_object('agentId', d.agent_id, 'bookingId', d.booking_id, 'revision', d.wanted_revision,
      'connectionId', d.connection_id, 'reason', ${outcome.failureCode})`,
    from: sql`deliveries d WHERE ${leased} AND d.wanted_revision <= ${outcome.revision}`,
    now,
  });
}

/** The work that ended writes leave. */
export interface Recorded {
  /** Notices wait to be sent. */
  readonly noticesWaiting: boolean;
  /** Deliveries that waited for these calendars, which are free again. */
  readonly due: readonly DueDelivery[];
}

/**
 * Records how writes ended, in one transaction. A lost lease changes nothing. A pull may have cached the booking's
 * event before we knew it as ours; those rows are deleted as well.
 */
export async function recordOutcomes(
  db: Database,
  outcomes: readonly DeliveryOutcome[],
  now: Instant,
): Promise<Recorded> {
  if (outcomes.length === 0) return { noticesWaiting: false, due: [] };
  const results = await db.write([
    ...outcomes.flatMap((outcome) => recordOutcome(db, outcome, now)),
    selectUnsentNotices(now),
    selectNextDue(
      outcomes.map(({ connectionId }) => connectionId),
      now,
    ),
  ]);
  const [noticesWaiting, due] = results.slice(-2);
  return { noticesWaiting: (noticesWaiting?.rows.length ?? 0) > 0, due: nextDueOf(due) };
}
