// Any of: one of several agents is chosen and sold in one guarded batch.
import { type SQL, sql } from "drizzle-orm";
import type { Instant } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import type { Database, Statement } from "../db.ts";
import { insertBookingOf, insertDeliveries, insertOwnRow, type NewBooking } from "./bookings.ts";
import { insertHeldRow, insertHold, type NewHold } from "./holds.ts";
import { refuseUnless } from "./refusals.ts";
import { beginSale, type CheckedSettings, type Guard, type GuardedRequest, sellable } from "./slot-guard.ts";

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
  /** All agents that were asked for, also those who are no candidates. None of them may have the id already. */
  readonly agents: readonly string[];
  readonly assign: Assign;
  readonly writeId: string;
  readonly now: Instant;
}

/**
 * What the sale of a booking and that of a hold have in common.
 * @param sold the table of what is sold, with its id there
 * @param request what is asked of each candidate
 */
function choiceOf(
  {
    agents,
    assign,
    writeId,
    now,
    candidates,
  }: AnySale & { readonly candidates: readonly BookingCandidate[] | readonly Candidate[] },
  sold: {
    readonly table: "bookings" | "holds";
    readonly idColumn: "booking_id" | "hold_id";
    readonly id: string;
  },
  request: Pick<GuardedRequest, "slot" | "own" | "rules">,
) {
  const theirs = sql`json_each(${JSON.stringify(agents)}) i CROSS JOIN ${sql.raw(sold.table)} k
    ON k.agent_id = i.value AND k.${sql.raw(sold.idColumn)} = ${sold.id}`;
  const chosen = sql`(SELECT k.agent_id FROM ${theirs} WHERE k.write_id = ${writeId})`;
  const free = sellable({ ...request, agentId: "", guard: guardOfAll(candidates), writeId, now });
  return {
    /** SQL: the agent who was chosen by this write, or null. */
    chosen,
    /** Statements that come first: each agent's row is written, so that two sales to one of them can't pass. */
    beginning: agents.flatMap((agentId): Statement[] => beginSale({ agentId, now })),
    /** SQL: FROM and WHERE of the candidates who can be sold. */
    sellableAgents: sql`json_each(${jsonOfAll(candidates)}) e CROSS JOIN agents a ON a.agent_id = e.value ->> 'agentId'
      WHERE NOT EXISTS (SELECT 1 FROM ${theirs}) AND ${free}`,
    /** SQL: ORDER BY and LIMIT. */
    order: orderBy(assign, request.slot),
    /** Statements that come last, for `chosenIn`. */
    end: [refuseUnless(sql`${chosen} IS NOT NULL`, writeId, now), sql`SELECT ${chosen} AS agent_id`],
  };
}

const chosenIn = (results: Awaited<ReturnType<Database["write"]>>): string | null => {
  const agentId = results.at(-1)?.rows[0]?.["agent_id"];
  return agentId === null || agentId === undefined ? null : String(agentId);
};

/**
 * Chooses one of the candidates and sells the slot, in one round trip (P1). No two of the agents get the same id.
 * Idempotent under one `writeId`.
 * @returns the agent who was chosen; null: none could be sold
 */
export async function placeAnyOf(
  db: Database,
  input: AnySale & { readonly candidates: readonly BookingCandidate[]; readonly leaseUntil: Instant },
): Promise<string | null> {
  const { writeId, leaseUntil, now } = input;
  const [first] = input.candidates;
  if (first === undefined) return null;
  const { booking } = first;
  const { bookingId, rules } = booking;
  const sold = { table: "bookings", idColumn: "booking_id", id: bookingId } as const;
  const { beginning, chosen, sellableAgents, order, end } = choiceOf(input, sold, {
    slot: booking,
    own: { bookingId },
    rules,
  });
  const values = { ...booking, sealedTexts: of("sealedTexts"), clientHash: of("clientHash") };
  return chosenIn(
    await db.write([
      ...beginning,
      insertBookingOf({ booking: values, writeId, now }, sellableAgents, order),
      insertOwnRow({ agentId: chosen, bookingId, when: sql`1` }),
      insertDeliveries({ booking: { agentId: chosen, bookingId }, writeId, leaseUntil, now }),
      ...end,
    ]),
  );
}

/**
 * Chooses one of the candidates and holds the slot, in one round trip (P1). Idempotent under one `writeId`.
 * @returns the agent who was chosen; null: none could be held
 */
export async function placeHoldAnyOf(
  db: Database,
  input: AnySale & { readonly candidates: readonly Candidate[]; readonly hold: Omit<NewHold, "agentId"> },
): Promise<string | null> {
  const { hold, writeId, now } = input;
  const { holdId, rules } = hold;
  const sold = { table: "holds", idColumn: "hold_id", id: holdId } as const;
  const { beginning, chosen, sellableAgents, order, end } = choiceOf(input, sold, {
    slot: hold,
    own: {},
    rules,
  });
  return chosenIn(
    await db.write([
      ...beginning,
      insertHold({ hold, writeId, now }, sql`${sellableAgents} ${order}`),
      insertHeldRow({ agentId: chosen, holdId, writeId }),
      ...end,
    ]),
  );
}
