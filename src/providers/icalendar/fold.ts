// Fold: content lines in lines of at most 75 octets (RFC 5545 3.1).

const MAX_OCTETS = 75;
/** The most that one unit of UTF-16 takes. */
const MOST_OCTETS = 3;

/** How many octets of UTF-8 a code point takes. Half of a surrogate pair becomes the replacement character. */
const octetsOf = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4;

/** Whether a line needs no fold. */
export function fitsOneLine(line: string): boolean {
  if (line.length * MOST_OCTETS <= MAX_OCTETS) return true;
  let octets = 0;
  for (const letter of line) octets += octetsOf(letter.codePointAt(0) ?? 0);
  return octets <= MAX_OCTETS;
}

/** A content line in lines of at most 75 octets, never split within a character, with its line end. */
export function folded(line: string): string {
  if (line.length * MOST_OCTETS <= MAX_OCTETS) return `${line}\r\n`;
  let text = "";
  let from = 0;
  let octets = 0;
  // Counted instead of encoded: feeds have thousands of lines.
  for (let at = 0; at < line.length; ) {
    const codePoint = line.codePointAt(at) ?? 0;
    const size = octetsOf(codePoint);
    if (octets + size > MAX_OCTETS) {
      text += `${line.slice(from, at)}\r\n `;
      from = at;
      octets = 1;
    }
    octets += size;
    at += size === 4 ? 2 : 1;
  }
  return `${text}${line.slice(from)}\r\n`;
}
