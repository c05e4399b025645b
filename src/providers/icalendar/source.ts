// Source: a calendar's text as a tree of its lines, each kept as it was written, so that some of them can be changed.
import { fitsOneLine, folded } from "./fold.ts";

/** A content line, or the BEGIN or END of a block. */
export interface SourceLine {
  /** As it was written, with its folds and its line end. */
  readonly raw: string;
  /** Unfolded, without its line end. */
  readonly text: string;
  /** In upper case; empty where the line has none. */
  readonly name: string;
}

/** A component with everything in it, in order. */
export interface SourceBlock {
  readonly block: string;
  readonly begin: SourceLine;
  readonly items: readonly SourceItem[];
  readonly end: SourceLine;
}

export type SourceItem = SourceLine | SourceBlock;

export const isBlock = (item: SourceItem): item is SourceBlock => "block" in item;

const NAME = /^[\uFEFF]*([A-Z0-9-]+)[ \t]*[;:]/i;
const MARK = /^[\uFEFF]*(?:BEGIN|END)[ \t]*:[ \t]*([A-Z0-9-]+)[ \t]*$/i;

/** The items of a text. Null where a component doesn't end, or another one ends. */
export function sourceOf(text: string): SourceItem[] | null {
  const root: SourceItem[] = [];
  const open: { block: string; begin: SourceLine; items: SourceItem[] }[] = [];
  for (const line of linesOf(text)) {
    const items = open.at(-1)?.items ?? root;
    const block = MARK.exec(line.text)?.[1]?.toUpperCase();
    if (block === undefined) items.push(line);
    else if (line.name === "BEGIN") open.push({ block, begin: line, items: [] });
    else {
      const ended = open.pop();
      if (ended?.block !== block) return null;
      (open.at(-1)?.items ?? root).push({ ...ended, end: line });
    }
  }
  return open.length === 0 ? root : null;
}

/** The text of items. Line ends become CR LF and long lines are folded, which strict servers want; empty lines go. */
export const textOfSource = (items: readonly SourceItem[]): string =>
  items.map((item) => (isBlock(item) ? blockText(item) : lineText(item))).join("");

const blockText = ({ begin, items, end }: SourceBlock): string =>
  lineText(begin) + textOfSource(items) + lineText(end);

function lineText({ raw, text }: SourceLine): string {
  if (text.trim() === "") return "";
  const physical = raw.replace(/[\r\n]+$/, "").split(/\r\n?|\n/);
  return physical.every(fitsOneLine) ? `${physical.join("\r\n")}\r\n` : folded(text);
}

/** A line as somebody wrote it, with its folds. */
export function sourceLine(raw: string): SourceLine {
  const text = raw.replace(/(?:\r\n|\r|\n)[ \t]/g, "").replace(/[\r\n]+$/, "");
  return { raw, text, name: NAME.exec(text)?.[1]?.toUpperCase() ?? "" };
}

/** Physical lines, each joined with the folded ones after it. */
function linesOf(text: string): SourceLine[] {
  const raws: string[] = [];
  for (const physical of text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []) {
    if (/^[ \t]/.test(physical) && raws.length > 0) raws[raws.length - 1] += physical;
    else raws.push(physical);
  }
  return raws.map(sourceLine);
}
