// Group: moves or cancels the bookings that belong together, as one.
import type { Deps } from "../deps.ts";
import { EngineError, resultOrError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { shiftLocal } from "../domain/zone.ts";
import { readGroup } from "../store/bookings/groups.ts";
import type { BookingRow } from "../store/rows.ts";
import { runTogether, type TogetherOutcome } from "./together.ts";

/** The most bookings that may happen together. */
export const MOST_TOGETHER = 50;

/** A group as its caller names it. */
interface GroupInput {
  readonly groupId: string;
  /** Only this agent's bookings of it; null: everybody's. */
  readonly ownedBy: string | null;
}

/** How far a group moves: so many days by the wall clock of each booking, and then so many milliseconds. */
export interface GroupShift {
  readonly days: number;
  readonly ms: number;
}

/** What became of a group: the bookings that were asked for, and how it ended for each. */
export interface GroupOutcome {
  readonly bookings: readonly BookingRow[];
  readonly outcome: TogetherOutcome;
}

/**
 * Moves all bookings of the group that haven't begun. A shift by days keeps their time of day across clock changes.
 * @param input.from the start of the first of them before the shift. Where it has moved from there by this shift
 *   already, nothing is done, so that repeating is safe.
 * @throws EngineError group_not_found, group_changed, group_too_large, slot_unverified
 */
export async function shiftGroup(
  deps: Deps,
  input: GroupInput & {
    readonly shift: GroupShift;
    readonly from: Instant;
    readonly maxAgeMs: number | null;
    readonly force: boolean;
  },
): Promise<GroupOutcome> {
  const { shift, from, maxAgeMs, force } = input;
  const now = deps.now();
  const bookings = (await readLeft(deps, input)).filter(
    ({ state, startsAt }) => state === "confirmed" && startsAt > now,
  );
  const [first] = bookings;
  if (first === undefined) throw notFound();
  const isBefore = first.startsAt === from;
  if (!isBefore && first.startsAt !== shiftLocal(from, shift, first.timeZone)) {
    throw new EngineError(
      "group_changed",
      "The first booking of the group that hasn't begun starts at another time than from. Read the group again.",
    );
  }
  const places = bookings.map((row) =>
    resultOrError(() => (isBefore ? shiftLocal(row.startsAt, shift, row.timeZone) : row.startsAt)),
  );
  const errors = places.map((place) => (place instanceof EngineError ? place : null));
  if (errors.some((error) => error !== null)) return { bookings, outcome: { kind: "refused", errors } };
  const operations = bookings.map(({ agentId, bookingId, startsAt, endsAt }, index) => {
    const start = Number(places[index]);
    const slot = { start, end: start + endsAt - startsAt };
    return { action: "change" as const, input: { agentId, bookingId, changes: {}, slot, maxAgeMs, force } };
  });
  return { bookings, outcome: await runTogether(deps, operations) };
}

/**
 * Cancels all bookings of the group that aren't over. Repeating it is safe.
 * @throws EngineError group_not_found, group_too_large
 */
export async function cancelGroup(deps: Deps, input: GroupInput): Promise<GroupOutcome> {
  const bookings = await readLeft(deps, input);
  const operations = bookings.map(({ agentId, bookingId }) => ({
    action: "cancel" as const,
    input: { agentId, bookingId },
  }));
  return { bookings, outcome: await runTogether(deps, operations) };
}

/** The bookings of the group that aren't over. */
async function readLeft(deps: Deps, { groupId, ownedBy }: GroupInput): Promise<BookingRow[]> {
  const search = { groupId, ownedBy, endsAfter: deps.now(), limit: MOST_TOGETHER + 1 };
  const bookings = await readGroup(deps.db, search);
  if (bookings.length === 0) throw notFound();
  // Those that were cancelled come last, and count for nothing: what is left of a long group can be changed as one.
  if (bookings[MOST_TOGETHER]?.state !== "confirmed") return bookings.slice(0, MOST_TOGETHER).sort(byStart);
  throw new EngineError(
    "group_too_large",
    `More than ${MOST_TOGETHER} bookings of this group aren't over. Change them by POST /events/bulk.`,
  );
}

const byStart = (a: BookingRow, b: BookingRow): number => a.startsAt - b.startsAt;

const notFound = () =>
  new EngineError("group_not_found", "There is no such group with a booking that isn't over.");
