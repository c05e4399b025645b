// Retry: gives a dead letter another try.

import type { Deps, Job } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { wakeNotices } from "../notices/wake.ts";
import { deleteDeadJob, findDeadJob } from "../store/outbox/dead-jobs.ts";
import { wakeDeadLetter } from "../store/outbox/dead-letters.ts";
import { parseDeadLetterId } from "./id.ts";

/**
 * Tries a dead letter again. It leaves the list until it fails for good once more. To ask twice does no harm.
 * @param input.ownedBy the agent to whom it must belong; null: anybody
 * @throws EngineError failure_not_found, also if it is being retried already; calendar_switched_off
 */
export async function retryDeadLetter(
  deps: Deps,
  input: { ownedBy: string | null; failureId: string },
): Promise<void> {
  const { ownedBy } = input;
  const key = parseDeadLetterId(input.failureId);
  if (key === null) throw notFound();
  if (key.kind === "job") return sendAgain(deps, { id: key.id, ownedBy });
  const woken = await wakeDeadLetter(deps.db, { key, ownedBy, now: deps.now() });
  if (woken === "missing") throw notFound();
  if (woken === "off") throw switchedOff();
  if (key.kind === "notice") return wakeNotices(deps);
  const { connectionId, bookingId } = key;
  await deps.queue.send("urgent", [{ kind: "deliver", connectionId, bookingId }]);
}

/** Sends the job before it deletes it: a crash between the two leaves it on the list, and a job may come twice. */
async function sendAgain(deps: Deps, input: { id: string; ownedBy: string | null }): Promise<void> {
  const dead = await findDeadJob(deps.db, input);
  if (dead === null) throw notFound();
  // A body that is no job fails again, and comes back to the list the same way.
  await deps.queue.send(dead.lane, [dead.job as unknown as Job]);
  await deleteDeadJob(deps.db, dead.id);
}

const notFound = () =>
  new EngineError("failure_not_found", "Nothing of this id has failed, or it is being tried again already.");

/** Nobody would try again. */
export const switchedOff = (): EngineError =>
  new EngineError(
    "calendar_switched_off",
    "Nothing is written into this calendar while it is switched off or gone. PATCH its connection with isActive: true, or connect it where it is now.",
  );
