// Report: a run in words.
import type { Answer } from "./questions.ts";
import type { Outcome } from "./suite.ts";

export interface Result {
  readonly outcomes: readonly Outcome[];
  readonly answers: readonly Answer[];
  /** How many calendars of the run couldn't be deleted. */
  readonly left: number;
}

const count = (outcomes: readonly Outcome[], result: Outcome["result"]) =>
  outcomes.filter((outcome) => outcome.result === result);

/** What a person reads at the end. */
export function describe(title: string, { outcomes, answers, left }: Result): string {
  const kept = count(outcomes, "kept");
  const broken = count(outcomes, "broken");
  const notAsked = count(outcomes, "not asked");
  const named = (of: readonly Outcome[]) => of.map(({ name, reason }) => `  ${name}: ${reason}`);
  return [
    `${title}: ${kept.length} of ${outcomes.length} rules kept, ${broken.length} broken, ${notAsked.length} not asked.`,
    ...(broken.length > 0 ? ["", "Broken:", ...named(broken)] : []),
    ...(notAsked.length > 0 ? ["", "Not asked:", ...named(notAsked)] : []),
    "",
    "What the pages didn't know for sure:",
    ...answers.flatMap(({ fact, question, answer }) => [`  ${question} (${fact})`, `    ${answer}`]),
    ...(left > 0
      ? [
          "",
          `${left} calendars of this run couldn't be deleted. Their names begin with "Calendar sync check".`,
        ]
      : []),
  ].join("\n");
}
