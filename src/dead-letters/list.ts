// List: dead letters, which are jobs, deliveries and notices that ended for good without success.

import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { type DeadLetterKey, type DeadLetterRow, selectDeadLetters } from "../store/outbox/dead-letters.ts";
import { formatDeadLetterCursor, formatDeadLetterId, parseDeadLetterCursor } from "./id.ts";

/** A dead letter as callers see it: named by `failureId`. */
export type DeadLetterView = DeadLetterRow & { readonly failureId: string };

/** One page of dead letters. */
export interface DeadLetterPage {
  readonly failures: readonly DeadLetterView[];
  /** The cursor of the next page; null: there is none. */
  readonly nextCursor: string | null;
}

export const keyOf = (row: DeadLetterRow): DeadLetterKey =>
  row.kind === "delivery"
    ? { kind: row.kind, connectionId: row.connectionId, bookingId: row.bookingId }
    : { kind: row.kind, id: row.id };

/**
 * Lists dead letters, newest first.
 * @param input.agentId null: those of all agents, and those that belong to none
 * @param input.cursor the `nextCursor` of the page before; null for the first page
 * @throws EngineError invalid_request for a cursor that no page has given
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
