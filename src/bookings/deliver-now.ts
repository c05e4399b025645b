// Deliver now: writes the calendars of a new or changed booking within the time that the caller waits.
import type { Deps, Job } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { PROVIDERS_AT_ONCE, sideBySide } from "../domain/side-by-side.ts";
import type { DeliveryWork } from "../store/deliveries/deliveries.ts";
import type { DeliveryOutcome } from "../store/deliveries/outcomes.ts";
import { DELIVERY_LEASE_MS, record, write } from "./deliver.ts";
import { type DeliveryView, deliveryView } from "./views.ts";

/** Whether the caller waits for the calendars, or jobs write them afterwards. */
export type DeliverWhen = "now" | "later";

/** Until when a write made at `now` holds the lease of its deliveries; 0: it takes no lease. */
export const leaseUntil = (when: DeliverWhen, now: Instant): Instant =>
  when === "now" ? now + DELIVERY_LEASE_MS : 0;

/** The jobs that write the deliveries which are still due. */
export const deliverJobs = (work: readonly Pick<DeliveryWork, "delivery">[]): Job[] =>
  work.flatMap(({ delivery: { state, connectionId, bookingId } }) =>
    state === "pending" ? [{ kind: "deliver", connectionId, bookingId }] : [],
  );

/** Writes a booking's calendars, or sends jobs that do, and says how each calendar stands. */
export async function deliverWork(
  deps: Deps,
  input: { work: readonly DeliveryWork[]; writeId: string; when: DeliverWhen },
): Promise<DeliveryView[]> {
  const { work, writeId } = input;
  if (input.when === "now") return deliverNow(deps, work, writeId);
  await deps.queue.send("urgent", deliverJobs(work));
  return work.map((item) => deliveryView(item));
}

/**
 * Writes all calendars that are leased to `leaseId`, side by side, and records the writes that ended within the budget
 * together. Longer writes go on behind the answer. If another worker is writing into a calendar, the end of that write
 * wakes ours. Both count as `pending`.
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
 * False: the database failed. The booking stands all the same, so its caller must not get an error. The calendars count
 * as pending, and the next attempt finds the events that are in them.
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

/** A write without an outcome keeps its lease until that lapses. Then a sweep finds the delivery again. */
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
