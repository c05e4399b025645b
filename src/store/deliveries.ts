// Deliveries: bookings in calendars as desired state; who may write now, and what the last write left.
import { and, eq, type InferSelectModel, type SQL, sql } from "drizzle-orm";
import type { FailureKind } from "../domain/failure.ts";
import type { Instant } from "../domain/instant.ts";
import type { AgentSettings } from "../domain/settings.ts";
import type { KnownEvent } from "../providers/provider.ts";
import type { AccountRow } from "./accounts.ts";
import { settingsOf } from "./agents.ts";
import { bookings, deliveries } from "./booking-schema.ts";
import type { ConnectionRow } from "./connections.ts";
import { type Database, rowsOf, type Statement } from "./db.ts";
import { accounts, agents, connections } from "./schema.ts";

/** A delivery as stored. */
export type DeliveryRow = InferSelectModel<typeof deliveries>;

/** A booking as stored. */
export type BookingRow = InferSelectModel<typeof bookings>;

/** A delivery under our lease, with everything a provider write needs. */
export interface DeliveryWork {
  readonly delivery: DeliveryRow;
  readonly booking: BookingRow;
  readonly connection: ConnectionRow;
  readonly account: AccountRow;
  readonly settings: AgentSettings;
}

/** SQL: this connection's calendar receives bookings. `c` must name the connections table. */
export const RECEIVING = sql.raw("c.is_active = 1 AND c.receives_bookings = 1 AND c.closing_at IS NULL");

/** Statements: what every delivery of this booking needs. `leased` narrows to deliveries under this lease. */
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

/** SQL: nobody else is writing into this calendar; writes into one calendar go one by one (A.10). */
export const calendarIdle = (connectionId: SQL, bookingId: SQL, now: Instant): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.connection_id = ${connectionId}
        AND o.lease_until > ${now} AND o.booking_id <> ${bookingId})`;

/**
 * Takes the right to write one booking into one calendar. Null: nothing to do, not yet due, or somebody else is
 * writing into that calendar. Bears repetition under one `leaseId`.
 */
export async function claimDelivery(
  db: Database,
  input: { connectionId: string; bookingId: string; leaseId: string; leaseUntil: Instant; now: Instant },
): Promise<DeliveryWork | null> {
  const { connectionId, bookingId, leaseId, now } = input;
  const agent = sql`(SELECT agent_id FROM connections WHERE id = ${connectionId})`;
  const [claimed, booking, connection, account, agentResult] = await db.write([
    sql`UPDATE deliveries SET lease_id = ${leaseId}, lease_until = ${input.leaseUntil}
        WHERE connection_id = ${connectionId} AND booking_id = ${bookingId} AND state = 'pending'
          AND next_attempt_at <= ${now} AND (lease_until <= ${now} OR lease_id = ${leaseId})
          AND ${calendarIdle(sql`${connectionId}`, sql`${bookingId}`, now)}
          AND EXISTS (SELECT 1 FROM connections c WHERE c.id = ${connectionId} AND ${RECEIVING})
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

/** How a write into a calendar ended. */
export type DeliveryOutcome = {
  readonly connectionId: string;
  readonly bookingId: string;
  readonly leaseId: string;
} & (
  | {
      readonly kind: "written";
      /** The revision that the calendar now shows. */
      readonly revision: number;
      /** Where the event is; null when the calendar no longer shows it. */
      readonly known: KnownEvent | null;
      readonly startsAt: Instant;
      readonly endsAt: Instant;
    }
  | {
      readonly kind: "failed";
      readonly failureKind: FailureKind;
      readonly failureCode: string;
      /** Null: retrying by itself is pointless; it waits for the agent or for somebody's retry. */
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
  if (outcome.kind === "failed") {
    return db.build
      .update(deliveries)
      .set({
        ...released,
        state: outcome.nextAttemptAt === null ? "failed" : "pending",
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
      // The booking may have moved on while we wrote: then the newest revision is still to be delivered.
      state: sql`CASE WHEN ${deliveries.wantedRevision} > ${outcome.revision} THEN 'pending' ELSE 'delivered' END`,
      deliveredRevision: outcome.revision,
      attempts: 0,
      nextAttemptAt: 0,
      failureKind: null,
      failureCode: null,
      externalId: outcome.known?.externalId ?? null,
      etag: outcome.known?.etag ?? null,
      generation: outcome.known?.generation ?? sql`${deliveries.generation}`,
      deliveredStartsAt: outcome.known === null ? null : outcome.startsAt,
      deliveredEndsAt: outcome.known === null ? null : outcome.endsAt,
    })
    .where(ours);
}

/**
 * Records how writes ended, all in one transaction; a lost lease changes nothing. The calendar's copy of a
 * booking, which a pull may have cached before we knew it as ours, is taken out of the cache with it.
 */
export async function recordOutcomes(
  db: Database,
  outcomes: readonly DeliveryOutcome[],
  now: Instant,
): Promise<void> {
  if (outcomes.length === 0) return;
  await db.write(
    outcomes.flatMap((outcome) => [
      ...(outcome.kind === "written" && outcome.known !== null
        ? [
            sql`DELETE FROM busy WHERE connection_id = ${outcome.connectionId}
                  AND event_key = ${outcome.known.externalId}
                  AND starts_at = ${outcome.startsAt} AND ends_at = ${outcome.endsAt}
                  AND EXISTS (SELECT 1 FROM deliveries WHERE connection_id = ${outcome.connectionId}
                    AND booking_id = ${outcome.bookingId} AND lease_id = ${outcome.leaseId})`,
          ]
        : []),
      outcomeStatement(db, outcome, now),
    ]),
  );
}
