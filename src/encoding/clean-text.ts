// Clean text: what providers send, without what no database and no person can use.

/** Control characters but for tab and line ends, which belong to texts of several lines. */
const CONTROLS = /[\p{Cc}--[\t\n\r]]/gv;

/** The text without control characters, and with U+FFFD for each half of a surrogate pair. */
export const cleanText = (text: string): string => text.toWellFormed().replaceAll(CONTROLS, "");

/** In JSON such characters can only stand as escapes, or as the few control characters that need none. */
const MAY_BE_UNCLEAN = /\\(?:b|f|u(?:d[89a-f]|00[0189]|007f))|[\u007f-\u009f]/i;

/**
 * JSON with every text in it cleaned.
 * @returns undefined where the text isn't JSON. The parser's error quotes the text, so it goes no further.
 */
export function parseCleanJson(text: string): unknown {
  try {
    if (!MAY_BE_UNCLEAN.test(text)) return JSON.parse(text);
    return JSON.parse(text, (_, value: unknown) => (typeof value === "string" ? cleanText(value) : value));
  } catch {
    return undefined;
  }
}
