// Unreadable: what an agent's calendars hold that couldn't be read to the end, and what of it the agent counts as free.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { countFree, readUnreadable, type SeenObject, type UnreadableRow } from "../store/busy/unreadable.ts";
import { findConnection } from "../store/calendars/connections.ts";

/** An unreadable object as callers see it. */
export interface UnreadableView extends SeenObject {
  readonly connectionId: string;
  readonly reason: string;
  readonly extent: "known" | "unknown";
  /** The first start that could be read. */
  readonly startsAt: Instant | null;
  /** An instant by which it has ended by any reading. */
  readonly endsBy: Instant | null;
  readonly firstSeenAt: Instant;
  /** Null: it is outstanding. */
  readonly countedFreeAt: Instant | null;
}

/** A list says of no more objects than this. */
export const MOST_LISTED = 200;

/** A row as callers see it. */
export const unreadableView = ({ objectKey, generation: _, ...row }: UnreadableRow): UnreadableView => ({
  key: objectKey,
  ...row,
});

/**
 * What this calendar holds that couldn't be read, outstanding objects first.
 * @throws EngineError connection_not_found
 */
export async function listUnreadable(
  deps: Deps,
  input: { ownedBy: string | null; connectionId: string },
): Promise<UnreadableView[]> {
  await requireConnection(deps, input);
  return read(deps, input.connectionId);
}

const read = async (deps: Deps, connectionId: string): Promise<UnreadableView[]> =>
  (await readUnreadable(deps.db, { connectionId, limit: MOST_LISTED, now: deps.now() })).map(unreadableView);

/**
 * Counts objects as free: what couldn't be read of them no longer holds anything up. It holds for the versions that the
 * caller has seen. What could be read of them still takes its time.
 * @throws EngineError connection_not_found, unreadable_changed
 */
export async function countAsFree(
  deps: Deps,
  input: { ownedBy: string | null; connectionId: string; objects: readonly SeenObject[] },
): Promise<UnreadableView[]> {
  await requireConnection(deps, input);
  const { connectionId, objects } = input;
  if (!(await countFree(deps.db, { connectionId, objects, now: deps.now() }))) {
    throw new EngineError(
      "unreadable_changed",
      "One of these events has changed since it was listed, or can be read by now, so nothing was counted as free. " +
        "List them again.",
    );
  }
  deps.log.info("unreadable.counted_free", { connectionId, count: objects.length });
  return read(deps, connectionId);
}

async function requireConnection(
  deps: Deps,
  { ownedBy, connectionId }: { ownedBy: string | null; connectionId: string },
): Promise<void> {
  if ((await findConnection(deps.db, { id: connectionId, ownedBy })) !== null) return;
  throw new EngineError("connection_not_found", "There is no such connection.");
}
