// Deliveries: bookings in calendars as desired state, and the leases under which they are written or reconciled.

import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { AgentSettings } from "../../domain/settings.ts";
import { settingsOf } from "../agents/agents.ts";
import { WRITABLE } from "../conditions.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import type { AccountRow, BookingRow, ConnectionRow, DeliveryRow } from "../rows.ts";
import { bookings, deliveries } from "../schema/bookings.ts";
import { accounts, agents, connections } from "../schema/calendars.ts";
import { deliveredAgainNotice } from "./delivered-notice.ts";

/** A delivery under our lease, with everything a provider write needs. */
export interface DeliveryWork {
  readonly delivery: DeliveryRow;
  readonly booking: BookingRow;
  readonly connection: ConnectionRow;
  readonly account: AccountRow;
  readonly settings: AgentSettings;
}

/**
 * SQL: sets the failure kind and code of a delivery. If `leaseId` takes over the lease of an earlier write, nobody
 * recorded how that write ended: its Worker was killed, or its record was lost. It counts as a write without an
 * answer, because its event may still appear at the provider.
 */
function inheritFailure(leaseId: string, takenOver: SQL): SQL {
  const abandoned = sql`${takenOver} AND lease_id IS NOT NULL AND lease_id <> ${leaseId}`;
  return sql`failure_kind = IIF(${abandoned}, 'retry', failure_kind),
    failure_code = IIF(${abandoned}, 'write_abandoned', failure_code)`;
}

/**
 * SQL: the agent may have moved or removed this event, and nobody has reconciled it yet. Our last write gave it the
 * booking's present slot, so the agent's change is newer: changed details wait for the reconciliation.
 */
const DOUBTED = sql.raw(`(state = 'delivered' AND look_due_at IS NOT NULL AND EXISTS (SELECT 1 FROM bookings k
    WHERE k.agent_id = deliveries.agent_id AND k.booking_id = deliveries.booking_id AND k.state = 'confirmed'
      AND k.starts_at = deliveries.delivered_starts_at AND k.ends_at = deliveries.delivered_ends_at))`);

/**
 * Statement: every delivery of the booking must write its newest revision, if `mine` holds. Deliveries whose calendar
 * is free are leased to this write, so that it may write them at once. None is written before a time that its provider
 * named.
 */
export function raiseDeliveries(input: {
  agentId: string;
  bookingId: string;
  mine: SQL;
  writeId: string;
  leaseUntil: Instant;
  now: Instant;
}): Statement {
  const { agentId, bookingId, writeId, now } = input;
  const revision = sql`(SELECT revision FROM bookings WHERE agent_id = ${agentId} AND booking_id = ${bookingId})`;
  const waits = sql`(failure_kind IN ('wait', 'pause') AND next_attempt_at > ${now})`;
  const ours = sql`(${input.leaseUntil} > ${now} AND lease_until <= ${now} AND NOT ${waits} AND NOT ${DOUBTED}
    AND ${calendarIdle(sql`deliveries.connection_id`, sql`${bookingId}`, now)}
    AND EXISTS (SELECT 1 FROM connections c WHERE c.id = deliveries.connection_id AND ${WRITABLE}))`;
  return sql`UPDATE deliveries SET wanted_revision = ${revision}, state = IIF(${DOUBTED}, state, 'pending'), attempts = 0,
        next_attempt_at = IIF(${waits}, next_attempt_at, 0), look_due_at = IIF(${DOUBTED}, look_due_at, NULL),
        ${inheritFailure(writeId, ours)},
        lease_id = IIF(${ours}, ${writeId}, lease_id), lease_until = IIF(${ours}, ${input.leaseUntil}, lease_until),
        updated_at = ${now}
      WHERE agent_id = ${agentId} AND booking_id = ${bookingId} AND ${input.mine} AND wanted_revision < ${revision}`;
}

/**
 * Statements: events that show the booking's revision before show its newest one as well, if `mine` holds, because
 * calendars show nothing of the change. For `raiseDeliveries`, which then leaves them alone.
 */
export const keepDelivered = (input: {
  agentId: string;
  bookingId: string;
  mine: SQL;
  /** The revision before. */
  revision: number;
  now: Instant;
}): Statement[] => {
  const { agentId, bookingId, mine, revision, now } = input;
  return [
    sql`UPDATE deliveries SET wanted_revision = ${revision + 1}, delivered_revision = ${revision + 1}, updated_at = ${now}
        WHERE agent_id = ${agentId} AND booking_id = ${bookingId} AND ${mine} AND state = 'delivered'
          AND wanted_revision = ${revision} AND delivered_revision = ${revision}`,
    deliveredAgainNotice({ agentId, bookingId, mine, now }),
  ];
};

/** Statements: the booking, its deliveries, and everything that they need. For `deliveryWorkOf`. */
export function selectDeliveryWork(
  db: Database,
  input: { agentId: string; bookingId: string },
): [Statement, Statement, Statement, Statement, Statement] {
  const { agentId, bookingId } = input;
  const involved = sql`SELECT connection_id FROM deliveries WHERE agent_id = ${agentId} AND booking_id = ${bookingId}`;
  return [
    db.build
      .select()
      .from(deliveries)
      .where(and(eq(deliveries.agentId, agentId), eq(deliveries.bookingId, bookingId)))
      .orderBy(deliveries.createdAt, deliveries.connectionId),
    db.build
      .select()
      .from(bookings)
      .where(and(eq(bookings.agentId, agentId), eq(bookings.bookingId, bookingId))),
    db.build.select().from(connections).where(sql`${connections.id} IN (${involved})`),
    db.build
      .select()
      .from(accounts)
      .where(sql`${accounts.id} IN (SELECT account_id FROM connections WHERE id IN (${involved}))`),
    db.build.select().from(agents).where(eq(agents.agentId, agentId)),
  ];
}

type Results = readonly (Awaited<ReturnType<Database["read"]>>[number] | undefined)[];

/** Reads the answers to `selectDeliveryWork`: the booking, and each delivery with what it needs. */
export function deliveryWorkOf(results: Results): { booking: BookingRow | null; work: DeliveryWork[] } {
  const [deliveryResult, bookingResult, connectionResult, accountResult, agentResult] = results;
  const [booking] = rowsOf(bookings, bookingResult);
  const [agent] = rowsOf(agents, agentResult);
  const connectionOf = new Map(rowsOf(connections, connectionResult).map((row) => [row.id, row]));
  const accountOf = new Map(rowsOf(accounts, accountResult).map((row) => [row.id, row]));
  const work = rowsOf(deliveries, deliveryResult).flatMap((delivery) => {
    const connection = connectionOf.get(delivery.connectionId);
    const account = connection === undefined ? undefined : accountOf.get(connection.accountId);
    return booking === undefined || agent === undefined || connection === undefined || account === undefined
      ? []
      : [{ delivery, booking, connection, account, settings: settingsOf(agent) }];
  });
  return { booking: booking ?? null, work };
}

/** SQL: nobody else writes into this calendar. Its writes go one by one (`docs/providers/google.md` A.10). */
export const calendarIdle = (connectionId: SQL, bookingId: SQL, now: Instant): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.connection_id = ${connectionId}
        AND o.lease_until > ${now} AND o.booking_id <> ${bookingId})`;

/** The purposes of a claim: to write the wanted revision, or to reconcile the event that was written. */
const TO_DO = {
  write: (now: Instant) => sql`state = 'pending' AND next_attempt_at <= ${now}`,
  reconcile: (now: Instant) => sql`state = 'delivered' AND look_due_at <= ${now}`,
};

/**
 * Takes the right to work on one booking in one calendar. Null: nothing to do, not due yet, or somebody else writes
 * into that calendar. Idempotent under one `leaseId`.
 */
export async function claimDelivery(
  db: Database,
  input: {
    connectionId: string;
    bookingId: string;
    toDo: keyof typeof TO_DO;
    leaseId: string;
    leaseUntil: Instant;
    now: Instant;
  },
): Promise<DeliveryWork | null> {
  const { connectionId, bookingId, leaseId, now } = input;
  const agent = sql`(SELECT agent_id FROM connections WHERE id = ${connectionId})`;
  const [claimed, booking, connection, account, agentResult] = await db.write([
    sql`UPDATE deliveries SET lease_id = ${leaseId}, lease_until = ${input.leaseUntil},
          ${inheritFailure(leaseId, sql`state = 'pending'`)}
        WHERE connection_id = ${connectionId} AND booking_id = ${bookingId}
          AND ${TO_DO[input.toDo](now)} AND (lease_until <= ${now} OR lease_id = ${leaseId})
          AND ${calendarIdle(sql`${connectionId}`, sql`${bookingId}`, now)}
          AND EXISTS (SELECT 1 FROM connections c WHERE c.id = ${connectionId} AND ${WRITABLE})
        RETURNING *`,
    db.build
      .select()
      .from(bookings)
      .where(and(sql`${bookings.agentId} = ${agent}`, eq(bookings.bookingId, bookingId))),
    db.build.select().from(connections).where(eq(connections.id, connectionId)),
    db.build
      .select()
      .from(accounts)
      .where(sql`${accounts.id} = (SELECT account_id FROM connections WHERE id = ${connectionId})`),
    db.build.select().from(agents).where(sql`${agents.agentId} = ${agent}`),
  ]);
  return deliveryWorkOf([claimed, booking, connection, account, agentResult]).work[0] ?? null;
}
