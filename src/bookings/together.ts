// Together: makes, changes and cancels several bookings, all of them or none.
import { heedDemand } from "../availability/demand.ts";
import { freshenDeadline } from "../availability/freshen.ts";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import {
  type BookingKey,
  readTogether,
  type TogetherState,
  writeTogether,
} from "../store/bookings/together.ts";
import type { BulkOperation } from "./bulk.ts";
import { deliverJobs } from "./deliver-now.ts";
import { countLostAmong } from "./lost-sales.ts";
import type { AttemptState } from "./next-attempt.ts";
import { intend, questionOf, timesOf } from "./together-plan.ts";
import { pullFor, type Step, stepOf } from "./together-steps.ts";
import { type BookingAnswer, bookingView, deliveryView } from "./views.ts";

/** How operations ended that belong together. */
export type TogetherOutcome =
  | { readonly kind: "done"; readonly answers: readonly BookingAnswer[] }
  /** Nothing was done. An error for each operation that can't be; null: this one could have been. */
  | { readonly kind: "refused"; readonly errors: readonly (EngineError | null)[] };

/** So many batches may find that what was read has changed. */
export const MAX_BATCHES = 4;

/**
 * Does all operations in one guarded batch, or none. Each names another booking. Where calendars are stale they are
 * pulled first, within the budget. What stands already as it is asked for is left as it is, so that repeating is safe.
 * Calendars are written afterwards.
 * @throws EngineError slot_unverified if what was read kept changing
 */
export async function runTogether(
  deps: Deps,
  operations: readonly BulkOperation[],
): Promise<TogetherOutcome> {
  const askedAt = deps.now();
  const states = new Map<BulkOperation, AttemptState>();
  let undone: string | null = null;
  for (let batches = 0; batches < MAX_BATCHES; ) {
    const question = questionOf(operations, deps.now());
    const known: TogetherState = await readTogether(deps.db, question, undone);
    if (undone !== null && known.bookings.some(({ writeId }) => writeId === undone)) {
      return done(deps, operations, known, undone);
    }
    const steps = await decide(deps, operations, known, { states, askedAt });
    const errors = steps.map((step) => (step.kind === "refused" ? step.error : null));
    if (errors.some((error) => error !== null)) {
      countLostAmong(
        deps,
        operations.map(({ action }, index) => ({ action, error: errors[index] })),
      );
      return { kind: "refused", errors };
    }
    if (await pullFor(deps, steps, askedAt)) continue;
    heedDemand(deps, known.freeBusy);
    const writes = steps.flatMap((step) => (step.kind === "write" ? [step.write] : []));
    if (writes.length === 0) return done(deps, operations, known, null);
    const writeId = deps.newId();
    const written = await writeTogether(deps.db, { writes, writeId, now: deps.now() });
    if (written !== null) {
      const isWritten = (row: BookingKey) => written.bookings.some((other) => sameKey(row, other));
      const others = known.bookings.filter((row) => !isWritten(row));
      const theirs = known.deliveries.filter(({ delivery }) => !isWritten(delivery));
      const state = {
        bookings: [...written.bookings, ...others],
        deliveries: [...written.deliveries, ...theirs],
      };
      return done(deps, operations, state, writeId);
    }
    undone = writeId;
    batches += 1;
  }
  deps.log.warn("together.kept_changing", { operations: operations.length });
  throw new EngineError(
    "slot_unverified",
    "Something of it changed while it was being booked, so nothing was done. Try again.",
  );
}

const sameKey = (a: BookingKey, b: BookingKey): boolean =>
  a.agentId === b.agentId && a.bookingId === b.bookingId;

/** What each operation comes to. Those that are to be written are judged beside all others. */
async function decide(
  deps: Deps,
  operations: readonly BulkOperation[],
  known: TogetherState,
  memory: { states: Map<BulkOperation, AttemptState>; askedAt: Instant },
): Promise<Step[]> {
  const times = timesOf(operations, known);
  const intents = await Promise.all(
    operations.map((operation, index) => intend(deps, operation, known, times[index])),
  );
  const pullDeadline = freshenDeadline(deps);
  return operations.map((operation, index) => {
    const before = memory.states.get(operation) ?? null;
    const step = stepOf(deps, { intents, index, before, askedAt: memory.askedAt, pullDeadline });
    if (step.kind === "pull") memory.states.set(operation, step.state);
    return step;
  });
}

/** The answers, in the order of the operations. Jobs write the calendars. */
async function done(
  deps: Deps,
  operations: readonly BulkOperation[],
  { bookings, deliveries }: Pick<TogetherState, "bookings" | "deliveries">,
  writeId: string | null,
): Promise<TogetherOutcome> {
  const ours = bookings.filter((row) => row.writeId === writeId);
  const jobs = deliverJobs(deliveries.filter(({ delivery }) => ours.some((row) => sameKey(row, delivery))));
  if (jobs.length > 0) {
    await deps.queue
      .send("urgent", jobs)
      // The work is in the database already: the next sweep finds it.
      .catch(() => deps.log.warn("bulk.jobs_not_sent"));
  }
  const answers = operations.map(async ({ action, input }): Promise<BookingAnswer> => {
    const row = bookings.find((one) => sameKey(one, input));
    if (row === undefined) throw new EngineError("internal_error", "An operation had no booking.");
    const results = deliveries.filter(({ delivery }) => sameKey(delivery, row));
    return {
      created: action === "create" && row.writeId === writeId,
      booking: await bookingView(deps, row),
      results: results.map((one) => deliveryView(one)),
    };
  });
  return { kind: "done", answers: await Promise.all(answers) };
}
