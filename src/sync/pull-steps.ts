// Pull steps: decides what to do with each answer of the provider, and when a pull is long enough. Pure.
import { ProviderError } from "../providers/error.ts";
import type { Page, Way } from "../providers/provider.ts";
import type { ConnectionRow } from "../store/rows.ts";
import type { Round } from "./pull-round.ts";
import { isUpToDate, type PullState } from "./pull-state.ts";
import { standsStill } from "./standstill.ts";

/** A longer pull goes on in another job, from the page that it has reached (`docs/providers/google.md` A.4.1). */
const MAX_PAGES = 20;
/** Hints that come during a pull are followed up in this many rounds at most, then in another job. */
const MAX_ROUNDS = 4;
/** A calendar with this many rows or more must be listed as empty twice before it counts as empty. */
export const MANY_ROWS = 5;

/** What the provider answered: a page, or an error of kind `resync` or `unsupported`. */
export type Answer = Page | ProviderError;

/** A calendar's rows in the cache: of the round's snapshot generation, and of older ones. */
export interface RowCounts {
  readonly current: number;
  readonly older: number;
}

/** What to do with an answer. */
export type Step =
  /** Write the page's rows and its cursor. */
  | { readonly kind: "apply"; readonly page: Page }
  /** Note an empty snapshot and ask for it once more. */
  | { readonly kind: "ask-again" }
  /** Drop the cursor and list everything anew, in this way. The old rows stay until the last page (P2). */
  | { readonly kind: "restart"; readonly code: string; readonly way: Way }
  /** The round gets nowhere. Drop its cursor, turn to this way, and end the pull with a failure. */
  | { readonly kind: "stop"; readonly way: Way }
  /** End the pull with this failure. */
  | { readonly kind: "fail"; readonly error: ProviderError };

/** True if only the calendar's row counts can tell what to do with the answer. */
export function looksEmpty({ connection }: PullState, answer: Answer): boolean {
  if (answer instanceof ProviderError || connection.emptySnapshots > 0) return false;
  return answer.mode === "snapshot" && answer.last && answer.upserts.length === 0;
}

/**
 * Decides what to do with an answer.
 * @param rows the calendar's row counts where the answer looks empty; null where it doesn't
 */
export function stepFor(state: PullState, answer: Answer, rows: RowCounts | null, round: Round): Step {
  if (answer instanceof ProviderError) return refused(state, answer, round);
  if (answer.mode === "delta" && hasMovedZone(state.connection.timeZone, answer)) {
    return refused(state, new ProviderError({ kind: "resync", code: "time_zone_changed" }), round);
  }
  if (standsStill(state.seen, answer, round)) return { kind: "stop", way: otherThan(round.way) };
  if (rows !== null && rows.current === 0 && rows.older >= MANY_ROWS) return { kind: "ask-again" };
  return { kind: "apply", page: answer };
}

/**
 * One worthless cursor is replaced by a new one. If that is refused too before it has ever led to changes, changes
 * can't be read in this calendar, and it is listed instead. A plain listing that is refused as well shows that our
 * requests are wrong (G16).
 */
function refused({ connection }: PullState, refusal: ProviderError, { way }: Round): Step {
  const { code } = refusal;
  if (refusal.kind === "resync" && connection.resyncs === 0) return { kind: "restart", code, way };
  if (way === "changes") return { kind: "restart", code, way: "listings" };
  return { kind: "fail", error: new ProviderError({ kind: "bug", code, cause: refusal }) };
}

const otherThan = (way: Way): Way => (way === "changes" ? "listings" : "changes");

/**
 * True if the answer ends a round that began with it, and names nothing. Then the cache is as it should be, and only the
 * connection's own row has something to store. The first round of all also plans an audit.
 */
export function saysUnchanged(
  connection: ConnectionRow,
  answer: Answer,
  { answers }: Round,
): answer is Page & { readonly next: string } {
  const { verifiedAt, auditDueAt, goneAt } = connection;
  const planned = verifiedAt !== null && auditDueAt !== null && goneAt === null;
  if (answer instanceof ProviderError || !planned) return false;
  const { upserts, removedKeys, removedSeries, unreadable = [], kept = [], timeZone } = answer;
  const named = [upserts, removedKeys, removedSeries, unreadable, kept].some((names) => names.length > 0);
  const known = timeZone === null || timeZone === connection.timeZone;
  return answer.mode === "delta" && answer.last && answer.next !== null && answers === 0 && !named && known;
}

/** All-day rows were placed by the old zone. In a calendar that has moved to another, all must be placed anew (L27). */
export const hasMovedZone = (known: string | null, stated: { readonly timeZone: string | null }): boolean =>
  stated.timeZone !== null && known !== null && stated.timeZone !== known;

/** Whether to read another page after this step in the same round, should there be one. */
export const goesOnInRound = (step: Step, state: PullState): boolean =>
  step.kind === "apply" && hasPagesLeft(state);

/**
 * Whether to begin another round.
 * @param rounds the number of rounds so far
 */
export const wantsRound = (state: PullState, rounds: number): boolean =>
  !isUpToDate(state) && hasPagesLeft(state) && rounds < MAX_ROUNDS;

const hasPagesLeft = ({ total }: PullState): boolean => total.pages < MAX_PAGES;
