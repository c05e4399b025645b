// Plan together: what each of several operations is to do, by itself, by what the database holds.
import { type KnownFreeBusy, requireKnown } from "../availability/free-busy.ts";
import { boundsOf, type SlotInput, zoneNamed } from "../availability/slot-input.ts";
import type { Deps } from "../deps.ts";
import { textsOf } from "../domain/booking.ts";
import { ownOf, reachOf } from "../domain/conflicts.ts";
import { EngineError, resultOrError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import { type Buffers, NO_RULES, rulesFor } from "../domain/rules.ts";
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
import { type ChangeInput, calendarsShow, keepsPlace, newTexts } from "./change.ts";
import { type CreateInput, newBooking, refuseHold, requireSame } from "./create.ts";
import { minimumNoticeFromOf } from "./hold.ts";
import { requireBooking, requireLive } from "./live-booking.ts";
import type { SlotRequest } from "./next-attempt.ts";
import { wholeSlot } from "./secure-slot.ts";

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

const slotOf = (operation: BulkOperation): SlotInput | null =>
  operation.action === "cancel" ? null : operation.input.slot;

/** The stretch of time that an operation's slot asks about; null: none, or it is refused for its slot anyway. */
function reachOfSlot(slot: SlotInput | null): Interval | null {
  const reach = slot === null ? null : resultOrError(() => reachOf(boundsOf(slot)));
  return reach instanceof EngineError ? null : reach;
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
  const request = { agentId, slot, own: ownOf({ bookingId, holdId }), rules, maxAgeMs, force };
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
  const slot = whole === null || keepsPlace(whole, rules, row) ? null : whole;
  const named = zoneNamed(asked);
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
