// Follow-up: starts the work, beside busy time, that a page of a pull has called for.

import type { Deps } from "../deps.ts";
import { wakeNotices } from "../notices/wake.ts";
import type { FollowUp } from "../store/deliveries/doubts.ts";

/** Sends jobs for events that must be reconciled, and for notices. If a job is lost, a sweep finds the work. */
export async function startFollowUp(
  deps: Deps,
  connectionId: string,
  { toReconcile, noticesWaiting }: FollowUp,
): Promise<void> {
  if (noticesWaiting) wakeNotices(deps);
  if (toReconcile.length === 0) return;
  await deps.queue.send(
    "urgent",
    toReconcile.map((bookingId) => ({ kind: "look-at-copy", connectionId, bookingId })),
  );
}

/** Logs what a page couldn't read and what wasn't known before. Operators see which kinds of events are meant. */
export function logUnreadable(deps: Deps, connectionId: string, reasons: readonly string[]): void {
  if (reasons.length === 0) return;
  deps.log.warn("pull.unreadable", { connectionId, count: reasons.length, reasons: [...new Set(reasons)] });
}
