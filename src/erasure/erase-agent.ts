// Erase agent: ends an agent's grants and channels, and forgets everything about them. It goes on until nothing is
// left.
import { closeConnection, endingErrorOf, isGivenUp, revokeGrant } from "../accounts/disconnect.ts";
import type { Deps } from "../deps.ts";
import { HOUR_MS, type Instant, MINUTE_MS } from "../domain/instant.ts";
import { PROVIDERS_AT_ONCE, sideBySide } from "../domain/side-by-side.ts";
import { wakeNotices } from "../notices/wake.ts";
import { forgetLonelyAccount, listLonelyAccounts } from "../store/accounts/grants.ts";
import { AGENT_TABLES } from "../store/erasure/agent-data.ts";
import {
  beginErasure,
  type ErasureRow,
  findErasure,
  finishErasure,
  forgetPiece,
  type LeftToDo,
  postponeErasure,
  readLeftToDo,
  readProgress,
} from "../store/erasure/erasures.ts";
import { PIECE_ROWS } from "../store/old-rows.ts";

/** An erasure, and what it has left to do. */
export interface ErasureView {
  readonly erasure: ErasureRow;
  readonly left: LeftToDo;
}

/**
 * Erases an agent. From the first write on nothing new is stored about them. What isn't done within the budget goes on
 * behind the answer, and by cron after a crash. Repeating it says how far it is.
 */
export async function eraseAgent(
  deps: Deps,
  input: { agentId: string; events: ErasureRow["events"] },
): Promise<ErasureView> {
  const begun = await beginErasure(deps.db, { ...input, id: deps.newId(), now: deps.now() });
  if (begun.doneAt === null) {
    const work = goOn(deps, { erasureId: begun.id });
    const inTime = await Promise.race([work.then(() => true), deps.sleep(deps.config.deliverBudgetMs)]);
    if (inTime !== true) deps.defer(work);
  }
  const { erasure, left } = await readProgress(deps.db, input.agentId);
  return { erasure: erasure ?? begun, left };
}

/** The agent's newest erasure and what it has left to do; null: there was none. */
export async function readErasure(deps: Deps, { agentId }: { agentId: string }): Promise<ErasureView | null> {
  const { erasure, left } = await readProgress(deps.db, agentId);
  return erasure === null ? null : { erasure, left };
}

/** Rows of each table that the first piece deletes: for most agents that is all, and the write is short. */
const FIRST_ROWS = 50;
/** The most pieces of one run. A job goes on with the rest. */
const PIECES = 100;

/** Does what is left of an erasure, as far as it goes now. Every step may be repeated. */
export async function goOn(deps: Deps, input: { erasureId: string }): Promise<void> {
  const erasure = await findErasure(deps.db, { id: input.erasureId });
  if (erasure === null || erasure.doneAt !== null) return;
  if (!(await forget(deps, erasure))) {
    await deps.queue.send("background", [{ kind: "erase-agent", erasureId: erasure.id }]);
    return;
  }
  await close(deps, await readLeftToDo(deps.db, erasure.agentId));
  const accountsDueAt = await forgetAccounts(deps, erasure);
  const ended = await finishErasure(deps.db, { erasure, now: deps.now() });
  if (ended === null || ended.doneAt !== null) {
    deps.log.info("agent.erased", { erasureId: erasure.id });
    wakeNotices(deps);
    return;
  }
  const { connections } = await readLeftToDo(deps.db, erasure.agentId);
  const dueAt = Math.min(...connections.map((one) => one.dueAt), accountsDueAt ?? Infinity);
  const soonest = deps.now() + MINUTE_MS;
  await postponeErasure(deps.db, {
    id: erasure.id,
    nextAttemptAt: Math.min(Math.max(dueAt, soonest), soonest + HOUR_MS),
  });
}

/** Deletes what no calendar's closing needs. False: more is left. */
async function forget(deps: Deps, erasure: ErasureRow): Promise<boolean> {
  const tables = AGENT_TABLES.filter(({ erased }) => erased === "at once");
  let full = await forgetPiece(deps.db, { erasure, tables, limit: FIRST_ROWS, now: deps.now() });
  for (let piece = 0; full.length > 0; piece += 1) {
    if (piece === PIECES) return false;
    const tables = full.slice(0, 1);
    const more = await forgetPiece(deps.db, { erasure, tables, limit: PIECE_ROWS, now: deps.now() });
    full = [...more, ...full.slice(1)];
  }
  return true;
}

/** Closes the calendars that are due: accounts side by side, and last of each the one that ends its grant. */
async function close(deps: Deps, { connections }: LeftToDo): Promise<void> {
  const now = deps.now();
  const due = connections.filter(({ dueAt }) => dueAt <= now);
  const closings = await sideBySide(
    [...new Set(due.map(({ accountId }) => accountId))],
    PROVIDERS_AT_ONCE,
    async (account) => {
      // They come in the order in which none of them waits for another.
      for (const { id, accountId } of due) {
        if (accountId === account) await closeConnection(deps, { connectionId: id });
      }
    },
  );
  for (const closing of closings) if (closing.status === "rejected") throw closing.reason;
}

/** Ends the grants of accounts without calendars. Returns when to try again; null: none is left. */
async function forgetAccounts(deps: Deps, erasure: ErasureRow): Promise<Instant | null> {
  let againAt: Instant | null = null;
  for (const account of await listLonelyAccounts(deps.db, erasure.agentId)) {
    try {
      await forgetLonelyAccount(deps.db, { id: account.id, unrevoked: await revokeGrant(deps, account) });
    } catch (caught) {
      const error = endingErrorOf(caught);
      if (isGivenUp(deps, error, { closingAt: erasure.requestedAt, erasure })) {
        await forgetLonelyAccount(deps.db, { id: account.id, unrevoked: error.code });
      } else againAt = Math.max(againAt ?? 0, error.retryAt ?? 0);
    }
  }
  return againAt;
}
