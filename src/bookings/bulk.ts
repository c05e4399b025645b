// Bulk: many bookings made, changed and cancelled in one call, each with its own end.
import type { Deps, Job, Lane } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { cancelBooking } from "./cancel.ts";
import { type ChangeInput, changeBooking } from "./change.ts";
import { type CreateInput, createBooking } from "./create.ts";
import type { BookingAnswer } from "./views.ts";

/** One of many. Calendars are written afterwards, by jobs. */
export type BulkOperation =
  | { readonly action: "create"; readonly input: Omit<CreateInput, "deliver"> }
  | { readonly action: "change"; readonly input: Omit<ChangeInput, "deliver"> }
  | { readonly action: "cancel"; readonly input: { readonly agentId: string; readonly bookingId: string } };

/** How one ended. */
export type BulkOutcome = { readonly answer: BookingAnswer } | { readonly error: EngineError };

/** Cloudflare lets six connections wait at once (`engine.md` 1.1). */
const AGENTS_AT_ONCE = 6;

/**
 * Does all of them and says how each ended, in their order. Those about one agent go one after another, so that one
 * sees what the one before has done; agents go side by side. One that fails stops no other.
 */
export async function runBulk(deps: Deps, operations: readonly BulkOperation[]): Promise<BulkOutcome[]> {
  const outcomes = new Map<BulkOperation, BulkOutcome>();
  const { queue, sendAll } = gather(deps);
  const ofAgent = new Map<string, BulkOperation[]>();
  for (const operation of operations) {
    const { agentId } = operation.input;
    ofAgent.set(agentId, [...(ofAgent.get(agentId) ?? []), operation]);
  }
  const waiting = [...ofAgent.values()];
  const worker = async () => {
    for (let own = waiting.shift(); own !== undefined; own = waiting.shift()) {
      let patient: Deps = { ...deps, queue };
      for (const operation of own) {
        const outcome = await attempt(patient, operation);
        outcomes.set(operation, outcome);
        if (isUnverified(outcome)) patient = impatient(patient);
      }
    }
  };
  await Promise.all(Array.from({ length: AGENTS_AT_ONCE }, worker));
  await sendAll();
  return operations.map(
    (operation) =>
      outcomes.get(operation) ?? { error: new EngineError("internal_error", "An operation had no outcome.") },
  );
}

const isUnverified = (outcome: BulkOutcome): boolean =>
  "error" in outcome && outcome.error.code === "slot_unverified";

/** A calendar that didn't answer in its time isn't waited for again by each operation after that one. */
function impatient(deps: Deps): Deps {
  const freshness = { ...deps.config.freshness, pullBudgetMs: 0 };
  return { ...deps, config: { ...deps.config, freshness } };
}

async function attempt(deps: Deps, operation: BulkOperation): Promise<BulkOutcome> {
  try {
    return { answer: await run(deps, operation) };
  } catch (error) {
    if (error instanceof EngineError) return { error };
    const detail = "We have noted it. Please try again later.";
    return { error: new EngineError("internal_error", detail, { cause: error }) };
  }
}

function run(deps: Deps, operation: BulkOperation): Promise<BookingAnswer> {
  switch (operation.action) {
    case "create":
      return createBooking(deps, { ...operation.input, deliver: "later" });
    case "change":
      return changeBooking(deps, { ...operation.input, deliver: "later" });
    case "cancel":
      return cancelBooking(deps, { ...operation.input, deliver: "later" });
  }
}

/** A queue that keeps what is sent until all is done: one message to each lane in place of hundreds. */
function gather(deps: Deps): { queue: Deps["queue"]; sendAll: () => Promise<void> } {
  const kept: Record<Lane, Map<string, Job>> = { urgent: new Map(), background: new Map() };
  return {
    queue: {
      async send(lane, jobs) {
        for (const job of jobs) kept[lane].set(JSON.stringify(job), job);
      },
    },
    async sendAll() {
      const lanes = (["urgent", "background"] as const).filter((lane) => kept[lane].size > 0);
      const sent = await Promise.allSettled(
        lanes.map((lane) => deps.queue.send(lane, [...kept[lane].values()])),
      );
      // Everything is written down already: the next sweep finds it.
      if (sent.some(({ status }) => status === "rejected")) deps.log.warn("bulk.jobs_not_sent");
    },
  };
}
