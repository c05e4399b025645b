// Read: lists notices, and says whether their receiver still wants any.

import type { Deps } from "../deps.ts";
import type { Instant } from "../domain/instant.ts";
import type { NoticeKind, NoticeState } from "../domain/notice.ts";
import { listNotices, type NoticeRow, readDisabledAt } from "../store/outbox/notices.ts";

/** Notices in the order in which things happened, and the state of their receiver. */
export interface NoticePage {
  readonly notices: readonly NoticeRow[];
  /** The sequence after which the next page begins; null: there is no next page. */
  readonly next: number | null;
  /** `disabled`: it has answered 410 since `disabledAt`. `none`: no receiver is configured. */
  readonly receiver: "active" | "disabled" | "none";
  readonly disabledAt: Instant | null;
}

/** Reads one page of notices. A filter that is null lets all pass. */
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
