// Deliver now: the calendars of a booking just made are written within the time the caller will wait.
import type { Deps } from "../deps.ts";
import { type DeliveryOutcome, type DeliveryWork, recordOutcomes } from "../store/deliveries.ts";
import { wakeNext, write } from "./deliver.ts";
import { type DeliveryView, deliveryView } from "./views.ts";

/**
 * Writes all calendars that are leased to `leaseId`, in parallel, and records together what ended within the
 * budget. What takes longer goes on behind the answer, and what wasn't ours to write is left to a job; both
 * are `pending`.
 */
export async function deliverNow(
  deps: Deps,
  work: readonly DeliveryWork[],
  leaseId: string,
): Promise<DeliveryView[]> {
  const ended = new Map<DeliveryWork, DeliveryOutcome>();
  const writes = work
    .filter(({ delivery }) => delivery.leaseId === leaseId)
    .map(async (item) => {
      const outcome = await write(deps, item, leaseId);
      ended.set(item, outcome);
      return outcome;
    });
  const all = Promise.allSettled(writes);
  await Promise.race([all, deps.sleep(deps.config.deliverBudgetMs)]);
  const inTime = new Map(ended);
  await recordOutcomes(deps.db, [...inTime.values()], deps.now());
  const late = work.filter((item) => item.delivery.leaseId === leaseId && !inTime.has(item));
  const rest = work.filter((item) => !late.includes(item));
  deps.defer(wakeAll(deps, rest));
  if (late.length > 0) deps.defer(recordLate(deps, all, inTime).then(() => wakeAll(deps, late)));
  return work.map((item) => deliveryView(item, inTime.get(item)));
}

/** What waits for these calendars has its turn now. */
const wakeAll = (deps: Deps, work: readonly DeliveryWork[]) =>
  Promise.all(work.map(({ connection }) => wakeNext(deps, connection.id)));

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
  await recordOutcomes(deps.db, late, deps.now());
}
