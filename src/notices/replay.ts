// Replay: sends notices again, whether they were sent, given up or are waiting.

import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import {
  type NoticeRow,
  replayNotice as replayRow,
  replayNotices as replayRows,
} from "../store/outbox/notices.ts";
import { wakeNotices } from "./wake.ts";

const where = (deps: Deps) => ({ url: deps.config.notices?.url ?? null, now: deps.now() });

/**
 * Makes one notice due again, whatever its state, and takes the receiver to want notices again.
 * @throws EngineError notice_not_found
 */
export async function replayNotice(deps: Deps, input: { noticeId: string }): Promise<NoticeRow> {
  const notice = await replayRow(deps.db, { id: input.noticeId, ...where(deps) });
  if (notice === null) throw new EngineError("notice_not_found", "There is no such notice, or no longer.");
  deps.log.info("notice.replayed", { id: notice.id, kind: notice.kind });
  wakeNotices(deps);
  return notice;
}

/** Makes all notices since an instant due again, of one agent or (null) of all. Returns how many. */
export async function replayNotices(
  deps: Deps,
  input: { since: Instant; agentId: string | null },
): Promise<number> {
  const replayed = await replayRows(deps.db, { ...input, ...where(deps) });
  deps.log.info("notices.replayed", { replayed, agentId: input.agentId });
  wakeNotices(deps);
  return replayed;
}
