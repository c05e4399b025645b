// Plan together: what each of several operations comes to, by what the database holds, beside all the others.
import { type KnownFreeBusy, requireKnown, standardOf } from "../availability/free-busy.ts";
import type { Staleness } from "../availability/freshen.ts";
import { boundsOf, type SlotInput } from "../availability/slot-input.ts";
import type { Deps } from "../deps.ts";
import { textsOf } from "../domain/booking.ts";
import { reachOf } from "../domain/conflicts.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import { type Buffers, NO_RULES, rulesFor, sameBuffers } from "../domain/rules.ts";
import type { Guard } from "../store/bookings/slot-guard.ts";
import type {
  BookingKey,
  TogetherQuestion,
  TogetherState,
  TogetherWrite,
} from "../store/bookings/together.ts";
import type { FreeBusy } from "../store/busy/free-busy.ts";
import type { BookingRow } from "../store/rows.ts";
import type { BulkOperation } from "./bulk.ts";
import { type ChangeInput, calendarsShow, isAt, newTexts } from "./change.ts";
import { type CreateInput, newBooking, refuseHold, requireSame } from "./create.ts";
import { minimumNoticeFromOf } from "./hold.ts";
import { requireBooking, requireLive } from "./live-booking.ts";
import { type AttemptState, firstAttempt, nextStep, type SlotRequest } from "./next-attempt.ts";
import { refusalOf, wholeSlot } from "./secure-slot.ts";

/** A slot that an operation must be sold, with what decides about it alone. */
export interface Wanted {
  readonly request: SlotRequest;
  readonly freeBusy: KnownFreeBusy;
  readonly minimumNoticeFrom: Instant;
}

/** What an operation is to do. */
export type Intent =
  | { readonly kind: "refused"; readonly error: EngineError }
  /** It is so already. */
  | { readonly kind: "settled" }
  | {
      readonly kind: "write";
      readonly key: BookingKey;
      /** Where the booking will be; null: it keeps its slot. A cancelled one will be nowhere. */
      readonly place: (Interval & Buffers) | "nowhere" | null;
      /** The hold that ends with it. */
      readonly holdId: string | null;
      /** Null: it needs no slot. */
      readonly wanted: Wanted | null;
      readonly writeUnder: (guard: Guard | null) => TogetherWrite;
    };

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

const slotOf = (operation: BulkOperation): SlotInput | null =>
  operation.action === "cancel" ? null : operation.input.slot;

/** The stretch of time that an operation's slot asks about; null: none, or it is refused for its slot anyway. */
function reachOfSlot(slot: SlotInput | null): Interval | null {
  try {
    return slot === null ? null : reachOf(boundsOf(slot));
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
}

/** What the database must be asked about the operations. */
export function questionOf(operations: readonly BulkOperation[], now: Instant): TogetherQuestion {
  return {
    bookings: operations.map(({ input: { agentId, bookingId } }) => ({ agentId, bookingId })),
    holds: operations.flatMap(({ action, input }) =>
      action === "create" && input.holdId !== null ? [{ agentId: input.agentId, holdId: input.holdId }] : [],
    ),
    times: operations.flatMap((operation) => {
      const reach = reachOfSlot(slotOf(operation));
      return reach === null ? [] : [{ agentId: operation.input.agentId, reach }];
    }),
    now,
  };
}

/** The free-busy that was read for each operation; undefined: none was asked for. */
export function timesOf(
  operations: readonly BulkOperation[],
  { freeBusy }: TogetherState,
): (FreeBusy | undefined)[] {
  const read = freeBusy.values();
  return operations.map((operation) =>
    reachOfSlot(slotOf(operation)) === null ? undefined : read.next().value,
  );
}

/** What an operation is to do, by itself. */
export async function intend(
  deps: Deps,
  operation: BulkOperation,
  known: TogetherState,
  time: FreeBusy | undefined,
): Promise<Intent> {
  const { agentId, bookingId } = operation.input;
  const row = known.bookings.find((one) => one.agentId === agentId && one.bookingId === bookingId) ?? null;
  try {
    if (operation.action === "create") return await toCreate(deps, operation.input, { row, known, time });
    if (operation.action === "change") return await toChange(deps, operation.input, { row, time });
    const { state, revision } = requireBooking(row);
    if (state === "cancelled") return { kind: "settled" };
    const key = { agentId, bookingId };
    const writeUnder = (): TogetherWrite => ({ action: "cancel", ...key, revision });
    return { kind: "write", key, place: "nowhere", holdId: null, wanted: null, writeUnder };
  } catch (error) {
    if (error instanceof EngineError) return { kind: "refused", error };
    throw error;
  }
}

async function toCreate(
  deps: Deps,
  input: Omit<CreateInput, "deliver">,
  { row, known, time }: { row: BookingRow | null; known: TogetherState; time: FreeBusy | undefined },
): Promise<Intent> {
  const { agentId, bookingId, holdId, rules = NO_RULES, maxAgeMs, force } = input;
  const slot = wholeSlot(input.slot, time?.settings?.timeZone ?? "UTC");
  const freeBusy = requireKnown(time);
  const booking = await newBooking(deps, input, slot);
  if (row !== null) {
    await requireSame(deps, { ...booking, ...textsOf(input) }, requireLive(row));
    return { kind: "settled" };
  }
  const hold = known.holds.find((one) => one.agentId === agentId && one.holdId === holdId) ?? null;
  refuseHold(booking, hold);
  const own = { bookingId, ...(holdId === null ? {} : { holdId }) };
  const request = { agentId, slot, own, rules, maxAgeMs, force };
  const minimumNoticeFrom = minimumNoticeFromOf(hold, slot, deps.now());
  return {
    kind: "write",
    key: { agentId, bookingId },
    place: { ...slot, ...buffersOf(rules) },
    holdId,
    wanted: { request, freeBusy, minimumNoticeFrom },
    writeUnder: (guard) => ({ action: "create", booking, guard: requireGuard(guard) }),
  };
}

async function toChange(
  deps: Deps,
  input: Omit<ChangeInput, "deliver">,
  found: { row: BookingRow | null; time: FreeBusy | undefined },
): Promise<Intent> {
  const { agentId, bookingId, maxAgeMs, force, slot: asked } = input;
  const row = requireLive(found.row);
  const whole = asked === null ? null : wholeSlot(asked, row.timeZone);
  const rules = rulesFor(row, input.rules);
  const slot = whole === null || (isAt(whole, row) && sameBuffers(rules, row)) ? null : whole;
  const named = asked !== null && "date" in asked ? asked.timeZone : null;
  const timeZone = named === row.timeZone ? null : named;
  const texts = await newTexts(deps, row, input.changes);
  if (slot === null && timeZone === null && texts === null) return { kind: "settled" };
  const key = { agentId, bookingId };
  const isShown = calendarsShow(row, { texts, timeZone, slot });
  const details = { texts, timeZone, slot, rules, isShown, revision: row.revision };
  const request = slot === null ? null : { agentId, slot, own: { bookingId }, rules, maxAgeMs, force };
  const times = { minimumNoticeFrom: deps.now() };
  return {
    kind: "write",
    key,
    place: slot === null ? null : { ...slot, ...buffersOf(rules) },
    holdId: null,
    wanted: request === null ? null : { request, freeBusy: requireKnown(found.time), ...times },
    writeUnder: (guard) => ({ action: "change", ...key, ...details, guard }),
  };
}

const buffersOf = ({ bufferBeforeMs, bufferAfterMs }: Buffers): Buffers => ({
  bufferBeforeMs,
  bufferAfterMs,
});

function requireGuard(guard: Guard | null): Guard {
  if (guard !== null) return guard;
  throw new EngineError("internal_error", "A new booking was to be made without a guard.");
}

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
  const { verifiedSince } = step.state.guard;
  const stale = step.connectionIds.map((connectionId) => ({ connectionId, verifiedSince }));
  return { kind: "pull", stale, deadline: step.deadline, state: step.state };
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
