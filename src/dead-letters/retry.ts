// Failures: what ended for good without success, and another try for any of it.

import type { Deps, Job } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { wakeNotices } from "../notices/wake.ts";
import { deleteDeadJob, findDeadJob } from "../store/outbox/dead-jobs.ts";
import {
  type DeadLetterKey,
  type DeadLetterRow,
  selectDeadLetters,
  wakeDeadLetter,
} from "../store/outbox/dead-letters.ts";
import {
  formatDeadLetterCursor,
  formatDeadLetterId,
  parseDeadLetterCursor,
  parseDeadLetterId,
} from "./id.ts";

/** A failure as callers see it: named by `failureId`. */
export type DeadLetterView = DeadLetterRow & { readonly failureId: string };

/** One page of them. */
export interface DeadLetterPage {
  readonly failures: readonly DeadLetterView[];
  /** Asks for the next page; null: there is none. */
  readonly nextCursor: string | null;
}

const keyOf = (row: DeadLetterRow): DeadLetterKey =>
  row.kind === "delivery"
    ? { kind: row.kind, connectionId: row.connectionId, bookingId: row.bookingId }
    : { kind: row.kind, id: row.id };

/**
 * What failed for good, newest first.
 * @param input.agentId null: of all agents, and of nobody
 * @param input.cursor the page before's `nextCursor`; null for the first page
 * @throws EngineError invalid_request for a cursor that no page ended with
 */
export async function listDeadLetters(
  deps: Deps,
  input: { agentId: string | null; cursor: string | null; limit: number },
): Promise<DeadLetterPage> {
  const { agentId, limit } = input;
  const after = input.cursor === null ? null : parseDeadLetterCursor(input.cursor);
  if (input.cursor !== null && after === null) {
    throw new EngineError("invalid_request", "Send the cursor exactly as the page before gave it.");
  }
  const rows = await selectDeadLetters(deps.db, { agentId, after, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const ended = rows.length <= limit || last === undefined;
  return {
    failures: shown.map((row) => ({ ...row, failureId: formatDeadLetterId(keyOf(row)) })),
    nextCursor: ended ? null : formatDeadLetterCursor({ failedAt: last.failedAt, key: keyOf(last) }),
  };
}

/**
 * Tries again what failed for good; it leaves the list until it fails once more. Asking twice does no harm.
 * @param input.ownedBy the agent it must belong to; null: anybody
 * @throws EngineError failure_not_found, also for what has been retried already; calendar_switched_off
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

/** Sent first, then forgotten: a crash between the two leaves it on the list, and jobs may come twice. */
async function sendAgain(deps: Deps, input: { id: string; ownedBy: string | null }): Promise<void> {
  const dead = await findDeadJob(deps.db, input);
  if (dead === null) throw notFound();
  // What is no job fails again, and comes back to the list by the same way.
  await deps.queue.send(dead.lane, [dead.job as unknown as Job]);
  await deleteDeadJob(deps.db, dead.id);
}

const notFound = () =>
  new EngineError("failure_not_found", "Nothing of this id has failed, or it is being tried again already.");

const switchedOff = () =>
  new EngineError(
    "calendar_switched_off",
    "Nothing is written into this calendar while it is switched off. PATCH its connection with isActive: true first.",
  );
