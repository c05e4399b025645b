// Bulk: makes, changes and cancels many bookings in one call, each with its own outcome.
import type { Deps, Job, Lane } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { cancelBooking } from "./cancel.ts";
import { type ChangeInput, changeBooking } from "./change.ts";
import { type CreateInput, createUncounted } from "./create.ts";
import { countLostAmong } from "./lost-sales.ts";
import type { BookingAnswer } from "./views.ts";

/** One operation of a bulk call. Jobs write the calendars afterwards. */
export type BulkOperation =
  | { readonly action: "create"; readonly input: Omit<CreateInput, "deliver"> }
  | { readonly action: "change"; readonly input: Omit<ChangeInput, "deliver"> }
  | { readonly action: "cancel"; readonly input: { readonly agentId: string; readonly bookingId: string } };

/** How one operation ended. */
export type BulkOutcome = { readonly answer: BookingAnswer } | { readonly error: EngineError };

/** A Worker may wait for six connections at once (`docs/providers/cloudflare-turso.md` 1.1). */
const AGENTS_AT_ONCE = 6;

/**
 * Does all operations and returns their outcomes in the same order. Operations of one agent run one after another, so
 * that each sees the result of the one before. Agents run side by side. An operation that fails stops no other.
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
  const refused = [...outcomes].flatMap(([{ action }, outcome]) =>
    "error" in outcome ? [{ action, error: outcome.error }] : [],
  );
  countLostAmong(deps, refused);
  await sendAll();
  return operations.map(
    (operation) =>
      outcomes.get(operation) ?? { error: new EngineError("internal_error", "An operation had no outcome.") },
  );
}

const isUnverified = (outcome: BulkOutcome): boolean =>
  "error" in outcome && outcome.error.code === "slot_unverified";

/** After a calendar was too slow once, the agent's later operations don't wait for it again. */
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
      return createUncounted(deps, { ...operation.input, deliver: "later" });
    case "change":
      return changeBooking(deps, { ...operation.input, deliver: "later" });
    case "cancel":
      return cancelBooking(deps, { ...operation.input, deliver: "later" });
  }
}

/** A queue that collects jobs until all operations are done, so that each lane gets one call instead of hundreds. */
function gather(deps: Deps): { queue: Deps["queue"]; sendAll: () => Promise<void> } {
  const gathered: Record<Lane, Map<string, Job>> = { urgent: new Map(), background: new Map() };
  return {
    queue: {
      async send(lane, jobs) {
        for (const job of jobs) gathered[lane].set(JSON.stringify(job), job);
      },
    },
    async sendAll() {
      const lanes = (["urgent", "background"] as const).filter((lane) => gathered[lane].size > 0);
      const sent = await Promise.allSettled(
        lanes.map((lane) => deps.queue.send(lane, [...gathered[lane].values()])),
      );
      // The work is in the database already: the next sweep finds it.
      if (sent.some(({ status }) => status === "rejected")) deps.log.warn("bulk.jobs_not_sent");
    },
  };
}
