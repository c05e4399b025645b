// Steps together: what follows for each of several operations beside all the others, and the pulls that this takes.
import { type KnownFreeBusy, standardOf } from "../availability/free-busy.ts";
import { freshen, type Staleness } from "../availability/freshen.ts";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { Guard } from "../store/bookings/slot-guard.ts";
import type { TogetherWrite } from "../store/bookings/together.ts";
import { type AttemptState, firstAttempt, nextStep } from "./next-attempt.ts";
import { refusalOf, staleOf } from "./secure-slot.ts";
import type { Intent, Wanted } from "./together-plan.ts";

/** What follows for an operation. */
export type Step =
  | { readonly kind: "refused"; readonly error: EngineError }
  | { readonly kind: "settled" }
  | {
      readonly kind: "pull";
      readonly stale: readonly Staleness[];
      readonly deadline: Instant;
      readonly state: AttemptState;
    }
  | { readonly kind: "write"; readonly write: TogetherWrite };

/** What follows for one of the intents, beside all others. */
export function stepOf(
  deps: Deps,
  input: {
    intents: readonly Intent[];
    index: number;
    /** The state after the operation's last pull; null: nothing was pulled for it. */
    before: AttemptState | null;
    askedAt: Instant;
    pullDeadline: Instant;
  },
): Step {
  const { intents, index, askedAt, pullDeadline } = input;
  const intent = intents[index];
  if (intent === undefined) throw new EngineError("internal_error", "An operation had no intent.");
  if (intent.kind !== "write") return intent;
  const { wanted, writeUnder } = intent;
  if (wanted === null) return { kind: "write", write: writeUnder(null) };
  const others = intents.filter((other) => other !== intent);
  const freeBusy = beside(wanted.freeBusy, wanted.request.agentId, others);
  const step = slotStep(deps, { ...wanted, freeBusy }, { before: input.before, askedAt, pullDeadline });
  return step.kind === "free" ? { kind: "write", write: writeUnder(step.guard) } : step;
}

/** What follows for a slot by what was read: it may be sold under a guard, calendars are pulled first, or neither. */
export function slotStep(
  deps: Deps,
  { request, freeBusy, minimumNoticeFrom }: Wanted,
  input: { before: AttemptState | null; askedAt: Instant; pullDeadline: Instant },
): Exclude<Step, { readonly kind: "settled" | "write" }> | { readonly kind: "free"; readonly guard: Guard } {
  const { askedAt, pullDeadline } = input;
  const asked = { request, standard: standardOf(deps, "confirm", request.maxAgeMs), askedAt };
  const state = { ...(input.before ?? firstAttempt(asked)), refusals: 0 };
  const step = nextStep(asked, state, { freeBusy, minimumNoticeFrom, now: deps.now(), pullDeadline });
  if (step.kind === "try-again") return { kind: "free", guard: step.state.guard };
  if (step.kind !== "pull") return { kind: "refused", error: refusalOf(deps, request, step, freeBusy) };
  return { kind: "pull", stale: staleOf(step), deadline: step.deadline, state: step.state };
}

/** The agent's time as it will be when all others are done: their new places are taken, and their old ones free. */
function beside(freeBusy: KnownFreeBusy, agentId: string, others: readonly Intent[]): KnownFreeBusy {
  const theirs = others.flatMap((other) =>
    other.kind === "write" && other.key.agentId === agentId && other.place !== null ? [other] : [],
  );
  const left = new Set(theirs.map(({ key }) => key.bookingId));
  const ended = new Set(theirs.map(({ holdId }) => holdId));
  const places = theirs.flatMap(({ key: { bookingId }, place }) =>
    place === null || place === "nowhere" ? [] : [{ bookingId, place }],
  );
  const stays = (bookingId: string | null, holdId: string | null) =>
    (bookingId === null || !left.has(bookingId)) && (holdId === null || !ended.has(holdId));
  return {
    ...freeBusy,
    rows: [
      ...freeBusy.rows.filter(
        ({ connectionId, bookingId, status, eventKey }) =>
          connectionId !== null || stays(bookingId, status === "hold" ? eventKey : null),
      ),
      ...places.map(({ bookingId, place }) => ({
        ...{ ...place, connectionId: null, eventKey: bookingId, bookingId },
        ...{ status: "booking" as const, allDay: false },
      })),
    ],
    counted: [
      ...freeBusy.counted.filter(({ bookingId, holdId }) => stays(bookingId, holdId)),
      ...places.map(({ bookingId, place }) => ({ startsAt: place.startsAt, bookingId, holdId: null })),
    ],
  };
}

/** Pulls what the steps ask for, until the earliest of their deadlines. False: they ask for nothing. */
export async function pullFor(
  deps: Deps,
  steps: readonly (Step | ReturnType<typeof slotStep>)[],
  askedAt: Instant,
): Promise<boolean> {
  const pulls = steps.flatMap((step) => (step.kind === "pull" ? [step] : []));
  if (pulls.length === 0) return false;
  const stale = pulls.flatMap((step) => step.stale);
  await freshen(deps, stale, { askedAt, deadline: Math.min(...pulls.map(({ deadline }) => deadline)) });
  return true;
}
