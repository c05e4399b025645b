// Record: stores jobs that a queue gave up as dead letters, so that a person can find and retry them.
import type { Deps, Lane } from "../deps.ts";
import { recordDeadJobs } from "../store/outbox/dead-jobs.ts";

/** The dead-letter queues of `wrangler.toml`, each with the lane that its messages come from. */
export const DEAD_QUEUES: Readonly<Record<string, Lane>> = {
  "calendar-sync-urgent-dead": "urgent",
  "calendar-sync-background-dead": "background",
};

/**
 * Records the messages of a dead-letter queue and runs none of them. A body may be anything. A message that comes twice
 * is recorded once.
 */
export async function recordDeadLetters(
  deps: Deps,
  input: { lane: Lane; messages: readonly { readonly id: string; readonly body: unknown }[] },
): Promise<void> {
  await recordDeadJobs(deps.db, { ...input, now: deps.now() });
  deps.log.error("jobs.given_up", { lane: input.lane, ids: input.messages.map(({ id }) => id) });
}
