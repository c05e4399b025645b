// Due connections: finds, page by page, the calendars that have work to do, and marks what was sent.
import { sql } from "drizzle-orm";
import { type Instant, SECOND_MS } from "../../domain/instant.ts";
import { SYNCED } from "../conditions.ts";
import type { Database } from "../db.ts";
import { CONNECTION_DUE_AT, CONNECTION_SENT_FOR, SENT_MS } from "../due.ts";
import { COMPARABLE } from "./audits.ts";

/** A page of a search. */
export interface PageInput {
  readonly now: Instant;
  readonly limit: number;
}

/** A row that a search found, by its place in its table. */
export interface Found {
  readonly place: number;
}

/** A connection that the sweep looks at, and the work that is due of it; perhaps none. */
export interface DueConnection extends Found {
  readonly id: string;
  readonly due: Readonly<Record<"pull" | "open-channel" | "close-connection" | "roll-window", boolean>>;
}

// The `+` before a due time keeps the planner from its index, because the places are found at once. NOT INDEXED would
// do so too, but makes the Turso engine read the whole table (`docs/providers/cloudflare-turso.md` 2.4).
const rowids = (found: readonly Found[]) => sql.raw(found.map(({ place }) => place).join(", "));

/** Connections with due work: first those with hints, then longest due first. */
export async function findDueConnections(db: Database, { now, limit }: PageInput): Promise<DueConnection[]> {
  const [result] = await db.read([
    sql`SELECT rowid AS place, id, closing_at IS NOT NULL AS closing, lease_until <= ${now} AS free,
          next_attempt_at <= ${now} AND (dirty > clean OR poll_due_at <= ${now}) AS pull,
          next_attempt_at <= ${now} AND roll_due_at <= ${now} AND verified_at IS NOT NULL AS roll,
          channel_due_at <= ${now} AS channel
        FROM connections INDEXED BY connections_due WHERE ${CONNECTION_DUE_AT} <= ${now}
        ORDER BY ${CONNECTION_DUE_AT} LIMIT ${limit}`,
  ]);
  return (result?.rows ?? []).map((row) => {
    const is = (name: string) => Number(row[name]) === 1;
    const open = !is("closing");
    return {
      place: Number(row["place"]),
      id: String(row["id"]),
      due: {
        pull: open && is("free") && is("pull"),
        "open-channel": open && is("channel"),
        "close-connection": !open,
        "roll-window": open && is("free") && is("roll"),
      },
    };
  });
}

/**
 * The jobs of these connections were sent: no sweep looks at them for a while, unless something changes. One that
 * somebody syncs now is looked at when that lease ends.
 */
export async function markConnectionsSent(
  db: Database,
  found: readonly Found[],
  now: Instant,
): Promise<void> {
  await db.write([
    sql`UPDATE connections SET ${CONNECTION_SENT_FOR},
          sent_until = IIF(lease_until > ${now}, MIN(lease_until, ${now + SENT_MS}), ${now + SENT_MS})
        WHERE rowid IN (${rowids(found)}) AND +${CONNECTION_DUE_AT} <= ${now}`,
  ]);
}

/** A calendar or channel that the sweep looks at. Not `ready`: nothing can be done about it now. */
export interface DueCalendar extends Found {
  readonly connectionId: string;
  readonly ready: boolean;
}

/** Connections whose audit is due, longest due first. */
export async function findDueAudits(db: Database, { now, limit }: PageInput): Promise<DueCalendar[]> {
  return calendarsIn(
    await db.read([
      sql`SELECT rowid AS place, id AS connection_id, next_attempt_at <= ${now} AND ${COMPARABLE} AS ready
          FROM connections INDEXED BY connections_audit_due WHERE audit_due_at <= ${now} AND ${SYNCED}
          ORDER BY audit_due_at LIMIT ${limit}`,
    ]),
  );
}

/** A pull, a roll, or whoever syncs the calendar now may come before its audit, which then needs another job soon. */
const BUSY_MS = 30 * SECOND_MS;

/** These audits are due again a little later, in case their jobs get lost, or after what holds their calendars off. */
export async function postponeAudits(db: Database, found: readonly Found[], now: Instant): Promise<void> {
  await db.write([
    sql`UPDATE connections SET audit_due_at = MAX(next_attempt_at, IIF(dirty <= clean AND poll_due_at > ${now}
            AND roll_due_at > ${now} AND lease_until <= ${now}, ${now + SENT_MS}, ${now + BUSY_MS}))
        WHERE rowid IN (${rowids(found)}) AND +audit_due_at <= ${now}`,
  ]);
}

/** Channels whose closing isn't confirmed yet. */
export async function findRetiring(db: Database, { now, limit }: PageInput): Promise<DueCalendar[]> {
  return calendarsIn(
    await db.read([
      sql`SELECT h.rowid AS place, h.connection_id, c.id IS NOT NULL AND c.next_attempt_at <= ${now} AS ready
          FROM channels h INDEXED BY channels_retiring
            LEFT JOIN connections c ON c.id = h.connection_id AND ${SYNCED}
          WHERE h.state = 'retiring' AND h.close_due_at <= ${now} ORDER BY h.close_due_at LIMIT ${limit}`,
    ]),
  );
}

/** These channels are closed a little later, in case their jobs get lost, or after what holds their calendars off. */
export async function postponeRetiring(db: Database, found: readonly Found[], now: Instant): Promise<void> {
  await db.write([
    sql`UPDATE channels SET close_due_at = MAX(${now + SENT_MS},
            COALESCE((SELECT next_attempt_at FROM connections c WHERE c.id = channels.connection_id), 0))
        WHERE rowid IN (${rowids(found)}) AND +close_due_at <= ${now}`,
  ]);
}

const calendarsIn = ([result]: Awaited<ReturnType<Database["read"]>>): DueCalendar[] =>
  (result?.rows ?? []).map((row) => ({
    place: Number(row["place"]),
    connectionId: String(row["connection_id"]),
    ready: Number(row["ready"]) === 1,
  }));
