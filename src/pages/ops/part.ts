// Part: what every part of the operators' page is made of.
import type { OperationsView } from "../../sync/operations.ts";
import type { Writer } from "../report/numbers.ts";
import type { Words } from "../words/english.ts";

/** What every part is made of. */
export interface OpsPart {
  readonly words: Words;
  readonly view: OperationsView;
  readonly write: Writer;
}

/** What was done by a button, as a redirect says it in the address. */
export type OpsDone = keyof Words["ops"]["done"];
