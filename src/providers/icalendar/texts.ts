// Texts: what a booking's event says in words, and what its owner has added to that.

/** Control characters but line feeds and tabs, by their code units: by \p{Cc} it took several times as long. */
const CONTROL = /[^\n\t -~\u00a0-\uffff]/;
/** What can't stand in a TEXT as it is. */
const SPECIAL = new RegExp(`[\\\\;,\n]|${CONTROL.source}`);

/** TEXT of RFC 5545 3.3.11. It can't hold control characters, so they are dropped. */
export function escaped(text: string): string {
  if (!SPECIAL.test(text)) return text;
  const clean = CONTROL.test(text)
    ? text.replace(/\r\n?/g, "\n").replace(new RegExp(CONTROL, "g"), "")
    : text;
  // One after the other: with one regular expression it took longer.
  return clean.replaceAll("\\", "\\\\").replaceAll(";", "\\;").replaceAll(",", "\\,").replaceAll("\n", "\\n");
}

/** The text that a value of TEXT holds, without blanks around it. */
export const unescaped = (value: string): string =>
  value.replace(/\\(.)/gs, (_, letter: string) => (/n/i.test(letter) ? "\n" : letter)).trim();

/**
 * The property that repeats what we wrote into a text. It tells our words from those that the agent has added: their
 * notes stay when ours change.
 */
export const copyOf = (name: string): string => `X-MARAPLACE-${name}`;

/** The texts that the agent may use where the booking has none. DESCRIPTION may hold theirs beside ours. */
export const SHARED_TEXTS = ["DESCRIPTION", "LOCATION"] as const;
export type SharedText = (typeof SHARED_TEXTS)[number];

/**
 * The text that the event should have.
 * @param ours what we wrote into it; empty if nothing, null where that isn't known
 */
export function mergedText(
  name: SharedText,
  current: string,
  { ours, wanted }: { ours: string | null; wanted: string },
): string {
  if (ours === null || current === ours || current === "") return wanted;
  // The booking says nothing new, so what its owner made of our words stays, as at Google and Microsoft.
  if (ours === wanted) return current;
  if (wanted === "" && !current.includes(ours)) return current;
  if (name === "LOCATION") return wanted === "" ? current : wanted;
  if (ours === "") return current.includes(wanted) ? current : `${wanted}\n\n${current}`;
  return current.includes(ours) ? current.replace(ours, () => wanted).trim() : wanted;
}
