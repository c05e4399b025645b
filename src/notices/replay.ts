// Notices: what MaraPlace is and was told, and telling it again.

import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { NoticeKind, NoticeState } from "../domain/notice.ts";
import {
  listNotices,
  type NoticeRow,
  readDisabledAt,
  replayNotice as replayRow,
  replayNotices as replayRows,
} from "../store/outbox/notices.ts";
import { wakeNotices } from "./wake.ts";

/** Notices in the order in which things happened, and how their receiver stands. */
export interface NoticePage {
  readonly notices: readonly NoticeRow[];
  /** The sequence after which the next page begins; null: there is none. */
  readonly next: number | null;
  /** `disabled`: it has answered 410 since `disabledAt`. `none`: no receiver is configured. */
  readonly receiver: "active" | "disabled" | "none";
  readonly disabledAt: Instant | null;
}

/** One page of notices; null in place of a filter lets all pass. */
export async function readNotices(
  deps: Deps,
  input: {
    agentId: string | null;
    state: NoticeState | null;
    kind: NoticeKind | null;
    after: number;
    limit: number;
  },
): Promise<NoticePage> {
  const url = deps.config.notices?.url ?? null;
  const notices = await listNotices(deps.db, input);
  const disabledAt = url === null ? null : await readDisabledAt(deps.db, url);
  return {
    notices,
    next: notices.length < input.limit ? null : (notices.at(-1)?.sequence ?? null),
    receiver: url === null ? "none" : disabledAt === null ? "active" : "disabled",
    disabledAt,
  };
}

const where = (deps: Deps) => ({ url: deps.config.notices?.url ?? null, now: deps.now() });

/**
 * Has one notice sent again, whatever became of it, and the receiver taken to want notices again.
 * @throws EngineError notice_not_found
 */
export async function replayNotice(deps: Deps, input: { noticeId: string }): Promise<NoticeRow> {
  const notice = await replayRow(deps.db, { id: input.noticeId, ...where(deps) });
  if (notice === null) throw new EngineError("notice_not_found", "There is no such notice, or no longer.");
  deps.log.info("notice.replayed", { id: notice.id, kind: notice.kind });
  wakeNotices(deps);
  return notice;
}

/** Has all notices since an instant sent again, of one agent or (null) of all. Returns how many. */
export async function replayNotices(
  deps: Deps,
  input: { since: Instant; agentId: string | null },
): Promise<number> {
  const replayed = await replayRows(deps.db, { ...input, ...where(deps) });
  deps.log.info("notices.replayed", { replayed, agentId: input.agentId });
  wakeNotices(deps);
  return replayed;
}
