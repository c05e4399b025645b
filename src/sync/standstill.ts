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
 * A round that goes on past this many answers for each day of its window stands still, whatever they hold. The smallest
 * answer that we ask for has 200 rows (CalDAV), so 400 events on each day still pass. The pages into which we cut one
 * answer don't count: a calendar with a long past has many, and they end.
 */
const ANSWERS_PER_DAY = 2;
/** CalDAV lists the past as well, so a short window says little about the number of answers. */
const MIN_ANSWERS = 500;

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
export function standsStill(
  seen: Seen,
  page: Page,
  { answers, kept }: Pick<Round, "answers" | "kept">,
): boolean {
  if (page.last) return false;
  if (afterPage(seen, page).idlePages >= IDLE_PAGES) return true;
  const days = Math.ceil((kept.endsAt - kept.startsAt) / DAY_MS);
  return answersWith(page, answers) >= Math.max(MIN_ANSWERS, ANSWERS_PER_DAY * days);
}

/** How many answers a round has had with this page. */
export const answersWith = (page: Page, answers: number): number => answers + (page.goesOn ? 0 : 1);

/** The failure of a round that stands still. */
export const STANDSTILL = "round_standstill";

function contentOf({ upserts, removedKeys, removedSeries, unreadable = [], named = [] }: Page): string[] {
  return [
    ...upserts.map(({ key, startsAt, endsAt, status }) => `row ${key} ${startsAt} ${endsAt} ${status}`),
    ...removedKeys.map((key) => `gone ${key}`),
    ...removedSeries.map((key) => `series ${key}`),
    ...unreadable.map(({ key, version }) => `unreadable ${key} ${version}`),
    ...named.map((key) => `named ${key}`),
  ];
}
