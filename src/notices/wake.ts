// Wake: gets notices that were just inserted sent at once.
import type { Deps } from "../deps.ts";

/**
 * Sends a job for notices that were just inserted. Doesn't wait for the queue: if the job is lost, the next sweep finds
 * them. The job goes to the background lane, where a receiver that hangs delays no notification and no delivery. Sends
 * none if no receiver is configured.
 */
export function wakeNotices(deps: Pick<Deps, "config" | "queue" | "defer">): void {
  if (deps.config.notices === null) return;
  deps.defer(deps.queue.send("background", [{ kind: "notify" }]));
}
