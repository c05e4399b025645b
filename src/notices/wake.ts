// Wake notices: whoever has told something has it sent at once. In this room, because all that tell can reach it.
import type { Deps } from "../deps.ts";

/**
 * Sends a job for notices just written, without waiting for the queue: should it fail, the next sweep finds them. In
 * the background, where a receiver that hangs holds up no notification and no delivery. None without a receiver.
 */
export function wakeNotices(deps: Pick<Deps, "config" | "queue" | "defer">): void {
  if (deps.config.notices === null) return;
  deps.defer(deps.queue.send("background", [{ kind: "notify" }]));
}
