// Secure slot: tries a guarded write until it has the slot, or until it is clear why it can't.
import { conflictViews } from "../availability/check.ts";
import {
  type CalendarView,
  type KnownFreeBusy,
  provenanceOf,
  requireKnown,
  standardOf,
} from "../availability/free-busy.ts";
import { freshen, freshenDeadline } from "../availability/freshen.ts";
import { needsAgentZone, resolveSlot, type SlotInput } from "../availability/slot-input.ts";
import type { Deps } from "../deps.ts";
import { MAX_BOOKING_MS } from "../domain/booking.ts";
import { conflictsOf, type Own, ownConflictsOf, reachOf } from "../domain/conflicts.ts";
import { EngineError } from "../domain/errors.ts";
import { formatInstant, type Instant, SECOND_MS } from "../domain/instant.ts";
import { type Interval, interval } from "../domain/interval.ts";
import { readSettings } from "../store/agents/agents.ts";
import type { Guard } from "../store/bookings/slot-guard.ts";
import type { FreeBusy } from "../store/busy/free-busy.ts";

/** With nothing more to pull a sale may be refused for want of known hours, then of an excuse: each once. */
const MAX_ATTEMPTS = 3;

/** A slot that is to be secured. */
export interface SlotRequest {
  readonly agentId: string;
  readonly slot: Interval;
  readonly own: Own;
  /** How old the truth behind it may be, in ms; null: the configuration's word. */
  readonly maxAgeMs: number | null;
  /** Over outside events, stale calendars, notice and hours; never over the agent's bookings and holds. */
  readonly force: boolean;
}

/** The circumstances of one attempt. */
export interface Attempt {
  readonly guard: Guard;
  /** What the attempt is to read of the agent's time. */
  readonly reach: Interval;
  readonly now: Instant;
}

/** How an attempt ended: settled, or refused by a guard that the picture of the same transaction explains. */
export type Tried<T> =
  | { readonly settled: true; readonly result: T }
  | {
      readonly settled: false;
      readonly freeBusy: FreeBusy;
      /** From when the agent's notice counts. */
      readonly minimumNoticeFrom: Instant;
    };

/**
 * Makes attempts until one settles it: one round trip where the calendars are fresh; else the stale ones are pulled
 * within the budget, again if they change meanwhile, and the same guarded write is tried again.
 * @throws EngineError slot_taken, slot_unverified, agent_not_found, and whatever `attempt` throws
 */
export async function secureSlot<T>(
  deps: Deps,
  request: SlotRequest,
  attempt: (attempt: Attempt) => Promise<Tried<T>>,
): Promise<T> {
  const askedAt = deps.now();
  const { force, slot } = request;
  const standard = standardOf(deps, "confirm", request.maxAgeMs);
  const verifiedSince = askedAt - standard.maxAgeMs;
  const pulled = new Map<string, Instant | null>();
  let deadline: Instant | null = null;
  let guard: Guard = { verifiedSince, excused: [], hoursRevision: null, force, past: false };
  for (let attempts = 0; attempts < MAX_ATTEMPTS; ) {
    const tried = await attempt({ guard, reach: reachOf(slot, null), now: deps.now() });
    if (tried.settled) return tried.result;
    const freeBusy = requireKnown(tried.freeBusy);
    const { calendars } = provenanceOf(freeBusy, standard, slot, askedAt);
    const stale = force ? [] : calendars.filter(({ fresh }) => !fresh);
    // A pull that brought nothing is not repeated; one that was overtaken by a change is, as long as there is time:
    // where many book at once, each write makes the calendar change under the others.
    const helpable = stale.filter(({ connectionId, verifiedAt }) => pulled.get(connectionId) !== verifiedAt);
    const toPull = deadline === null || deps.now() < deadline ? helpable : [];
    refuseUnlessFree(request, freeBusy, tried.minimumNoticeFrom, toPull.length > 0 ? stale : []);
    guard = { ...guard, hoursRevision: freeBusy.settings.revision };
    if (toPull.length > 0) {
      for (const { connectionId, verifiedAt } of toPull) pulled.set(connectionId, verifiedAt);
      deadline ??= freshenDeadline(deps);
      const wanted = toPull.map(({ connectionId }) => ({ connectionId, verifiedSince }));
      await freshen(deps, wanted, { askedAt, deadline });
      continue;
    }
    if (stale.length > 0 && freeBusy.settings.onStale === "refuse") throw unverified(stale);
    guard = { ...guard, excused: stale.map(({ connectionId }) => connectionId) };
    attempts += 1;
  }
  deps.log.error("booking.guard_disagrees", { agentId: request.agentId, own: request.own });
  throw new EngineError(
    "slot_unverified",
    "The slot changed while it was being booked. Check it and try again.",
  );
}

function unverified(stale: readonly CalendarView[]): EngineError {
  const calendars = stale.map((view) => ({ ...view, verifiedAt: textOf(view.verifiedAt) }));
  return new EngineError(
    "slot_unverified",
    "The slot looks free, but a calendar could not be verified just now. Try again, or offer another time.",
    { extra: { calendars } },
  );
}

const textOf = (at: number | null): string | null => (at === null ? null : formatInstant(at));

/**
 * Says what is in the way, as far as the picture of the same transaction tells. What only `doubtful` calendars
 * hold against the slot may be over by now: they are asked again first.
 */
function refuseUnlessFree(
  { slot, own, force }: SlotRequest,
  freeBusy: KnownFreeBusy,
  minimumNoticeFrom: Instant,
  doubtful: readonly CalendarView[],
): void {
  const { rows, settings } = freeBusy;
  const conflicts = (force ? ownConflictsOf : conflictsOf)({
    slot,
    rows,
    settings,
    now: minimumNoticeFrom,
    own,
  });
  const doubted = new Set<string | null>(doubtful.map(({ connectionId }) => connectionId));
  if (conflicts.every(({ connectionId }) => doubted.has(connectionId))) return;
  throw new EngineError("slot_taken", "The slot is no longer free. Offer the client another time.", {
    extra: {
      conflicts: conflictViews(conflicts, freeBusy).map(({ startsAt, endsAt, ...conflict }) => ({
        ...conflict,
        start: formatInstant(startsAt),
        end: formatInstant(endsAt),
      })),
    },
  });
}

/**
 * The slot in instants, by the zone it names itself, else by `zone`, else by the agent's.
 * @throws EngineError invalid_time, invalid_time_zone, time_skipped_by_dst, agent_not_found
 */
export async function instantsOf(
  deps: Deps,
  input: { agentId: string; slot: SlotInput; zone?: string },
): Promise<Interval> {
  const exact = resolveSlot(input.slot, input.zone ?? (await zoneFor(deps, input)));
  // No calendar keeps anything finer, and what it gives back would look moved.
  const slot = interval(wholeSecond(exact.startsAt), wholeSecond(exact.endsAt));
  if (slot.endsAt - slot.startsAt <= MAX_BOOKING_MS) return slot;
  throw new EngineError("invalid_time", "A booking may last 24 hours at most. Split a longer one.");
}

const wholeSecond = (at: Instant): Instant => Math.floor(at / SECOND_MS) * SECOND_MS;

async function zoneFor(deps: Deps, { agentId, slot }: { agentId: string; slot: SlotInput }): Promise<string> {
  if (!needsAgentZone(slot)) return "UTC";
  const settings = await readSettings(deps.db, agentId);
  return requireKnown({ settings, calendars: [], rows: [] }).settings.timeZone;
}
