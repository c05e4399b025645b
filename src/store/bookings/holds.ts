// Holds: reserves a slot for a while; an expired hold blocks nobody, even before its rows are deleted.
import { and, eq, type InferSelectModel, type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { SlotRules } from "../../domain/rules.ts";
import { type FreeBusy, freeBusyOf, selectFreeBusy } from "../busy/free-busy.ts";
import { numberOfAgent } from "../conditions.ts";
import { type Database, rowsOf, type Statement } from "../db.ts";
import { holds } from "../schema/bookings.ts";
import { refuseUnless } from "./refusals.ts";
import { beginSale, type Guard, sellable } from "./slot-guard.ts";

/** A hold as stored. */
export type HoldRow = InferSelectModel<typeof holds>;

/** A hold to place. */
export interface NewHold extends Interval {
  readonly agentId: string;
  readonly holdId: string;
  readonly expiresAt: Instant;
  readonly rules: SlotRules;
}

type HoldKey = Pick<NewHold, "agentId" | "holdId">;

/** Statement: the hold under this id. */
export const selectHold = (db: Database, { agentId, holdId }: HoldKey): Statement =>
  db.build
    .select()
    .from(holds)
    .where(and(eq(holds.agentId, agentId), eq(holds.holdId, holdId)));

/** Reads the answer to `selectHold`. */
export const holdOf = (result: Parameters<typeof rowsOf>[1]): HoldRow | null =>
  rowsOf(holds, result)[0] ?? null;

/** Statements: the hold becomes a booking and frees its slot for it, if `when` holds. */
export function useHold(input: HoldKey & { bookingId: string; when: SQL; now: Instant }): Statement[] {
  const { agentId, holdId, when } = input;
  return [
    sql`UPDATE holds SET state = 'booked', booking_id = ${input.bookingId}, updated_at = ${input.now}
        WHERE agent_id = ${agentId} AND hold_id = ${holdId} AND state <> 'booked' AND ${when}`,
    dropRow(input, when),
  ];
}

const dropRow = ({ agentId, holdId }: HoldKey, when: SQL): Statement =>
  sql`DELETE FROM busy WHERE connection_number = 0 AND event_key = ${holdId}
        AND agent_number = ${numberOfAgent(agentId)} AND status = 'hold'
        AND starts_at = (SELECT starts_at FROM holds WHERE agent_id = ${agentId} AND hold_id = ${holdId})
        AND ${when}`;

/** How the batch ended, whether it placed the hold or not. */
export interface HoldPlacement {
  /** This very write made the hold. */
  readonly placed: boolean;
  /** The hold under this id as it now is; null: none. */
  readonly hold: HoldRow | null;
  readonly freeBusy: FreeBusy;
}

/** Reserves a slot under the guard of a sale, in one round trip (P1). Idempotent under one `writeId`. */
export async function placeHoldRow(
  db: Database,
  input: { hold: NewHold; writeId: string; guard: Guard; reach: Interval; now: Instant },
): Promise<HoldPlacement> {
  const { hold, writeId, guard, now } = input;
  const { agentId, holdId, startsAt, endsAt, expiresAt, rules } = hold;
  const request = { agentId, slot: hold, own: { holdId }, rules, guard, writeId, now };
  const mine = sql`EXISTS (SELECT 1 FROM holds WHERE agent_id = ${agentId} AND hold_id = ${holdId}
    AND write_id = ${writeId})`;
  const [, , , , , found, freeBusy] = await db.write([
    ...beginSale(request),
    sql`INSERT INTO holds (agent_id, hold_id, starts_at, ends_at, expires_at, buffer_before_ms, buffer_after_ms, state,
          write_id, created_at, updated_at)
        SELECT a.agent_id, ${holdId}, ${startsAt}, ${endsAt}, ${expiresAt}, ${rules.bufferBeforeMs},
          ${rules.bufferAfterMs}, 'held', ${writeId}, ${now}, ${now}
        FROM agents a WHERE a.agent_id = ${agentId} AND ${sellable(request)}
        ON CONFLICT (agent_id, hold_id) DO NOTHING`,
    sql`INSERT INTO busy (agent_number, connection_number, starts_at, ends_at, event_key, status, all_day, generation,
          expires_at, buffer_before_ms, buffer_after_ms)
        SELECT ${numberOfAgent(agentId)}, 0, starts_at, ends_at, hold_id, 'hold', 0, 0, expires_at,
          NULLIF(buffer_before_ms, 0), NULLIF(buffer_after_ms, 0) FROM holds
        WHERE agent_id = ${agentId} AND hold_id = ${holdId} AND write_id = ${writeId} AND state = 'held'
        ON CONFLICT DO NOTHING`,
    refuseUnless(mine, writeId, now),
    selectHold(db, hold),
    selectFreeBusy({ agentId, reach: input.reach, now }),
  ]);
  const row = holdOf(found);
  return { placed: row?.writeId === writeId, hold: row, freeBusy: freeBusyOf(freeBusy) };
}

/** Gives the slot back and answers the hold as it now is; null: none. A hold that became a booking stays booked. */
export async function releaseHoldRow(
  db: Database,
  input: HoldKey & { now: Instant },
): Promise<HoldRow | null> {
  const { agentId, holdId } = input;
  const released = sql`EXISTS (SELECT 1 FROM holds WHERE agent_id = ${agentId} AND hold_id = ${holdId}
    AND state = 'released')`;
  const [, , found] = await db.write([
    sql`UPDATE holds SET state = 'released', updated_at = ${input.now}
        WHERE agent_id = ${agentId} AND hold_id = ${holdId} AND state = 'held'`,
    dropRow(input, released),
    selectHold(db, input),
  ]);
  return holdOf(found);
}
