// Reconciliations: finds the events that must be reconciled, and records how each reconciliation ended.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { EventState } from "../../providers/booking-event.ts";
import { cachedKey } from "../cached-key.ts";
import { numberOfConnection } from "../conditions.ts";
import type { Database, Statement } from "../db.ts";
import { aboutBooking, insertNotice } from "../outbox/notices.ts";

/** A delivery under the lease of a reconciliation. */
export interface Reconciliation {
  readonly connectionId: string;
  readonly bookingId: string;
  readonly leaseId: string;
}

const leased = ({ connectionId, bookingId, leaseId }: Reconciliation): SQL =>
  sql`connection_id = ${connectionId} AND booking_id = ${bookingId} AND lease_id = ${leaseId}`;

/**
 * The event is as it should be, or it no longer matters. The doubt is cleared, and changed details that waited for
 * this are written now. Where the event has a new id, that id is stored. A lost lease changes nothing.
 */
export async function settleReconciliation(
  db: Database,
  input: Reconciliation & { event: EventState | null; now: Instant },
): Promise<void> {
  const { event, connectionId } = input;
  const id = event?.externalId ?? null;
  await db.write([
    // A pull has cached the event under its new id as an event of the agent's own.
    sql`DELETE FROM busy WHERE connection_number = ${numberOfConnection(connectionId)}
          AND event_key = ${id === null ? null : cachedKey(id)}
          AND EXISTS (SELECT 1 FROM deliveries WHERE ${leased(input)} AND state = 'delivered' AND external_id <> ${id}
            AND delivered_starts_at <= busy.starts_at AND delivered_ends_at >= busy.ends_at)`,
    sql`UPDATE deliveries SET look_due_at = NULL, attempts = 0, seen_generation = MAX(seen_generation, 0),
          etag = IIF(state = 'delivered', ${event?.etag ?? null}, etag), external_id = COALESCE(${id}, external_id),
          generation = COALESCE(${event?.idVersion ?? null}, generation),
          state = IIF(state = 'delivered' AND wanted_revision > delivered_revision, 'pending', state),
          lease_id = NULL, lease_until = 0 WHERE ${leased(input)}`,
  ]);
}

/** The event can't be read. It is written again: then it is right, or the failed write says what is the matter. */
export async function giveUpReconciliation(
  db: Database,
  input: Reconciliation & { now: Instant },
): Promise<void> {
  await db.write([
    sql`UPDATE deliveries SET look_due_at = NULL, attempts = 0, state = IIF(state = 'delivered', 'pending', state),
          next_attempt_at = 0, lease_id = NULL, lease_until = 0, updated_at = ${input.now} WHERE ${leased(input)}`,
  ]);
}

/** The provider couldn't answer: the event must be reconciled later, at `lookDueAt`. */
export async function postponeReconciliation(
  db: Database,
  input: Reconciliation & { lookDueAt: Instant },
): Promise<void> {
  await db.write([
    sql`UPDATE deliveries SET look_due_at = ${input.lookDueAt}, attempts = attempts + 1, lease_id = NULL,
          lease_until = 0 WHERE ${leased(input)}`,
  ]);
}

/** An external change to a booking's event, for its notice. `event` null: it was removed. */
export interface ExternalChange {
  readonly connectionId: string;
  readonly agentId: string;
  readonly bookingId: string;
  readonly event: EventState | null;
  /** The booking follows the change; otherwise the event is written again. */
  readonly followed: boolean;
}

/** Statement: a notice that the event was moved or removed, if `when` holds. `onceKey` names this very change. */
export function externalChangeNotice(
  change: ExternalChange,
  input: { when: SQL; onceKey: string; now: Instant },
): Statement {
  const { agentId, bookingId, connectionId, event } = change;
  return insertNotice({
    kind: event === null ? "booking.removed_outside" : "booking.moved_outside",
    agentId: sql`k.agent_id`,
    subject: aboutBooking(sql`k.booking_id`),
    onceKey: sql`${input.onceKey}`,
    data: sql`json_object('agentId', k.agent_id, 'bookingId', k.booking_id, 'revision', k.revision,
      'connectionId', ${connectionId}, 'followed', json(${change.followed ? "true" : "false"})${
        event === null ? sql`` : sql`, 'startsAt', ${event.startsAt}, 'endsAt', ${event.endsAt}`
      })`,
    from: sql`bookings k WHERE k.agent_id = ${agentId} AND k.booking_id = ${bookingId} AND ${input.when}`,
    now: input.now,
  });
}

/** The event must be written again as the booking says, and a notice says so. A lost lease changes nothing. */
export async function restoreEvent(
  db: Database,
  input: Reconciliation & { change: ExternalChange; now: Instant },
): Promise<void> {
  const { now, change, leaseId } = input;
  const { event } = change;
  const when = sql`EXISTS (SELECT 1 FROM deliveries WHERE ${leased(input)} AND state = 'delivered')`;
  await db.write([
    externalChangeNotice(change, { when, onceKey: `finding:${leaseId}`, now }),
    // A removed event is created anew: a write to the old one might land in the bin.
    sql`UPDATE deliveries SET state = 'pending', next_attempt_at = 0, attempts = 0, look_due_at = NULL,
          external_id = ${event?.externalId ?? null}, etag = ${event?.etag ?? null},
          generation = COALESCE(${event?.idVersion ?? null}, generation), lease_id = NULL, lease_until = 0,
          updated_at = ${now} WHERE ${leased(input)}`,
  ]);
}
