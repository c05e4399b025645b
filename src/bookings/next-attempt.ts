// Next attempt: decides what to do after the guard has refused a slot. Pure: it reads no clock and no database.
import {
  type CalendarView,
  isRecent,
  type KnownFreeBusy,
  provenanceOf,
  type Standard,
} from "../availability/free-busy.ts";
import { type Conflict, conflictsOf, type Own, ownConflictsOf } from "../domain/conflicts.ts";
import type { Instant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import type { SlotRules } from "../domain/rules.ts";
import type { AgentSettings } from "../domain/settings.ts";
import { dayAround, weekAround } from "../domain/zone.ts";
import type { CheckedSettings, Guard } from "../store/bookings/slot-guard.ts";
import type { FreeBusyCalendar } from "../store/busy/free-busy-calendars.ts";

/**
 * The request is given up after this many refusals that nothing explains. Two of them are normal: the first attempt
 * doesn't know the revision of the settings yet, and the second doesn't excuse stale calendars yet.
 */
const MAX_REFUSALS = 3;

/** A request for a slot of an agent. */
export interface SlotRequest {
  readonly agentId: string;
  readonly slot: Interval;
  readonly own: Own;
  readonly rules: SlotRules;
  /** How old the truth behind the sale may be, in ms; null: the configuration decides. */
  readonly maxAgeMs: number | null;
  /** Ignore everything but the past and the agent's bookings and holds. */
  readonly force: boolean;
}

/** A request with the instant at which it was made and the freshness that it needs. */
export interface AskedSlot {
  readonly request: SlotRequest;
  readonly standard: Standard;
  readonly askedAt: Instant;
}

/** The state in which an attempt is made. */
export interface AttemptState {
  readonly guard: Guard;
  /** The calendars pulled so far, each with its `verifiedAt` before its last pull. */
  readonly pulled: ReadonlyMap<string, Instant | null>;
  /** The instant at which pulls must have ended; null before the first pull. */
  readonly deadline: Instant | null;
  /** Attempts refused when nothing was left to pull. */
  readonly refusals: number;
}

/** A refused attempt. */
export interface Refusal {
  /** Read in the transaction that refused. */
  readonly freeBusy: KnownFreeBusy;
  /** The instant from which the agent's minimum notice counts. */
  readonly minimumNoticeFrom: Instant;
  readonly now: Instant;
  /** The deadline for pulls if the first one starts now. */
  readonly pullDeadline: Instant;
}

/** What to do after a refused attempt. */
export type NextStep =
  /** Refuse the request: these conflicts are certain, or no pull can clear them. */
  | { readonly kind: "taken"; readonly conflicts: readonly Conflict[] }
  /** Pull these calendars until the deadline, then make another attempt. */
  | {
      readonly kind: "pull";
      readonly connectionIds: readonly string[];
      readonly deadline: Instant;
      readonly state: AttemptState;
    }
  /** Refuse the request: the agent doesn't allow a sale while these calendars are stale. */
  | { readonly kind: "unverified"; readonly stale: readonly CalendarView[] }
  /** Make another attempt at once. */
  | { readonly kind: "try-again"; readonly state: AttemptState }
  /** Refuse the request: the guard keeps refusing, and the free-busy doesn't say why. */
  | { readonly kind: "give-up" };

/** The state of the first attempt. */
export function firstAttempt({ request, standard, askedAt }: AskedSlot): AttemptState {
  const verifiedSince = askedAt - standard.maxAgeMs;
  const guard = { verifiedSince, excused: [], checked: null, force: request.force, past: false };
  return { guard, pulled: new Map(), deadline: null, refusals: 0 };
}

/** Decides what follows a refused attempt. */
export function nextStep(asked: AskedSlot, state: AttemptState, refusal: Refusal): NextStep {
  const { settings } = refusal.freeBusy;
  const stale = staleCalendars(asked, refusal.freeBusy);
  const toPull = worthPulling(asked, state, refusal);
  const conflicts = conflictsWith(asked.request, refusal);
  // The rows of a stale calendar may be out of date. Before they refuse anybody, the calendar is pulled.
  const doubtful = new Set<string | null>(toPull.length > 0 ? idsOf(stale) : []);
  if (conflicts.some(({ connectionId }) => !doubtful.has(connectionId))) return { kind: "taken", conflicts };
  const guard = { ...state.guard, checked: checkedBy(settings, asked.request.slot) };
  if (toPull.length > 0) {
    const deadline = state.deadline ?? refusal.pullDeadline;
    const pulled = new Map(state.pulled);
    for (const { connectionId, verifiedAt } of toPull) pulled.set(connectionId, verifiedAt);
    return {
      kind: "pull",
      connectionIds: idsOf(toPull),
      deadline,
      state: { ...state, guard, pulled, deadline },
    };
  }
  if (stale.length > 0 && settings.onStale === "refuse") return { kind: "unverified", stale };
  const refusals = state.refusals + 1;
  if (refusals === MAX_REFUSALS) return { kind: "give-up" };
  return { kind: "try-again", state: { ...state, guard: { ...guard, excused: idsOf(stale) }, refusals } };
}

/** What the guard must know of the agent's settings about a slot. */
export const checkedBy = (
  { revision, timeZone }: AgentSettings,
  { startsAt }: Interval,
): CheckedSettings => ({
  revision,
  day: dayAround(startsAt, timeZone),
  week: weekAround(startsAt, timeZone),
});

const idsOf = (calendars: readonly Pick<CalendarView, "connectionId">[]): string[] =>
  calendars.map(({ connectionId }) => connectionId);

/** With `force` no calendar counts, so none is stale. */
function staleCalendars(
  { request, standard, askedAt }: AskedSlot,
  freeBusy: KnownFreeBusy,
): readonly CalendarView[] {
  if (request.force) return [];
  return provenanceOf(freeBusy, standard, request.slot, askedAt).calendars.filter(({ fresh }) => !fresh);
}

/**
 * The calendars that a pull may make fresh: none that is gone. A pull that verified nothing is not repeated. One that
 * did, and was overtaken by another change, is repeated until the deadline: where many book at once, each write changes
 * the calendar under the others.
 */
function worthPulling(
  { request, standard, askedAt }: AskedSlot,
  { pulled, deadline }: AttemptState,
  { freeBusy, now }: Refusal,
): readonly FreeBusyCalendar[] {
  if (request.force || (deadline !== null && now >= deadline)) return [];
  return freeBusy.calendars.filter(
    (calendar) =>
      !calendar.gone &&
      !isRecent(calendar, standard, askedAt) &&
      pulled.get(calendar.connectionId) !== calendar.verifiedAt,
  );
}

function conflictsWith({ slot, own, rules, force }: SlotRequest, refusal: Refusal): readonly Conflict[] {
  const { rows, counted, settings } = refusal.freeBusy;
  const { now, minimumNoticeFrom: noticeFrom } = refusal;
  const input = { slot, rows, counted, settings, rules, now, noticeFrom, own };
  return force ? ownConflictsOf(input) : conflictsOf(input);
}
