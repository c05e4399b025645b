// Explanations on the wire: a reason code in words for people, beside the code itself.
import * as z from "zod";
import { EXPLANATIONS, MEANINGS, type Meaning, meaningOf } from "../domain/explanation.ts";
import type { FailureKind } from "../domain/failure.ts";

export const Explanation = z
  .strictObject({
    meaning: z.enum(MEANINGS).describe("What the reason means, in a word that never changes."),
    means: z.string().describe("The same in a sentence for people."),
    whatToDo: z.string().describe("What somebody can do about it, and who."),
  })
  .meta({ id: "Explanation" });

/** The meaning with its words. */
export const explanationOf = (meaning: Meaning): z.input<typeof Explanation> => ({
  meaning,
  ...EXPLANATIONS[meaning],
});

/** The words of a reason; null: there is no reason. */
export const explained = (
  reason: string | null,
  kind: FailureKind | null,
): z.input<typeof Explanation> | null => (reason === null ? null : explanationOf(meaningOf(reason, kind)));
