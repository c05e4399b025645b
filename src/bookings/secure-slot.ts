// Secure slot: tries a guarded write until it has the slot, or until it knows why the slot can't be had.
import { conflictViews } from "../availability/check.ts";
import { heedDemand } from "../availability/demand.ts";
import {
  type CalendarView,
  type KnownFreeBusy,
  requireKnown,
  standardOf,
} from "../availability/free-busy.ts";
import { freshen, freshenDeadline, type Staleness } from "../availability/freshen.ts";
import { needsAgentZone, resolveSlot, type SlotInput } from "../availability/slot-input.ts";
import type { Deps } from "../deps.ts";
import { MAX_BOOKING_MS } from "../domain/booking.ts";
import { type Conflict, reachOf } from "../domain/conflicts.ts";
import { EngineError } from "../domain/errors.ts";
import { formatInstant, type Instant, SECOND_MS } from "../domain/instant.ts";
import { type Interval, interval } from "../domain/interval.ts";
import { type LostSale, lossReasonOf } from "../domain/lost-sales.ts";
import type { SlotRules } from "../domain/rules.ts";
import { dayNumberAt } from "../domain/zone.ts";
import { readSettings } from "../store/agents/agents.ts";
import type { Guard } from "../store/bookings/slot-guard.ts";
import type { FreeBusy } from "../store/busy/free-busy.ts";
import { SlotRefused } from "./lost-sales.ts";
import {
  type AskedSlot,
  type AttemptState,
  firstAttempt,
  type NextStep,
  nextStep,
  type SlotRequest,
} from "./next-attempt.ts";

/** The input of an attempt. */
export interface Attempt {
  readonly guard: Guard;
  /** The stretch of the agent's time that the attempt must read. */
  readonly reach: Interval;
  readonly now: Instant;
}

/** How an attempt ended: settled, or refused by the guard, with the free-busy that the same transaction read. */
export type Tried<T> = { readonly freeBusy: FreeBusy } & (
  | { readonly settled: true; readonly result: T }
  | {
      readonly settled: false;
      /** The instant from which the agent's minimum notice counts. */
      readonly minimumNoticeFrom: Instant;
      /** The rules that were refused; left out: those of the request. */
      readonly rules?: SlotRules;
    }
);

/**
 * Makes attempts until one settles the request. With fresh calendars that is one round trip. Otherwise the stale ones
 * are pulled within the budget, again if they change meanwhile, and the same guarded write is tried again.
 * @throws EngineError slot_taken, slot_unverified, agent_not_found, and whatever `attempt` throws
 */
export async function secureSlot<T>(
  deps: Deps,
  request: SlotRequest,
  attempt: (attempt: Attempt) => Promise<Tried<T>>,
): Promise<T> {
  const standard = standardOf(deps, "confirm", request.maxAgeMs);
  const asked = { request, standard, askedAt: deps.now() };
  const reach = reachOf(request.slot);
  let state = firstAttempt(asked);
  for (;;) {
    const tried = await attempt({ guard: state.guard, reach, now: deps.now() });
    if (tried.settled) {
      heedDemand(deps, [tried.freeBusy]);
      return tried.result;
    }
    const freeBusy = requireKnown(tried.freeBusy);
    const { minimumNoticeFrom, rules = request.rules } = tried;
    const refusal = { freeBusy, minimumNoticeFrom, now: deps.now(), pullDeadline: freshenDeadline(deps) };
    const refused = { ...asked, request: { ...request, rules } };
    state = await take(deps, refused, nextStep(refused, state, refusal), freeBusy);
  }
}

/** Takes a step. Returns the state of the next attempt, or throws the refusal. */
async function take(
  deps: Deps,
  { request, askedAt }: AskedSlot,
  step: NextStep,
  freeBusy: KnownFreeBusy,
): Promise<AttemptState> {
  if (step.kind === "try-again") return step.state;
  if (step.kind !== "pull") throw refusalOf(deps, request, step, freeBusy);
  await freshen(deps, staleOf(step), { askedAt, deadline: step.deadline });
  return step.state;
}

/** The calendars that a step pulls, each with how fresh it must become. */
export const staleOf = ({
  connectionIds,
  state,
}: Extract<NextStep, { readonly kind: "pull" }>): Staleness[] =>
  connectionIds.map((connectionId) => ({ connectionId, verifiedSince: state.guard.verifiedSince }));

/** The error of a step that refuses the request. */
export function refusalOf(
  deps: Deps,
  request: SlotRequest,
  step: Exclude<NextStep, { readonly kind: "pull" | "try-again" }>,
  freeBusy: KnownFreeBusy,
): SlotRefused {
  const { agentId, own } = request;
  const lost = {
    ...{ agentId, own },
    day: dayNumberAt(deps.now(), freeBusy.settings.timeZone),
    reason: lossReasonOf(step.kind === "taken" ? step.conflicts : []),
  };
  switch (step.kind) {
    case "taken":
      return slotTaken(step.conflicts, freeBusy, lost);
    case "unverified":
      return slotUnverified(step.stale, lost);
    case "give-up":
      deps.log.error("booking.guard_disagrees", { agentId, own });
      return new SlotRefused(
        "slot_unverified",
        "The slot changed while it was being booked. Check it and try again.",
        {},
        lost,
      );
  }
}

function slotTaken(conflicts: readonly Conflict[], freeBusy: KnownFreeBusy, lost: LostSale): SlotRefused {
  const views = conflictViews(conflicts, freeBusy).map(({ startsAt, endsAt, ...conflict }) => ({
    ...conflict,
    start: formatInstant(startsAt),
    end: formatInstant(endsAt),
  }));
  const detail = "The slot is no longer free. Offer the client another time.";
  return new SlotRefused("slot_taken", detail, { conflicts: views }, lost);
}

function slotUnverified(stale: readonly CalendarView[], lost: LostSale): SlotRefused {
  const calendars = stale.map((view) => ({ ...view, verifiedAt: textOf(view.verifiedAt) }));
  const detail =
    "The slot looks free, but a calendar could not be verified just now. Try again, or offer another time.";
  return new SlotRefused("slot_unverified", detail, { calendars }, lost);
}

const textOf = (at: Instant | null): string | null => (at === null ? null : formatInstant(at));

/**
 * The slot in instants. Local times are read in the zone that the slot names, else in `zone`, else in the agent's.
 * @throws EngineError invalid_time, invalid_time_zone, time_skipped_by_dst, agent_not_found
 */
export async function instantsOf(
  deps: Deps,
  input: { agentId: string; slot: SlotInput; zone?: string },
): Promise<Interval> {
  return wholeSlot(input.slot, input.zone ?? (await zoneFor(deps, input)));
}

/**
 * The slot in instants. Local times without a zone are read in `zone`.
 * @throws EngineError invalid_time, invalid_time_zone, time_skipped_by_dst
 */
export function wholeSlot(asked: SlotInput, zone: string): Interval {
  const exact = resolveSlot(asked, zone);
  // Calendars keep whole seconds. With anything finer, the event that they give back would look moved.
  const slot = interval(wholeSecond(exact.startsAt), wholeSecond(exact.endsAt));
  if (slot.endsAt - slot.startsAt <= MAX_BOOKING_MS) return slot;
  throw new EngineError("invalid_time", "A booking may last 24 hours at most. Split a longer one.");
}

const wholeSecond = (at: Instant): Instant => Math.floor(at / SECOND_MS) * SECOND_MS;

async function zoneFor(deps: Deps, { agentId, slot }: { agentId: string; slot: SlotInput }): Promise<string> {
  if (!needsAgentZone(slot)) return "UTC";
  const settings = await readSettings(deps.db, agentId);
  return requireKnown({ settings, calendars: [], rows: [], counted: [] }).settings.timeZone;
}
