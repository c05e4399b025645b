// Pull state: how far a pull has come. Each step of the pull makes the next state of the one before. Pure.
import type { Instant } from "../domain/instant.ts";
import type { Page } from "../providers/provider.ts";
import type { ConnectionRow } from "../store/rows.ts";
import type { Round } from "./pull-round.ts";
import { afterPage, NOTHING_SEEN, type Seen } from "./standstill.ts";

/** What was read from the provider since an instant. */
export interface Tally {
  readonly startedAt: Instant;
  readonly pages: number;
  readonly upserts: number;
  readonly removals: number;
  /** Objects that couldn't be read to the end. */
  readonly unreadable: number;
}

/** How far a pull has come. */
export interface PullState {
  readonly leaseId: string;
  /** The connection's row as the last step left it. */
  readonly connection: ConnectionRow;
  /** When somebody last asked about the agent. */
  readonly askedAt: Instant;
  readonly mode: Page["mode"];
  /** Since the pull began. */
  readonly total: Tally;
  /** Since the pull last recorded a sync run. */
  readonly unrecorded: Tally;
  /** What this pull has seen of the unfinished round. */
  readonly seen: Seen;
}

const emptyTally = (startedAt: Instant): Tally => ({
  startedAt,
  pages: 0,
  upserts: 0,
  removals: 0,
  unreadable: 0,
});

/** A pull that has just claimed its connection. */
export function startedPull(
  connection: ConnectionRow,
  leaseId: string,
  startedAt: Instant,
  askedAt: Instant,
): PullState {
  return {
    leaseId,
    connection,
    askedAt,
    mode: connection.cursor === null ? "snapshot" : "delta",
    total: emptyTally(startedAt),
    unrecorded: emptyTally(startedAt),
    seen: NOTHING_SEEN,
  };
}

/** A page was read. */
export function afterRead(state: PullState, page: Page): PullState {
  const added = ({ startedAt, pages, upserts, removals, unreadable }: Tally): Tally => ({
    startedAt,
    pages: pages + 1,
    upserts: upserts + page.upserts.length,
    removals: removals + page.removedKeys.length,
    unreadable: unreadable + (page.unreadable?.length ?? 0),
  });
  return {
    ...state,
    mode: page.mode,
    total: added(state.total),
    unrecorded: added(state.unrecorded),
    seen: page.last ? NOTHING_SEEN : afterPage(state.seen, page),
  };
}

/** A page was written at `now`. The transaction of a last page records a sync run, too. */
export function afterWrite(state: PullState, page: Page, connection: ConnectionRow, now: Instant): PullState {
  return { ...state, connection, unrecorded: page.last ? emptyTally(now) : state.unrecorded };
}

/** The cursor was dropped because it is worthless. The next round begins with what was stored instead. */
export function afterDrop(
  state: PullState,
  stored: Pick<ConnectionRow, "resyncs" | "listsUntil">,
): PullState {
  const connection = { ...state.connection, cursor: null, roundStartedAt: null, ...stored };
  return { ...state, connection, seen: NOTHING_SEEN };
}

/** A snapshot came back suspiciously empty and was noted. The next round is a generation of its own. */
export function afterEmptySnapshot(state: PullState, { generation }: Round): PullState {
  const emptySnapshots = state.connection.emptySnapshots + 1;
  const connection = { ...state.connection, cursor: null, roundStartedAt: null, generation, emptySnapshots };
  return { ...state, connection, seen: NOTHING_SEEN };
}

/** True once the last page of a round has given the lease back, because no hint came meanwhile. */
export const isUpToDate = ({ connection, leaseId }: PullState): boolean => connection.leaseId !== leaseId;
