// Standstill: whether the pages of a round lead anywhere. Pure.
import { DAY_MS } from "../domain/instant.ts";
import type { Page } from "../providers/provider.ts";
import type { Round } from "./pull-round.ts";

/**
 * A round stands still after this many pages in a row that brought nothing new. Empty and repeated pages are allowed
 * (`docs/providers/google.md` G37, `docs/providers/microsoft.md` M23, M24), so a few prove nothing. It is less than the
 * pages of one job, because a job doesn't know what the job before it has seen.
 */
const IDLE_PAGES = 16;
/**
 * A round that goes on past this many pages for each day of its window stands still, whatever its pages hold. The
 * smallest page that we ask for has 50 objects (CalDAV), so a hundred events on each day still pass.
 */
const PAGES_PER_DAY = 2;
/** CalDAV lists the past as well, so a short window says little about the number of pages. */
const MIN_PAGES = 500;

/** What a pull has seen of an unfinished round. */
export interface Seen {
  readonly content: ReadonlySet<string>;
  /** How many pages in a row brought nothing new. */
  readonly idlePages: number;
}

/** At the beginning of a round, and of a job that goes on with one. */
export const NOTHING_SEEN: Seen = { content: new Set(), idlePages: 0 };

/** What has been seen once this page was read. */
export function afterPage({ content, idlePages }: Seen, page: Page): Seen {
  const brought = contentOf(page);
  if (brought.every((each) => content.has(each))) return { content, idlePages: idlePages + 1 };
  return { content: new Set([...content, ...brought]), idlePages: 0 };
}

/**
 * Whether the round gets nowhere. Its last page always counts, because it ends the round.
 * @param seen before the page
 */
export function standsStill(seen: Seen, page: Page, { pages, kept }: Pick<Round, "pages" | "kept">): boolean {
  if (page.last) return false;
  if (afterPage(seen, page).idlePages >= IDLE_PAGES) return true;
  const days = Math.ceil((kept.endsAt - kept.startsAt) / DAY_MS);
  return pages + 1 >= Math.max(MIN_PAGES, PAGES_PER_DAY * days);
}

function contentOf({ upserts, removedKeys, removedSeries, unreadable = [], named = [] }: Page): string[] {
  return [
    ...upserts.map(({ key, startsAt, endsAt, status }) => `row ${key} ${startsAt} ${endsAt} ${status}`),
    ...removedKeys.map((key) => `gone ${key}`),
    ...removedSeries.map((key) => `series ${key}`),
    ...unreadable.map(({ key, version }) => `unreadable ${key} ${version}`),
    ...named.map((key) => `named ${key}`),
  ];
}
