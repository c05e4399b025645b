// Deliver now: the calendars of a booking just written are written within the time the caller will wait.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { PROVIDERS_AT_ONCE, sideBySide } from "../domain/side-by-side.ts";
import type { DeliveryWork } from "../store/deliveries/deliveries.ts";
import type { DeliveryOutcome } from "../store/deliveries/outcomes.ts";
import { DELIVERY_LEASE_MS, record, write } from "./deliver.ts";
import { type DeliveryView, deliveryView } from "./views.ts";

/** Whether the caller waits for the calendars, or jobs write them afterwards. */
export type DeliverWhen = "now" | "later";

/** Until when a write that is made at `now` keeps its deliveries to itself; 0: not at all. */
export const leaseUntil = (when: DeliverWhen, now: Instant): Instant =>
  when === "now" ? now + DELIVERY_LEASE_MS : 0;

/** Has a booking's calendars written, and says how each stands. */
export async function deliverWork(
  deps: Deps,
  input: { work: readonly DeliveryWork[]; writeId: string; when: DeliverWhen },
): Promise<DeliveryView[]> {
  const { work, writeId } = input;
  if (input.when === "now") return deliverNow(deps, work, writeId);
  const due = work.filter(({ delivery }) => delivery.state === "pending");
  const jobs = due.map(({ delivery: { connectionId, bookingId } }) => ({ connectionId, bookingId }));
  await deps.queue.send(
    "urgent",
    jobs.map((job) => ({ kind: "deliver", ...job })),
  );
  return work.map((item) => deliveryView(item));
}

/**
 * Writes all calendars that are leased to `leaseId`, side by side, and records together what ended within the
 * budget. What takes longer goes on behind the answer, and what wasn't ours to write is left to a job that whoever
 * writes into that calendar sends; both are `pending`.
 */
async function deliverNow(
  deps: Deps,
  work: readonly DeliveryWork[],
  leaseId: string,
): Promise<DeliveryView[]> {
  const ended = new Map<DeliveryWork, DeliveryOutcome>();
  const ours = work.filter(({ delivery }) => delivery.leaseId === leaseId);
  const all = sideBySide(ours, PROVIDERS_AT_ONCE, async (item) => {
    const outcome = await write(deps, item, leaseId);
    ended.set(item, outcome);
    return outcome;
  });
  await Promise.race([all, deps.sleep(deps.config.deliverBudgetMs)]);
  const inTime = new Map(ended);
  const isRecorded = await tryToRecord(deps, [...inTime.values()]);
  if (inTime.size < ours.length) deps.defer(recordLate(deps, all, inTime));
  return work.map((item) => deliveryView(item, isRecorded ? inTime.get(item) : undefined));
}

/**
 * False: the database didn't take it. The booking holds all the same, so that its caller must not hear of a failure;
 * the calendars count as pending, and the next attempt finds what is in them.
 */
async function tryToRecord(deps: Deps, outcomes: readonly DeliveryOutcome[]): Promise<boolean> {
  try {
    await record(deps, outcomes);
    return true;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    deps.log.warn("delivery.not_recorded", { code: error.code, outcomes: outcomes.length });
    return false;
  }
}

/** A write that failed to say how it ended keeps its lease until it lapses; then a sweep finds it again. */
async function recordLate(
  deps: Deps,
  all: Promise<PromiseSettledResult<DeliveryOutcome>[]>,
  recorded: ReadonlyMap<DeliveryWork, DeliveryOutcome>,
): Promise<void> {
  const known = new Set(recorded.values());
  const late = (await all).flatMap((result) =>
    result.status === "fulfilled" && !known.has(result.value) ? [result.value] : [],
  );
  await record(deps, late);
}
