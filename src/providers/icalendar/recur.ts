// Recurrence rules, iterated by the local clock. Other files handle UNTIL, exclusions and overrides.
//
// The engine has an iterator of its own (`docs/decisions/003-own-recurrence-expansion.md`). Any invitation may hold a
// rule that nothing fulfils or that never ends, so a search here ends with the window and has a budget.
import { type Budget, BudgetSpent } from "./budget.ts";
import type { Clock, Original } from "./clock.ts";
import type { Rule } from "./model.ts";
import { type Match, setsOf, type WallRange } from "./sets.ts";

/** No real calendar has more occurrences of one rule within a window. */
const MAX_OCCURRENCES = 20_000;

/** The occurrences of a rule in a range. */
export interface Occurrences {
  readonly matches: Match[];
  /** The rule's last occurrence; null when there may be more after the range. */
  readonly last: Match | null;
  /** False when there are too many, or when the budget is used up: then these are the first of them. */
  readonly complete: boolean;
}

/**
 * The occurrences within `range`, in order. The start is always the first one, also where the rule doesn't name it.
 * RFC 5545 3.8.5.3 leaves a COUNT undefined there. Then the start isn't counted, because that is never freer. The
 * caller applies UNTIL, which needs a zone.
 * @param clock the clock of the series
 */
export function occurrences(
  rule: Rule,
  start: Original,
  range: WallRange,
  clock: Clock,
  budget: Budget,
): Occurrences {
  if (start.wall > range.to) return { matches: [], last: null, complete: true };
  const matches: Match[] = start.wall >= range.from ? [start] : [];
  let last: Match = start;
  let left = rule.count ?? Number.POSITIVE_INFINITY;
  // A rule with COUNT must be counted from its start. Any other rule is entered where the range begins.
  const from = rule.count === null ? Math.max(start.wall, range.from) : start.wall;
  try {
    for (const match of matchesFrom(rule, start, { from, to: range.to }, clock, budget)) {
      left--;
      if (!isSame(match, start)) {
        last = match;
        if (match.wall >= range.from && matches.length === MAX_OCCURRENCES) throw new BudgetSpent();
        if (match.wall >= range.from) matches.push(match);
      }
      if (left <= 0) break;
    }
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return { matches, last: null, complete: false };
  }
  return { matches, last: left > 0 ? null : last, complete: true };
}

/** The matches of the rule alone, each once, from its start or from the range's beginning on, in order. */
function* matchesFrom(
  rule: Rule,
  start: Original,
  range: WallRange,
  clock: Clock,
  budget: Budget,
): Generator<Match> {
  let latest: Match | null = null;
  for (const set of setsOf(rule, start, range, clock, budget)) {
    for (const match of rule.bySetPos.length === 0 ? set : atPositions(set, rule.bySetPos)) {
      if (match.wall > range.to) return;
      const isEarlier = match.at === null ? match.wall < range.from : match.at < start.at;
      // Days that don't exist may go to one and the same day.
      if (isEarlier || (latest !== null && isSame(match, latest))) continue;
      latest = match;
      yield match;
    }
  }
}

const isSame = (match: Match, other: Match): boolean =>
  match.at === null ? match.wall === other.wall : match.at === other.at;

function atPositions(set: readonly Match[], positions: readonly number[]): Match[] {
  const places = positions.map((position) => (position > 0 ? position - 1 : set.length + position));
  const chosen = [...new Set(places)].sort((a, b) => a - b);
  return chosen.flatMap((place) => set[place] ?? []);
}
