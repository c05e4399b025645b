// Delta token: base64url JSON that clients can't read, with the window in it (`docs/providers/microsoft.md` B.5.2).
import * as z from "zod";
import { readToken, writeToken } from "../shared/opaque-token.ts";

const token = z.strictObject({
  calendar: z.string(),
  from: z.number(),
  to: z.number(),
  /** The revision from which the round starts; null for a first round. */
  since: z.number().nullable(),
});

const skipToken = z.strictObject({
  ...token.shape,
  t: z.literal("skip"),
  /** The revision at the round's first page. The next delta begins there. */
  asOf: z.number(),
  /** Where the last page ended: creation order, then day within a series. Null before the first row. */
  after: z.tuple([z.number(), z.number()]).nullable(),
  /** All rows of the window again, whether or not they changed. */
  across: z.boolean(),
});

const deltaToken = z.strictObject({ ...token.shape, t: z.literal("delta"), since: z.number() });

export type SkipToken = Omit<z.infer<typeof skipToken>, "t">;
export type DeltaToken = Omit<z.infer<typeof deltaToken>, "t">;

const BEGINNING = "R0usmc";

export const writeSkipToken = (value: SkipToken): string => writeToken({ ...value, t: "skip" }, BEGINNING);
export const writeDeltaToken = (value: DeltaToken): string => writeToken({ ...value, t: "delta" }, BEGINNING);

/** Null for a text that was never a token of this kind. */
export const readSkipToken = (text: string): SkipToken | null => readToken(skipToken, text, BEGINNING);
export const readDeltaToken = (text: string): DeltaToken | null => readToken(deltaToken, text, BEGINNING);
