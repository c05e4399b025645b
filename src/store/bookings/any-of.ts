// Any of: one of several agents is chosen and sold in one guarded batch.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { Database, Statement } from "../db.ts";
import { insertBookingOf, insertDeliveries, insertOwnRow, type NewBooking } from "./bookings.ts";
import { insertHeldRow, insertHold, type NewHold } from "./holds.ts";
import { refuseUnless } from "./refusals.ts";
import { beginSale, type CheckedSettings, type Guard, sellable } from "./slot-guard.ts";

/**
 * How one is chosen of those who can be sold: the first in the caller's order; who has the fewest confirmed bookings in
 * their week around the slot; or whose last booking before the slot has ended the longest ago. Ties go by the order.
 */
export type Assign = "first" | "least_booked" | "longest_idle";

/** An agent who may be sold, with the guard by what the caller found. */
export interface Candidate {
  readonly agentId: string;
  readonly guard: Guard;
}

/** A candidate with the booking as it would be theirs. */
export interface BookingCandidate extends Candidate {
  readonly booking: NewBooking;
}

/** SQL of a candidate's value; `e` is the candidate. */
const of = (name: string): SQL => sql.raw(`(e.value ->> '${name}')`);

const CHECKED: CheckedSettings = {
  revision: of("revision"),
  day: { startsAt: of("dayStartsAt"), endsAt: of("dayEndsAt") },
  week: { startsAt: of("weekStartsAt"), endsAt: of("weekEndsAt") },
};

/** The candidates as JSON, with what the guard must know of each. */
const jsonOfAll = (candidates: readonly (Candidate & { readonly booking?: NewBooking })[]): string =>
  JSON.stringify(
    candidates.map(({ agentId, guard, booking }) => ({
      agentId,
      ...{ sealedTexts: booking?.sealedTexts, clientHash: booking?.clientHash },
      revision: guard.checked?.revision,
      ...{ dayStartsAt: guard.checked?.day.startsAt, dayEndsAt: guard.checked?.day.endsAt },
      ...{ weekStartsAt: guard.checked?.week.startsAt, weekEndsAt: guard.checked?.week.endsAt },
    })),
  );

/** One guard for all: each agent's own calendars may be excused, and each is checked by their own settings. */
const guardOfAll = (candidates: readonly Candidate[]): Guard => ({
  verifiedSince: Math.max(...candidates.map(({ guard }) => guard.verifiedSince)),
  excused: candidates.flatMap(({ guard }) => guard.excused),
  checked: CHECKED,
  force: candidates.every(({ guard }) => guard.force),
  past: false,
});

/** SQL: the ORDER BY that chooses one. `a` must name the agent's row, `e` the candidate. */
function orderBy(assign: Assign, slot: Interval): SQL {
  if (assign === "least_booked") {
    const { startsAt, endsAt } = CHECKED.week;
    return sql`ORDER BY (SELECT COUNT(*) FROM bookings k WHERE k.agent_id = a.agent_id AND k.state = 'confirmed'
      AND k.starts_at >= ${startsAt} AND k.starts_at < ${endsAt}), e.key LIMIT 1`;
  }
  if (assign === "longest_idle") {
    return sql`ORDER BY COALESCE((SELECT k.ends_at FROM bookings k WHERE k.agent_id = a.agent_id
      AND k.state = 'confirmed' AND k.starts_at < ${slot.startsAt} ORDER BY k.starts_at DESC LIMIT 1), 0), e.key LIMIT 1`;
  }
  return sql`ORDER BY e.key LIMIT 1`;
}

/** A sale to one of several agents. */
interface AnySale {
  readonly assign: Assign;
  readonly writeId: string;
  readonly now: Instant;
}

/**
 * Chooses one of the candidates and sells the slot, in one round trip (P1). No two bookings of theirs get the same id.
 * Idempotent under one `writeId`.
 * @returns the agent who was chosen; null: none could be sold
 */
export async function placeAnyOf(
  db: Database,
  input: AnySale & { readonly candidates: readonly BookingCandidate[]; readonly leaseUntil: Instant },
): Promise<string | null> {
  const { candidates, assign, writeId, leaseUntil, now } = input;
  const [first] = candidates;
  if (first === undefined) return null;
  const { booking } = first;
  const { bookingId } = booking;
  const ids = JSON.stringify(candidates.map(({ agentId }) => agentId));
  const theirs = sql`json_each(${ids}) i CROSS JOIN bookings k ON k.agent_id = i.value AND k.booking_id = ${bookingId}`;
  const chosen = sql`(SELECT k.agent_id FROM ${theirs} WHERE k.write_id = ${writeId})`;
  const request = { agentId: "", slot: booking, own: { bookingId }, rules: booking.rules, writeId, now };
  const free = sellable({ ...request, guard: guardOfAll(candidates) });
  const values = { ...booking, sealedTexts: of("sealedTexts"), clientHash: of("clientHash") };
  const results = await db.write([
    ...candidates.flatMap(({ agentId }): Statement[] => beginSale({ agentId, now })),
    insertBookingOf(
      { booking: values, writeId, now },
      sql`json_each(${jsonOfAll(candidates)}) e CROSS JOIN agents a ON a.agent_id = e.value ->> 'agentId'
        WHERE NOT EXISTS (SELECT 1 FROM ${theirs}) AND ${free}`,
      orderBy(assign, booking),
    ),
    insertOwnRow({ agentId: chosen, bookingId, when: sql`1` }),
    insertDeliveries({ booking: { agentId: chosen, bookingId }, writeId, leaseUntil, now }),
    refuseUnless(sql`${chosen} IS NOT NULL`, writeId, now),
    sql`SELECT ${chosen} AS agent_id`,
  ]);
  return chosenIn(results);
}

const chosenIn = (results: Awaited<ReturnType<Database["write"]>>): string | null => {
  const agentId = results.at(-1)?.rows[0]?.["agent_id"];
  return agentId === null || agentId === undefined ? null : String(agentId);
};

/**
 * Chooses one of the candidates and holds the slot, in one round trip (P1). Idempotent under one `writeId`.
 * @returns the agent who was chosen; null: none could be held
 */
export async function placeHoldAnyOf(
  db: Database,
  input: AnySale & { readonly candidates: readonly Candidate[]; readonly hold: Omit<NewHold, "agentId"> },
): Promise<string | null> {
  const { candidates, assign, hold, writeId, now } = input;
  const { holdId } = hold;
  const ids = JSON.stringify(candidates.map(({ agentId }) => agentId));
  const theirs = sql`json_each(${ids}) i CROSS JOIN holds h ON h.agent_id = i.value AND h.hold_id = ${holdId}`;
  const chosen = sql`(SELECT h.agent_id FROM ${theirs} WHERE h.write_id = ${writeId})`;
  const free = sellable({
    agentId: "",
    slot: hold,
    own: {},
    rules: hold.rules,
    guard: guardOfAll(candidates),
    writeId,
    now,
  });
  const results = await db.write([
    ...candidates.flatMap(({ agentId }): Statement[] => beginSale({ agentId, now })),
    insertHold(
      { hold, writeId, now },
      sql`json_each(${jsonOfAll(candidates)}) e CROSS JOIN agents a ON a.agent_id = e.value ->> 'agentId'
        WHERE NOT EXISTS (SELECT 1 FROM ${theirs}) AND ${free} ${orderBy(assign, hold)}`,
    ),
    insertHeldRow({ agentId: chosen, holdId, writeId }),
    refuseUnless(sql`${chosen} IS NOT NULL`, writeId, now),
    sql`SELECT ${chosen} AS agent_id`,
  ]);
  return chosenIn(results);
}
