// Pages of Graph: of a delta, and of a plain listing of the window.
import { DAY_MS } from "../../domain/instant.ts";
import type { Interval } from "../../domain/interval.ts";
import { attempt, ProviderError } from "../error.ts";
import { queryOf, TOO_LARGE } from "../http.ts";
import type { GraphApi } from "./api.ts";
import { calendar, type EventsPage, range, VIEWED_FIELDS } from "./wire.ts";

/** Rows of a page, at least. Graph lists 1,000 at most (B.5.1). */
const PAGE_SIZE = 1_000;

/**
 * Rows of a page of a delta. It must be larger than any series can be in the window, or the round may never end (M52).
 * Outlook repeats an event once a day at most.
 */
const deltaSizeOf = ({ startsAt, endsAt }: Interval): number =>
  Math.max(PAGE_SIZE, Math.ceil((endsAt - startsAt) / DAY_MS) + 2);

/**
 * One page of the delta of a window.
 * @param link where a round goes on; null at its beginning
 * @throws ProviderError `unsupported` also for a page that is too large for us: it won't become smaller
 */
export async function listChanges(
  api: GraphApi,
  calendarId: string,
  window: Interval,
  link: string | null,
): Promise<EventsPage> {
  const page = await attempt(
    api.listPage({
      operation: link === null ? "list" : "delta",
      url: link ?? `${calendar(calendarId)}/calendarView/delta?${queryOf(range(window))}`,
      prefer: `odata.maxpagesize=${deltaSizeOf(window)}`,
    }),
    ["bug"],
  );
  if (!(page instanceof ProviderError)) return page;
  if (page.code !== TOO_LARGE) throw page;
  throw new ProviderError({ kind: "unsupported", code: TOO_LARGE, status: page.status, cause: page });
}

/** One page of all events that touch the window. @param link where the listing goes on; null at its beginning */
export function listView(
  api: GraphApi,
  calendarId: string,
  window: Interval,
  link: string | null,
): Promise<EventsPage> {
  const asked = queryOf({ ...range(window), $select: VIEWED_FIELDS, $top: PAGE_SIZE });
  return api.listPage({
    operation: link === null ? "view" : "view-page",
    url: link ?? `${calendar(calendarId)}/calendarView?${asked}`,
  });
}
