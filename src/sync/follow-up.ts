// Act on news: what a page of a pull has made known beside busy time wakes whoever deals with it.

import type { Deps } from "../deps.ts";
import { wakeNotices } from "../notices/wake.ts";
import type { FollowUp } from "../store/deliveries/doubts.ts";

/** Sends jobs for copies that are to be looked at, and for notices. What is lost here, a sweep finds. */
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
