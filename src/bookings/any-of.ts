// Any of: books or holds one of several agents, chosen in the batch that sells the slot.
import { heedDemand } from "../availability/demand.ts";
import { requireKnown } from "../availability/free-busy.ts";
import { freshenDeadline } from "../availability/freshen.ts";
import type { Deps } from "../deps.ts";
import { textsOf } from "../domain/booking.ts";
import { type Own, reachOf } from "../domain/conflicts.ts";
import { EngineError, resultOrError } from "../domain/errors.ts";
import type { Interval } from "../domain/interval.ts";
import { NO_RULES, type SlotRules } from "../domain/rules.ts";
import { type Assign, type Candidate, placeAnyOf, placeHoldAnyOf } from "../store/bookings/any-of.ts";
import { readBooking } from "../store/bookings/bookings.ts";
import { readTogether, type TogetherState } from "../store/bookings/together.ts";
import { type CreateInput, newBooking, requireSame } from "./create.ts";
import { deliverWork, leaseUntil } from "./deliver-now.ts";
import { type HoldAnswer, holdView, type placeHold, requireSameHold } from "./hold.ts";
import { requireLive } from "./live-booking.ts";
import { countLost } from "./lost-sales.ts";
import type { AttemptState } from "./next-attempt.ts";
import { wholeSlot } from "./secure-slot.ts";
import { MAX_BATCHES } from "./together.ts";
import { pullFor, slotStep } from "./together-steps.ts";
import { type BookingAnswer, bookingView, deliveryView } from "./views.ts";

/** One of several agents is to be chosen. */
interface AnyOf {
  /** In the caller's order, each once. */
  readonly agents: readonly string[];
  readonly assign: Assign;
}

/** A new booking of one of several agents. It names no hold and no key, because these are one agent's. */
export type AnyOfInput = AnyOf & Omit<CreateInput, "agentId" | "holdId" | "idempotencyKey">;

/** A hold on one of several agents. */
export type HoldAnyOfInput = AnyOf & Omit<Parameters<typeof placeHold>[1], "agentId">;

/**
 * Books one of the agents whose time is free. The same booking id again gives the same agent.
 * @param input.slot in instants, or in local times with their zone
 * @throws EngineError slot_taken, slot_unverified, agent_not_found, booking_exists, booking_cancelled, invalid_time,
 *   invalid_time_zone, time_skipped_by_dst
 */
export async function createAnyOf(deps: Deps, input: AnyOfInput): Promise<BookingAnswer> {
  const { agents, assign, bookingId, deliver: when } = input;
  const slot = wholeSlot(input.slot, "UTC");
  const bookingFor = (agentId: string) =>
    newBooking(deps, { ...input, agentId, holdId: null, idempotencyKey: null }, slot);
  const { agentId, writeId } = await sellAnyOf(deps, {
    agents,
    slot,
    own: { bookingId },
    rules: input.rules ?? NO_RULES,
    maxAgeMs: input.maxAgeMs,
    force: input.force,
    asked: { bookings: agents.map((id) => ({ agentId: id, bookingId })), holds: [] },
    settledBy: async ({ bookings: [row] }) => {
      if (row === undefined) return null;
      const wanted = { ...(await bookingFor(row.agentId)), ...textsOf(input) };
      await requireSame(deps, wanted, requireLive(row));
      return row.agentId;
    },
    place: async (found, write) => {
      const candidates = await Promise.all(
        found.map(async (one) => ({ ...one, booking: await bookingFor(one.agentId) })),
      );
      const lease = { leaseUntil: leaseUntil(when, write.now) };
      return placeAnyOf(deps.db, { agents, candidates, assign, ...write, ...lease });
    },
  });
  const { booking, work } = await readBooking(deps.db, { agentId, bookingId });
  const results =
    writeId === null
      ? work.map((item) => deliveryView(item))
      : await deliverWork(deps, { work, writeId, when });
  return { created: writeId !== null, booking: await bookingView(deps, requireLive(booking)), results };
}

/**
 * Holds the time of one of the agents. The same hold id again gives the same agent.
 * @param input.slot in instants, or in local times with their zone
 * @throws EngineError slot_taken, slot_unverified, agent_not_found, hold_exists, hold_over, invalid_time,
 *   invalid_time_zone, time_skipped_by_dst
 */
export async function holdAnyOf(deps: Deps, input: HoldAnyOfInput): Promise<HoldAnswer> {
  const { agents, assign, holdId, lifetimeMs, rules = NO_RULES, maxAgeMs, force } = input;
  const slot = wholeSlot(input.slot, "UTC");
  const holds = agents.map((agentId) => ({ agentId, holdId }));
  const { agentId, writeId } = await sellAnyOf(deps, {
    ...{ agents, slot, own: { holdId }, rules, maxAgeMs, force, asked: { bookings: [], holds } },
    settledBy: async ({ holds: [row] }) => row?.agentId ?? null,
    place: (candidates, write) => {
      const hold = { holdId, ...slot, expiresAt: write.now + lifetimeMs, rules };
      return placeHoldAnyOf(deps.db, { agents, candidates, assign, hold, ...write });
    },
  });
  const now = deps.now();
  const known = await readTogether(deps.db, { bookings: [], holds: [{ agentId, holdId }], times: [], now });
  const [row] = known.holds;
  if (row === undefined) throw new EngineError("internal_error", "A placed hold has no row.");
  return requireSameHold({ created: writeId !== null, hold: holdView(row, now) }, slot, rules);
}

/** A sale to one of several agents. */
interface AnySale {
  readonly agents: readonly string[];
  readonly slot: Interval;
  readonly own: Own;
  readonly rules: SlotRules;
  readonly maxAgeMs: number | null;
  readonly force: boolean;
  readonly asked: Pick<Parameters<typeof readTogether>[1], "bookings" | "holds">;
  /** The agent with whom it stands already; null: with none. */
  settledBy(known: TogetherState): Promise<string | null>;
  /** Chooses one and sells the slot. Null: the guard has refused all of them. */
  place(
    candidates: readonly Candidate[],
    write: { readonly writeId: string; readonly now: number },
  ): Promise<string | null>;
}

/**
 * Reads all agents' time with one request, and sells to one of those who are free. Stale calendars of all of them are
 * pulled first, within the budget, so that nobody is passed over for a slow calendar.
 * @returns who it is, and the write that sold it; null: it stood already
 */
async function sellAnyOf(
  deps: Deps,
  sale: AnySale,
): Promise<{ readonly agentId: string; readonly writeId: string | null }> {
  const { agents, slot, own, rules, maxAgeMs, force } = sale;
  const askedAt = deps.now();
  const times = agents.map((agentId) => ({ agentId, reach: reachOf(slot) }));
  const states = new Map<string, AttemptState>();
  for (let batches = 0; batches < MAX_BATCHES; ) {
    const now = deps.now();
    const known = await readTogether(deps.db, { ...sale.asked, times, now });
    const standing = await sale.settledBy(known);
    if (standing !== null) return { agentId: standing, writeId: null };
    const pullDeadline = freshenDeadline(deps);
    const steps = agents.map((agentId, index) => {
      const freeBusy = resultOrError(() => requireKnown(known.freeBusy[index]));
      if (freeBusy instanceof EngineError) return { kind: "refused" as const, error: freeBusy };
      const wanted = {
        request: { agentId, slot, own, rules, maxAgeMs, force },
        freeBusy,
        minimumNoticeFrom: now,
      };
      const before = states.get(agentId) ?? null;
      const step = slotStep(deps, wanted, { before, askedAt, pullDeadline });
      if (step.kind === "pull") states.set(agentId, step.state);
      return step;
    });
    if (await pullFor(deps, steps, askedAt)) continue;
    heedDemand(deps, known.freeBusy);
    const candidates = steps.flatMap((step, index): Candidate[] =>
      step.kind === "free" ? [{ agentId: agents[index] ?? "", guard: step.guard }] : [],
    );
    if (candidates.length === 0) {
      const errors = steps.flatMap((step) => (step.kind === "refused" ? [step.error] : []));
      countLost(deps, errors);
      throw noneFree(agents, errors);
    }
    // A new id for each batch: a refused `writeId` stays refused.
    const writeId = deps.newId();
    const agentId = await sale.place(candidates, { writeId, now: deps.now() });
    if (agentId !== null) return { agentId, writeId };
    batches += 1;
  }
  throw new EngineError(
    "slot_unverified",
    "The slot changed while it was being sold. Check it and try again.",
  );
}

/** Why none of the agents can be had: the best hope of all, and the reason of each. */
function noneFree(agents: readonly string[], errors: readonly EngineError[]): EngineError {
  const failed = errors.map(({ code, message, extra }, index) => ({
    ...{ agentId: agents[index], code, detail: message, ...extra },
  }));
  const code = (["slot_unverified", "slot_taken"] as const).find((one) =>
    errors.some((error) => error.code === one),
  );
  const detail =
    code === undefined
      ? "Nothing is known about any of these agents. Connect a calendar or PUT /settings for one first."
      : code === "slot_taken"
        ? "None of these agents is free then. Offer the client another time."
        : "None of these agents is known to be free then, and a calendar could not be verified just now. Try again.";
  return new EngineError(code ?? "agent_not_found", detail, { extra: { agents: failed } });
}
