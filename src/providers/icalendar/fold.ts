// Fold: content lines in lines of at most 75 octets (RFC 5545 3.1).

const MAX_OCTETS = 75;
/** The most that one unit of UTF-16 takes. */
const MOST_OCTETS = 3;

/** Text whose characters take one octet each. */
const ASCII = /^[\0-\x7f]*$/;

/** How many octets of UTF-8 a code point takes. Half of a surrogate pair becomes the replacement character. */
const octetsOf = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4;

/** Where the first character stands that doesn't fit into so many octets any longer. */
function splitAt(line: string, from: number, octets: number): number {
  let at = from;
  // Counted instead of encoded: feeds have thousands of lines.
  for (let left = octets; at < line.length; ) {
    const size = octetsOf(line.codePointAt(at) ?? 0);
    left -= size;
    if (left < 0) break;
    at += size === 4 ? 2 : 1;
  }
  return at;
}

/** Whether a line needs no fold. */
export const fitsOneLine = (line: string): boolean =>
  line.length * MOST_OCTETS <= MAX_OCTETS || splitAt(line, 0, MAX_OCTETS) === line.length;

/** A content line in lines of at most 75 octets, never split within a character, with its line end. */
export function folded(line: string): string {
  if (line.length * MOST_OCTETS <= MAX_OCTETS) return `${line}\r\n`;
  // Where a character is an octet, nothing needs to be counted.
  const isAscii = ASCII.test(line);
  let text = "";
  let from = 0;
  for (let octets = MAX_OCTETS; ; octets = MAX_OCTETS - 1) {
    const to = isAscii ? from + octets : splitAt(line, from, octets);
    text += `${line.slice(from, to)}\r\n`;
    if (to >= line.length) return text;
    text += " ";
    from = to;
  }
}
