// Changes: the round of a delta inside an audit. Its last page is left to the audit, which ends the round.

import type { Deps } from "../deps.ts";
import { ProviderError } from "../providers/error.ts";
import type { CalendarRef, Page, ProviderAccount } from "../providers/provider.ts";
import { applyPage } from "../store/busy/pages.ts";
import type { ConnectionRow } from "../store/rows.ts";
import { startFollowUp } from "./follow-up.ts";
import { LEASE_MS } from "./lease.ts";
import { type Round, roundOf } from "./pull-round.ts";
import { hasMovedZone } from "./pull-steps.ts";

/** A longer round is left to a pull. */
const MAX_PAGES = 20;

/** What changed since the last pull. All of it is in the cache, and the round has yet to be ended. */
export interface Changes {
  readonly connection: ConnectionRow;
  readonly round: Round;
  /** Keys of the events and series that the pages named. */
  readonly named: ReadonlySet<string>;
  readonly last: Pick<Page, "next" | "timeZone">;
  readonly pages: number;
  readonly upserts: number;
  readonly removals: number;
}

/** Reads the changes since the last pull and applies them under the lease. Null: only a pull can go on from here. */
export async function takeChanges(
  deps: Deps,
  opened: ProviderAccount,
  calendar: CalendarRef,
  start: { connection: ConnectionRow; leaseId: string },
): Promise<Changes | null> {
  const { leaseId } = start;
  let { connection } = start;
  const round = roundOf(connection, deps.now(), deps.config.window);
  const named = new Set<string>();
  const tally = { pages: 0, upserts: 0, removals: 0 };
  try {
    const manner = { way: round.way, leavesFailing: false };
    for await (const page of opened.pull(calendar, round.cursor, round.kept, manner)) {
      if (!goesOn(connection, page) || tally.pages >= MAX_PAGES) return null;
      tally.pages += 1;
      tally.upserts += page.upserts.length;
      tally.removals += page.removedKeys.length;
      for (const key of namesOf(page)) named.add(key);
      const { next, timeZone } = page;
      if (page.last && isEmpty(page)) return { connection, round, named, last: { next, timeZone }, ...tally };
      const now = deps.now();
      const applied = await applyPage(deps.db, {
        ...{
          connection,
          leaseId,
          leaseUntil: now + LEASE_MS,
          doubtAfterMs: deps.config.sync.doubtAfterMs,
          now,
        },
        page: { ...page, last: false },
        generation: round.generation,
        roundStartedAt: round.startedAt,
        roundPages: round.answers + tally.pages,
        kept: round.kept,
        covered: round.covered,
        end: null,
      });
      if (applied.connection === null) return null;
      connection = applied.connection;
      await startFollowUp(deps, connection.id, applied.followUp);
      if (page.last) return { connection, round, named, last: { next, timeZone }, ...tally };
    }
    return null;
  } catch (error) {
    if (error instanceof ProviderError && (error.kind === "resync" || error.kind === "unsupported"))
      return null;
    throw error;
  }
}

/** A pull restarts where a round of changes becomes a listing, or where the calendar has moved to another zone. */
const goesOn = ({ timeZone }: ConnectionRow, page: Page): boolean =>
  page.mode === "delta" && !hasMovedZone(timeZone, page);

const namesOf = ({ upserts, removedKeys, removedSeries, unreadable = [] }: Page): string[] => [
  ...upserts.flatMap(({ key, seriesKey }) => (seriesKey === null ? [key] : [key, seriesKey])),
  ...removedKeys,
  ...removedSeries,
  ...unreadable.map(({ key }) => key),
];

const isEmpty = (page: Page): boolean => namesOf(page).length === 0 && (page.kept ?? []).length === 0;
