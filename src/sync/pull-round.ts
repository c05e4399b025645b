// Pull round: what one round of a pull asks the provider for, and how far the cache reaches meanwhile. Pure.
import type { Instant } from "../domain/instant.ts";
import { hull, type Interval } from "../domain/interval.ts";
import { type WindowSpan, windowAt } from "../domain/window.ts";
import type { Way } from "../providers/provider.ts";
import type { ConnectionRow } from "../store/rows.ts";

/** One round: from the stored cursor to the last page. */
export interface Round {
  readonly cursor: string | null;
  readonly way: Way;
  /** How many answers of the provider have been written. */
  readonly answers: number;
  /** The snapshot generation of the rows that the round brings. */
  readonly generation: number;
  /** When the round's first page was asked for. Everything that it reads was true then or later. */
  readonly startedAt: Instant;
  /** The dirty counter that the round answers. */
  readonly seen: number;
  /** The stretch that the cache covers after the round, if the round is a snapshot. */
  readonly wanted: Interval;
  /** The stretch that the cache covers until the round has ended. */
  readonly covered: Interval;
  /**
   * The stretch that the provider is asked for, and of which events are kept. It includes all that is covered until
   * the last page: an event that is listed and lies outside of it would be taken out of the cache.
   */
  readonly kept: Interval;
}

/** The round that goes on from where the connection stands. */
export function roundOf(connection: ConnectionRow, now: Instant, span: WindowSpan): Round {
  const { generation, roundStartedAt, roundPages, listsUntil } = connection;
  const startedAt = roundStartedAt ?? now;
  const way = listsUntil > startedAt ? "listings" : "changes";
  // The time of listings is over: changes are tried again, which begins with a snapshot.
  const triesAgain = roundStartedAt === null && listsUntil > 0 && way === "changes";
  const cursor = triesAgain ? null : connection.cursor;
  return {
    cursor,
    way,
    answers: roundStartedAt === null ? 0 : roundPages,
    generation: cursor === null ? generation + 1 : generation,
    startedAt,
    // A resumed round is as old as its first page. Hints that came since then are left to the next round.
    seen: roundStartedAt === null ? connection.dirty : connection.clean,
    ...windowsOf({ ...connection, cursor }, windowAt(startedAt, span)),
  };
}

/**
 * A snapshot leads to the window as it should be now. A cursor belongs to the window that is covered. A resumed round
 * may be either: only its pages tell.
 */
function windowsOf(
  { windowStartsAt, windowEndsAt, cursor, roundStartedAt }: ConnectionRow,
  wanted: Interval,
): Pick<Round, "wanted" | "covered" | "kept"> {
  const covered =
    windowStartsAt === null || windowEndsAt === null
      ? wanted
      : { startsAt: windowStartsAt, endsAt: windowEndsAt };
  const isDelta = cursor !== null && roundStartedAt === null;
  return { wanted, covered, kept: isDelta ? covered : hull(wanted, covered) };
}
